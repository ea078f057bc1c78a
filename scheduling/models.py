"""The ledger: what was ordered, by whom, what was written, and what the battery answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from batteries.models import Battery

from .intentions import (  # noqa: F401  models of this app, too
    Decision,
    Household,
    Override,
    OverrideEnd,
    OverrideKind,
    ScheduleConfig,
    TempoCondition,
)
from .rehearsal import Rehearsal  # noqa: F401
from .slotbook import DeviceSlot, SlotBook  # noqa: F401
from .targets import LEASED, TargetMode

CLOCK_BACK = timedelta(minutes=1)  # a claim this far in the future is of a clock that went back


class Origin(models.TextChoices):
    """Where an order comes from. Stored: never rename one."""

    PAGE = "page", pgettext_lazy("origin", "the page")
    COMMAND = "command", pgettext_lazy("origin", "a command")
    API = "api", pgettext_lazy("origin", "the API")
    BOT = "bot", pgettext_lazy("origin", "a message")
    PLAN = "plan", pgettext_lazy("origin", "the plan")
    EXTERNAL = "external", pgettext_lazy("origin", "somebody else")
    END = "end", pgettext_lazy("origin", "the end of an order")
    REHEARSAL = "rehearsal", pgettext_lazy("origin", "the rehearsal")


class OrderState(models.TextChoices):
    """How far an order has come. Accepted by the device is not yet proved by its effect."""

    QUEUED = "queued", pgettext_lazy("order", "waits to be sent")
    SENT = "sent", pgettext_lazy("order", "sent")
    ARMED = "armed", pgettext_lazy("order", "its own program waits for the night")
    ACKNOWLEDGED = "acknowledged", pgettext_lazy("order", "accepted")
    PROVED = "proved", pgettext_lazy("order", "proved")
    UNDONE = "undone", pgettext_lazy("order", "undone")
    REFUSED = "refused", pgettext_lazy("order", "refused")
    NO_ANSWER = "no_answer", pgettext_lazy("order", "no answer")
    SUPERSEDED = "superseded", pgettext_lazy("order", "replaced")
    CANCELLED = "cancelled", pgettext_lazy("order", "cancelled")


class Cause(models.TextChoices):
    """Why a datagram is written. Stored: never rename one."""

    FIRST = "first", pgettext_lazy("cause", "a new order")
    UNHEARD = "unheard", pgettext_lazy("cause", "it did not answer before")
    RENEWAL = "renewal", pgettext_lazy("cause", "the lease is renewed")
    ADJUST = "adjust", pgettext_lazy("cause", "another power")
    AGAIN = "again", pgettext_lazy("cause", "it did not do it, or stopped")
    RELEASE = "release", pgettext_lazy("cause", "this machine stops")


class Note(models.TextChoices):
    """Why an order without an effect is no fault, or what stood in its way."""

    FULL = "full", pgettext_lazy("note", "it is full")
    EMPTY = "empty", pgettext_lazy("note", "it is empty")
    IGNORED = "ignored", pgettext_lazy("note", "accepted, and not done")
    FOREIGN = "foreign", pgettext_lazy("note", "somebody else changed it")
    RESET = "reset", pgettext_lazy("note", "it was reset")


class OrderQuerySet(models.QuerySet["Order"]):
    def open(self) -> OrderQuerySet:
        """In force, or still to be brought about."""
        return self.filter(closed_at=None)

    def due(self, now: datetime) -> OrderQuerySet:
        """Open, and something is to be done for it now."""
        return self.open().filter(Q(next_at__lte=now) | Q(claimed_at__gt=now + CLOCK_BACK))


class Order(models.Model):
    """One wish for one battery, from the moment somebody had it to its end."""

    battery = models.ForeignKey(
        Battery, on_delete=models.CASCADE, related_name="orders", verbose_name=_("battery")
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked by"),
    )
    origin = models.CharField(_("origin"), max_length=12, choices=Origin)
    mode_type = models.CharField(_("target"), max_length=12, choices=TargetMode)
    power_w = models.SmallIntegerField(
        _("power"), null=True, blank=True, help_text=_("[W], > 0 charges, < 0 discharges")
    )
    asked_at = models.DateTimeField(_("asked"))
    until = models.DateTimeField(
        _("until"),
        null=True,
        blank=True,
        help_text=_("When it ends; for the end of an order: how long it is tried"),
    )
    state = models.CharField(
        _("state"), max_length=12, choices=OrderState, default=OrderState.QUEUED
    )
    answer = models.CharField(
        _("answer"), max_length=300, blank=True, help_text=_("What the battery said last")
    )
    claimed_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the devices process last took it up")
    )
    next_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When it is to be written next, while it is open")
    )
    is_set_up = models.BooleanField(
        default=False, help_text=_("The step that takes the battery's slots over")
    )
    program: Any = models.JSONField(
        null=True,
        blank=True,
        help_text=_("A red night and day written beforehand: day, and power of the charge [W]"),
    )
    next_cause = models.CharField(max_length=8, choices=Cause, default=Cause.FIRST)
    written_at = models.DateTimeField(
        null=True, blank=True, help_text=_("The write whose effect is looked at")
    )
    look_at = models.DateTimeField(null=True, blank=True, help_text=_("The next look at it"))
    effect: Any = models.JSONField(
        _("effect"), default=list, help_text=_("What was read of the battery after the write")
    )
    proved_at = models.DateTimeField(_("first proved"), null=True, blank=True)
    verdict_at = models.DateTimeField(_("first verdict"), null=True, blank=True)
    note = models.CharField(max_length=12, choices=Note, blank=True)
    undone_count = models.PositiveSmallIntegerField(default=0)
    decision = models.ForeignKey(
        Decision, on_delete=models.SET_NULL, null=True, blank=True, related_name="orders"
    )
    override = models.ForeignKey(
        Override, on_delete=models.SET_NULL, null=True, blank=True, related_name="orders"
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    replaces = models.OneToOneField(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replaced_by"
    )

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ("-id",)
        indexes = [  # the timeline of the journal, as it is filtered
            models.Index(fields=["-asked_at", "-id"], name="order_asked"),
            models.Index(fields=["battery", "-asked_at", "-id"], name="order_of_battery_asked"),
            models.Index(fields=["state", "-asked_at", "-id"], name="order_in_state_asked"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["battery"], condition=Q(closed_at=None), name="order_one_open_a_battery"
            ),
            models.CheckConstraint(  # NULL <= 2500 is neither true nor false, and passes a check
                condition=Q(mode_type__in=["auto", "ai"], power_w=None)
                | Q(power_w__isnull=False, mode_type="hold", power_w=0)
                | Q(power_w__isnull=False, mode_type="charge", power_w__range=(100, 2500))
                | Q(power_w__isnull=False, mode_type="discharge", power_w__range=(-2500, -100)),
                name="order_power_fits_target",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=False, until__gt=F("asked_at"))
                | Q(until=None, mode_type__in=["auto", "ai"]),
                name="order_until_after_asked",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | ~Q(state__in=["queued", "sent"]),
                name="order_closed_with_result",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["proved", "armed"]) | Q(proved_at__isnull=False),
                name="order_proved_with_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.battery} {self.mode_type} {self.asked_at:%Y-%m-%d %H:%M:%S}"

    @property
    def is_leased(self) -> bool:
        """Whether it ends by itself: a power, or standing still."""
        return self.mode_type in LEASED

    @property
    def is_end(self) -> bool:
        """The way back to Auto, where nothing is decided any more: tried until it is accepted."""
        return self.origin == Origin.END

    @property
    def has_verdict(self) -> bool:
        """Whether it is known what came of it."""
        return self.verdict_at is not None


class Outcome(models.TextChoices):
    """What came of one datagram. Stored: never rename one."""

    SENDING = "sending", pgettext_lazy("attempt", "under way")
    ACCEPTED = "accepted", pgettext_lazy("attempt", "accepted")
    ALREADY = "already", pgettext_lazy("attempt", "was in this mode already")
    REFUSED = "refused", pgettext_lazy("attempt", "refused")
    NO_ANSWER = "no_answer", pgettext_lazy("attempt", "no answer")
    NOT_SENT = "not_sent", pgettext_lazy("attempt", "not sent")


class OrderAttempt(models.Model):
    """One datagram for an order. Written before it is sent, completed after."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="attempts")
    cause = models.CharField(_("why"), max_length=8, choices=Cause, default=Cause.FIRST)
    power_w = models.SmallIntegerField(_("power"), null=True, blank=True)
    mode_type = models.CharField(
        _("written"), max_length=12, choices=TargetMode, help_text=_("What it tells the battery")
    )
    lease_s = models.PositiveSmallIntegerField(
        _("lease"), null=True, help_text=_("How long the battery keeps the power by itself [s]")
    )
    slot = models.PositiveSmallIntegerField(_("slot"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"))
    request = models.TextField(_("request"))
    outcome = models.CharField(
        _("outcome"), max_length=12, choices=Outcome, default=Outcome.SENDING
    )
    latency_ms = models.PositiveIntegerField(_("latency [ms]"), null=True)
    answer = models.TextField(_("answer"), blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.order_id} {self.mode_type} {self.sent_at:%H:%M:%S} {self.outcome}"
