from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TempoConfig(AppConfig):
    name = "tempo"
    verbose_name = _("Tempo")
