"""One plain sentence for each decision, in both languages."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest
from django.utils.translation import override

from scheduling.planner import decide
from scheduling.reasons import sentence
from scheduling.situation import Decision, Goal, Reason, WishKind
from scheduling.targets import TargetMode
from tempo.worth import ChargeCase
from tests.scheduling.planned_house import TUESDAY, at, battery, colours, house, rule, wish

NOW = at("22:10")
GOALS = [
    None,
    Goal(TargetMode.AUTO),
    Goal(TargetMode.AI),
    Goal(TargetMode.HOLD, 0),
    Goal(TargetMode.CHARGE, 590, 97),
    Goal(TargetMode.DISCHARGE, -400, 20),
]
RED_WEDNESDAY = colours(TUESDAY, "blue", "red")


def spoken(decision: Decision, language: str, now: Any = NOW) -> str:
    with override(language):
        return sentence(decision, now).replace("\u00a0", " ").replace("\u202f", " ")


def of_battery(language: str, now: Any = NOW, **values: Any) -> str:
    """What is said of the one battery of a house."""
    return spoken(decide(house(values.pop("one", battery()), **values), 1, now), language, now)


def decision(reason: Reason, goal: Goal | None, **params: Any) -> Decision:
    return Decision(1, goal, reason, NOW, NOW + timedelta(hours=2), params=params)


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal.mode_type.value if goal else "none")
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_sentence_with_and_without_its_parameters(
    reason: Reason, goal: Goal | None
) -> None:
    until = at("06:00", TUESDAY + timedelta(days=1)).astimezone(UTC).isoformat()
    full = {"soc": 61, "target_soc": 97, "by": until, "until": until, "rule": "Nuit"}
    full |= {"wish_by": "Anna", "day": "2026-12-02", "colour": "red", "limited_by": "contract"}
    for params in (full, {}):
        french = spoken(decision(reason, goal, **params), "fr")
        english = spoken(decision(reason, goal, **params), "en")
        assert french != english
        assert not {"%", "None"} & set(french.replace(" %", "").split())
        assert ", ," not in french + english
        assert not english.endswith((" ", ","))
        assert ": " in english


def test_a_red_eve_in_both_languages() -> None:
    told = decision(
        Reason.RED_EVE,
        Goal(TargetMode.CHARGE, 590, 97),
        soc=61,
        target_soc=97,
        by="2026-12-02T05:00:00+00:00",
        day="2026-12-02",
        colour="red",
    )
    assert spoken(told, "fr") == "En charge à 590 W : demain est rouge, 61 % → 97 % avant 06:00"
    assert spoken(
        told, "en"
    ) == "Charging at 590 W: tomorrow is red, 61% → 97% before 06:00".replace(
        "61%", "61 %"
    ).replace("97%", "97 %")


def test_after_midnight_it_is_today() -> None:
    now = at("02:00", TUESDAY + timedelta(days=1))
    assert "today is red" in of_battery("en", now, colours=RED_WEDNESDAY)


def test_a_plan_of_days_ahead_names_the_day() -> None:
    told = decide(house(colours=RED_WEDNESDAY), 1, NOW)
    assert "mercredi 2 décembre est rouge" in spoken(told, "fr", at("12:00") - timedelta(days=2))


def test_a_colour_that_nobody_knows_may_be_red() -> None:
    days = colours(TUESDAY, "blue", "maybe")
    pays = {TUESDAY + timedelta(days=1): True}
    said = of_battery("en", colours=days, charge_pays=pays)
    assert "tomorrow may be red, charging is worth it, 50 % → 95 % before 06:00" in said


def test_only_a_spread_charge_promises_its_end() -> None:
    wishes = (wish(TargetMode.CHARGE, at("22:00"), at("23:00"), target_soc=80, power_w=600),)
    assert of_battery("en", wishes=wishes) == (
        "Charging at 600 W: asked by Anna, 50 % → 80 % until 23:00"
    )


def test_automation_that_is_off_says_what_would_be() -> None:
    said = of_battery("en", colours=RED_WEDNESDAY, is_automatic=False)
    assert said.startswith("Automation is off; otherwise: charging at ")
    french = of_battery("fr", is_automatic=False)
    assert french == (
        "Automatisation désactivée, sinon : suit la maison (Auto) : rien d’autre n’est prévu"
    )


def test_a_wish_names_who_had_it_although_automation_is_off() -> None:
    wishes = (wish(TargetMode.HOLD, at("20:00"), at("23:00")),)
    said = of_battery("en", wishes=wishes, is_automatic=False)
    assert said == "On hold: asked by Anna, until 23:00"


def test_hands_off_says_until_when_nothing_is_written() -> None:
    wishes = (wish(WishKind.HANDS_OFF, at("20:00"), at("20:00", TUESDAY + timedelta(days=3))),)
    said = of_battery("fr", wishes=wishes)
    assert said == (
        "Laissée tranquille : intervention suspendue, rien n’est écrit, demandé par Anna, "
        "jusqu’au 4 décembre à 20:00"
    )


def test_a_schedule_that_has_no_room_says_so() -> None:
    rules = (rule(TargetMode.CHARGE, "22:00", "06:00", name="Nuit", target_soc=80),)
    assert of_battery("en", rules=rules, house_load_w=8000) == (
        "Waiting: schedule “Nuit”, 50 % → 80 % before 06:00, no room under the contract power"
    )


def test_a_charge_that_was_never_told_is_not_invented() -> None:
    one = battery(soc=None)
    assert " to 95 % before 06:00" in of_battery("en", one=one, colours=RED_WEDNESDAY)
    rules = (rule(TargetMode.DISCHARGE, "22:00", "23:00"),)
    assert "has not told its charge yet" in of_battery("en", one=one, rules=rules)


@pytest.mark.parametrize(
    ("language", "costs"),
    [
        (
            "en",
            "its colour is not known, red with 13 %: a charge in vain costs 0.31 €, a missed red "
            "day 6.40 €",
        ),
        (
            "fr",
            "sa couleur n’est pas connue, rouge à 13 % : une charge pour rien coûte 0,31 €, un "
            "jour rouge manqué 6,40 €",
        ),
    ],
)
def test_a_charge_for_an_unknown_colour_says_both_costs(language: str, costs: str) -> None:
    day = TUESDAY + timedelta(days=1)
    maybe = {
        "colours": colours(TUESDAY, "blue", "maybe"),
        "charge_pays": {day: True},
        "cases": {day: ChargeCase(0.13, 11.5, in_vain_eur=0.31, missed_eur=6.40)},
    }
    assert costs in of_battery(language, **maybe)


def test_a_charge_that_pays_even_in_vain_says_so() -> None:
    goal = Goal(TargetMode.CHARGE, 590, 97)
    costs = {"p_red": 0.13, "in_vain_eur": -0.2, "missed_eur": 6.4}
    said = spoken(decision(Reason.RED_EVE_MAYBE, goal, **costs), "en")
    assert "a charge in vain costs nothing, a missed red day 6.40 €" in said


def test_a_night_that_is_let_go_says_both_costs() -> None:
    wednesday = TUESDAY + timedelta(days=1)
    values: dict[str, Any] = {
        "colours": colours(TUESDAY, "blue", "maybe"),
        "charge_pays": {wednesday: False},
        "cases": {wednesday: ChargeCase(0.04, 11.4, in_vain_eur=0.6, missed_eur=5.88)},
    }
    assert of_battery("en", **values) == (
        "Following the house (Auto): nothing else is set; tomorrow may be red (4 %): charging for "
        "it does not pay, a charge in vain costs 0.60 €, a missed red day 5.88 € (weighed by "
        "their chances: 0.58 € against 0.24 €)"
    )
    assert of_battery("fr", is_automatic=False, **values) == (
        "Automatisation désactivée, sinon : suit la maison (Auto) : rien d’autre n’est prévu ; "
        "demain sera peut-être rouge (4 %) : charger pour lui ne vaut pas la peine, une charge "
        "pour rien coûte 0,60 €, un jour rouge manqué 5,88 € (pondérés par leurs chances : "
        "0,58 € contre 0,24 €)"
    )
