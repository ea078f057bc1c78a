from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchedulingConfig(AppConfig):
    name = "scheduling"
    verbose_name = _("Scheduling")

    def ready(self) -> None:
        """Tend orders wherever this process owns the batteries' sockets; teach the bot."""
        from . import process  # noqa: F401  it needs models
        from .bot import register  # so do they

        register()
