"""The timeline: three tables as one, a page at a time, filtered."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta

import pytest

from batteries.models import Battery
from marstek_site.roles import Role
from scheduling.journal_export import as_csv, as_json, record
from scheduling.timeline import Filters, Kind, Place, everything, page
from tests import rows
from tests.rows import NOON
from tests.scheduling.journal_rows import decision, order, override

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def battery() -> Battery:
    return rows.battery()


def test_of_one_moment_the_consequence_comes_first(battery: Battery) -> None:
    override(battery, NOON)
    decision(battery, NOON)
    order(battery, NOON)
    entries, following = page(Filters())
    assert [entry.kind for entry in entries] == ["order", "decision", "override"]
    assert following is None


def test_pages_show_each_row_once_whatever_their_size(battery: Battery) -> None:
    for step in range(5):
        at = NOON + step // 2 * MINUTE  # some share their moment
        override(battery, at)
        decision(battery, at)
        order(battery, at)
    whole = [entry.place for entry in everything(Filters())]
    assert len(set(whole)) == 15
    assert whole == sorted(whole, reverse=True)
    for size in (1, 2, 4, 7):
        assert [entry.place for entry in everything(Filters(), size)] == whole


def test_a_place_survives_an_address() -> None:
    place = Place(NOON, Kind.ORDER, 17)
    assert Place.read(str(place)) == place


@pytest.mark.parametrize(
    "text",
    ["", "x", "~~", "2026-11-23~2~1", "2026-11-23T11:00:00~2~1", "2026-99-23T11:00:00Z~2~1"],
)
def test_a_place_that_is_none_is_the_newest_page(text: str) -> None:
    assert Place.read(text) is None


def test_filters_leave_out_what_cannot_have_them(battery: Battery) -> None:
    anna = rows.person(Role.OPERATOR, "anna")
    other = rows.battery("Cave")
    override(battery, NOON, asked_by=anna)
    decision(battery, NOON)
    order(battery, NOON, asked_by=anna)
    order(other, NOON + 25 * 60 * MINUTE, state="refused", proved_at=None, origin="plan")

    def kinds(**wanted: object) -> list[str]:
        return [entry.kind for entry in page(Filters(**wanted))[0]]  # type: ignore[arg-type]

    assert kinds(battery_id=battery.pk) == ["order", "decision", "override"]
    assert kinds(state="refused") == ["order"]
    assert kinds(author_id=anna.pk) == ["order", "override"]
    assert kinds(origin="plan") == ["order"]
    assert kinds(kind=Kind.DECISION) == ["decision"]
    assert kinds(kind=Kind.DECISION, state="proved") == []
    assert kinds(day=date(2026, 11, 24)) == ["order"]


def test_a_day_is_the_household_s(battery: Battery) -> None:
    before_midnight = NOON.replace(hour=22, minute=59)  # 23:59 in Paris
    order(battery, before_midnight)
    order(battery, before_midnight + MINUTE)
    assert len(page(Filters(day=date(2026, 11, 23)))[0]) == 1
    assert len(page(Filters(day=date(2026, 11, 24)))[0]) == 1


def test_exports_hold_the_attempts_as_they_were_on_the_wire(battery: Battery) -> None:
    order(battery, NOON)
    decision(battery, NOON)
    entries = list(everything(Filters()))
    first, second = json.loads("".join(as_json(entries)))
    assert json.loads(first["attempts"][0]["request"]) == {"id": 7, "method": "ES.SetMode"}
    assert first["effect"][0]["power_w"] == 590
    assert "Nuit" in second["sentence"]
    lines = list(csv.DictReader("".join(as_csv(entries)).removeprefix("\ufeff").splitlines()))
    assert [line["kind"] for line in lines] == ["order", "decision"]
    assert json.loads(lines[0]["attempts"]) == json.loads(json.dumps(first["attempts"]))
    assert lines[0]["at"] == "2026-11-23T11:00:00+00:00"


def test_an_empty_export_is_a_list_and_a_head_line() -> None:
    assert json.loads("".join(as_json([]))) == []
    assert len("".join(as_csv([])).splitlines()) == 1


def test_a_name_that_a_spreadsheet_would_run_is_quoted() -> None:
    order(rows.battery("=1+1"), NOON)
    (entry,) = page(Filters())[0]
    assert record(entry)["battery"] == "=1+1"
    assert ",'=1+1," in list(as_csv([entry]))[1]
