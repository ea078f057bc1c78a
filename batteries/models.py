"""Batteries, what they last said, their history, and how well they answer.

Power is in watts, energy in watt-hours. `bat_power > 0` charges the battery, `< 0` discharges it;
`ongrid_power > 0` feeds the house; `grid_power > 0` is taken from the public grid.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from . import jobs, last_answer  # noqa: F401  their models are of this app
from .energy_slots import EnergySlot, HouseSlot, RealField  # noqa: F401  they, too

MAC_RULE = RegexValidator(
    r"\A[0-9a-f]{12}\Z", _("Twelve hexadecimal digits, such as bc2a33601ff9.")
)


class ModeType(models.IntegerChoices):
    """The modes that a device reports."""

    AUTO = 0, pgettext_lazy("mode", "Auto")
    AI = 1, pgettext_lazy("mode", "AI")
    MANUAL = 2, pgettext_lazy("mode", "Manual")
    PASSIVE = 3, pgettext_lazy("mode", "Passive")
    UPS = 4, pgettext_lazy("mode", "UPS")


class ControlMethod(models.TextChoices):
    """How a wanted power is given to the device."""

    PASSIVE = "passive", _("Passive: a power for some minutes, renewed")
    MANUAL = "manual", _("Manual: the device's own slots")
    MODES_ONLY = "modes_only", _("Automatic modes only")


class Polling(models.TextChoices):
    """What we may ask of a battery."""

    NORMAL = "normal", _("Poll it")
    ORDERS_ONLY = "orders_only", _("Orders only: never poll it")


class Pace(models.TextChoices):
    """How often we dare to poll: the meter guard sets it, and these are its words."""

    NORMAL = "normal", pgettext_lazy("pace", "normal")
    HALVED = "halved", pgettext_lazy("pace", "halved")
    SPARSE = "sparse", pgettext_lazy("pace", "every 10 minutes")


class BatteryQuerySet(models.QuerySet["Battery"]):
    def active(self) -> BatteryQuerySet:
        """Not retired."""
        return self.filter(is_active=True)

    def silent_since(self, moment: datetime) -> BatteryQuerySet:
        """Active ones that said nothing at or after `moment`."""
        return self.active().filter(Q(last_seen_at__isnull=True) | Q(last_seen_at__lt=moment))


def small(**options: Any) -> Any:
    """A nullable two-byte whole number that pages and forms leave alone."""
    return models.SmallIntegerField(null=True, editable=False, **options)


def moment(**options: Any) -> Any:
    """A nullable moment that pages and forms leave alone."""
    return models.DateTimeField(null=True, editable=False, **options)


def watt_limit(help_text: Any) -> Any:
    """A limit that a person may set; empty means what the model allows."""
    return models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(100), MaxValueValidator(2500)],
        help_text=help_text,
    )


class Battery(models.Model):
    """One Marstek device on the local network."""

    id = models.SmallAutoField(primary_key=True)
    name = models.CharField(_("name"), max_length=60, unique=True)
    ip_address = models.GenericIPAddressField(_("IP address"), protocol="IPv4")
    udp_port = models.PositiveIntegerField(
        _("UDP port"),
        default=30000,
        validators=[MinValueValidator(1), MaxValueValidator(65535)],
        help_text=_("The port of the local API, as the vendor's app shows it."),
    )
    ble_mac = models.CharField(
        _("Bluetooth MAC"),
        max_length=12,
        unique=True,
        null=True,
        blank=True,
        validators=[MAC_RULE],
        help_text=_("The device's identity. Left empty, it is learnt from the first answer."),
    )
    wifi_mac = models.CharField(max_length=12, blank=True, editable=False)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Unticked = retired: kept, never asked.")
    )
    polling = models.CharField(_("polling"), max_length=12, choices=Polling, default=Polling.NORMAL)

    model = models.CharField(_("model"), max_length=40, blank=True, editable=False)
    firmware = small(help_text=_("As the device says it; 1476 means 147.6"))
    charge_limit_w = watt_limit(_("Highest charging power [W]; empty: what the model allows."))
    discharge_limit_w = watt_limit(
        _("Highest discharging power [W]; empty: what the model allows.")
    )
    soc_floor = models.PositiveSmallIntegerField(
        _("lowest state of charge"),
        default=12,
        validators=[MaxValueValidator(100)],
        help_text=_("State of charge that a discharge stops at [%]"),
    )
    soc_ceiling = models.PositiveSmallIntegerField(
        _("highest state of charge"),
        default=100,
        validators=[MaxValueValidator(100)],
        help_text=_("State of charge that a charge stops at [%]"),
    )
    control_method = models.CharField(
        _("control method"), max_length=12, choices=ControlMethod, default=ControlMethod.PASSIVE
    )
    scale_overrides = models.JSONField(
        _("scale overrides"),
        default=dict,
        blank=True,
        help_text=_(
            'Factors for values that this unit reports wrongly, such as {"bat_temp": 0.1}.'
        ),
    )

    # what it last said, each with its moment
    last_seen_at = moment(help_text=_("The last answer of any kind"))
    status_at = moment(help_text=_("When the powers were told"))
    soc = small(help_text=_("State of charge [%]"))
    soc_at = moment()
    bat_power = small(help_text=_("Battery power [W], > 0 charges, < 0 discharges"))
    pv_power = small(help_text=_("Solar power at the battery [W]"))
    ongrid_power = small(help_text=_("AC power [W], > 0 feeds the house"))
    offgrid_power = small(help_text=_("Back-up socket [W], > 0 supplies a load"))
    bat_capacity = models.PositiveIntegerField(
        null=True, editable=False, help_text=_("Energy left [Wh]")
    )
    rated_capacity = models.PositiveIntegerField(
        null=True, editable=False, help_text=_("Rated energy [Wh]")
    )
    charged_energy = models.BigIntegerField(
        null=True, editable=False, help_text=_("Lifetime AC energy in [Wh]")
    )
    discharged_energy = models.BigIntegerField(
        null=True, editable=False, help_text=_("Lifetime AC energy out [Wh]")
    )
    bat_temp = RealField(null=True, editable=False, help_text=_("Temperature [°C]"))
    bat_at = moment(help_text=_("When the temperature was told"))
    mode = small(choices=ModeType)
    mode_at = moment(help_text=_("When the mode was told"))
    grid_power = models.IntegerField(
        null=True, editable=False, help_text=_("House meter [W], > 0 imports, < 0 exports")
    )
    ct_connected = models.BooleanField(null=True, editable=False)
    meter_at = moment(help_text=_("When the meter was told"))
    rssi_dbm = small(help_text=_("Wi-Fi signal [dBm]"))
    wifi_at = moment(help_text=_("When the signal was told"))
    device_at = moment(help_text=_("When model and firmware were told"))

    # how polling goes
    polled_at = moment(help_text=_("The last poll, answered or not"))
    missed_polls = models.PositiveIntegerField(default=0, editable=False)
    fault = models.CharField(
        max_length=40, blank=True, editable=False, help_text=_("Code of what went wrong last")
    )
    fault_detail = models.CharField(max_length=300, blank=True, editable=False)
    doubts = models.JSONField(
        default=list, editable=False, help_text=_("Readings held back until confirmed")
    )
    pace = models.CharField(max_length=8, choices=Pace, default=Pace.NORMAL, editable=False)
    pace_reason = models.CharField(max_length=40, blank=True, editable=False)
    pace_since = moment(help_text=_("When polling took this pace"))
    pace_rest_s = small(help_text=_("How long it rests at the slowest pace [s]"))
    missing_methods = models.JSONField(
        default=list, editable=False, help_text=_("Methods that this device says it does not have")
    )

    objects = BatteryQuerySet.as_manager()

    class Meta:
        verbose_name = _("battery")
        verbose_name_plural = _("batteries")
        ordering = ("name",)
        permissions = [("order_battery", "Can give orders to batteries")]
        constraints = [
            models.CheckConstraint(
                condition=Q(soc__isnull=True) | Q(soc__range=(0, 100)), name="battery_soc_0_to_100"
            ),
            models.CheckConstraint(
                condition=Q(udp_port__range=(1, 65535)), name="battery_udp_port_1_to_65535"
            ),
            models.CheckConstraint(
                condition=Q(soc_floor__lt=models.F("soc_ceiling")) & Q(soc_ceiling__lte=100),
                name="battery_soc_floor_below_ceiling",
                violation_error_message=_("The lowest state of charge must be below the highest."),
            ),
            models.CheckConstraint(
                condition=Q(ble_mac__isnull=True) | Q(ble_mac__regex=r"^[0-9a-f]{12}$"),
                name="battery_ble_mac_hex",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Two active batteries at one address are a slip of the hand.

        No constraint says so: two devices that swap their addresses pass through it.
        """
        same_address = Battery.objects.active().filter(
            ip_address=self.ip_address, udp_port=self.udp_port
        )
        if self.is_active and same_address.exclude(pk=self.pk).exists():
            raise ValidationError(
                {"ip_address": _("Another active battery has this address and port.")}
            )


class BatteryStatusLog(models.Model):
    """One poll of one battery: what it said, and nothing that it did not say.

    Compact by design: no second index, no foreign key to it, columns in an order without padding.
    """

    pk = models.CompositePrimaryKey("battery_id", "timestamp")
    timestamp = models.DateTimeField()
    bat_temp = RealField(null=True, help_text="[°C]")
    battery = models.ForeignKey(
        Battery, on_delete=models.CASCADE, db_index=False, related_name="status_log"
    )
    soc = models.SmallIntegerField(null=True, help_text="[%]")
    bat_power = models.SmallIntegerField(null=True, help_text="[W] > 0 charges")
    pv_power = models.SmallIntegerField(null=True, help_text="[W]")
    ongrid_power = models.SmallIntegerField(null=True, help_text="[W] > 0 feeds the house")
    offgrid_power = models.SmallIntegerField(null=True, help_text="[W] > 0 supplies a load")
    grid_power = models.SmallIntegerField(null=True, help_text="[W] > 0 imports")
    bat_capacity = models.SmallIntegerField(null=True, help_text="Energy left [Wh]")
    mode = models.SmallIntegerField(null=True, choices=ModeType)

    class Meta:
        verbose_name = _("status log row")
        verbose_name_plural = _("status log")
        constraints = [
            models.CheckConstraint(
                condition=Q(soc__isnull=True) | Q(soc__range=(0, 100)), name="log_soc_0_to_100"
            )
        ]

    def __str__(self) -> str:
        return f"{self.battery_id} {self.timestamp:%Y-%m-%d %H:%M:%S}"


class MethodHealth(models.Model):
    """How one method of one battery was answered during one hour."""

    battery = models.ForeignKey(
        Battery, on_delete=models.CASCADE, db_index=False, related_name="method_health"
    )
    method = models.CharField(max_length=24)
    hour_at = models.DateTimeField(help_text=_("Start of the hour"))
    asked = models.PositiveIntegerField(default=0, help_text=_("Datagrams sent"))
    answered = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0, help_text=_("Answers that were errors"))
    latency_ms_total = models.PositiveIntegerField(default=0, help_text=_("Of the answers [ms]"))
    latency_ms_max = models.PositiveIntegerField(default=0, help_text=_("Of the answers [ms]"))

    class Meta:
        verbose_name = _("answers per hour")
        verbose_name_plural = _("answers per hour")
        constraints = [
            models.UniqueConstraint(
                fields=["battery", "method", "hour_at"], name="method_health_once_an_hour"
            ),
            models.CheckConstraint(
                condition=Q(answered__lte=models.F("asked")), name="method_health_answered_of_asked"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.battery_id} {self.method} {self.hour_at:%Y-%m-%d %H}h"
