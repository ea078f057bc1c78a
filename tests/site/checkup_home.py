"""Findings by their code, for tests of check-ups."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.utils import timezone, translation

from marstek_site.doctor import examine
from notifications.checkup import Finding

Check = Callable[[datetime], Iterator[Finding]]


def found(check: Check, now: datetime | None = None) -> list[Finding]:
    """What one check says, in English."""
    with translation.override("en"):
        return list(check(now or timezone.now()))


def only(check: Check, now: datetime | None = None) -> Finding:
    """The one finding of a check."""
    [finding] = found(check, now)
    return finding


def examined(language: str = "en") -> dict[str, Finding]:
    """A whole check-up, the worst of each code."""
    with translation.override(language):
        return {one.code: one for one in reversed(examine(timezone.now()))}


@pytest.fixture
def quick_ping(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker runs beside these tests: do not wait a second for one."""
    monkeypatch.setattr("marstek_site.checkup.broker.PING_S", 0.05)
