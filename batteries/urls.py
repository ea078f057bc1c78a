"""Addresses of the pages about batteries."""

from django.urls import path

from . import views

app_name = "batteries"
urlpatterns = [
    path("<int:pk>/", views.battery_detail, name="battery-detail"),
    path("<int:pk>/fragment", views.battery_fragment, name="battery-fragment"),
    path("<int:pk>/answers.jsonl", views.battery_answers, name="battery-answers"),
    path("discover/", views.discover, name="discover"),
    path("discover/<int:pk>/", views.discovery, name="discovery"),
    path("discover/<int:pk>/progress", views.discovery_progress, name="discovery-progress"),
    path("discover/<int:pk>/register", views.discovery_register, name="discovery-register"),
]
