"""What people want of their batteries: the household's rules, schedules, and overrides by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from batteries.models import Battery

from .targets import TargetMode

CONTRACT_KVA = (6, 9, 12, 15, 18, 24, 30, 36)
AUTOMATIC = Q(mode_type__in=["auto", "ai"])
PERCENT = [MaxValueValidator(100)]


class Household(models.Model):
    """The one row of rules that hold for the whole house. `household()` reads it."""

    is_automatic = models.BooleanField(
        _("automation"),
        default=False,
        help_text=_("Off: decisions are made and shown, and nothing is written by itself."),
    )
    serves_red_days = models.BooleanField(
        _("red days"),
        default=True,
        help_text=_("Charge in the night before a red day, and serve the house on red days."),
    )
    contract_kva = models.PositiveSmallIntegerField(
        _("contract power"),
        default=9,
        choices=[(kva, f"{kva} kVA") for kva in CONTRACT_KVA],
        help_text=_("As your electricity contract says: charging never takes the house beyond it."),
    )
    unmetered_charge_w = models.PositiveIntegerField(
        _("charging without a meter"),
        default=3000,
        validators=[MinValueValidator(250), MaxValueValidator(36000)],
        help_text=_(
            "While no house meter is heard: the most that all batteries charge with together [W]"
        ),
    )
    target_soc = models.PositiveSmallIntegerField(
        _("charge for a red day"),
        default=95,
        validators=[MinValueValidator(20), MaxValueValidator(100)],
        help_text=_("State of charge to reach by 06:00 of a red day [%]"),
    )

    class Meta:
        verbose_name = _("household")
        verbose_name_plural = _("household")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="household_is_one"),
            models.CheckConstraint(
                condition=Q(contract_kva__in=CONTRACT_KVA), name="household_contract_kva_offered"
            ),
            models.CheckConstraint(
                condition=Q(target_soc__range=(20, 100)), name="household_target_soc_20_to_100"
            ),
        ]

    def __str__(self) -> str:
        return str(_("household"))


def household() -> Household:
    """The household's row; its defaults where none was saved yet."""
    return Household.objects.filter(pk=1).first() or Household(pk=1)


class TempoCondition(models.TextChoices):
    """When a schedule counts. Stored: never rename one."""

    ALWAYS = "", _("every day")
    BLUE = "blue", _("on blue days")
    WHITE = "white", _("on white days")
    RED = "red", _("on red days")
    RED_EVE = "red_eve", _("on the eve of a red day")


class ScheduleConfig(models.Model):
    """A window of the week in which batteries shall do something. Live as soon as it is saved.

    `end_time` equal to `start_time` means: until the next day's start; earlier: over midnight.
    Weekday and Tempo condition are those of the window's start.
    """

    name = models.CharField(_("name"), max_length=60, unique=True)
    mode_type = models.CharField(_("what"), max_length=12, choices=TargetMode)
    start_time = models.TimeField(_("from"))
    end_time = models.TimeField(_("to"))
    week_days = models.PositiveSmallIntegerField(
        _("days"), default=127, help_text=_("Bit 0 = Monday; 127 = every day")
    )
    power_setpoint = models.SmallIntegerField(
        _("power"),
        null=True,
        blank=True,
        help_text=_(
            "[W] > 0 charges, < 0 discharges; empty on a charge: spread over the window, "
            "up to the state of charge wanted"
        ),
    )
    is_active = models.BooleanField(_("active"), default=True)
    batteries = models.ManyToManyField(
        Battery, blank=True, verbose_name=_("batteries"), help_text=_("None chosen: all of them")
    )
    condition = models.CharField(
        _("Tempo"), max_length=8, choices=TempoCondition, default="", blank=True
    )
    target_soc = models.PositiveSmallIntegerField(
        _("charge up to"), null=True, blank=True, validators=PERCENT, help_text="[%]"
    )
    floor_soc = models.PositiveSmallIntegerField(
        _("discharge down to"), null=True, blank=True, validators=PERCENT, help_text="[%]"
    )
    priority = models.SmallIntegerField(
        _("priority"), default=0, help_text=_("Where two windows overlap, the higher one counts.")
    )

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        ordering = ("-priority", "start_time", "name")
        constraints = [
            models.CheckConstraint(
                condition=Q(week_days__range=(1, 127)),
                name="schedule_week_days_1_to_127",
                violation_error_message=_("Choose at least one day."),
            ),
            models.CheckConstraint(
                condition=(AUTOMATIC & Q(power_setpoint=None))
                | Q(mode_type="hold", power_setpoint=0, power_setpoint__isnull=False)
                | Q(mode_type="charge", power_setpoint=None)
                | Q(
                    mode_type="charge",
                    power_setpoint__range=(100, 2500),
                    power_setpoint__isnull=False,
                )
                | Q(
                    mode_type="discharge",
                    power_setpoint__range=(-2500, -100),
                    power_setpoint__isnull=False,
                ),
                name="schedule_power_fits_mode",
                violation_error_message=_(
                    "The power does not fit: 100 to 2,500 W to charge, -100 to -2,500 W to "
                    "discharge, 0 to stand still, none otherwise."
                ),
            ),
            models.CheckConstraint(
                condition=Q(target_soc=None)
                | Q(target_soc__isnull=False, target_soc__range=(1, 100), mode_type="charge"),
                name="schedule_target_soc_charges",
                violation_error_message=_("Only a charge has a state of charge to reach."),
            ),
            models.CheckConstraint(
                condition=Q(floor_soc=None)
                | Q(floor_soc__isnull=False, floor_soc__range=(0, 100), mode_type="discharge"),
                name="schedule_floor_soc_discharges",
                violation_error_message=_("Only a discharge has a state of charge to stop at."),
            ),
            models.CheckConstraint(
                condition=Q(condition__in=TempoCondition.values), name="schedule_condition_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Standing still is a power of 0 W, whoever typed it."""
        if self.mode_type == TargetMode.HOLD and self.power_setpoint is None:
            self.power_setpoint = 0
        if self.mode_type in (TargetMode.AUTO, TargetMode.AI) and self.power_setpoint:
            raise ValidationError({"power_setpoint": _("This mode takes no power.")})


class OverrideKind(models.TextChoices):
    """What an override asks for. Stored: never rename one."""

    TARGET = "target", pgettext_lazy("override", "do this")
    HANDS_OFF = "hands_off", pgettext_lazy("override", "hands off")
    YIELD = "yield", pgettext_lazy("override", "left to somebody else")


class OverrideEnd(models.TextChoices):
    """Why an override ended before its time. Stored: never rename one."""

    REPLACED = "replaced", pgettext_lazy("override", "replaced")
    CANCELLED = "cancelled", pgettext_lazy("override", "cancelled")
    OVER = "over", pgettext_lazy("override", "its time was over")


class OverrideQuerySet(models.QuerySet["Override"]):
    def running(self, now: datetime) -> OverrideQuerySet:
        """Begun, not ended, and its time not over."""
        return self.standing(now).filter(starts_at__lte=now)

    def standing(self, now: datetime) -> OverrideQuerySet:
        """Not ended, and its time not over: it runs, or it begins later."""
        return self.filter(ended_at=None, until__gt=now)


class Override(models.Model):
    """What somebody ordered by hand of one battery, and until when. Ends by itself."""

    battery = models.ForeignKey(
        Battery, on_delete=models.CASCADE, related_name="overrides", verbose_name=_("battery")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=OverrideKind)
    mode_type = models.CharField(_("target"), max_length=12, choices=TargetMode, blank=True)
    power_w = models.SmallIntegerField(
        _("power"), null=True, blank=True, help_text=_("[W], > 0 charges, < 0 discharges")
    )
    target_soc = models.PositiveSmallIntegerField(
        _("state of charge"), null=True, blank=True, validators=PERCENT, help_text="[%]"
    )
    starts_at = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked by"),
    )
    origin = models.CharField(_("origin"), max_length=12)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    end_reason = models.CharField(max_length=12, choices=OverrideEnd, blank=True)

    objects = OverrideQuerySet.as_manager()

    class Meta:
        verbose_name = _("override")
        verbose_name_plural = _("overrides")
        ordering = ("-id",)
        indexes = [models.Index(fields=["-starts_at", "-id"], name="override_starts")]
        constraints = [
            models.UniqueConstraint(
                fields=["battery"], condition=Q(ended_at=None), name="override_one_open_a_battery"
            ),
            models.CheckConstraint(
                condition=Q(until__gt=F("starts_at")), name="override_until_after_start"
            ),
            models.CheckConstraint(
                condition=Q(kind="target", mode_type__in=TargetMode.values)
                | Q(kind__in=["hands_off", "yield"], mode_type="", power_w=None, target_soc=None),
                name="override_target_fits_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.battery} {self.kind} {self.mode_type} {self.until:%Y-%m-%d %H:%M}"


class Decision(models.Model):
    """The journal: what was decided for one battery and why; a row per change."""

    battery = models.ForeignKey(Battery, on_delete=models.CASCADE, related_name="decisions")
    at = models.DateTimeField(_("at"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    mode_type = models.CharField(
        _("target"), max_length=12, choices=TargetMode, blank=True, help_text=_("Empty: left alone")
    )
    power_w = models.SmallIntegerField(_("power"), null=True, blank=True)
    until_soc = models.PositiveSmallIntegerField(null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=24)
    params: Any = models.JSONField(default=dict)
    is_written = models.BooleanField(
        _("written"), default=True, help_text=_("False: decided and shown only")
    )
    since = models.DateTimeField()
    until = models.DateTimeField()
    schedule = models.ForeignKey(
        ScheduleConfig, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    override = models.ForeignKey(
        Override, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["battery", "-at"], name="decision_of_battery_at"),
            models.Index(fields=["-at", "-id"], name="decision_at"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["battery"], condition=Q(ended_at=None), name="decision_one_open_a_battery"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.battery_id} {self.at:%Y-%m-%d %H:%M} {self.reason} {self.mode_type}"
