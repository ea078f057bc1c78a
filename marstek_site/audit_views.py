"""The page of who did what, for administrators."""

from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .audit import Sort, entries


@require_safe
@never_cache
@permission_required("admin.view_logentry", raise_exception=True)
def audit(request: HttpRequest) -> HttpResponse:
    """Logins, changes and orders, the newest first; `sort` shows one kind alone."""
    asked = request.GET.get("sort", "")
    sort = Sort(asked) if asked in Sort.values else None
    context = {"entries": entries(sort), "sort": sort, "sorts": Sort}
    return render(request, "site/audit.html", context)
