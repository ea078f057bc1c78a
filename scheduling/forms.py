"""What pages may send: a schedule, the household's settings."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from batteries.models import Battery

from .intentions import Household, ScheduleConfig
from .schedule_refusals import mode_refusal, overlap_refusal, power_refusal, share_refusals
from .schedule_words import long_day
from .situation import Condition, Rule
from .targets import LEASED, TargetMode

if TYPE_CHECKING:  # generic for the type checker only
    ScheduleModelForm = forms.ModelForm[ScheduleConfig]
    HouseholdModelForm = forms.ModelForm[Household]
else:
    ScheduleModelForm = HouseholdModelForm = forms.ModelForm

BITS = range(7)
LATER_PRIORITY = 10  # what somebody adds to a full week shall count


def clock_field(label: Any, help_text: Any = "") -> forms.TimeField:
    """A time of day in whole minutes."""
    words = {"invalid": _("Write the time like 22:00.")}
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(
        label=label,
        help_text=help_text,
        input_formats=["%H:%M"],
        widget=widget,
        error_messages=words,
    )


class ScheduleForm(ScheduleModelForm):
    """A schedule as people write it: days to tick, a power without sign."""

    start_time = clock_field(_("From"))
    end_time = clock_field(_("To"), _("Earlier than the start: until the next day."))
    days = forms.TypedMultipleChoiceField(
        label=_("Days on which it starts"),
        coerce=int,
        choices=[(bit, lazy(long_day, str)(bit)) for bit in BITS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one day.")},
    )
    power_w = forms.IntegerField(
        label=_("Power [W]"),
        required=False,
        min_value=0,
        max_value=32767,
        help_text=_("For a charge it may stay empty: the energy is spread over the window."),
    )

    class Meta:
        model = ScheduleConfig
        fields = (
            "name",
            "mode_type",
            "start_time",
            "end_time",
            "target_soc",
            "floor_soc",
            "condition",
            "batteries",
            "priority",
            "is_active",
        )
        labels = {
            "name": _("Name"),
            "mode_type": _("What the batteries do"),
            "target_soc": _("Charge up to [%]"),
            "floor_soc": _("Discharge down to [%]"),
            "condition": _("Only on some Tempo days"),
            "batteries": _("Batteries"),
            "priority": _("Priority"),
            "is_active": _("Switched on"),
        }
        help_texts = {"target_soc": "", "floor_soc": ""}
        widgets = {"batteries": forms.CheckboxSelectMultiple}
        error_messages = {"name": {"unique": _("Another schedule has this name.")}}

    field_order = (
        "name",
        "mode_type",
        "days",
        "start_time",
        "end_time",
        "power_w",
        "target_soc",
        "floor_soc",
        "condition",
        "batteries",
        "priority",
        "is_active",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        schedule = self.instance
        chosen = Q(scheduleconfig=schedule.pk) if schedule.pk else Q(pk=None)
        batteries = Battery.objects.filter(Q(is_active=True) | chosen).distinct()
        self.fields["batteries"].queryset = batteries.order_by("id")  # type: ignore[attr-defined]
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        self.initial.setdefault("days", [bit for bit in BITS if schedule.week_days >> bit & 1])
        if schedule.power_setpoint:
            self.initial.setdefault("power_w", abs(schedule.power_setpoint))
        if schedule._state.adding and ScheduleConfig.objects.exists():
            self.initial.setdefault("priority", LATER_PRIORITY)

    def clean(self) -> dict[str, Any]:
        """What fields say together; the first trouble of each field, in one sentence."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        rule, chosen = self.rule(), self.batteries()
        self._complain("power_w", power_refusal(rule, chosen or self._all()))
        self._complain("batteries", mode_refusal(rule, chosen))
        for field, sentence in share_refusals(rule).items():
            self._complain(field, sentence)
        if not self.errors and cleaned["is_active"]:
            self._complain(None, overlap_refusal(rule))
        if not self.errors:
            self.instance.week_days, self.instance.power_setpoint = rule.week_days, rule.power_w
        return cleaned

    def rule(self) -> Rule:
        """What it says, as the planner has it; only where each field alone is right."""
        said = self.cleaned_data
        mode = TargetMode(said["mode_type"])
        return Rule(
            rule_id=self.instance.pk or 0,
            name=said["name"],
            mode_type=mode,
            starts=said["start_time"],
            ends=said["end_time"],
            week_days=sum(1 << bit for bit in said["days"]),
            power_w=_signed(mode, said["power_w"]),
            battery_ids=frozenset(battery.pk for battery in self.batteries()),
            condition=Condition(said["condition"]),
            target_soc=said["target_soc"],
            floor_soc=said["floor_soc"],
            priority=said["priority"],
        )

    def batteries(self) -> list[Battery]:
        """Those that were chosen."""
        return list(self.cleaned_data["batteries"])

    def _all(self) -> Collection[Battery]:
        return list(Battery.objects.active())

    def _complain(self, field: str | None, sentence: str) -> None:
        if sentence:
            self.add_error(field, sentence)


class HouseholdForm(HouseholdModelForm):
    """The household's settings, automation aside: that has a page of its own."""

    class Meta:
        model = Household
        fields = ("serves_red_days", "contract_kva", "unmetered_charge_w", "target_soc")
        labels = {
            "serves_red_days": _("Charge before red days, and serve the house on them"),
            "contract_kva": _("Contract power"),
            "unmetered_charge_w": _("Charging without a meter [W]"),
            "target_soc": _("Charge for a red day up to [%]"),
        }


def _signed(mode: TargetMode, magnitude_w: int | None) -> int | None:
    """> 0 charges. Standing still is 0 W, whoever typed it; modes of their own have none."""
    if mode == TargetMode.HOLD:
        return magnitude_w or 0
    if mode not in LEASED:
        return magnitude_w or None
    return -magnitude_w if mode == TargetMode.DISCHARGE and magnitude_w else magnitude_w
