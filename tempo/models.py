"""Who said which colour when, what was settled of it, whom we asked, and the dated prices."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .consensus import OFFICIAL, Source, Statement, Why
from .days import Colour, DayColour
from .prices import Grid, Register

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

RAW_LENGTH = 300
POWERS_KVA = (6, 9, 12, 15, 18, 24, 30, 36)


class TempoStatement(models.Model):
    """What one source said of one day. Never changed; said again, only `seen_at` moves."""

    source = models.CharField(_("source"), max_length=16, choices=Source)
    day = models.DateField(_("day"))
    colour = models.CharField(
        _("colour"),
        max_length=5,
        choices=Colour,
        blank=True,
        help_text=_("Empty: not known there"),
    )
    is_binding = models.BooleanField(
        _("binding"),
        default=False,
        help_text=_("Official, not degraded, heard at or after 11:15 on the day before"),
    )
    is_degraded = models.BooleanField(
        _("degraded"), default=False, help_text=_("Published in degraded mode: not to be trusted")
    )
    at = models.DateTimeField(_("first heard"))
    seen_at = models.DateTimeField(_("last heard"))
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("entered by"),
    )
    raw = models.CharField(
        _("wording"), max_length=RAW_LENGTH, blank=True, help_text=_("What the source said")
    )

    class Meta:
        verbose_name = _("colour statement")
        verbose_name_plural = _("colour statements")
        ordering = ("-seen_at", "-id")
        indexes = [models.Index(fields=["day", "source"], name="tempo_statement_by_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(colour__in=["", *Colour.values]), name="tempo_said_colour"
            ),
            models.CheckConstraint(condition=Q(source__in=Source.values), name="tempo_said_source"),
            models.CheckConstraint(
                condition=Q(is_binding=False)
                | Q(is_degraded=False, source__in=sorted([*OFFICIAL, Source.PERSON]))
                & ~Q(colour=""),
                name="tempo_binding_is_official",
            ),
            models.CheckConstraint(
                condition=Q(seen_at__gte=F("at")), name="tempo_seen_after_first_heard"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.colour or '?'} {self.source}"

    def value(self) -> Statement:
        """As the consensus takes it."""
        return Statement(
            Source(self.source),
            self.day,
            Colour(self.colour) if self.colour else None,
            self.is_binding,
            self.is_degraded,
            self.at,
            self.seen_at,
        )


class TempoDay(models.Model):
    """The colour of one Tempo day, settled from what was said of it."""

    day = models.DateField(_("day"), primary_key=True)
    colour = models.CharField(_("colour"), max_length=5, choices=Colour, blank=True)
    is_binding = models.BooleanField(_("final"), default=False)
    may_be_red = models.BooleanField(_("possibly red"), default=False)
    red_probability = models.FloatField(_("probability of red"), default=0.0)
    why = models.CharField(_("because"), max_length=12, choices=Why, default=Why.UNKNOWN)
    source = models.CharField(_("source"), max_length=16, choices=Source, blank=True)
    is_disputed = models.BooleanField(_("sources disagree"), default=False)
    broken_rule = models.CharField(_("breaks the rule"), max_length=12, blank=True)
    settled_at = models.DateTimeField(_("settled"), help_text=_("When this last became so"))
    former_colour = models.CharField(
        _("colour before"), max_length=5, choices=Colour, blank=True, help_text=_("If it changed")
    )
    changed_at = models.DateTimeField(_("changed"), null=True)

    class Meta:
        verbose_name = _("Tempo day")
        verbose_name_plural = _("Tempo days")
        ordering = ("-day",)
        constraints = [
            models.CheckConstraint(
                condition=Q(colour__in=["", *Colour.values]), name="tempo_day_colour"
            ),
            models.CheckConstraint(
                condition=Q(is_binding=False) | ~Q(colour=""),
                name="tempo_day_binding_has_colour",
            ),
            models.CheckConstraint(
                condition=~Q(colour="red") | Q(may_be_red=True),
                name="tempo_day_red_may_be_red",
            ),
            models.CheckConstraint(
                condition=Q(red_probability__range=(0, 1)), name="tempo_day_probability"
            ),
            models.CheckConstraint(
                condition=Q(changed_at=None) | ~Q(former_colour=""),
                name="tempo_day_changed_from",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.colour or '?'}"

    def value(self) -> DayColour:
        """As whoever plans takes it."""
        return DayColour(
            self.day,
            Colour(self.colour) if self.colour else None,
            self.is_binding,
            self.may_be_red,
            self.red_probability,
        )


class SourceFault(models.TextChoices):
    """Why a source did not tell. The codes are those of `sources.errors`. Stored: never rename."""

    UNREACHABLE = "unreachable", pgettext_lazy("source", "does not answer")
    BUSY = "busy", pgettext_lazy("source", "is overloaded or down")
    REFUSED = "refused", pgettext_lazy("source", "refuses to answer")
    UNREADABLE = "unreadable", pgettext_lazy("source", "answers something unreadable")


class SourceContact(models.Model):
    """When a source was asked, and how it answered. `topic`: a season, or empty for tomorrow."""

    source = models.CharField(_("source"), max_length=16, choices=Source)
    topic = models.CharField(_("about"), max_length=9, blank=True)
    asked_at = models.DateTimeField(_("asked"))
    answered_at = models.DateTimeField(_("answered"), null=True)
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0)
    fault_code = models.CharField(
        _("kind of fault"), max_length=12, choices=SourceFault, blank=True
    )
    fault = models.CharField(_("fault"), max_length=300, blank=True)
    spread = models.FloatField(default=0.5, help_text=_("0 to 1: spreads the next question"))

    class Meta:
        verbose_name = _("colour source")
        verbose_name_plural = _("colour sources")
        ordering = ("source", "topic")
        constraints = [
            models.UniqueConstraint(fields=["source", "topic"], name="tempo_contact_one_a_topic"),
            models.CheckConstraint(condition=Q(spread__range=(0, 1)), name="tempo_contact_spread"),
            models.CheckConstraint(
                condition=Q(failures=0, fault="", fault_code="")
                | (Q(failures__gt=0) & ~Q(fault="") & ~Q(fault_code="")),
                name="tempo_contact_fault_is_said",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.topic}".strip()


def price(name: StrOrPromise) -> models.DecimalField[Decimal, Decimal]:
    """A column for a price [c EUR/kWh], all taxes included."""
    least = MinValueValidator(Decimal("0.01"))
    return models.DecimalField(name, max_digits=6, decimal_places=2, validators=[least])


class PriceGrid(models.Model):
    """The prices of the tariff from one date on [c EUR/kWh, all taxes included]."""

    starts_on = models.DateField(_("in force from"), unique=True)
    blue_hc = price(_("blue, off-peak"))
    blue_hp = price(_("blue, peak"))
    white_hc = price(_("white, off-peak"))
    white_hp = price(_("white, peak"))
    red_hc = price(_("red, off-peak"))
    red_hp = price(_("red, peak"))
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("price grid")
        verbose_name_plural = _("price grids")
        ordering = ("-starts_on",)
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    blue_hc__gt=0, blue_hp__gt=0, white_hc__gt=0,
                    white_hp__gt=0, red_hc__gt=0, red_hp__gt=0,
                ),
                name="tempo_grid_prices_above_zero",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.starts_on}"

    def value(self) -> Grid:
        """As whoever computes takes it."""
        return Grid(
            self.starts_on,
            {
                Register(colour, is_peak): float(getattr(self, f"{colour}_{period}"))
                for colour in Colour
                for is_peak, period in ((False, "hc"), (True, "hp"))
            },
        )


class Subscription(models.Model):
    """What a contract power costs a month under one grid [EUR, all taxes included]."""

    grid = models.ForeignKey(PriceGrid, on_delete=models.CASCADE, related_name="subscriptions")
    power_kva = models.PositiveSmallIntegerField(
        _("contract power [kVA]"), choices=[(kva, f"{kva} kVA") for kva in POWERS_KVA]
    )
    eur_a_month = models.DecimalField(
        _("a month [EUR]"),
        max_digits=6,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01"))],
    )

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ("power_kva",)
        constraints = [
            models.UniqueConstraint(
                fields=["grid", "power_kva"], name="tempo_subscription_one_a_power"
            ),
            models.CheckConstraint(
                condition=Q(eur_a_month__gt=0, power_kva__in=POWERS_KVA),
                name="tempo_subscription_offered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.power_kva} kVA"
