"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from . import views

site_patterns = (
    [
        path("", views.home, name="home"),
        path("fragments/fleet", views.fleet_fragment, name="fleet-fragment"),
        path("login/", views.LoginView.as_view(), name="login"),
        path("logout/", views.LogoutView.as_view(), name="logout"),
        path("welcome/<str:secret>/", views.welcome, name="welcome"),
        path("healthz", views.healthz, name="healthz"),
    ],
    "site",
)

urlpatterns = [
    path("", include(site_patterns)),
    path("language/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]
