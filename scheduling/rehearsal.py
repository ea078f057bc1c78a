"""What a rehearsal on a red eve has found, one row a battery and day."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from batteries.models import Battery


class Found(models.TextChoices):
    """What came of it. Stored: never rename one."""

    PASSED = "passed", pgettext_lazy("rehearsal", "it is ready to be charged")
    TESTING = "testing", pgettext_lazy("rehearsal", "a test order is under way")
    SILENT = "silent", pgettext_lazy("rehearsal", "it does not answer")
    NOT_PROVED = "not_proved", pgettext_lazy("rehearsal", "it did not follow the test order")
    NO_POWER = "no_power", pgettext_lazy("rehearsal", "it takes no power orders")
    NO_ROOM = (
        "no_room",
        pgettext_lazy("rehearsal", "the house leaves too little room under the contract power"),
    )
    LEFT_ALONE = "left_alone", pgettext_lazy("rehearsal", "it is not ours to order now")


FAILED = (Found.SILENT, Found.NOT_PROVED, Found.NO_POWER, Found.NO_ROOM)


class Rehearsal(models.Model):
    """Whether a battery was ready at 18:00 for the night before a red day. Looked at again until
    it is; the test order is given once."""

    battery = models.ForeignKey(
        Battery, on_delete=models.CASCADE, related_name="rehearsals", verbose_name=_("battery")
    )
    day = models.DateField(_("red day"))
    outcome = models.CharField(_("outcome"), max_length=12, choices=Found)
    detail: Any = models.JSONField(
        _("detail"),
        default=dict,
        help_text=_("Of too little room: power needed and left, of all batteries together [W]"),
    )
    firmware = models.CharField(
        _("proved with"),
        max_length=60,
        blank=True,
        help_text=_("Model and firmware that followed an order; empty: it had none to follow"),
    )
    test_order = models.ForeignKey(
        "scheduling.Order", on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("test order"),
    )  # fmt: skip
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("rehearsal")
        verbose_name_plural = _("rehearsals")
        ordering = ("-day", "battery")
        constraints = [
            models.UniqueConstraint(fields=["battery", "day"], name="rehearsal_once_a_day"),
            models.CheckConstraint(
                condition=Q(outcome__in=Found.values), name="rehearsal_outcome_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.battery} {self.day} {self.outcome}"
