"""Addresses of the pages about the tariff."""

from django.urls import path

from . import views

app_name = "tempo"
urlpatterns = [
    path("", views.season, name="season"),
    path("<str:label>/", views.season, name="season-of"),
]
