"""Pages that mix apps: the home page with its live part, the doctor, and health for machines."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.decorators import login_not_required, permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from notifications.notices import acknowledge

from .doctor import BROKEN, Report, examine, needs_you
from .health import current_health
from .home import describe_home
from .support import support_text


@require_safe
@never_cache
@permission_required("batteries.view_battery", raise_exception=True)
def home(request: HttpRequest) -> HttpResponse:
    """Every battery at a glance."""
    now = timezone.now()
    context = {"home": describe_home(now), "now": now, "needs_you": needs_you(BROKEN.last)}
    return render(request, "site/home.html", context)


@require_safe
@never_cache
@permission_required("batteries.view_battery", raise_exception=True)
def fleet_fragment(request: HttpRequest) -> HttpResponse:
    """The live part of the home page; 204 where `seen` is still the picture."""
    now = timezone.now()
    shown = describe_home(now)
    if request.GET.get("seen") == shown.digest:
        return HttpResponse(status=204)
    return render(request, "site/_home.html", {"home": shown, "now": now})


@require_POST
@never_cache
@permission_required("notifications.acknowledge_notification", raise_exception=True)
def notice_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody has read a notice on the home page: it leaves it. Twice is harmless."""
    now = timezone.now()
    if isinstance(request.user, User):
        acknowledge(pk, by=request.user, now=now)
    if not getattr(request, "htmx", False):
        return redirect("site:home")
    return render(request, "site/_home.html", {"home": describe_home(now), "now": now})


@require_safe
@never_cache
@permission_required("batteries.view_battery", raise_exception=True)
def doctor(request: HttpRequest) -> HttpResponse:
    """Everything that can be wrong here, the worst first."""
    return render(request, "site/doctor.html", _check_up(timezone.now()))


@require_safe
@never_cache
@permission_required("batteries.view_battery", raise_exception=True)
def doctor_fragment(request: HttpRequest) -> HttpResponse:
    """The same, looked at again: the part of the page that changes."""
    return render(request, "site/_doctor.html", _check_up(timezone.now()))


def _check_up(now: datetime) -> dict[str, object]:
    found = examine(now)
    return {"report": Report(tuple(found)), "support": support_text(found, now), "now": now}


@require_safe
@never_cache
@permission_required("batteries.view_battery", raise_exception=True)
def doctor_line(request: HttpRequest) -> HttpResponse:
    """For the home page: how many things are broken, as of the last minutes; else nothing."""
    return render(request, "site/_doctor_line.html", {"needs_you": needs_you(BROKEN.current())})


@require_safe
@login_not_required
def favicon(_request: HttpRequest) -> HttpResponse:
    """What browsers ask for beside an answer that names no icon."""
    return redirect(static("site/favicon.svg"))


@require_safe
@never_cache
@login_not_required
def healthz(_request: HttpRequest) -> JsonResponse:
    """Whether database and broker answer: 200 or 503, and when a battery was last polled."""
    health = current_health()
    return JsonResponse(health.as_json(), status=200 if health.is_well else 503)
