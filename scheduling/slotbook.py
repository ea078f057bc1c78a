"""The mirror of a battery's Manual slots: none can be read back, so what was written is kept."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from batteries.models import Battery


class SlotBook(models.Model):
    """That a battery's slots are ours, all of them, since when; and what was proved of them."""

    battery = models.OneToOneField(Battery, on_delete=models.CASCADE, related_name="slot_book")
    taken_at = models.DateTimeField(
        _("slots taken over"), null=True, blank=True, help_text=_("Each slot was written by us")
    )
    follows_house_at = models.DateTimeField(
        _("self-consumption proved"),
        null=True,
        blank=True,
        help_text=_("A slot with power -1 was seen to follow the house on this very unit"),
    )
    tested_at = models.DateTimeField(_("last tested"), null=True, blank=True)

    class Meta:
        verbose_name = _("slots of a battery")
        verbose_name_plural = _("slots of batteries")

    def __str__(self) -> str:
        return f"{self.battery_id}"


class DeviceSlot(models.Model):
    """One slot as we last wrote it. `written_at` NULL: not known to be so."""

    battery = models.ForeignKey(Battery, on_delete=models.CASCADE, related_name="slots")
    number = models.PositiveSmallIntegerField(_("number"))
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("to"))
    week_days = models.PositiveSmallIntegerField(_("days"))
    power_w = models.SmallIntegerField(
        _("power"),
        null=True,
        help_text=_("[W] > 0 charges, < 0 discharges; empty: it follows the house"),
    )
    is_enabled = models.BooleanField(_("enabled"))
    written_at = models.DateTimeField(_("written"), null=True)

    class Meta:
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        ordering = ("battery", "number")
        constraints = [
            models.UniqueConstraint(fields=["battery", "number"], name="slot_once_a_battery"),
            models.CheckConstraint(condition=Q(number__lte=9), name="slot_number_0_to_9"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="slot_ends_later"),
        ]

    def __str__(self) -> str:
        return f"{self.battery_id} #{self.number} {self.starts:%H:%M}-{self.ends:%H:%M}"
