"""Who changed what: lines for the journal of the administration, from pages."""

from __future__ import annotations

from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.http import HttpRequest


def remember(request: HttpRequest, row: Model, action_flag: int, words: str = "") -> None:
    """One line about a row that stands in the database."""
    LogEntry.objects.log_actions(
        user_id=str(request.user.pk),
        queryset=[row],
        action_flag=action_flag,
        change_message=words,
        single_object=True,
    )
