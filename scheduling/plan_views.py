"""Pages about what happens and why: the plan ahead, the journal behind."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .journal_export import as_csv, as_json
from .journal_form import JournalForm
from .journal_rows import row_of
from .outlook import describe_plan
from .timeline import Filters, Place, everything, page

may_look = permission_required("scheduling.view_order", raise_exception=True)
EXPORTS = {"csv": (as_csv, "text/csv; charset=utf-8"), "json": (as_json, "application/json")}


@require_safe
@never_cache
@may_look
def plan(request: HttpRequest) -> HttpResponse:
    """What every battery will do in the next 48 hours."""
    return render(request, "scheduling/plan.html", _planned(timezone.now()))


@require_safe
@never_cache
@may_look
def plan_fragment(request: HttpRequest) -> HttpResponse:
    """The live part of that page."""
    return render(request, "scheduling/_plan.html", _planned(timezone.now()))


@require_safe
@never_cache
@may_look
def journal(request: HttpRequest) -> HttpResponse:
    """What was decided and ordered, newest first, a page at a time."""
    form, now = JournalForm(request.GET), timezone.now()
    entries, following = page(_filters(form), Place.read(request.GET.get("before", "")))
    context = {
        "form": form,
        "rows": [row_of(entry, now) for entry in entries],
        "older": _address(request, before=str(following)) if following else "",
        "newest": _address(request) if "before" in request.GET else "",
        "filtered": _address(request),
    }
    return render(request, "scheduling/journal.html", context)


@require_safe
@never_cache
@may_look
def journal_export(request: HttpRequest, form: str) -> HttpResponseBase:
    """Everything that is filtered, as one file."""
    write, content_type = EXPORTS[form]
    asked = JournalForm(request.GET)
    if not asked.is_valid():
        return HttpResponse(asked.problem, status=400, content_type="text/plain; charset=utf-8")
    lines = write(everything(asked.filters()))
    name = f"journal-{timezone.localdate():%Y-%m-%d}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines, content_type=content_type, headers=headers)


def _planned(now: datetime) -> dict[str, object]:
    return {"plan": describe_plan(now), "now": now}


def _filters(form: JournalForm) -> Filters:
    """Everything, where the address asks for what does not exist: the page says what is wrong."""
    return form.filters() if form.is_valid() else Filters()


def _address(request: HttpRequest, **changes: str) -> str:
    """The same filters, at another place."""
    asked = request.GET.copy()
    asked.pop("before", None)
    asked.update(changes)
    return f"?{asked.urlencode()}"
