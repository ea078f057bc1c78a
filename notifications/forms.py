"""What a person may choose: event x channel, limits, quiet hours, language; channels; the token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.debug import sensitive_variables

from .addressees import Channel, Limit, Preference
from .events import CHOSEN, KINDS, Event
from .hearing import is_chosen
from .reaching import is_understood


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One event: a switch for each channel, and a limit where it has one."""

    event: Event
    switches: list[Any]
    limit: Any
    sign: str
    unit: str


class HearingForm(forms.Form):
    """Everything of one person in one form: saved as a whole or not at all."""

    language = forms.ChoiceField(
        label=pgettext_lazy("of messages", "Language"), choices=settings.LANGUAGES
    )
    quiet_from = forms.TimeField(
        label=gettext_lazy("Quiet from"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    quiet_until = forms.TimeField(
        label=gettext_lazy("Quiet until"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )

    def __init__(
        self,
        given: Any,
        *,
        channels: Sequence[Channel],
        limits: Sequence[Limit],
        preference: Preference,
    ) -> None:
        own = {limit.event: limit.value for limit in limits}
        initial: dict[str, Any] = {
            "language": preference.language,
            "quiet_from": preference.quiet_from,
            "quiet_until": preference.quiet_until,
        }
        super().__init__(given, initial=initial)
        self.channels = channels
        for event in CHOSEN:
            self._add_limit(event, own)
            for channel in channels:
                self._add_switch(event, channel)

    def _add_limit(self, event: Event, own: dict[str, int]) -> None:
        threshold = KINDS[event].threshold
        if threshold is None:
            return
        words = {"event": event.label, "unit": threshold.unit}
        self.fields[f"limit-{event}"] = forms.IntegerField(
            label=_("%(event)s: limit [%(unit)s]") % words,
            min_value=threshold.least,
            max_value=threshold.most,
            initial=own.get(event, threshold.usual),
        )

    def _add_switch(self, event: Event, channel: Channel) -> None:
        self.fields[switch_name(channel, event)] = forms.BooleanField(
            label=f"{event.label}: {channel.name}",
            required=False,
            initial=is_chosen(channel, event),
        )

    def matrix(self) -> Iterator[MatrixRow]:
        """Its rows, for the page."""
        for event in CHOSEN:
            threshold = KINDS[event].threshold
            yield MatrixRow(
                event,
                [self[switch_name(channel, event)] for channel in self.channels],
                None if threshold is None else self[f"limit-{event}"],
                "≤" if threshold is not None and threshold.falls else "≥",
                "" if threshold is None else threshold.unit,
            )

    def clean(self) -> dict[str, Any]:
        """Quiet hours have two ends that differ."""
        cleaned = super().clean() or self.cleaned_data
        start, end = cleaned.get("quiet_from"), cleaned.get("quiet_until")
        if {"quiet_from", "quiet_until"} & set(self.errors):
            return cleaned
        if (start is None) != (end is None):
            raise forms.ValidationError(_("Quiet hours need both a beginning and an end."))
        if start is not None and start == end:
            raise forms.ValidationError(_("Quiet hours that end when they begin last no time."))
        return cleaned


def switch_name(channel: Channel, event: Event) -> str:
    """The name of one field of the matrix."""
    return f"on-{channel.pk}-{event}"


class ChannelForm(forms.Form):
    """A channel by an address that Apprise knows."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=40)
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    @sensitive_variables("address")
    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"].strip()
        if not is_understood(address):
            raise forms.ValidationError(
                _("This address is not understood: it looks like ntfy://topic or mailto://...")
            )
        return address


class TokenForm(forms.Form):
    """The token that @BotFather gave; it is never shown again."""

    token = forms.CharField(
        label=gettext_lazy("Token"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
