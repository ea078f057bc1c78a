"""The admin site: who may enter it, and its name."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class SiteAdmin(AdminSite):
    site_title = _("Marstek batteries")
    site_header = _("Marstek batteries")
    index_title = _("Administration")


class SiteAdminConfig(AdminConfig):
    default_site = "marstek_site.admin_site.SiteAdmin"
