"""What people must know, as rows, and on its way to them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .addressees import Channel
from .conversation import BotUpdate  # noqa: F401  Django finds models here
from .events import Event, Severity
from .signs import ProcessSign  # noqa: F401  as above


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


class Phase(models.TextChoices):
    """Which message of a notice. Stored: never rename one."""

    BEGAN = "began", _("it began")
    OVER = "over", _("it is over")


class DeliveryState(models.TextChoices):
    """How far a message has come. Stored: never rename one."""

    WAITING = "waiting", pgettext_lazy("delivery", "waits")
    SENDING = "sending", pgettext_lazy("delivery", "is being sent")
    SENT = "sent", pgettext_lazy("delivery", "sent")
    DROPPED = "dropped", pgettext_lazy("delivery", "no longer needed")
    REFUSED = "refused", pgettext_lazy("delivery", "refused")
    LATE = "late", pgettext_lazy("delivery", "given up")


class Delivery(models.Model):
    """One message of one notice over one channel: the outbox.

    `may_have_arrived`: an attempt ended without our knowing whether it was delivered.
    """

    notification = models.ForeignKey(
        Notification, on_delete=models.CASCADE, related_name="deliveries", verbose_name=_("notice")
    )
    channel = models.ForeignKey(
        Channel, on_delete=models.CASCADE, related_name="deliveries", verbose_name=_("channel")
    )
    phase = models.CharField(_("message"), max_length=8, choices=Phase)
    state = models.CharField(
        _("state"), max_length=8, choices=DeliveryState, default=DeliveryState.WAITING
    )
    due_at = models.DateTimeField(_("due"))
    give_up_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    may_have_arrived = models.BooleanField(default=False)
    sent_at = models.DateTimeField(_("sent"), null=True)
    answer = models.CharField(_("answer"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["notification", "channel", "phase"], name="delivery_once_a_channel"
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | ~Q(state="sent") & Q(sent_at=None),
                name="delivery_sent_at_when_sent",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["waiting", "sending"]),
                name="delivery_to_be_sent",
            )
        ]

    def __str__(self) -> str:
        return f"{self.notification_id} {self.channel_id} {self.phase} {self.state}"
