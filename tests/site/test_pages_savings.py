"""The pages of the savings: a season, one day as its rows, both as CSV, for everybody who looks."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import translation

from batteries.energy_slots import EnergySlot, HouseSlot
from scheduling.energies import account_lines
from scheduling.savings import describe_day, describe_savings
from tempo.days import PARIS
from tempo.seasons import Season
from tests.rows import battery
from tests.scheduling.energy_rows import house_slot, quarters, slot
from tests.scheduling.planned_house import at
from tests.scheduling.red_days import red_day

DAY = date(2026, 12, 1)
NOW = datetime(2026, 12, 1, 21, 10, tzinfo=UTC)  # 22:10 in Paris
PAGE = reverse("scheduling:savings")
DAY_PAGE = reverse("scheduling:savings-day", args=[DAY.isoformat()])
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_ten() -> Any:
    with time_machine.travel(NOW, tick=False), translation.override("en"):
        yield


def fill(*, metered: bool = True, count: int = 1) -> None:
    """A charge in the night before a red day, and what it gave until it was empty at 19:00."""
    red_day(DAY)
    rows, house = [], []
    for number in range(count):
        mine = battery(f"Garage {number}")
        for moment in quarters(at("22:00", DAY - timedelta(days=1)), at("22:00", DAY)):
            is_night, is_empty = moment < at("06:00", DAY), moment >= at("19:00", DAY)
            taken, given = (150, 0) if is_night else (0, 0 if is_empty else 80)
            values = {"charged_wh": taken, "discharged_wh": given, "soc": 12 if is_empty else 95}
            rows.append(slot(mine, moment, **values))
            house.append(house_slot(moment, 150 * is_night + 100 * is_empty + 20))
    EnergySlot.objects.bulk_create(rows)
    if metered:
        HouseSlot.objects.bulk_create(house[: len(house) // count])


def text_of(client: Client, url: str = PAGE, language: str = "en") -> str:
    response = client.get(url, headers={"accept-language": language})
    assert response.status_code == 200
    return response.content.decode()


def rows_of(client: Client, url: str) -> list[dict[str, str]]:
    text = b"".join(client.get(url).streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(StringIO(text)))


def test_today_month_and_season(viewer: Client) -> None:
    fill()
    page = describe_savings(Season(2026), NOW)
    saved = 52 * 0.08 * 0.7295
    charge = 32 * 0.15 * 0.1356
    assert [(one.name, one.saved) for one in page.glances] == [
        ("Today", f"{saved:.2f}\u00a0€"),
        ("This month", f"{saved:.2f}\u00a0€"),
        ("Season 2026-2027", f"{saved - charge:.2f}\u00a0€"),
    ]
    assert [month.figures.name for month in page.months] == ["December 2026", "November 2026"]
    assert page.months[1].figures.is_loss
    assert f"{saved:.2f}\u00a0€" in text_of(viewer)


def test_red_days_say_what_was_missed_and_why(viewer: Client) -> None:
    fill()
    [row] = describe_savings(Season(2026), NOW).red
    assert (row.figures.given, row.figures.bought) == ("4.2\u00a0kWh", "2.5\u00a0kWh")
    assert row.missed == ("Garage 0 was empty from 19:00 on.",)
    text = text_of(viewer)
    assert "Garage 0 was empty from 19:00 on." in text
    assert "1 red day" in text


def test_a_day_s_rows_add_up_to_its_figure(viewer: Client) -> None:
    fill()
    page = describe_day(DAY, NOW)
    assert len(page.rows) == 64
    assert f"{sum(float(row.saved) for row in page.rows):.3f}" == page.sum == "303.472"
    assert page.total.saved == "3.03\u00a0€"
    assert page.rows[0].heading == "red, peak hours, 72.95\u00a0c€/kWh"
    assert [row.clock for row in page.rows if row.heading] == ["06:00"]
    assert text_of(viewer, DAY_PAGE).count("<tr>") == 64 + 2


def test_the_csv_adds_up_to_the_same_figure(viewer: Client) -> None:
    fill()
    rows = rows_of(viewer, reverse("scheduling:savings-day-csv", args=[DAY.isoformat()]))
    total = sum(line.saved_eur for line in account_lines(DAY, DAY))
    assert sum(float(row["saved_eur"]) for row in rows) == pytest.approx(total, abs=1e-6)
    assert rows[0]["start_utc"] == "2026-12-01T05:00Z"
    assert rows[0]["start_paris"] == "2026-12-01T06:00+01:00"
    assert (rows[0]["colour"], rows[0]["peak_hours"]) == ("red", "1")
    season = rows_of(viewer, reverse("scheduling:savings-csv", args=["2026-2027"]))
    assert len(season) == 96


def test_without_a_meter_the_page_says_so(viewer: Client) -> None:
    fill(metered=False)
    assert "No house meter is heard" in text_of(viewer)
    assert "No house meter is heard" in text_of(viewer, DAY_PAGE)


def test_hours_without_meter_or_price_are_said(viewer: Client) -> None:
    fill()
    HouseSlot.objects.filter(starts_at__lt=at("07:00", DAY)).delete()
    later = at("06:00", DAY).astimezone(PARIS) - timedelta(days=20)
    EnergySlot.objects.bulk_create([slot(battery("Cave"), later, discharged_wh=10)])
    text = text_of(viewer)
    assert "For 9.25\u00a0h no house meter was heard" in text
    assert "0.25\u00a0h have no price yet" in text


def test_an_empty_account_says_when_it_begins(viewer: Client) -> None:
    assert "Nothing is counted yet" in text_of(viewer)
    assert "Nothing was heard on this day." in text_of(viewer, DAY_PAGE)


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("savings-of", "2027-2028"),
        ("savings-of", "nonsense"),
        ("savings-csv", "2013-2014"),
        ("savings-day", "2026-12-02"),
        ("savings-day", "2026-02-30"),
        ("savings-day", "0001-01-01"),
        ("savings-day-csv", "tomorrow"),
    ],
)
def test_what_cannot_be_is_not_there(viewer: Client, name: str, argument: str) -> None:
    assert viewer.get(reverse(f"scheduling:{name}", args=[argument])).status_code == 404


def test_past_seasons_have_their_page(viewer: Client) -> None:
    text = text_of(viewer, reverse("scheduling:savings-of", args=["2024-2025"]))
    assert "Season 2024-2025" in text
    assert "This month" not in text


def test_the_pages_speak_french(viewer: Client) -> None:
    fill()
    text = text_of(viewer, language="fr")
    for words in ("Économies", "Aujourd’hui", "Jours rouges", "Garage 0 était vide à partir de"):
        assert words in text
    assert "Sans batteries" in text_of(viewer, DAY_PAGE, "fr")


def test_only_who_may_look_sees_them(anybody: Client) -> None:
    assert anybody.get(PAGE).status_code == 302
    stranger = User.objects.create_user("stranger")
    anybody.force_login(stranger, backend="django.contrib.auth.backends.ModelBackend")
    assert anybody.get(PAGE).status_code == 403


def test_the_user_menu_leads_there(viewer: Client) -> None:
    assert f'href="{PAGE}"' in text_of(viewer, reverse("tempo:season"))


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_few_queries(
    viewer: Client, count: int, django_assert_max_num_queries: Any
) -> None:
    fill(count=count)
    viewer.get(PAGE)
    with django_assert_max_num_queries(16):
        viewer.get(PAGE)
