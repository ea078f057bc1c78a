"""Orders from the home page: a row at once, and the page's live part with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from batteries.models import Battery
from batteries.selectors import dashboard_batteries
from scheduling.models import Origin
from scheduling.order_form import OrderForm
from scheduling.orders import cancel_order
from scheduling.overriding import RedWarning, override, red_warning, resumed
from scheduling.refusals import OrderRefused
from scheduling.targets import Wanted

from .home import describe_home

may_order = permission_required("batteries.order_battery", raise_exception=True)


@require_POST
@never_cache
@may_order
def order_place(request: HttpRequest, pk: int) -> HttpResponse:
    """Order one battery."""
    return _place(request, [get_object_or_404(Battery.objects.active(), pk=pk)])


@require_POST
@never_cache
@may_order
def order_place_all(request: HttpRequest) -> HttpResponse:
    """Order every battery; those that cannot are named, the others do it."""
    return _place(request, dashboard_batteries())


@require_POST
@never_cache
@may_order
def order_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to automatic."""
    return _cancel(request, [get_object_or_404(Battery.objects.active(), pk=pk)])


@require_POST
@never_cache
@may_order
def order_cancel_all(request: HttpRequest) -> HttpResponse:
    """Back to automatic, all of them."""
    return _cancel(request, dashboard_batteries())


def _cancel(request: HttpRequest, batteries: Sequence[Battery]) -> HttpResponse:
    refusals, now = [], timezone.now()
    for battery in batteries:
        try:
            cancel_order(battery, by=request.user, now=now)
        except OrderRefused as refused:
            refusals.append(str(refused))
    return _answer(request, refusals, now)


def _place(request: HttpRequest, batteries: Sequence[Battery]) -> HttpResponse:
    now = timezone.now()
    form = OrderForm(request.POST, now=now)
    if not form.is_valid():
        return _answer(request, [_("This order cannot be read: check power and end.")], now)
    wanted, confirmed = form.wanted(), form.cleaned_data["confirmed"]
    warning = None if confirmed == "keep" else red_warning(batteries, wanted, now)
    if warning is not None and not confirmed:
        return _ask(request, warning)
    if warning is not None and warning.resumes_at is not None:
        wanted = resumed(wanted, warning.resumes_at)
    refusals = [_refusal(request, battery, wanted, now) for battery in batteries]
    return _answer(request, [refusal for refusal in refusals if refusal], now)


def _refusal(request: HttpRequest, battery: Battery, wanted: Wanted, now: datetime) -> str:
    try:
        override(battery, wanted, by=request.user, origin=Origin.PAGE, now=now)
    except OrderRefused as refused:
        return str(refused)
    return ""


def _ask(request: HttpRequest, warning: RedWarning) -> HttpResponse:
    """Before a red day goes unserved: what it costs, and a way out. Nothing is ordered yet."""
    asked = {name: request.POST[name] for name in OrderForm.base_fields if request.POST.get(name)}
    context = {"warning": warning, "asked": asked, "place": request.path}
    if not getattr(request, "htmx", False):
        return render(request, "scheduling/confirm.html", context)
    response = render(request, "scheduling/_confirm.html", context)
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#said", "innerHTML"
    return response


def _answer(request: HttpRequest, refusals: Sequence[str], now: datetime) -> HttpResponse:
    """With the page's script its live part; without, the page anew."""
    if not getattr(request, "htmx", False):
        for refusal in refusals:
            messages.error(request, refusal)
        return redirect("site:home")
    context = {"home": describe_home(now), "now": now, "refusals": refusals}
    return render(request, "site/_ordered.html", context)
