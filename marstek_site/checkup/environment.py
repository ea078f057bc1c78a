"""Settings: the file they stand in, the secret, and what they say together."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

from django.conf import settings
from django.core import checks
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.checkup import Catalogue, Finding

from ..checks import TAG

SHORTEST_KEY = 32
CATALOGUE = Catalogue(
    {
        "settings.rules": gettext_lazy("Settings"),
        "settings.file": gettext_lazy("Settings file"),
        "settings.secret": gettext_lazy("Secret key"),
        "settings.debug": gettext_lazy("Error pages"),
        "settings.addresses": gettext_lazy("Addresses of the site"),
        "settings.language": gettext_lazy("Language"),
    }
)


def _rules(_now: datetime) -> Iterator[Finding]:
    """The system checks of this application."""
    messages = checks.run_checks(tags=[TAG])
    advice = _("Correct the settings file or the environment, then restart the service.")
    for message in messages:
        find = CATALOGUE.broken if message.is_serious() else CATALOGUE.warning
        yield find("settings.rules", str(message.msg), advice, subject=message.id or "")
    if not messages:
        yield CATALOGUE.well("settings.rules")


def _file(_now: datetime) -> Iterator[Finding]:
    path: Path | None = settings.ENV_FILE
    if path is None or not path.is_file():
        yield CATALOGUE.well("settings.file", _("There is none: nothing has to be set."))
        return
    mode = _mode(path)
    if mode & 0o077:
        text = _("%(file)s has mode %(mode)s: other users of this machine can read its secrets.")
        words = {"file": path.name, "mode": f"{mode:o}"}
        advice = _("Close it with this command.")
        yield CATALOGUE.warning("settings.file", text % words, advice, look=f"chmod 600 {path}")
    else:
        yield CATALOGUE.well("settings.file", f"{path.name}: {mode:o}.")


def _secret(_now: datetime) -> Iterator[Finding]:
    """Whoever knows it can log in as anybody. Its text is never shown."""
    kept_in: Path = settings.VAR_DIR / "secret_key"
    mode = _mode(kept_in)
    if len(settings.SECRET_KEY) < SHORTEST_KEY:
        text = _("SECRET_KEY has fewer than %(count)d characters: it can be guessed.")
        advice = _(
            "Leave SECRET_KEY empty: a good one is then made and kept. All must log in anew."
        )
        yield CATALOGUE.warning("settings.secret", text % {"count": SHORTEST_KEY}, advice)
    elif mode & 0o077:
        text = _("%(file)s has mode %(mode)s: other users of this machine can read it.")
        words = {"file": kept_in.name, "mode": f"{mode:o}"}
        advice = _("Close it with this command.")
        yield CATALOGUE.warning(
            "settings.secret", text % words, advice, look=f"chmod 600 {kept_in}"
        )
    else:
        yield CATALOGUE.well("settings.secret")


def _mode(path: Path) -> int:
    """The permission bits; 0 where there is no such file."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return 0


def _debug(_now: datetime) -> Iterator[Finding]:
    if settings.DEBUG:
        text = _("DEBUG is on: errors show settings and data in the browser.")
        yield CATALOGUE.warning("settings.debug", text, _("Take DEBUG out, then restart."))
    else:
        yield CATALOGUE.well("settings.debug")


def _addresses(_now: datetime) -> Iterator[Finding]:
    """WEB_BIND, PUBLIC_URL and TRUSTED_PROXIES say one thing."""
    code, bind = "settings.addresses", settings.WEB_BIND
    is_closed = ip_address(bind.rpartition(":")[0].strip("[]")).is_loopback
    if settings.PUBLIC_URL and not settings.TRUSTED_PROXIES:
        text = _("PUBLIC_URL is set, and no proxy is trusted: https is not seen as such.")
        advice = _("Set TRUSTED_PROXIES to the address of the tunnel or proxy, such as 127.0.0.1.")
        yield CATALOGUE.warning(code, text, advice)
    elif settings.TRUSTED_PROXIES and not settings.PUBLIC_URL:
        text = _("A proxy is trusted, and PUBLIC_URL is empty: forms sent through it are refused.")
        yield CATALOGUE.warning(code, text, _("Set PUBLIC_URL to the address in the browser."))
    elif is_closed and not settings.PUBLIC_URL:
        text = _("WEB_BIND=%(bind)s: only this very machine can open the site.")
        advice = _("For phones on your network, set WEB_BIND to 0.0.0.0:8000.")
        yield CATALOGUE.unsure(code, text % {"bind": bind}, advice)
    else:
        yield CATALOGUE.well(code, settings.PUBLIC_URL or bind)


def _language(_now: datetime) -> Iterator[Finding]:
    yield CATALOGUE.well("settings.language", f"LANGUAGE={settings.LANGUAGE_CODE}")


CHECKS = (_rules, _file, _secret, _debug, _addresses, _language)
