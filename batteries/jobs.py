"""Searches for batteries, as rows."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class DiscoveryState(models.TextChoices):
    """How far a search is."""

    QUEUED = "queued", pgettext_lazy("search", "waits for its turn")
    RUNNING = "running", pgettext_lazy("search", "is under way")
    DONE = "done", pgettext_lazy("search", "is done")
    FAILED = "failed", pgettext_lazy("search", "failed")


ENDED = (DiscoveryState.DONE, DiscoveryState.FAILED)


class DiscoveryJob(models.Model):
    """One search for batteries: who asked, where it looked, who answered.

    `results` holds validated values only (see `searching.Sighting`); `surroundings` is what the
    searching process saw of its machine. Answers are claims: no row is made from them here.
    """

    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, choices=DiscoveryState, default=DiscoveryState.QUEUED)
    ports = models.JSONField(default=list, help_text=_("UDP ports that were searched"))
    addresses = models.JSONField(default=list, help_text=_("Addresses asked one by one"))
    results = models.JSONField(default=list)
    surroundings = models.JSONField(default=dict)
    error = models.CharField(max_length=40, blank=True, help_text=_("Code of what went wrong"))
    error_detail = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("search for batteries")
        verbose_name_plural = _("searches for batteries")
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="running"), name="discovery_job_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("done", "failed"), finished_at__isnull=False)
                | Q(state__in=("queued", "running"), finished_at__isnull=True),
                name="discovery_job_finished_once_it_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"search of {self.asked_at:%Y-%m-%d %H:%M:%S}"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ENDED
