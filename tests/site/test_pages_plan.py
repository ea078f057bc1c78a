"""The pages of the plan and the journal: who sees what, at what cost, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from scheduling.intentions import Household, ScheduleConfig
from scheduling.models import OrderState
from scheduling.targets import TargetMode
from tests import rows
from tests.scheduling.journal_rows import decision, order, override

PLAN, FRAGMENT = reverse("plan:plan"), reverse("plan:plan-fragment")
JOURNAL = reverse("plan:journal")
CSV, JSON = (reverse("plan:journal-export", args=[form]) for form in ("csv", "json"))
HOUR = timedelta(hours=1)


def night() -> ScheduleConfig:
    """On hold from 22:00 to 06:00, whatever the colours."""
    Household.objects.update_or_create(pk=1, defaults={"serves_red_days": False})
    return ScheduleConfig.objects.create(
        name="Nuit",
        mode_type=TargetMode.HOLD,
        power_setpoint=0,
        start_time="22:00",
        end_time="06:00",
    )


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_the_plan_says_what_when_and_why(viewer: Client) -> None:
    rows.battery(at=timezone.now())
    night()
    text = page(viewer, PLAN)
    assert "On hold: schedule “Nuit”" in text
    assert "Automation is off: this is what would be done." in text
    assert "Automation is off; otherwise" not in text, "it is said once"
    assert 'class="tariff"' in text
    assert "colour not known" in text


@pytest.mark.parametrize("url", [PLAN, JOURNAL, CSV, JSON])
def test_nobody_looks_without_login_or_role(anybody: Client, url: str) -> None:
    assert anybody.get(url).status_code == 302


@pytest.mark.parametrize("count", [1, 3])
def test_the_plan_costs_the_same_for_each_fleet(
    viewer: Client, count: int, django_assert_num_queries: Callable[[int], Any]
) -> None:
    night()
    for index in range(count):
        rows.battery(f"Cave {index}", at=timezone.now())
    viewer.get(FRAGMENT)
    # session, person, two of permissions; batteries, two of schedules, overrides, household,
    # three of colours, prices
    with django_assert_num_queries(14):
        viewer.get(FRAGMENT)


@pytest.mark.parametrize("count", [1, 3])
def test_the_journal_costs_the_same_for_each_length(
    viewer: Client, count: int, django_assert_num_queries: Callable[[int], Any]
) -> None:
    battery, now = rows.battery(), timezone.now()
    for step in range(1, count + 1):
        override(battery, now - step * HOUR)
        decision(battery, now - step * HOUR)
        order(battery, now - step * HOUR)
    viewer.get(JOURNAL)
    # session, person, two of permissions, role; two of choices; three of rows, attempts
    with django_assert_num_queries(11):
        viewer.get(JOURNAL)


def test_an_order_unfolds_to_what_was_on_the_wire(viewer: Client) -> None:
    order(rows.battery(), timezone.now() - 2 * HOUR)
    text = page(viewer, JOURNAL)
    assert "1 attempt<" in text
    assert escape('{"id":7,"method":"ES.SetMode"}') in text
    assert escape('{"set_result":true}') in text
    assert "41\u00a0ms" in text
    assert "After 5\u00a0s: Charges at 590\u00a0W, 62\u00a0%" in text
    assert "First proved" in text


def test_decisions_and_overrides_speak(viewer: Client) -> None:
    battery, now = rows.battery(), timezone.now()
    decision(battery, now - 3 * HOUR)
    override(battery, now - 2 * HOUR)
    override(battery, now - HOUR, kind="hands_off", mode_type="", target_soc=None, ended_at=None)
    text = page(viewer, JOURNAL)
    assert "On hold: schedule “Nuit”" in text
    assert "Asked by the page: charge up to" in text
    assert "charge up to 80\u00a0%" in text
    assert "hands off, nothing is written" in text
    assert "cancelled at" in text


def test_the_journal_turns_its_pages(viewer: Client) -> None:
    battery, now = rows.battery(), timezone.now()
    for step in range(60):
        decision(battery, now - step * HOUR, params={"rule": f"Rule {step}."})
    first = viewer.get(JOURNAL)
    assert len(first.context["rows"]) == 50
    second = viewer.get(JOURNAL + first.context["older"])
    assert len(second.context["rows"]) == 10
    assert "Rule 59." in second.content.decode()
    assert second.context["older"] == ""
    assert "Back to the newest" in second.content.decode()


def test_filters_are_kept_on_each_page_and_in_the_exports(viewer: Client) -> None:
    garage, cave, now = rows.battery(), rows.battery("Cave"), timezone.now()
    order(garage, now - 2 * HOUR)
    order(cave, now - HOUR, state=OrderState.REFUSED, proved_at=None)
    response = viewer.get(JOURNAL, {"state": "refused"})
    assert [row.battery for row in response.context["rows"]] == ["Cave"]
    exported = viewer.get(JSON + response.context["filtered"])
    assert [each["battery"] for each in json.loads(exported.getvalue())] == ["Cave"]
    assert exported["Content-Disposition"].endswith('.json"')
    assert viewer.get(CSV, {"state": "refused"}).getvalue().count(b"ES.SetMode") == 1


@pytest.mark.parametrize(
    "asked", [{"battery": "999"}, {"battery": "x"}, {"day": "yesterday"}, {"state": "dance"}]
)
def test_a_filter_that_is_none_is_one_sentence(viewer: Client, asked: dict[str, str]) -> None:
    order(rows.battery(), timezone.now() - HOUR)
    text = page(viewer, f"{JOURNAL}?{'&'.join(f'{k}={v}' for k, v in asked.items())}")
    assert 'role="alert"' in text
    assert viewer.get(JSON, asked).status_code == 400


def test_nonsense_for_a_place_shows_the_newest(viewer: Client) -> None:
    order(rows.battery(), timezone.now() - HOUR)
    assert len(viewer.get(JOURNAL, {"before": "x~y~z"}).context["rows"]) == 1


def test_an_empty_journal_says_so(viewer: Client) -> None:
    assert "Nothing was decided or ordered yet." in page(viewer, JOURNAL)
