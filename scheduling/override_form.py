"""The form of the administration for what is ordered by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from batteries.models import Battery

from .intentions import Override
from .order_form import HANDS_OFF, OrderForm
from .overriding import red_warning, refusal, resumed
from .targets import TargetMode, Wanted

if TYPE_CHECKING:  # generic for the type checker only
    OverrideModelForm = forms.ModelForm[Override]
else:
    OverrideModelForm = forms.ModelForm

LABELS: dict[str, tuple[Any, Any]] = {
    "battery": (_("battery"), ""),
    "mode": (_("what"), ""),
    "power": (_("power"), _("[W], without sign: for a charge or a discharge.")),
    "soc": (_("state of charge"), _("[%], for a charge: where it ends.")),
    "until": (_("until"), _("18:00, or 2026-11-25 18:00. Empty: until the next schedule edge.")),
    "confirmed": (_("over a red day"), _("Asked only where a red day would be left unserved.")),
}
CHOICES_OF_RED = [
    ("", "---------"),
    ("resume", _("Only until the red day or its night needs it")),
    ("keep", _("To the end, all the same")),
]


class OverrideForm(OrderForm, OverrideModelForm):
    """As the forms of the home page, with the same sentences. What is kept is the service's."""

    battery = forms.ModelChoiceField(queryset=Battery.objects.none())
    confirmed = forms.ChoiceField(required=False, choices=CHOICES_OF_RED)

    class Meta:
        model = Override
        fields = ("battery",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, now=timezone.now(), **kwargs)
        self.wish: Wanted
        self.fields["battery"].queryset = Battery.objects.active()  # type: ignore[attr-defined]
        self.fields["mode"].choices = [  # type: ignore[attr-defined]
            *TargetMode.choices,
            (HANDS_OFF, _("Hands off: nothing is written")),
        ]
        for name, (label, hint) in LABELS.items():
            self.fields[name].label, self.fields[name].help_text = label, hint

    def clean(self) -> dict[str, Any]:
        asked = self.cleaned_data
        if self.errors:
            return asked
        self.wish = self.wanted()
        if sentence := refusal(asked["battery"], self.wish, self.now):
            self.add_error(None, sentence)
        elif asked["confirmed"] != "keep":
            self._heed_red_days(asked["battery"], is_confirmed=bool(asked["confirmed"]))
        return asked

    def _heed_red_days(self, battery: Battery, *, is_confirmed: bool) -> None:
        warning = red_warning([battery], self.wish, self.now)
        if warning is not None and not is_confirmed:
            self.add_error("confirmed", warning.sentence)
        elif warning is not None and warning.resumes_at is not None:
            self.wish = resumed(self.wish, warning.resumes_at)

    def _post_clean(self) -> None:
        """No row is made from these fields: ordering makes it."""
