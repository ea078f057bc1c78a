"""Addresses of the plan and the journal."""

from django.urls import path, re_path

from . import plan_views

app_name = "plan"
urlpatterns = [
    path("plan/", plan_views.plan, name="plan"),
    path("plan/fragment", plan_views.plan_fragment, name="plan-fragment"),
    path("journal/", plan_views.journal, name="journal"),
    re_path(
        r"^journal/journal\.(?P<form>csv|json)$", plan_views.journal_export, name="journal-export"
    ),
]
