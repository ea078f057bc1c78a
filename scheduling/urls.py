"""Addresses of the pages about schedules and the household."""

from django.urls import path

from . import household_views, savings_views, slot_views, views

app_name = "scheduling"
urlpatterns = [
    path("", views.schedules, name="schedules"),
    path("fragment", views.timetable_fragment, name="timetable-fragment"),
    path("classic/", views.classic_make, name="classic-make"),
    path("add/", views.schedule_add, name="schedule-add"),
    path("preview", views.schedule_preview, name="schedule-preview"),
    path("<int:pk>/", views.schedule_edit, name="schedule-edit"),
    path("<int:pk>/switch/", views.schedule_switch, name="schedule-switch"),
    path("<int:pk>/delete/", views.schedule_delete, name="schedule-delete"),
    path("savings/", savings_views.savings, name="savings"),
    path("savings/day/<str:day>/", savings_views.savings_day, name="savings-day"),
    path("savings/day/<str:day>/slots.csv", savings_views.savings_day_csv, name="savings-day-csv"),
    path("savings/<str:label>/", savings_views.savings, name="savings-of"),
    path("savings/<str:label>/slots.csv", savings_views.savings_csv, name="savings-csv"),
    path("automation/", household_views.automation, name="automation"),
    path("slots/", slot_views.slots, name="slots"),
    path("slots/<int:pk>/take/", slot_views.slots_take, name="slots-take"),
    path("household/", household_views.household_edit, name="household-edit"),
]
