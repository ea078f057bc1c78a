"""`bench savings`: the physics of its strategies, and its money counted once more."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bench import savings
from bench.savings import Household, Strategy, account, flows, household, sun_of
from scheduling.account import summed
from tempo.days import PARIS, Colour
from tests.tempo.shared_data import shared_folder, shared_rows
from tests.tempo.test_prices import CURRENT

EVE = date(2024, 1, 9)
NIGHT = datetime(2024, 1, 9, 22, tzinfo=PARIS).astimezone(UTC)
USABLE_WH = 3 * 5120 * (0.95 - 0.12)
PV = "pv_fr_30min.csv"
# by colour: off-peak, peak [c EUR/kWh], written down once more
CENTS = {"BLUE": (13.56, 16.54), "WHITE": (15.36, 19.21), "RED": (16.15, 72.95)}


def small_house(load_w: float = 1200, sun_w: float = 0) -> Household:
    """24 hours from 22:00 on the eve of a red day."""
    moments = [NIGHT + timedelta(minutes=30 * n) for n in range(48)]
    colours = dict.fromkeys((EVE + timedelta(days=n) for n in range(4)), Colour.BLUE)
    colours[EVE + timedelta(days=1)] = Colour.RED
    return Household(dict.fromkeys(moments, load_w), dict.fromkeys(moments, sun_w), colours)


def test_a_red_eve_is_charged_by_five_and_given_to_the_red_day() -> None:
    rows = list(flows(small_house(), Strategy.RED_EVES, with_sun=False))
    night, day = rows[:16], rows[16:]
    assert [row.charged_wh > 0 for row in night] == [True] * 14 + [False] * 2
    assert sum(row.charged_wh for row in night) == pytest.approx(USABLE_WH / 0.954, rel=0.01)
    assert sum(row.discharged_wh for row in day) == pytest.approx(USABLE_WH * 0.89, rel=0.02)
    assert day[0].imported_wh == 0
    assert day[-1].discharged_wh == 0


def test_a_charge_leaves_the_contract_its_room() -> None:
    rows = flows(small_house(load_w=7500), Strategy.EVERY_NIGHT, with_sun=False)
    assert {row.charged_wh for row in list(rows)[:16]} == {300.0}


def test_self_consumption_without_sun_has_nothing_to_give() -> None:
    lines = account(small_house(), Strategy.SELF_CONSUMPTION, CURRENT, with_sun=False)
    assert summed(lines).saved_eur == 0


def test_sun_that_is_left_is_kept_and_what_is_full_is_given_away() -> None:
    rows = list(flows(small_house(0, 3000), Strategy.SELF_CONSUMPTION, with_sun=True))
    assert rows[0].charged_wh == 1500
    assert (rows[-1].charged_wh, rows[-1].exported_wh) == (0, 1500)


def test_the_sun_of_29_february() -> None:
    assert sun_of(datetime(2024, 2, 29, 11, 30, tzinfo=UTC)) == datetime(
        2018, 2, 28, 11, 30, tzinfo=UTC
    )


def test_where_the_data_are_missing_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(savings, "SHARED_DATA", tmp_path)
    missing = savings.run()["missing"]
    assert missing.startswith(str(tmp_path / "household_load_fr_30min.csv"))
    assert "SHARED_DIR" in missing


@pytest.mark.parametrize(
    ("strategy", "with_sun"),
    [(Strategy.RED_EVES, True), (Strategy.EVERY_NIGHT, False)],
)
def test_the_money_counted_by_plain_loops(strategy: Strategy, with_sun: bool) -> None:
    """Bought: by the local hours that the file itself writes. The baseline: load less sun."""
    house = household(shared_folder("household_load_fr_30min.csv"))
    lines = account(house, strategy, CURRENT, with_sun=with_sun)
    bought_wh = {line.energies.starts_at: line.energies.imported_wh or 0.0 for line in lines}
    sun = {row["start_utc"][5:16]: float(row["power_w"]) for row in shared_rows(PV)}
    colours = {row["date"]: row["color"] for row in shared_rows("tempo_days.csv")}
    with_c = without_c = 0.0
    for row in shared_rows("household_load_fr_30min.csv"):
        day, hour = row["start_paris"][:10], int(row["start_paris"][11:13])
        if hour < 6:
            day = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
        if not "2023-09-01" <= day <= "2024-07-23":
            continue
        cents = CENTS[colours[day]][6 <= hour < 22]
        sun_w = sun[row["start_utc"][5:16].replace("02-29", "02-28")] if with_sun else 0
        without_c += max(0.0, float(row["power_w"]) - sun_w) / 2000 * cents
        with_c += bought_wh[datetime.fromisoformat(row["start_utc"])] / 1000 * cents
    sums = summed(lines)
    assert sums.with_eur == pytest.approx(with_c / 100, abs=1e-6)
    assert sums.without_eur == pytest.approx(without_c / 100, abs=1e-6)
    assert sums.quarters == 327 * 48
    assert sums.saved_eur > 100
    assert sums.discharged_wh < 0.85 * sums.charged_wh
