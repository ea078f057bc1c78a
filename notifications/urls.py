"""Addresses of the pages about notices."""

from django.urls import path

from . import views

app_name = "notifications"
urlpatterns = [
    path("", views.notices, name="notices"),
    path("list", views.notices_fragment, name="notices-fragment"),
    path("<int:pk>/read", views.notice_read, name="notice-read"),
]
