"""Notices in the admin site: to be read, never to be edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from .models import Notification
from .wording import words

if TYPE_CHECKING:  # generic for the type checker only
    NotificationModelAdmin = admin.ModelAdmin[Notification]
else:
    NotificationModelAdmin = admin.ModelAdmin


class ReadOnly:
    """What happened cannot be changed."""

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False


@admin.register(Notification)
class NotificationAdmin(ReadOnly, NotificationModelAdmin):
    """What people were told, since when, how often, and who has read it."""

    list_display = ("created_at", "title", "severity", "times", "recovered_at", "acknowledged_by")
    list_filter = ("event", "severity")
    list_select_related = ("acknowledged_by",)
    date_hierarchy = "created_at"

    @admin.display(description=_("notice"))
    def title(self, notice: Notification) -> str:
        return words(notice).title
