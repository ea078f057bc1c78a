"""Addresses of the pages about batteries."""

from django.urls import path

from . import views

app_name = "batteries"
urlpatterns = [
    path("discover/", views.discover, name="discover"),
    path("discover/<int:pk>/", views.discovery, name="discovery"),
    path("discover/<int:pk>/progress", views.discovery_progress, name="discovery-progress"),
    path("discover/<int:pk>/register", views.discovery_register, name="discovery-register"),
]
