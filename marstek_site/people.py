"""Pages that let people in and out: login, logout, one-time links, a new password."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.contrib.auth import login, views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from .forms import FirstAdministratorForm, WelcomeBackForm
from .login_links import consume, find_link
from .models import LoginLink
from .roles import Role, grant_role

BACKEND = "django.contrib.auth.backends.ModelBackend"


class LoginView(views.LoginView):
    """Name and password; who is in already goes on."""

    template_name = "site/login.html"
    redirect_authenticated_user = True


class LogoutView(views.LogoutView):
    """Out, by POST."""


class PasswordView(views.PasswordChangeView):
    """A new password, against the old one."""

    template_name = "site/password.html"
    success_url = reverse_lazy("site:home")


@never_cache
@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def welcome(request: HttpRequest, secret: str) -> HttpResponse:
    """A one-time link: GET only shows the form, so that a link preview does not use it up."""
    now = timezone.now()
    link = usable_link(secret, now)
    if link is None:
        return render(request, "site/link_gone.html", status=410)
    form = _form(link, request)
    if request.method == "POST" and form.is_valid():
        return _enter(request, link, form, now)
    return render(request, "site/welcome.html", {"form": form, "person": link.user})


def usable_link(secret: str, now: datetime) -> LoginLink | None:
    """The link behind `secret`, unless it is spent or would let the wrong person in."""
    link = find_link(secret, now)
    if link is None:
        return None
    if link.user is None:  # a first administrator is made once
        return None if User.objects.filter(is_superuser=True).exists() else link
    return link if link.user.is_active else None


def _form(link: LoginLink, request: HttpRequest) -> FirstAdministratorForm | WelcomeBackForm:
    given = request.POST if request.method == "POST" else None
    return FirstAdministratorForm(given) if link.user is None else WelcomeBackForm(link.user, given)


def _enter(
    request: HttpRequest,
    link: LoginLink,
    form: FirstAdministratorForm | WelcomeBackForm,
    now: datetime,
) -> HttpResponse:
    """Spend the link and log in. Of two at once, one wins and the other is told so."""
    with transaction.atomic():
        if not consume(link, now):
            return render(request, "site/link_gone.html", status=410)
        user = form.save()
        if link.user is None:
            grant_role(user, Role.ADMINISTRATOR)
    login(request, user, backend=BACKEND)
    messages.success(request, _("Welcome, %(name)s.") % {"name": user.get_username()})
    return redirect("site:home")
