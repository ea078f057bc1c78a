"""The ledger in the admin site: to be read, never to be edited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from . import beat_admin, override_admin, schedule_admin  # noqa: F401  they register their own
from .models import Order, OrderAttempt
from .presentation import target_words
from .read_only import ReadOnly
from .rehearsal import Rehearsal

if TYPE_CHECKING:  # generic for the type checker only
    OrderModelAdmin = admin.ModelAdmin[Order]
    RehearsalModelAdmin = admin.ModelAdmin[Rehearsal]
    AttemptInline = admin.TabularInline[OrderAttempt, Order]
else:
    OrderModelAdmin = RehearsalModelAdmin = admin.ModelAdmin
    AttemptInline = admin.TabularInline


class OrderAttemptInline(ReadOnly, AttemptInline):
    """Each datagram with its answer."""

    model = OrderAttempt
    fields = ("sent_at", "mode_type", "lease_s", "outcome", "latency_ms", "request", "answer")


@admin.register(Order)
class OrderAdmin(ReadOnly, OrderModelAdmin):
    """Who ordered what, and what the battery answered."""

    list_display = ("asked_at", "battery", "what", "state", "asked_by", "origin", "closed_at")
    list_filter = ("state", "battery", "origin")
    list_select_related = ("battery", "asked_by")
    date_hierarchy = "asked_at"
    inlines = (OrderAttemptInline,)

    @admin.display(description=_("order"))
    def what(self, order: Order) -> str:
        return target_words(order, timezone.now())


@admin.register(Rehearsal)
class RehearsalAdmin(ReadOnly, RehearsalModelAdmin):
    """Whether each battery was ready at 18:00 before a red day."""

    list_display = ("day", "battery", "outcome", "firmware", "test_order", "at")
    list_filter = ("outcome", "battery")
    list_select_related = ("battery", "test_order__battery")
    date_hierarchy = "day"
