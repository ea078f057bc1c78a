from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "marstek_site"
    label = "site"
    verbose_name = "Marstek"
