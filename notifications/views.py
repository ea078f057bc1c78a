"""The page of notices: what is wrong now, what was, and who has read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from .models import Notification
from .notices import acknowledge
from .selectors import listed_notices
from .wording import Words, words

VIEW = "notifications.view_notification"
READ = "notifications.acknowledge_notification"


@dataclass(frozen=True, slots=True)
class Row:
    """A notice as the page shows it."""

    notice: Notification
    words: Words


@require_safe
@never_cache
@permission_required(VIEW, raise_exception=True)
def notices(request: HttpRequest) -> HttpResponse:
    """Every notice of the last month, open ones first."""
    return render(request, "notifications/notices.html", _context(timezone.now()))


@require_safe
@never_cache
@permission_required(VIEW, raise_exception=True)
def notices_fragment(request: HttpRequest) -> HttpResponse:
    """The live part of that page."""
    return render(request, "notifications/_notices.html", _context(timezone.now()))


@require_POST
@never_cache
@permission_required(READ, raise_exception=True)
def notice_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody has read it."""
    now = timezone.now()
    notice = get_object_or_404(Notification, pk=pk)
    if isinstance(request.user, User):
        acknowledge(notice.pk, by=request.user, now=now)
    if getattr(request, "htmx", False):
        return render(request, "notifications/_notices.html", _context(now))
    return redirect("notifications:notices")


def _context(now: datetime) -> dict[str, object]:
    current, past = listed_notices(now)
    return {
        "current": [Row(notice, words(notice)) for notice in current],
        "past": [Row(notice, words(notice)) for notice in past],
        "now": now,
    }
