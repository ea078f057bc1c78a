"""What a page may send as an order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .ends import moment_of
from .targets import LONGEST_MINUTES, HandsOff, Target, TargetMode, Wanted

HANDS_OFF = "hands_off"


class OrderForm(forms.Form):
    """A target, or hands off, as buttons and small forms send it; limits are the service's to
    judge. `until` is a time of the coming day, or a date with a time."""

    mode = forms.ChoiceField(choices=[*TargetMode.choices, (HANDS_OFF, HANDS_OFF)])
    power = forms.IntegerField(required=False, min_value=0, max_value=32767)
    minutes = forms.IntegerField(required=False, min_value=1, max_value=LONGEST_MINUTES)
    until = forms.CharField(required=False, max_length=40)
    soc = forms.IntegerField(required=False, min_value=1, max_value=100)
    confirmed = forms.ChoiceField(required=False, choices=[("keep", ""), ("resume", "")])

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_until(self) -> datetime | None:
        text = self.cleaned_data["until"]
        try:
            return moment_of(text, self.now) if text else None
        except (ValueError, OverflowError) as error:
            raise ValidationError(_("This is no time.")) from error

    def wanted(self) -> Wanted:
        """The wish; only of a valid form."""
        asked = self.cleaned_data
        until, minutes = asked["until"], asked["minutes"]
        if asked["mode"] == HANDS_OFF:
            after = self.now + timedelta(minutes=minutes) if minutes else None
            return HandsOff(until or after)
        return Target.of(
            TargetMode(asked["mode"]), asked["power"], minutes, until=until, until_soc=asked["soc"]
        )
