"""The Celery application: queue `devices` for what touches a battery, `default` for the rest."""

import os
import warnings

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import heartbeat_sent, setup_logging

from notifications.heartbeat import beat_heart

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marstek_site.settings")
# The worker listens nowhere and unpickles nothing, so root is no more than it is elsewhere here.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("marstek_site")
app.set_default()  # else `current_app` in another thread (gunicorn's) is an app without our broker
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_django_logging(**_kwargs: object) -> None:
    """Django has set logging up already; a receiver here keeps Celery from doing it again."""


@heartbeat_sent.connect
def keep_sign_of_life(**_kwargs: object) -> None:
    """Every 2 s while a worker's loop runs and the broker takes what it says."""
    beat_heart("worker")
