"""Batteries in the admin site: entering one by hand, its limits, and a look at what it said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from notifications.queue import start_task

from . import wording
from .answer_rates import answer_rates
from .forms import BatteryForm
from .last_answer import LastAnswer
from .models import Battery, BatteryStatusLog, MethodHealth
from .presentation import describe

if TYPE_CHECKING:  # generic for the type checker only
    BatteryModelAdmin = admin.ModelAdmin[Battery]
else:
    BatteryModelAdmin = admin.ModelAdmin

ADDRESS_FIELDS = {"ip_address", "udp_port"}
POLL_TASK = "batteries.poll_batteries"


@admin.register(Battery)
class BatteryAdmin(BatteryModelAdmin):
    """Telemetry is read-only here and never saved: the poller alone writes it."""

    form = BatteryForm
    list_display = ("name", "state", "charge", "power", "address", "firmware_version", "seen")
    list_filter = ("is_active",)
    search_fields = ("name", "ip_address", "ble_mac")
    actions = ("retire", "take_back")
    readonly_fields = ("state", "last_said", "answers", "last_answers")
    fieldsets = (
        (None, {"fields": ("name", ("ip_address", "udp_port"), "ble_mac", "state")}),
        (
            gettext_lazy("Limits"),
            {
                "fields": (
                    ("charge_limit_w", "discharge_limit_w"),
                    ("soc_floor", "soc_ceiling"),
                )
            },
        ),
        (
            gettext_lazy("How to deal with it"),
            {"fields": ("polling", "control_method", "scale_overrides")},
        ),
        (gettext_lazy("What it last said"), {"fields": ("last_said", "answers", "last_answers")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Battery | None = None) -> Any:
        """A new battery has not said anything yet."""
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj else fieldsets[:-1]

    @admin.display(description=gettext_lazy("state"))
    def state(self, battery: Battery) -> str:
        """Retired, answering, silent or new."""
        if not battery.pk:
            return _("new")
        card = describe(battery, timezone.now())
        if not battery.is_active:
            return _("retired")
        if card.is_waiting:
            return _("waits for its first answer")
        return _("silent") if card.is_silent else _("answers")

    @admin.display(description=gettext_lazy("charge"), ordering="soc")
    def charge(self, battery: Battery) -> str:
        return "—" if battery.soc is None else wording.percent(battery.soc)

    @admin.display(description=gettext_lazy("power"))
    def power(self, battery: Battery) -> str:
        reading = describe(battery, timezone.now()).power
        return "—" if reading.is_stale else reading.text

    @admin.display(description=gettext_lazy("address"), ordering="ip_address")
    def address(self, battery: Battery) -> str:
        return f"{battery.ip_address}:{battery.udp_port}"

    @admin.display(description=gettext_lazy("firmware"), ordering="firmware")
    def firmware_version(self, battery: Battery) -> str:
        return wording.firmware(battery.firmware) or "—"

    @admin.display(description=gettext_lazy("last answer"), ordering="last_seen_at")
    def seen(self, battery: Battery) -> str:
        now = timezone.now()
        seen_at = battery.last_seen_at
        return "—" if seen_at is None else wording.moment(seen_at, now)

    @admin.display(description=gettext_lazy("readings"))
    def last_said(self, battery: Battery) -> SafeString:
        """The card of the home page, as a table."""
        now = timezone.now()
        context = {"card": describe(battery, now), "now": now}
        return render_to_string("batteries/_admin_readings.html", context)

    @admin.display(description=gettext_lazy("answers of the last 24 hours"))
    def answers(self, battery: Battery) -> SafeString:
        rates = answer_rates(battery, timezone.now() - timedelta(hours=24))
        return render_to_string("batteries/_admin_answers.html", {"rates": rates})

    @admin.display(description=gettext_lazy("last answers, word for word"))
    def last_answers(self, battery: Battery) -> SafeString:
        rows = LastAnswer.objects.filter(battery=battery).order_by("method", "-asked_at")
        worded = [(row, wording.outcome(row.outcome)) for row in rows]
        context = {"rows": worded, "now": timezone.now()}
        return render_to_string("batteries/_admin_last_answers.html", context)

    def view_on_site(self, battery: Battery) -> str:
        """The button at the top: the battery's own page."""
        return reverse("batteries:battery-detail", args=[battery.pk])

    def save_model(
        self,
        request: HttpRequest,  # noqa: ARG002  Django's signature
        obj: Battery,
        form: BatteryForm,
        change: bool,
    ) -> None:
        """Save only what the person changed: the poller writes the same row meanwhile."""
        changed = set(form.changed_data)
        if not change:
            obj.save()
        elif changed:
            obj.save(update_fields=changed)
        if not change or changed & ADDRESS_FIELDS:
            start_task(POLL_TASK, [obj.pk])

    @admin.action(description=gettext_lazy("Retire: keep its history, never ask it again"))
    def retire(self, request: HttpRequest, queryset: QuerySet[Battery]) -> None:
        retired = queryset.filter(is_active=True)
        batteries = list(retired)
        retired.update(is_active=False)
        for battery in batteries:
            self.log_change(request, battery, _("Retired."))
        self._say(request, len(batteries), "retired")

    @admin.action(description=gettext_lazy("Take back into service"))
    def take_back(self, request: HttpRequest, queryset: QuerySet[Battery]) -> None:
        taken = [b for b in queryset.filter(is_active=False) if self._take_back(request, b)]
        if taken:
            start_task(POLL_TASK, [battery.pk for battery in taken])
        self._say(request, len(taken), "taken")

    def _take_back(self, request: HttpRequest, battery: Battery) -> bool:
        battery.is_active = True
        try:
            battery.clean()
        except ValidationError as error:
            text = f"{battery.name}: {' '.join(error.messages)}"
            self.message_user(request, text, messages.ERROR)
            return False
        battery.save(update_fields=["is_active"])
        self.log_change(request, battery, _("Taken back into service."))
        return True

    def _say(self, request: HttpRequest, count: int, what: str) -> None:
        words = {
            "retired": ngettext("%(n)d battery retired.", "%(n)d batteries retired.", count),
            "taken": ngettext(
                "%(n)d battery is back in service.", "%(n)d batteries are back in service.", count
            ),
        }[what]
        self.message_user(request, words % {"n": count})

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Actions change batteries: only for who may."""
        actions = super().get_actions(request)
        return actions if self.has_change_permission(request) else {}

    def has_delete_permission(
        self,
        request: HttpRequest,
        obj: Battery | None = None,  # noqa: ARG002  Django's signature
    ) -> bool:
        """History goes with it: administrators only; everybody else retires."""
        return bool(request.user.is_active and getattr(request.user, "is_superuser", False))

    def get_deleted_objects(
        self,
        objs: Sequence[Battery] | QuerySet[Battery],
        request: HttpRequest,  # noqa: ARG002  Django's signature
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Counts instead of a list: a year of history is half a million rows a battery."""
        batteries = list(objs)
        rows = BatteryStatusLog.objects.filter(battery__in=batteries).count()
        hours = MethodHealth.objects.filter(battery__in=batteries).count()
        answers = LastAnswer.objects.filter(battery__in=batteries).count()
        counts = {
            str(Battery._meta.verbose_name_plural): len(batteries),
            str(BatteryStatusLog._meta.verbose_name_plural): rows,
            str(MethodHealth._meta.verbose_name_plural): hours,
            str(LastAnswer._meta.verbose_name_plural): answers,
        }
        return [battery.name for battery in batteries], counts, set(), []
