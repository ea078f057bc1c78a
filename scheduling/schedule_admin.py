"""Schedules, the household and decisions in the admin site.

Saving goes through the services, as on the pages: wake-ups are written and the desk is woken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy

from . import schedule_words
from .forms import HouseholdForm, ScheduleForm
from .intentions import Decision, Household, ScheduleConfig, household
from .journal import decision_sentence
from .read_only import ReadOnly
from .refusing import TellsRefusal
from .schedule_refusals import ScheduleRefused
from .schedules import change_household, delete_schedule, save_schedule
from .surroundings import rule_of

if TYPE_CHECKING:  # generic for the type checker only
    ScheduleModelAdmin = admin.ModelAdmin[ScheduleConfig]
    HouseholdModelAdmin = admin.ModelAdmin[Household]
    DecisionModelAdmin = admin.ModelAdmin[Decision]
else:
    ScheduleModelAdmin = HouseholdModelAdmin = DecisionModelAdmin = admin.ModelAdmin


@admin.register(ScheduleConfig)
class ScheduleAdmin(TellsRefusal, ScheduleModelAdmin):
    """The same form as on the page, and the same sentences."""

    refusal = ScheduleRefused
    form = ScheduleForm
    fields = ScheduleForm.field_order
    list_display = ("name", "what", "hours", "days", "condition", "priority", "is_active")
    list_filter = ("is_active", "mode_type", "condition")
    search_fields = ("name",)

    @admin.display(description=gettext_lazy("what"))
    def what(self, schedule: ScheduleConfig) -> str:
        return schedule_words.what(rule_of(schedule, frozenset()))

    @admin.display(description=gettext_lazy("hours"), ordering="start_time")
    def hours(self, schedule: ScheduleConfig) -> str:
        return schedule_words.hours(schedule.start_time, schedule.end_time)

    @admin.display(description=gettext_lazy("days"))
    def days(self, schedule: ScheduleConfig) -> str:
        return schedule_words.days(schedule.week_days)

    def save_model(
        self,
        request: HttpRequest,  # noqa: ARG002  Django's signature
        obj: ScheduleConfig,
        form: ScheduleForm,
        change: bool,  # noqa: ARG002
    ) -> None:
        save_schedule(obj, form.batteries())

    def delete_model(self, request: HttpRequest, obj: ScheduleConfig) -> None:  # noqa: ARG002
        delete_schedule(obj)

    def delete_queryset(
        self,
        request: HttpRequest,  # noqa: ARG002  Django's signature
        queryset: QuerySet[ScheduleConfig],
    ) -> None:
        for schedule in queryset:
            delete_schedule(schedule)


@admin.register(Household)
class HouseholdAdmin(HouseholdModelAdmin):
    """One row, always there. Automation is switched on the page, which says what follows."""

    form = HouseholdForm
    fields = HouseholdForm.Meta.fields

    def changelist_view(
        self,
        request: HttpRequest,  # noqa: ARG002  Django's signature
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> HttpResponse:
        return redirect("admin:scheduling_household_change", 1)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Household | None:
        """Its defaults where it was never saved."""
        found = super().get_object(request, object_id, from_field)
        return household() if found is None and object_id == "1" else found

    def save_model(
        self,
        request: HttpRequest,  # noqa: ARG002  Django's signature
        obj: Household,
        form: HouseholdForm,
        change: bool,  # noqa: ARG002
    ) -> None:
        """Only what was changed: the switch of automation is another page's."""
        change_household(**{name: form.cleaned_data[name] for name in form.changed_data})
        obj._state.adding = False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(
        self,
        request: HttpRequest,  # noqa: ARG002  Django's signature
        obj: Household | None = None,  # noqa: ARG002
    ) -> bool:
        return False


@admin.register(Decision)
class DecisionAdmin(ReadOnly, DecisionModelAdmin):
    """The journal: what was decided, and why."""

    list_display = ("at", "battery", "sentence", "is_written", "ended_at")
    list_filter = ("battery", "reason", "is_written")
    list_select_related = ("battery",)
    date_hierarchy = "at"

    @admin.display(description=gettext_lazy("decision"))
    def sentence(self, decision: Decision) -> str:
        return decision_sentence(decision, decision.at)
