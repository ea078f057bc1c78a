"""System checks: what two settings together get wrong, and names that nothing reads."""

from __future__ import annotations

import ipaddress
import socket
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.utils.translation import gettext as _

from . import conf

TAG = "marstek"
OF_COMPOSE = {
    "CLOUDFLARED_IMAGE",
    "COMPOSE_PROJECT_NAME",
    "POSTGRES_IMAGE",
    "REDIS_IMAGE",
    "TUNNEL_TOKEN",
}


@register(TAG)
def check_names(**_options: Any) -> list[CheckMessage]:
    """Every name in .env is one that is read: a misspelt one would be passed over in silence."""
    path = settings.ENV_FILE
    if path is None:
        return []
    names = [name for name in conf.names_in(path) if name not in OF_COMPOSE | conf.KNOWN]
    return [_unknown(name, path.name) for name in names]


def _unknown(name: str, file: str) -> CheckMessage:
    close = get_close_matches(name.upper(), sorted(conf.KNOWN), n=1, cutoff=0.7)
    if close:
        text = _("%(file)s sets %(name)s, which is no setting: did you mean %(close)s?")
        words = {"file": file, "name": name, "close": close[0]}
        return Error(text % words, id="marstek.E001")
    text = _("%(file)s sets %(name)s, which nothing reads (docs/settings.md has all).")
    return Warning(text % {"file": file, "name": name}, id="marstek.W001")


@register(TAG)
def check_debug(**_options: Any) -> list[CheckMessage]:
    """Error pages of DEBUG show settings and data: never to the network."""
    host = ipaddress.ip_address(settings.WEB_BIND.rpartition(":")[0].strip("[]"))
    if not settings.DEBUG or host.is_loopback:
        return []
    text = _("DEBUG is on and WEB_BIND=%(bind)s listens to the network: bind 127.0.0.1.")
    return [Error(text % {"bind": settings.WEB_BIND}, id="marstek.E002")]


@register(TAG)
def check_public_url(**_options: Any) -> list[CheckMessage]:
    """Passwords cross the Internet behind PUBLIC_URL."""
    parts = urlsplit(settings.PUBLIC_URL)
    if parts.scheme != "http" or is_loopback(parts.hostname or ""):
        return []
    text = _("PUBLIC_URL=%(url)s is not https: passwords travel readable to all.")
    return [Warning(text % {"url": settings.PUBLIC_URL}, id="marstek.W002")]


@register(TAG)
def check_gateway_address(**_options: Any) -> list[CheckMessage]:
    """The devices worker can only listen on an address of its own machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        try:
            link.bind((settings.GATEWAY_BIND_ADDRESS, 0))
        except OSError:
            text = _(
                "GATEWAY_BIND_ADDRESS=%(address)s is not an address of this machine: 0.0.0.0 means "
                "all of them."
            )
            words = {"address": settings.GATEWAY_BIND_ADDRESS}
            return [Warning(text % words, id="marstek.W003")]
    return []


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
