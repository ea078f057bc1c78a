"""Pages about schedules: the week, the next 48 hours, and a form for one schedule."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE, DELETION
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .forms import ScheduleForm
from .intentions import ScheduleConfig
from .journal_of_people import remember
from .schedule_refusals import ScheduleRefused
from .schedules import delete_schedule, make_classic_set, save_schedule, switch_schedule
from .surroundings import situation_at
from .timetable import describe_timetable, ribbons, with_rule

LIST = "scheduling:schedules"
may_look = permission_required("scheduling.view_scheduleconfig", raise_exception=True)
may_add = permission_required("scheduling.add_scheduleconfig", raise_exception=True)
may_change = permission_required("scheduling.change_scheduleconfig", raise_exception=True)
may_delete = permission_required("scheduling.delete_scheduleconfig", raise_exception=True)
read_or_send = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@may_look
@require_safe
def schedules(request: HttpRequest) -> HttpResponse:
    """Every schedule and what follows from them."""
    return render(request, "scheduling/schedules.html", _shown(timezone.now()))


@never_cache
@may_look
@require_safe
def timetable_fragment(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes by itself."""
    return render(request, "scheduling/_timetable.html", _shown(timezone.now()))


@never_cache
@may_add
@read_or_send
def schedule_add(request: HttpRequest) -> HttpResponse:
    """A new schedule."""
    return _edit(request, ScheduleConfig())


@never_cache
@may_change
@read_or_send
def schedule_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """One schedule."""
    return _edit(request, get_object_or_404(ScheduleConfig, pk=pk))


@never_cache
@may_change
@require_POST
def schedule_preview(request: HttpRequest) -> HttpResponse:
    """The next 48 hours with the schedule as it is typed, beside what they are now."""
    pk = request.POST.get("schedule", "")
    schedule = ScheduleConfig.objects.filter(pk=pk).first() if pk.isdigit() else None
    form = ScheduleForm(request.POST, instance=schedule or ScheduleConfig())
    return render(request, "scheduling/_preview.html", _preview(form, timezone.now()))


@never_cache
@may_change
@require_POST
def schedule_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """One schedule on or off."""
    schedule, refusals = get_object_or_404(ScheduleConfig, pk=pk), []
    is_active = request.POST.get("on") == "1"
    try:
        switch_schedule(schedule, is_active=is_active)
        words = _("Switched on.") if is_active else _("Switched off.")
        remember(request, schedule, CHANGE, words)
    except ScheduleRefused as refused:
        refusals.append(str(refused))
    if getattr(request, "htmx", False):
        context = _shown(timezone.now()) | {"refusals": refusals}
        return render(request, "scheduling/_switched.html", context)
    for refusal in refusals:
        messages.error(request, refusal)
    return redirect(LIST)


@never_cache
@may_delete
@read_or_send
def schedule_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then delete one schedule."""
    schedule = get_object_or_404(ScheduleConfig, pk=pk)
    if request.method != "POST":
        return render(request, "scheduling/schedule_delete.html", {"schedule": schedule})
    remember(request, schedule, DELETION)
    delete_schedule(schedule)
    messages.success(request, _("“%(name)s” is deleted.") % {"name": schedule.name})
    return redirect(LIST)


@may_add
@require_POST
def classic_make(request: HttpRequest) -> HttpResponse:
    """The two schedules of most households, for who has none."""
    for schedule in make_classic_set():
        remember(request, schedule, ADDITION, _("The classic set."))
    return redirect(LIST)


def _edit(request: HttpRequest, schedule: ScheduleConfig) -> HttpResponse:
    is_new, now = schedule.pk is None, timezone.now()
    form = ScheduleForm(request.POST if request.method == "POST" else None, instance=schedule)
    is_look = "preview" in request.POST
    if form.is_bound and form.is_valid() and not is_look and _kept(request, form, is_new=is_new):
        return redirect(LIST)
    context = {"form": form, "is_new": is_new}
    if is_look:
        context |= _preview(form, now)
    return render(request, "scheduling/schedule_form.html", context)


def _kept(request: HttpRequest, form: ScheduleForm, *, is_new: bool) -> bool:
    """Whether it was kept; somebody else may have been faster."""
    try:
        schedule = save_schedule(form.save(commit=False), form.batteries())
    except ScheduleRefused as refused:
        form.add_error(None, str(refused))
        return False
    remember(request, schedule, ADDITION if is_new else CHANGE)
    messages.success(request, _("“%(name)s” is saved and live.") % {"name": schedule.name})
    return True


def _shown(now: datetime) -> dict[str, object]:
    return {"timetable": describe_timetable(now), "now": now}


def _preview(form: ScheduleForm, now: datetime) -> dict[str, object]:
    """Nothing to compare while something is wrong: the sentences say what."""
    if not form.is_valid():
        return {"form": form, "pairs": None}
    before = situation_at(now)
    after = with_rule(before, form.rule(), is_active=form.cleaned_data["is_active"])
    pairs = zip(ribbons(before, now), ribbons(after, now), strict=True)
    return {"form": form, "pairs": list(pairs)}
