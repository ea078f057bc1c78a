"""What the journal may be asked for, from an address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from batteries.models import Battery

from .models import OrderState, Origin
from .timeline import Filters, Kind, authors

KINDS = (
    ("order", pgettext_lazy("journal", "orders")),
    ("decision", pgettext_lazy("journal", "decisions")),
    ("override", pgettext_lazy("journal", "overrides")),
)
ORIGINS = [choice for choice in Origin.choices if choice[0] != Origin.END]


class JournalForm(forms.Form):
    """Filters; each may stay empty."""

    kind = forms.ChoiceField(label=_("What"), required=False)
    battery = forms.TypedChoiceField(
        label=_("Battery"), required=False, coerce=int, empty_value=None
    )
    state = forms.ChoiceField(label=_("Verdict"), required=False)
    author = forms.TypedChoiceField(label=_("Who"), required=False, coerce=int, empty_value=None)
    origin = forms.ChoiceField(label=_("From where"), required=False)
    day = forms.DateField(
        label=_("Day"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        batteries = list(Battery.objects.order_by("name").values_list("id", "name"))
        choices = {
            "kind": KINDS,
            "battery": batteries,
            "state": OrderState.choices,
            "author": authors(),
            "origin": ORIGINS,
        }
        for name, offered in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [("", _("all")), *offered]

    def filters(self) -> Filters:
        """Only of a valid form."""
        wanted = self.cleaned_data
        return Filters(
            kind=Kind[wanted["kind"].upper()] if wanted["kind"] else None,
            battery_id=wanted["battery"],
            state=wanted["state"] or None,
            origin=wanted["origin"] or None,
            author_id=wanted["author"],
            day=wanted["day"],
        )

    @property
    def is_filtered(self) -> bool:
        return any(self.cleaned_data.values()) if self.is_valid() else False

    @property
    def problem(self) -> str:
        """The first thing that is wrong with what was asked; empty where nothing is."""
        for name, problems in self.errors.items():
            return f"{self.fields[name].label}: {problems[0]}"
        return ""
