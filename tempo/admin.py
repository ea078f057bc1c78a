"""Colours and prices in the admin site: statements are read, or added by a person; grids edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone

from .answers import Answer
from .consensus import Source
from .days import Colour
from .forms import ColourForm
from .models import PriceGrid, SourceContact, Subscription, TempoDay, TempoStatement
from .services import record_answers

if TYPE_CHECKING:  # generic for the type checker only
    StatementModelAdmin = admin.ModelAdmin[TempoStatement]
    DayModelAdmin = admin.ModelAdmin[TempoDay]
    ContactModelAdmin = admin.ModelAdmin[SourceContact]
    GridModelAdmin = admin.ModelAdmin[PriceGrid]
    SubscriptionInlineBase = admin.TabularInline[Subscription, PriceGrid]
else:
    StatementModelAdmin = DayModelAdmin = ContactModelAdmin = GridModelAdmin = admin.ModelAdmin
    SubscriptionInlineBase = admin.TabularInline


class Unchangeable:
    """What was said and settled cannot be changed, only said anew."""

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False


class ReadOnly(Unchangeable):
    """Written by the application alone."""

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False


@admin.register(TempoStatement)
class TempoStatementAdmin(Unchangeable, StatementModelAdmin):
    """Who said what. Adding one enters a colour by hand, which counts as final."""

    form = ColourForm
    list_display = (
        "day",
        "colour",
        "source",
        "is_binding",
        "is_degraded",
        "at",
        "seen_at",
        "said_by",
    )
    list_filter = ("source", "colour", "is_binding", "is_degraded")
    list_select_related = ("said_by",)
    date_hierarchy = "day"

    def save_model(
        self,
        request: HttpRequest,
        obj: TempoStatement,
        form: Any,  # noqa: ARG002  Django's signature
        change: bool,  # noqa: ARG002  Django's signature
    ) -> None:
        """As everything that is said: kept, and the day settled anew."""
        by = request.user if isinstance(request.user, User) else None
        answer = Answer(obj.day, Colour(obj.colour))
        record_answers(Source.PERSON, [answer], timezone.now(), by=by)
        own = TempoStatement.objects.filter(source=Source.PERSON, day=obj.day)
        obj.pk = own.latest("seen_at", "pk").pk


@admin.register(TempoDay)
class TempoDayAdmin(ReadOnly, DayModelAdmin):
    """The settled colours, and why."""

    list_display = ("day", "colour", "is_binding", "why", "source", "is_disputed", "settled_at")
    list_filter = ("colour", "is_binding", "is_disputed", "why")
    date_hierarchy = "day"


@admin.register(SourceContact)
class SourceContactAdmin(ReadOnly, ContactModelAdmin):
    """How it goes with each source."""

    list_display = ("source", "topic", "asked_at", "answered_at", "failures", "fault")
    list_filter = ("source",)


class SubscriptionInline(SubscriptionInlineBase):
    """What each contract power costs under a grid."""

    model = Subscription
    extra = 0


@admin.register(PriceGrid)
class PriceGridAdmin(GridModelAdmin):
    """Prices from a date on. A new grid is added; old ones stay, for the accounts."""

    list_display = ("starts_on", "blue_hc", "blue_hp", "white_hc", "white_hp", "red_hc", "red_hp")
    inlines = (SubscriptionInline,)
    actions = None  # in bulk, the last grids could go together

    def has_delete_permission(self, request: HttpRequest, obj: PriceGrid | None = None) -> bool:
        """Without any grid nobody could tell whether a charge pays."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or PriceGrid.objects.count() > 1)
