"""What the check-up says of automation and schedules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone, translation

from notifications.checkup import State
from scheduling.checkup import findings
from scheduling.schedules import change_household, make_classic_set
from tests import rows

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def states() -> dict[str, State]:
    return {finding.code: finding.state for finding in findings(timezone.now())}


def test_a_house_without_batteries_has_nothing_to_hear() -> None:
    assert states() == {}


def test_automation_that_is_off_and_a_week_without_schedules_are_said() -> None:
    rows.battery()
    assert states() == {
        "scheduling.automation": State.WARNING,
        "scheduling.schedules": State.UNSURE,
    }
    assert all(finding.advice for finding in findings(timezone.now()))


def test_all_is_well_with_both() -> None:
    rows.battery()
    make_classic_set()
    change_household(is_automatic=True)
    assert set(states().values()) == {State.WELL}
