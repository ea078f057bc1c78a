"""The Celery application: queue `devices` for what touches a battery, `default` for the rest."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marstek_site.settings")

app = Celery("marstek_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_django_logging(**_kwargs: object) -> None:
    """Django has set logging up already; a receiver here keeps Celery from doing it again."""
