"""Every address of the site."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from . import audit_views, ordering, people, views
from .api import api_urls

site_patterns = (
    [
        path("", views.home, name="home"),
        path("fragments/fleet", views.fleet_fragment, name="fleet-fragment"),
        path("orders/<int:pk>/", ordering.order_place, name="order-place"),
        path("orders/<int:pk>/cancel/", ordering.order_cancel, name="order-cancel"),
        path("orders/all/", ordering.order_place_all, name="order-place-all"),
        path("orders/all/cancel/", ordering.order_cancel_all, name="order-cancel-all"),
        path("notices/<int:pk>/read-here/", views.notice_read, name="notice-read"),
        path("doctor/", views.doctor, name="doctor"),
        path("doctor/fragment", views.doctor_fragment, name="doctor-fragment"),
        path("doctor/line", views.doctor_line, name="doctor-line"),
        path("login/", people.LoginView.as_view(), name="login"),
        path("logout/", people.LogoutView.as_view(), name="logout"),
        path("password/", people.PasswordView.as_view(), name="password"),
        path("welcome/<str:secret>/", people.welcome, name="welcome"),
        path("audit/", audit_views.audit, name="audit"),
        path("healthz", views.healthz, name="healthz"),
        path("favicon.ico", views.favicon, name="favicon"),
    ],
    "site",
)

urlpatterns = [
    path("", include(site_patterns)),
    path("batteries/", include("batteries.urls")),
    path("", include("scheduling.plan_urls")),
    path("schedules/", include("scheduling.urls")),
    path("notices/", include("notifications.urls")),
    path("tempo/", include("tempo.urls")),
    path("api/v1/", api_urls()),
    path("language/", login_not_required(set_language), name="set_language"),
    path("admin/", admin.site.urls),
]
