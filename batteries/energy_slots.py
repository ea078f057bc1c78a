"""Energy by quarters of an hour: what stays when the readings themselves expire."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

SLOT = timedelta(minutes=15)
SLOT_S = 900


class RealField(models.FloatField):  # type: ignore[type-arg]
    """A four-byte float: enough for a temperature, and for tenths of a Wh in a quarter hour."""

    def db_type(self, connection: Any) -> str:  # noqa: ARG002
        return "real"


def slot_start(moment: datetime) -> datetime:
    """The start of the quarter hour that a moment is in."""
    return datetime.fromtimestamp(moment.timestamp() // SLOT_S * SLOT_S, tz=moment.tzinfo)


def on_the_quarter() -> Q:
    """`starts_at` is a whole quarter of an hour."""
    return Q(starts_at__second=0, starts_at__minute__in=(0, 15, 30, 45))


class EnergySlot(models.Model):
    """What one battery took and gave at the house's wires in a quarter of an hour.

    `covered_s` of its 900 s are known; the rest is not in the figures. Compact as the log is: no
    second index, columns in an order without padding. The key begins with time, as all that reads
    it does.
    """

    pk = models.CompositePrimaryKey("starts_at", "battery_id")
    starts_at = models.DateTimeField()
    charged_counter_wh = models.BigIntegerField(
        null=True, help_text="The device’s own counter, told last within the slot [Wh]"
    )
    discharged_counter_wh = models.BigIntegerField(null=True, help_text="As above, out [Wh]")
    charged_wh = RealField(help_text="AC energy in [Wh]")
    discharged_wh = RealField(help_text="AC energy out [Wh]")
    solar_wh = RealField(null=True, help_text="Of its own panels [Wh]; empty: not known")
    battery = models.ForeignKey(
        "batteries.Battery", on_delete=models.CASCADE, db_index=False, related_name="energy_slots"
    )
    covered_s = models.SmallIntegerField(help_text="How much of the slot is known [s]")
    soc = models.SmallIntegerField(null=True, help_text="Told last within the slot [%]")

    class Meta:
        verbose_name = _("energy slot")
        verbose_name_plural = _("energy slots")
        constraints = [
            models.CheckConstraint(condition=on_the_quarter(), name="energy_slot_on_the_quarter"),
            models.CheckConstraint(
                condition=Q(covered_s__range=(1, SLOT_S)), name="energy_slot_covered_1_to_900"
            ),
            models.CheckConstraint(
                condition=Q(charged_wh__gte=0, discharged_wh__gte=0)
                & (Q(solar_wh=None) | Q(solar_wh__gte=0)),
                name="energy_slot_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(soc=None) | Q(soc__range=(0, 100)), name="energy_slot_soc_0_to_100"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.battery_id} {self.starts_at:%Y-%m-%d %H:%M}"


class HouseSlot(models.Model):
    """What the house took from the public grid and gave to it in a quarter of an hour."""

    starts_at = models.DateTimeField(primary_key=True)
    imported_wh = RealField(help_text="From the grid [Wh]")
    exported_wh = RealField(help_text="To the grid [Wh]")
    covered_s = models.SmallIntegerField(help_text="How much of the slot is known [s]")

    class Meta:
        verbose_name = _("energy slot of the house")
        verbose_name_plural = _("energy slots of the house")
        constraints = [
            models.CheckConstraint(condition=on_the_quarter(), name="house_slot_on_the_quarter"),
            models.CheckConstraint(
                condition=Q(covered_s__range=(1, SLOT_S)), name="house_slot_covered_1_to_900"
            ),
            models.CheckConstraint(
                condition=Q(imported_wh__gte=0, exported_wh__gte=0), name="house_slot_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"
