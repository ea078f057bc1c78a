"""The page about what happens if this machine dies, and the step that takes slots over."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from batteries.models import Battery

from .last_will import last_wills
from .models import Origin
from .orders import take_slots
from .refusals import OrderRefused

LIST = "scheduling:slots"
may_look = permission_required("scheduling.view_slotbook", raise_exception=True)
may_order = permission_required("batteries.order_battery", raise_exception=True)


@never_cache
@may_look
@require_safe
def slots(request: HttpRequest) -> HttpResponse:
    """What each battery does without us."""
    return render(request, "scheduling/slots.html", {"wills": last_wills()})


@never_cache
@may_order
@require_POST
def slots_take(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one battery's slots over; what stands in them is lost, as the page says."""
    battery = get_object_or_404(Battery.objects.active(), pk=pk)
    try:
        take_slots(battery, by=request.user, origin=Origin.PAGE, now=timezone.now())
    except OrderRefused as refused:
        messages.error(request, str(refused))
    else:
        words = _("%(name)s: its slots are being taken over. It lasts about two minutes.")
        messages.success(request, words % {"name": battery.name})
    return redirect(LIST)
