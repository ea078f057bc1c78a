"""What a person may enter about colours and prices."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from .days import Colour
from .due import wanted_day
from .models import TempoStatement
from .rules import SUNDAY, Rule, can_be_red
from .seasons import FIRST_SEASON, Season

if TYPE_CHECKING:  # generic for the type checker only
    StatementModelForm = forms.ModelForm[TempoStatement]
else:
    StatementModelForm = forms.ModelForm


class ColourForm(StatementModelForm):
    """A colour that a person has read elsewhere. It counts as final."""

    class Meta:
        model = TempoStatement
        fields = ("day", "colour")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "colour" in self.fields:  # a person who may only look gets no fields
            self.fields["colour"].required = True

    def clean_day(self) -> date:
        """A day of the records, tomorrow at the latest."""
        day: date = self.cleaned_data["day"]
        earliest, latest = Season(FIRST_SEASON).starts_on, wanted_day(timezone.now())
        if not earliest <= day <= latest:
            raise ValidationError(
                _("Colours are known from %(first)s to %(last)s (tomorrow).")
                % {"first": earliest, "last": latest}
            )
        return day

    def clean(self) -> dict[str, Any]:
        """Refuse what the calendar of the tariff excludes: it is a slip."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        day, colour = cleaned.get("day"), cleaned.get("colour")
        if day and colour == Colour.RED and not can_be_red(day):
            self.add_error("colour", str(Rule.NEVER_RED.label))
        if day and colour == Colour.WHITE and day.weekday() == SUNDAY:
            self.add_error("colour", str(Rule.SUNDAY.label))
        return cleaned
