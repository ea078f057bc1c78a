"""Redis or Valkey: whether it answers, keeps what it is given, and is emptied by our workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from typing import Any

import redis
from celery import current_app
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from kombu.exceptions import OperationalError as QueueAway

from notifications.checkup import Catalogue, Finding, first_line

from ..health import BROKER_TIMEOUT_S

MANY_WAITING = 50  # beat's tasks expire within a minute: so many wait for nobody
PING_S, LISTEN_S = 1.0, 0.1  # a listener that is closed first waits to the end of its turn
OURS = ("devices", "worker")
CATALOGUE = Catalogue(
    {
        "broker.answers": gettext_lazy("Broker (Redis)"),
        "broker.kept": gettext_lazy("The broker's file"),
        "broker.memory": gettext_lazy("The broker's memory"),
        "broker.queues": gettext_lazy("Work that waits"),
        "worker.running": gettext_lazy("Background program"),
    }
)


def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=BROKER_TIMEOUT_S,
        socket_timeout=BROKER_TIMEOUT_S,
        decode_responses=True,
    )


def _broker(_now: datetime) -> Iterator[Finding]:
    """All of it over one connection: a server that is away is said once."""
    try:
        with closing(_client()) as client:
            info: dict[str, Any] = client.info()
            waiting = {name: client.llen(name) for name in ("default", settings.DEVICES_QUEUE)}
    except (redis.RedisError, OSError) as error:
        text = _("It does not answer: %(reason)s.") % {"reason": first_line(error).rstrip(".")}
        advice = _("Start the site, or check REDIS_URL. Until then, no task is started.")
        yield CATALOGUE.broken("broker.answers", text, advice)
        return
    yield _version(info)
    yield _kept(info)
    yield _policy(info)
    yield _waiting({name: int(count) for name, count in waiting.items()})


def _version(info: dict[str, Any]) -> Finding:
    name = str(info.get("server_name", "redis")).capitalize()
    version = info.get("valkey_version") or info["redis_version"]
    return CATALOGUE.well("broker.answers", f"{name} {version}")


def _kept(info: dict[str, Any]) -> Finding:
    if info.get("aof_last_write_status") == "err" or info.get("rdb_last_bgsave_status") == "err":
        text = _("It could not write its file.")
        advice = _("Look at the free disk space, and at who owns its folder.")
        return CATALOGUE.broken("broker.kept", text, advice)
    if not info.get("aof_enabled"):
        text = _("Its append-only file is off: after a power cut, work that waited is forgotten.")
        advice = _("Start it with --appendonly yes.")
        return CATALOGUE.warning(
            "broker.kept", text, advice, look="redis-cli CONFIG GET appendonly"
        )
    return CATALOGUE.well("broker.kept")


def _policy(info: dict[str, Any]) -> Finding:
    policy, limit = str(info.get("maxmemory_policy", "noeviction")), int(info.get("maxmemory", 0))
    if policy == "noeviction" or (not limit and "allkeys" not in policy):
        return CATALOGUE.well("broker.memory", f"maxmemory-policy={policy}")
    text = _("maxmemory-policy is %(policy)s: when its memory is full, tasks vanish silently.")
    advice = _("Set it to noeviction.")
    look = "redis-cli CONFIG SET maxmemory-policy noeviction"
    return CATALOGUE.warning("broker.memory", text % {"policy": policy}, advice, look=look)


def _waiting(counts: dict[str, int]) -> Finding:
    text = ", ".join(f"{name}: {count}" for name, count in counts.items())
    if max(counts.values()) < MANY_WAITING:
        return CATALOGUE.well("broker.queues", text)
    advice = _("Nobody takes this work: restart the service; its log says more.")
    return CATALOGUE.warning("broker.queues", text, advice)


def _workers(_now: datetime) -> Iterator[Finding]:
    """Who answers over the queue: at once where both do. Nothing where the broker is away."""
    try:
        running = _running()
    except (QueueAway, redis.RedisError, OSError):
        return
    for name in OURS:
        subject = name if name != "worker" else "default"
        if name in running:
            yield CATALOGUE.well("worker.running", _("It answers."), subject=subject)
        else:
            text = _("It does not answer over the queue.")
            advice = _("Restart the service; its log says more.")
            yield CATALOGUE.broken("worker.running", text, advice, subject=subject)


def _running() -> set[str]:
    """The first words of the names of the workers that answer."""
    patience = dict.fromkeys(("socket_timeout", "socket_connect_timeout"), 2 * BROKER_TIMEOUT_S)
    once = patience | {"max_retries": 0, "polling_interval": LISTEN_S}
    with current_app.connection_for_write(transport_options=once) as link:
        replies = current_app.control.ping(timeout=PING_S, limit=len(OURS), connection=link)
    return {name.partition("@")[0] for reply in replies or [] for name in reply}


CHECKS = (_broker, _workers)
