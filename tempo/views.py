"""Pages about the tariff."""

from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .due import wanted_day
from .presentation import describe_season, describe_strip
from .seasons import season_labelled, season_of


@require_safe
@never_cache
@permission_required("tempo.view_tempoday", raise_exception=True)
def season(request: HttpRequest, label: str = "") -> HttpResponse:
    """The calendar of one season; the present one where none is named."""
    now = timezone.now()
    current = season_of(wanted_day(now))
    try:
        wanted = season_labelled(label) if label else current
    except ValueError as error:
        raise Http404 from error
    if wanted > current:
        raise Http404
    context = {"season": describe_season(wanted, now), "strip": describe_strip(now), "now": now}
    return render(request, "tempo/season.html", context)
