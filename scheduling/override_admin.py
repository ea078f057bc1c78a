"""What is ordered by hand, in the admin site: given, shown and ended through the services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from . import overriding
from .intentions import Override
from .models import Origin
from .orders import cancel_order
from .override_form import OverrideForm
from .read_only import ReadOnly
from .refusals import OrderRefused
from .refusing import TellsRefusal

if TYPE_CHECKING:  # generic for the type checker only
    OverrideModelAdmin = admin.ModelAdmin[Override]
else:
    OverrideModelAdmin = admin.ModelAdmin


@admin.register(Override)
class OverrideAdmin(TellsRefusal, ReadOnly, OverrideModelAdmin):
    """What people ordered by hand, until when, and how it ended. A row is added by ordering, as on
    the home page; none is edited."""

    refusal = OrderRefused
    form = OverrideForm
    add_fields = ("battery", "mode", "power", "soc", "until", "confirmed")
    list_display = (
        "battery",
        "kind",
        "mode_type",
        "power_w",
        "starts_at",
        "until",
        "asked_by",
        "ended_at",
        "end_reason",
    )
    list_filter = ("battery", "kind", "origin")
    list_select_related = ("battery", "asked_by")
    date_hierarchy = "starts_at"
    actions = ("end_now",)

    @admin.action(
        description=gettext_lazy("End now: back to what is decided without it"),
        permissions=["order"],
    )
    def end_now(self, request: HttpRequest, queryset: QuerySet[Override]) -> None:
        now, ended = timezone.now(), 0
        for override in queryset.running(now).select_related("battery"):  # type: ignore[attr-defined]
            try:
                cancel_order(override.battery, by=request.user, now=now)
            except OrderRefused as refused:
                self.message_user(request, str(refused), messages.ERROR)
                continue
            self.log_change(request, override, _("Ended by hand."))
            ended += 1
        words = ngettext("%(n)d override ended.", "%(n)d overrides ended.", ended)
        self.message_user(request, words % {"n": ended})

    def has_order_permission(self, request: HttpRequest) -> bool:
        """As for the buttons of the home page."""
        return request.user.has_perm("batteries.order_battery")

    def has_add_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        return self.has_order_permission(request)

    def get_fields(
        self,
        request: HttpRequest,  # noqa: ARG002  Django's signature
        obj: Override | None = None,
    ) -> Any:
        """The form where one is ordered; else what was kept."""
        if obj is None:
            return self.add_fields
        return [field.name for field in Override._meta.fields if field.name != "id"]

    def save_model(
        self,
        request: HttpRequest,
        obj: Override,
        form: OverrideForm,
        change: bool,  # noqa: ARG002  Django's signature
    ) -> None:
        """Its order follows at once; who asked stands with both."""
        battery, now = form.cleaned_data["battery"], form.now
        overriding.override(battery, form.wish, by=request.user, origin=Origin.PAGE, now=now)
        obj.pk = Override.objects.get(battery=battery, ended_at=None).pk
        obj.refresh_from_db()
