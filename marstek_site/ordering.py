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
from scheduling.forms import OrderForm
from scheduling.models import Origin
from scheduling.orders import cancel_order, place_order
from scheduling.refusals import OrderRefused
from scheduling.targets import Target

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
    """Back to Auto."""
    battery, now = get_object_or_404(Battery.objects.active(), pk=pk), timezone.now()
    try:
        cancel_order(battery, by=request.user, now=now)
    except OrderRefused as refused:
        return _answer(request, [str(refused)], now)
    return _answer(request, [], now)


def _place(request: HttpRequest, batteries: Sequence[Battery]) -> HttpResponse:
    form, now = OrderForm(request.POST), timezone.now()
    if not form.is_valid():
        return _answer(request, [_("This order cannot be read: check power and minutes.")], now)
    target = form.target()
    refusals = [_refusal(request, battery, target, now) for battery in batteries]
    return _answer(request, [refusal for refusal in refusals if refusal], now)


def _refusal(request: HttpRequest, battery: Battery, target: Target, now: datetime) -> str:
    try:
        place_order(battery, target, by=request.user, origin=Origin.PAGE, now=now)
    except OrderRefused as refused:
        return str(refused)
    return ""


def _answer(request: HttpRequest, refusals: Sequence[str], now: datetime) -> HttpResponse:
    """With the page's script its live part; without, the page anew."""
    if not getattr(request, "htmx", False):
        for refusal in refusals:
            messages.error(request, refusal)
        return redirect("site:home")
    context = {"home": describe_home(now), "now": now, "refusals": refusals}
    return render(request, "site/_ordered.html", context)
