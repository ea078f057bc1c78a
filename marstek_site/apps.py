"""The site as Django applications. Modules that need models are named here, never imported."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class SiteConfig(AppConfig):
    name = "marstek_site"
    label = "site"
    verbose_name = "Marstek"

    def ready(self) -> None:
        """Make our Celery application the one that tasks bind to, and register the checks."""
        from . import celery, checks  # noqa: F401  both need settings and apps


class SiteAdminConfig(AdminConfig):
    default_site = "marstek_site.admin_site.SiteAdmin"
