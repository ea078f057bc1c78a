"""Which host names we answer to, what a page may load, and the login that everything needs."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.middleware import LoginRequiredMiddleware as DjangoLoginRequired
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.request import split_domain_port, validate_host
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

GetResponse = Callable[[HttpRequest], HttpResponse]


def is_own_host(host: str) -> bool:
    """An address, localhost, a name of the local network, this machine's name, or a configured one.

    A page elsewhere can make a name of its own point here (DNS rebinding), never an address.
    """
    domain = split_domain_port(host)[0].strip("[]")
    try:
        ipaddress.ip_address(domain)
    except ValueError:
        own = ["localhost", ".local", ".lan", ".home", socket.gethostname().lower()]
        public = urlsplit(settings.PUBLIC_URL).hostname or ""
        return bool(domain) and validate_host(domain, [*own, *settings.EXTRA_HOSTS, public])
    return True


class HostMiddleware:
    """Refuse requests under a host name that is not ours."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        host = request.get_host()
        if not is_own_host(host):
            raise DisallowedHost(f"Host {host!r} is not ours: add it to ALLOWED_HOSTS.")
        return self.get_response(request)


class ContentSecurityPolicyMiddleware:
    """Send `SECURE_CSP`, the setting's name in Django 6: drop this class on the upgrade."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.policy = "; ".join(
            f"{directive} {' '.join(sources)}" for directive, sources in settings.SECURE_CSP.items()
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        return response


class LoginRequiredMiddleware(DjangoLoginRequired):
    """Every page needs a login; an expired session sends a fragment's whole page to it."""

    def handle_no_permission(  # type: ignore[override]  # the stub knows redirects only
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        htmx: HtmxDetails | None = getattr(request, "htmx", None)
        if not htmx:
            return super().handle_no_permission(request, view_func)
        page = htmx.current_url_abs_path or reverse(settings.LOGIN_REDIRECT_URL)
        query = urlencode({REDIRECT_FIELD_NAME: page})
        return HttpResponseClientRedirect(f"{reverse(settings.LOGIN_URL)}?{query}")
