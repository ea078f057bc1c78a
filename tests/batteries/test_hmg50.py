"""A Venus E 2.0 in Auto serves its house while it is polled: rule 8 of the design, end to end."""

from __future__ import annotations

import pytest

from batteries.simulator.demo import demo_load_w
from bench.hmg50 import Unit, measure

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("theft_gap_s", "hours"),
    [
        pytest.param(75, 3, id="its usual pace does no harm"),
        pytest.param(150, 8, id="its usual pace takes the meter away"),
    ],
)
def test_it_serves_at_least_95_percent_of_what_it_serves_in_peace(
    theft_gap_s: float, hours: int
) -> None:
    unit = Unit("hmg50-156", theft_gap_s=theft_gap_s, soc_percent=95)
    load_w = demo_load_w(0)
    result = measure(unit, lambda at: 0.5 * load_w(at), lambda _at: 0.0, minutes=60 * hours)
    assert 500 < result["served_in_peace_wh"] < 3500, "it serves, and is never empty"
    assert result["ratio_percent"] >= 95
    assert result["requests_an_hour"] > 20, "it is polled"
