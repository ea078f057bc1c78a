"""What a page may send as an order."""

from __future__ import annotations

from django import forms

from .targets import LONGEST_MINUTES, Target, TargetMode


class OrderForm(forms.Form):
    """A target as buttons and small forms send it; limits are the service's to judge."""

    mode = forms.ChoiceField(choices=TargetMode.choices)
    power = forms.IntegerField(required=False, min_value=0, max_value=32767)
    minutes = forms.IntegerField(required=False, min_value=1, max_value=LONGEST_MINUTES)

    def target(self) -> Target:
        """The wish; only of a valid form."""
        wanted = self.cleaned_data
        return Target.of(TargetMode(wanted["mode"]), wanted["power"], wanted["minutes"])
