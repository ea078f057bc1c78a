"""What a person may enter about a battery."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .marstek.errors import ArgumentInvalid
from .marstek.fields import is_host_address
from .marstek.profiles import TIMING_RANGES, Scales, profile_for
from .models import Battery

if TYPE_CHECKING:  # generic for the type checker only
    BatteryModelForm = forms.ModelForm[Battery]
else:
    BatteryModelForm = forms.ModelForm


class MacField(forms.CharField):
    """A MAC address however it is written; kept as twelve lower-case digits."""

    def to_python(self, value: Any) -> str | None:
        """BC:2A:33:60:1F:F9, bc-2a-33-60-1f-f9 and bc2a33601ff9 are the same."""
        text = super().to_python(value)
        return re.sub(r"[\s:.-]", "", text).lower() or None if text else None


class BatteryForm(BatteryModelForm):
    """Name, address, limits and how to deal with it; never what it said."""

    ble_mac = MacField(
        label=gettext_lazy("Bluetooth MAC"),
        required=False,
        help_text=gettext_lazy(
            "The device's identity. Left empty, it is learnt from the first answer."
        ),
    )

    class Meta:
        model = Battery
        fields = (
            "name",
            "ip_address",
            "udp_port",
            "ble_mac",
            "polling",
            "charge_limit_w",
            "discharge_limit_w",
            "soc_floor",
            "soc_ceiling",
            "control_method",
            "scale_overrides",
        )
        labels = {
            "charge_limit_w": gettext_lazy("Charging limit [W]"),
            "discharge_limit_w": gettext_lazy("Discharging limit [W]"),
            "soc_floor": gettext_lazy("Lowest charge [%]"),
            "soc_ceiling": gettext_lazy("Highest charge [%]"),
        }

    def clean_scale_overrides(self) -> dict[str, float]:
        """Known names with plausible numbers, since the codec believes them."""
        overrides = self.cleaned_data["scale_overrides"] or {}
        if not isinstance(overrides, dict):
            raise ValidationError(_("Enter names with numbers, such as {“bat_temp”: 0.1}."))
        for name, value in overrides.items():
            _check_override(name, value)
        return overrides


def _check_override(name: str, value: object) -> None:
    try:
        profile_for(None, None, {name: value})  # type: ignore[dict-item]  # that is the question
    except ArgumentInvalid as error:
        known = ", ".join(sorted({field.name for field in fields(Scales)} | set(TIMING_RANGES)))
        raise ValidationError(
            _("“%(name)s” is not known or its number is impossible. There are: %(known)s.")
            % {"name": name, "known": known}
        ) from error


class AddressForm(forms.Form):
    """One address and port to try now; both may stay empty for a search of the network."""

    address = forms.GenericIPAddressField(
        label=gettext_lazy("IP address"), protocol="IPv4", required=False
    )
    port = forms.IntegerField(
        label=gettext_lazy("UDP port"), min_value=1, max_value=65535, required=False
    )

    def clean_address(self) -> str:
        """The address of one device: a broadcast would ask everybody."""
        address: str = self.cleaned_data["address"]
        if address and not is_host_address(address):
            raise ValidationError(_("This is not the address of one device."))
        return address

    def addresses(self) -> list[str]:
        """As a search takes them."""
        return [self.cleaned_data["address"]] if self.cleaned_data["address"] else []

    def ports(self) -> list[int]:
        """As a search takes them."""
        return [self.cleaned_data["port"]] if self.cleaned_data["port"] else []
