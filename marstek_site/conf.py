"""Reading settings: a wrong value stops the start with one sentence."""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")
KNOWN = {"VAR_DIR"}  # every name that is read from the environment, as it is read
ENV_LINE = re.compile(r"\s*#.*\Z|(export )?(?P<name>[A-Za-z_0-9]+)=.*\Z")
MOST_PORTS = 64  # a search holds a socket and some seconds for each
TRUE_WORDS, FALSE_WORDS = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def env_file(usual: Path) -> Path | None:
    """Where settings are kept: `.env`, what MARSTEK_ENV_FILE names, or nowhere ("no")."""
    named = environment("MARSTEK_ENV_FILE")
    if named == "no":
        return None
    if named and not Path(named).is_file():
        raise ImproperlyConfigured(f"MARSTEK_ENV_FILE={named!r} is wrong: there is no such file.")
    return Path(named) if named else usual


def read_env_file(path: Path | None) -> None:
    """Take the file into the environment; what is set already wins."""
    if path is None or not path.exists():
        return
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{path.name} cannot be read: {error}") from error
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not ENV_LINE.match(line):  # its text may be a secret
            raise ImproperlyConfigured(f"Line {number} of {path.name} is not NAME=value.")
    environ.Env.read_env(str(path))


def names_in(path: Path) -> list[str]:
    """The names that a file of settings sets."""
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [found["name"] for line in lines if (found := ENV_LINE.match(line)) and found["name"]]


def environment(name: str) -> str:
    """The value of `name` without spaces around; empty where it is missing."""
    KNOWN.add(name)
    return os.environ.get(name, "").strip()


def setting(
    name: str, parse: Callable[[str], T], default: T, *, expects: str, is_secret: bool = False
) -> T:
    """The environment's value of `name`, parsed; empty and missing mean the default.

    The value of a secret stands in no error.
    """
    text = environment(name)
    if not text:
        return default
    try:
        return parse(text)
    except ValueError as error:
        shown = name if is_secret else f"{name}={text!r}"
        raise ImproperlyConfigured(f"{shown} is wrong: it takes {expects}.") from error


def boolean(text: str) -> bool:
    """true/false, yes/no, on/off, 1/0."""
    if text.lower() in TRUE_WORDS | FALSE_WORDS:
        return text.lower() in TRUE_WORDS
    raise ValueError(text)


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """A parser of whole numbers from `low` to `high`."""

    def parse(text: str) -> int:
        number = int(text)
        if not low <= number <= high:
            raise ValueError(text)
        return number

    return parse


def one_of(*words: str) -> Callable[[str], str]:
    """A parser that takes one of the given words."""

    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(text)
        return text

    return parse


def language(text: str) -> str:
    """fr or en. Login shells use the name LANGUAGE as well, for a list such as `fr_BE:fr:en`: of
    it the first that the site speaks counts, else French."""
    if "_" not in text and ":" not in text:
        return one_of("fr", "en")(text)
    spoken = (word[:2] for word in text.split(":"))
    return next((word for word in spoken if word in ("fr", "en")), "fr")


def devices_queue(text: str) -> str:
    """A queue's name. On `default`, any worker would take what only the batteries' owner may."""
    if text == "default":
        raise ValueError(text)
    return text


def word_list(text: str) -> list[str]:
    """Words between commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def address_list(text: str) -> list[str]:
    """IP addresses between commas."""
    return [str(ipaddress.ip_address(word)) for word in word_list(text)]


def ipv4_address(text: str) -> str:
    """One IPv4 address."""
    return str(ipaddress.IPv4Address(text))


def folder(text: str) -> Path:
    """The full path of a folder, whether it exists or not."""
    if not Path(text).is_absolute():
        raise ValueError(text)
    return Path(text)


def port_list(text: str) -> list[int]:
    """Port numbers and ranges between commas, in their order; at most 64 ports."""
    ports: list[int] = []
    for word in word_list(text):
        first, hyphen, last = word.partition("-")
        low, high = (whole_number(1, 65535)(end) for end in (first, last if hyphen else first))
        if not 0 <= high - low < MOST_PORTS:
            raise ValueError(text)
        ports += range(low, high + 1)
    if not 0 < len(set(ports)) <= MOST_PORTS:
        raise ValueError(text)
    return list(dict.fromkeys(ports))


def host_and_port(text: str) -> str:
    """ADDRESS:PORT, to listen on."""
    host, _, port = text.rpartition(":")
    ipaddress.ip_address(host.strip("[]"))
    whole_number(1, 65535)(port)
    return text


def origin(text: str) -> str:
    """https://NAME of the site behind a tunnel or proxy, nothing after the name."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
        raise ValueError(text)
    return f"{parts.scheme}://{parts.netloc}"


def source_url(text: str) -> str:
    """http(s)://NAME/PATH without a slash at its end, or empty for `no`."""
    if text == "no":
        return ""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
        raise ValueError(text)
    return text.rstrip("/")


def web_address(text: str) -> str:
    """An http or https address, path and all."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(text)
    return text


def server_url(name: str, default: str, schemes: set[str]) -> str:
    """A server's URL. Its text never stands in an error: it may hold a password."""
    text = environment(name) or default
    scheme = text.partition("://")[0]
    if scheme not in schemes or "://" not in text:
        wanted = " or ".join(f"{word}://" for word in sorted(schemes))
        raise ImproperlyConfigured(f"{name} is wrong: it must start with {wanted}.")
    return text


def database(url: str) -> dict[str, Any]:
    """What Django wants to know of `DATABASE_URL`. Its text never stands in an error."""
    try:
        found: dict[str, Any] = environ.Env.db_url_config(url)
    except ValueError as error:
        raise ImproperlyConfigured("DATABASE_URL cannot be read: check its port.") from error
    if not found["NAME"]:
        raise ImproperlyConfigured("DATABASE_URL names no database: it must end with /NAME.")
    return found


def secret_key(name: str, kept_in: Path) -> str:
    """The environment's key, else one made at the first start and kept in a file of mode 600."""
    given = environment(name)
    if given:
        return given
    if not kept_in.exists():
        _write_new_secret(name, kept_in)
    return kept_in.read_text(encoding="ascii").strip()


def keys(name: str, kept_in: Path) -> Callable[[], list[str]]:
    """What gives the keys of this name, the newest first: between commas, blanks or lines."""
    environment(name)
    return lambda: secret_key(name, kept_in).replace(",", " ").split()


def _write_new_secret(name: str, path: Path) -> None:
    """Two processes may start at once: only one makes the file, and never half of it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # a random name: the first process of each container has the same number
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            Path(draft).unlink()
    except OSError as error:
        raise ImproperlyConfigured(
            f"No {name} is set and none can be kept in {path.parent}: {error.strerror}. "
            f"Set {name}, or VAR_DIR to a folder that can be written."
        ) from error


def celery_broker_url(redis_url: str) -> str:
    """Celery's spelling of a Redis URL (`unix://` is `redis+socket://` there)."""
    if not redis_url.startswith("unix://"):
        return redis_url
    path, _, query = redis_url.removeprefix("unix://").partition("?")
    number = dict(pair.partition("=")[::2] for pair in query.split("&")).get("db", "0")
    return f"redis+socket://{path}?virtual_host={number}"
