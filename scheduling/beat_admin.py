"""django-celery-beat's admin: wake-ups of schedules are shown, and lead to their schedule."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django_celery_beat.admin import PeriodicTaskAdmin
from django_celery_beat.models import PeriodicTask

from .wakeups import WAKE, is_wakeup, schedule_id_of

admin.site.unregister(PeriodicTask)
Rows = QuerySet[Any]
WAKEUP_FIELDS = ("name", "schedule", "crontab", "enabled", "last_run_at", "description")


@admin.register(PeriodicTask)
class WakeupAwareAdmin(PeriodicTaskAdmin):  # type: ignore[misc]  # django-celery-beat has no types
    """Wake-ups are written from their schedules; every other task may be edited, as always."""

    list_display = ("name", "enabled", "scheduler", "schedule", "last_run_at", "one_off")

    @admin.display(description=_("schedule"))
    def schedule(self, row: Any) -> SafeString | str:
        """The way to the schedule that a wake-up belongs to."""
        pk = schedule_id_of(row.name)
        if pk is None:
            return "—"
        url = reverse("admin:scheduling_scheduleconfig_change", args=[pk])
        return format_html('<a href="{}">{}</a>', url, _("Edit the schedule instead"))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if _is_ours(obj):
            return ((None, {"fields": WAKEUP_FIELDS}),)
        return super().get_fieldsets(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _is_ours(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _is_ours(obj) and super().has_delete_permission(request, obj)

    def enable_tasks(self, request: HttpRequest, queryset: Rows) -> None:
        super().enable_tasks(request, _others(queryset))

    def disable_tasks(self, request: HttpRequest, queryset: Rows) -> None:
        super().disable_tasks(request, _others(queryset))

    def toggle_tasks(self, request: HttpRequest, queryset: Rows) -> None:
        super().toggle_tasks(request, _others(queryset))

    def delete_queryset(self, request: HttpRequest, queryset: Rows) -> None:
        super().delete_queryset(request, _others(queryset))


def _is_ours(row: Any) -> bool:
    return row is not None and is_wakeup(row.name)


def _others(rows: Rows) -> Rows:
    """Without the wake-ups: nothing in bulk touches them."""
    return rows.exclude(name__startswith=WAKE)
