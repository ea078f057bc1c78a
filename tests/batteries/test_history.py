"""Old history leaves in batches; young history stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from batteries import history
from batteries.models import Battery, BatteryStatusLog, MethodHealth

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 29, 3, 40, tzinfo=UTC)


def rows_at(*days_ago: int) -> None:
    battery = Battery.objects.create(name="Cave", ip_address="127.0.0.11")
    for days in days_ago:
        moment = NOW - timedelta(days=days)
        BatteryStatusLog.objects.create(battery=battery, timestamp=moment, soc=50)
        MethodHealth.objects.create(battery=battery, method="ES.GetStatus", hour_at=moment)


def ages() -> list[int]:
    return [(NOW - row.timestamp).days for row in BatteryStatusLog.objects.order_by("-timestamp")]


def test_rows_past_the_setting_go_and_the_others_stay(settings: object) -> None:
    settings.HISTORY_DAYS = 30  # type: ignore[attr-defined]
    rows_at(0, 29, 31, 400)
    assert history.delete_expired(NOW) == 2 + 1
    assert ages() == [0, 29]
    assert MethodHealth.objects.count() == 3, "answer counts stay 90 days"


def test_more_than_one_batch_and_a_second_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "BATCH", 2)
    rows_at(*range(1000, 1005))
    assert history.delete_expired(NOW) == 10
    assert history.delete_expired(NOW) == 0
