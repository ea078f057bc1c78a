"""Pages about money: a season, one day as its rows, and both as CSV."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tempo.days import tempo_day
from tempo.seasons import FIRST_SEASON, Season, season_labelled, season_of

from .account_csv import csv_lines
from .energies import account_lines
from .savings import describe_day, describe_savings

MAY_LOOK = ["batteries.view_energyslot", "tempo.view_tempoday"]
may_look = permission_required(MAY_LOOK, raise_exception=True)
FIRST_DAY = Season(FIRST_SEASON).starts_on


@never_cache
@may_look
@require_safe
def savings(request: HttpRequest, label: str = "") -> HttpResponse:
    """One season; the present one where none is named."""
    now = timezone.now()
    page = describe_savings(_season(label), now)
    return render(request, "scheduling/savings.html", {"page": page})


@never_cache
@may_look
@require_safe
def savings_day(request: HttpRequest, day: str) -> HttpResponse:
    """One Tempo day as its quarters of an hour."""
    wanted, now = _day(day), timezone.now()
    context = {"page": describe_day(wanted, now), "day": wanted.isoformat()}
    return render(request, "scheduling/savings_day.html", context)


@never_cache
@may_look
@require_safe
def savings_csv(_request: HttpRequest, label: str) -> StreamingHttpResponse:
    """Every quarter of an hour of a season."""
    season = _season(label)
    return _csv(season.starts_on, season.ends_on, season.label)


@never_cache
@may_look
@require_safe
def savings_day_csv(_request: HttpRequest, day: str) -> StreamingHttpResponse:
    """Every quarter of an hour of a day."""
    wanted = _day(day)
    return _csv(wanted, wanted, wanted.isoformat())


def _csv(first: date, last: date, name: str) -> StreamingHttpResponse:
    lines = account_lines(first, last)
    response = StreamingHttpResponse(csv_lines(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="savings-{name}.csv"'
    return response


def _season(label: str) -> Season:
    current = season_of(tempo_day(timezone.now()))
    try:
        wanted = season_labelled(label) if label else current
    except ValueError as error:
        raise Http404 from error
    if wanted > current:
        raise Http404
    return wanted


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error
    if not FIRST_DAY <= day <= tempo_day(timezone.now()):
        raise Http404
    return day
