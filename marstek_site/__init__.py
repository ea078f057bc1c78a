"""The site: settings, processes, and the pages that mix apps."""

from .celery import app as celery_app

__all__ = ["celery_app"]
