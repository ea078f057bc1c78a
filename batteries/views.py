"""Pages about batteries: one of them with its day; finding them, and adding what answered."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .detail import describe_detail
from .discovery import job_at, start_discovery
from .first_aid import first_aid
from .forms import AddressForm
from .found import describe_search
from .jobs import DiscoveryJob
from .models import Battery
from .registering import Registered, RegistrationRefused, register_found
from .shared_answers import answers_file, answers_file_name

LOOK = "batteries.view_battery"
SEARCH, ADD = "batteries.order_battery", "batteries.add_battery"
STOP_POLLING = 286  # htmx's own status: the fragment is final
RECENT = timedelta(minutes=15)


@require_safe
@never_cache
@permission_required(LOOK, raise_exception=True)
def battery_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One battery: its day, how it answers, its firmware and limits. Retired ones, too."""
    battery, now = get_object_or_404(Battery, pk=pk), timezone.now()
    context = {"battery": battery, "detail": describe_detail(battery, now), "now": now}
    return render(request, "batteries/detail.html", context)


@require_safe
@never_cache
@permission_required(LOOK, raise_exception=True)
def battery_fragment(request: HttpRequest, pk: int) -> HttpResponse:
    """The live part of the page; 204 where `seen` is still the picture."""
    battery, now = get_object_or_404(Battery, pk=pk), timezone.now()
    detail = describe_detail(battery, now)
    if request.GET.get("seen") == detail.digest:
        return HttpResponse(status=204)
    context = {"battery": battery, "detail": detail, "now": now}
    return render(request, "batteries/_detail.html", context)


@require_safe
@never_cache
@permission_required(LOOK, raise_exception=True)
def battery_answers(_request: HttpRequest, pk: int) -> HttpResponse:
    """What the device last answered, masked, as a file."""
    battery = get_object_or_404(Battery, pk=pk)
    name = answers_file_name(battery, timezone.now())
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(
        answers_file(battery), content_type="application/x-ndjson; charset=utf-8", headers=headers
    )


@never_cache
@permission_required(SEARCH, raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def discover(request: HttpRequest) -> HttpResponse:
    """Start a search, or show the last one of the past minutes."""
    now = timezone.now()
    form = AddressForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        user = request.user if isinstance(request.user, User) else None
        job = start_discovery(user, now, ports=form.ports(), addresses=form.addresses())
        return redirect("batteries:discovery", job.pk)
    recent = DiscoveryJob.objects.filter(asked_at__gt=now - RECENT).order_by("-pk").first()
    return _page(request, recent, now, form=form)


@never_cache
@permission_required(SEARCH, raise_exception=True)
@require_safe
def discovery(request: HttpRequest, pk: int) -> HttpResponse:
    """One search."""
    now = timezone.now()
    return _page(request, _job(pk, now), now)


@never_cache
@permission_required(SEARCH, raise_exception=True)
@require_safe
def discovery_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that changes while a search runs."""
    now = timezone.now()
    job = _job(pk, now)
    status = STOP_POLLING if job.is_over else 200
    return render(request, "batteries/_search.html", _context(job, now), status=status)


@permission_required(ADD, raise_exception=True)
@require_POST
def discovery_register(request: HttpRequest, pk: int) -> HttpResponse:
    """Add one battery that answered, or take over its new address."""
    now = timezone.now()
    job, key = _job(pk, now), request.POST.get("key", "")
    name = request.POST.get("name", "")
    try:
        done = register_found(job, key, name)
    except RegistrationRefused as error:
        refused = {"key": key, "name": name, "text": str(error)}
        return _page(request, job, now, refused=refused)
    _remember(request, done)
    words = _("%(name)s is asked at its new address from now on.")
    if done.is_new:
        words = _("%(name)s is added. Its first figures come within a minute.")
    messages.success(request, words % {"name": done.battery.name})
    return redirect("batteries:discovery", job.pk)


def _job(pk: int, now: datetime) -> DiscoveryJob:
    job = job_at(pk, now)
    if job is None:
        raise Http404
    return job


def _page(
    request: HttpRequest,
    job: DiscoveryJob | None,
    now: datetime,
    *,
    form: AddressForm | None = None,
    refused: dict[str, str] | None = None,
) -> HttpResponse:
    context = _context(job, now) | {"form": form or AddressForm(), "refused": refused}
    return render(request, "batteries/discover.html", context)


def _context(job: DiscoveryJob | None, now: datetime) -> dict[str, object]:
    search = describe_search(job, now) if job else None
    return {
        "search": search,
        "checks": first_aid(job, now) if search and search.is_empty else [],
    }


def _remember(request: HttpRequest, done: Registered) -> None:
    """The journal of the administration: who did it."""
    LogEntry.objects.log_actions(
        user_id=str(request.user.pk),
        queryset=[done.battery],
        action_flag=ADDITION if done.is_new else CHANGE,
        change_message=_("Found by a search."),
        single_object=True,
    )
