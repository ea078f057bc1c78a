"""Pages about the household: its settings, and the switch of automation."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from .forms import HouseholdForm
from .intentions import household
from .journal_of_people import remember
from .schedules import change_household
from .timetable import let_go, outlooks

LIST = "scheduling:schedules"
may_change = permission_required("scheduling.change_household", raise_exception=True)
read_or_send = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@may_change
@read_or_send
def automation(request: HttpRequest) -> HttpResponse:
    """What follows from the switch, in sentences; then the switch."""
    if request.method == "POST":
        return _switch(request, is_automatic=request.POST.get("on") == "1")
    now, is_automatic = timezone.now(), household().is_automatic
    context = {
        "is_automatic": is_automatic,
        "outlooks": [] if is_automatic else outlooks(now),
        "let_go": list(let_go(now)) if is_automatic else [],
    }
    return render(request, "scheduling/automation.html", context)


@never_cache
@may_change
@read_or_send
def household_edit(request: HttpRequest) -> HttpResponse:
    """The settings that hold for the whole house."""
    form = HouseholdForm(request.POST if request.method == "POST" else None, instance=household())
    if not (form.is_bound and form.is_valid()):
        return render(request, "scheduling/household.html", {"form": form})
    if form.changed_data:
        row = change_household(**{name: form.cleaned_data[name] for name in form.changed_data})
        remember(request, row, CHANGE, _changes(form))
    messages.success(request, _("The settings are saved and live."))
    return redirect(LIST)


def _switch(request: HttpRequest, *, is_automatic: bool) -> HttpResponse:
    words = _("Automation is on.") if is_automatic else _("Automation is off.")
    remember(request, change_household(is_automatic=is_automatic), CHANGE, words)
    messages.success(request, words)
    return redirect(LIST)


def _changes(form: HouseholdForm) -> str:
    """What was set to what."""
    said = form.cleaned_data
    return ", ".join(f"{form.fields[name].label}: {said[name]}" for name in form.changed_data)
