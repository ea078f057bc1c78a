"""Who watches the watcher: a call to a service that raises the alarm once it stays away.

It is called only while everything holds that must: whoever knows a condition adds it. The clock
and the worker need none, since it is they who call.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

import requests
from django.conf import settings

from .remedies import stuck_deliveries

log = logging.getLogger(__name__)
CALL = "notifications.call_heartbeat"
TIMEOUT_S = (5.0, 10.0)
Condition = Callable[[datetime], str]
CONDITIONS: dict[str, Condition] = {}


def must_hold(name: str, condition: Condition) -> None:
    """Call only while `condition(now)` returns an empty text; else it says what is wrong."""
    CONDITIONS[name] = condition


def why_silent(now: datetime) -> list[str]:
    """What is wrong now; empty where the service may be called."""
    return [why for condition in CONDITIONS.values() if (why := condition(now))]


def call_heartbeat(now: datetime) -> bool:
    """Call the service, unless something is wrong here. Its address is in no log: it is a key."""
    if not settings.HEARTBEAT_URL:
        return False
    reasons = why_silent(now)
    if reasons:
        log.warning("the heartbeat URL is not called: %s", "; ".join(reasons))
        return False
    try:
        answer = requests.get(settings.HEARTBEAT_URL, timeout=TIMEOUT_S)
    except requests.RequestException as error:
        log.warning("the heartbeat URL does not answer: %s", type(error).__name__)
        return False
    if not answer.ok:
        log.warning("the heartbeat URL answers %d", answer.status_code)
    return answer.ok


def outbox_flows(now: datetime) -> str:
    """Messages leave: none waits for more than half an hour."""
    count = stuck_deliveries(now)
    return f"{count} messages wait to be sent" if count else ""


must_hold("outbox", outbox_flows)
