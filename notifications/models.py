"""What people must know, as rows."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .events import Event, Severity


class NotificationQuerySet(models.QuerySet["Notification"]):
    def open(self, now: datetime) -> NotificationQuerySet:
        """Still to be known."""
        return self.filter(closed_at=None).exclude(expires_at__lte=now)

    def closed(self, now: datetime) -> NotificationQuerySet:
        """Over, or too old to matter."""
        return self.exclude(closed_at=None) | self.filter(expires_at__lte=now)

    def about(self, event: str, subject: str) -> NotificationQuerySet:
        """All of one event and subject, the newest first."""
        return self.filter(event=event, subject=subject).order_by("-id")


class Notification(models.Model):
    """One thing that people must know, from its first moment to its end.

    While it is open, the same event and subject come back as this row: `times` counts, `params`
    are those of the last time. `recovered_at`: it is over; `closed_at` alone: it was too old, and
    a newer one took its place.
    """

    event = models.CharField(_("event"), max_length=24, choices=Event)
    subject = models.CharField(
        _("subject"), max_length=60, help_text=_("What it is about, such as battery:3")
    )
    severity = models.PositiveSmallIntegerField(_("severity"), choices=Severity)
    params = models.JSONField(_("details"), default=dict, encoder=DjangoJSONEncoder)
    is_once = models.BooleanField(default=False, help_text=_("At most one a subject, for ever"))
    times = models.PositiveIntegerField(_("times"), default=1)
    created_at = models.DateTimeField(_("since"))
    last_at = models.DateTimeField(_("last time"))
    expires_at = models.DateTimeField(null=True, help_text=_("When it no longer matters"))
    recovered_at = models.DateTimeField(_("over since"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    acknowledged_at = models.DateTimeField(_("read"), null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("read by"),
    )

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ("-created_at", "-id")
        permissions = (("acknowledge_notification", "Can mark a notice as read"),)
        constraints = [
            models.UniqueConstraint(
                fields=["event", "subject"],
                condition=Q(closed_at=None),
                name="notification_one_open",
            ),
            models.UniqueConstraint(
                fields=["event", "subject"],
                condition=Q(is_once=True, recovered_at=None),
                name="notification_once",
            ),
            models.CheckConstraint(
                condition=Q(recovered_at=None) | Q(closed_at__isnull=False),
                name="notification_recovered_is_closed",
            ),
            models.CheckConstraint(
                condition=Q(severity__in=Severity.values), name="notification_severity_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.subject} {self.created_at:%Y-%m-%d %H:%M}"
