"""The site as Django applications. Modules that need models are named here, never imported."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate


class SiteConfig(AppConfig):
    name = "marstek_site"
    label = "site"
    verbose_name = "Marstek"

    def ready(self) -> None:
        """Bind tasks to our Celery application, register the checks, keep the roles made."""
        from . import celery, checks, vital_signs  # noqa: F401  all need settings and apps
        from .roles import make_roles  # its models need the finished registry

        vital_signs.register()
        post_migrate.connect(make_roles, dispatch_uid="marstek_site.make_roles")


class SiteAdminConfig(AdminConfig):
    default_site = "marstek_site.admin_site.SiteAdmin"
