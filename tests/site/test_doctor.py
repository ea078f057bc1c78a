"""The doctor: the page, the line on the home page, the command and the text for support."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django import Settings

from batteries import battery_checks, first_aid
from marstek_site import doctor
from marstek_site.roles import Role
from marstek_site.support import masked
from notifications import findings as notified
from notifications.checkup import OWN, Catalogue, Finding
from tests import rows
from tests.site.checkup_home import examined

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("servers")]
PAGE = reverse("site:doctor")
SAME_IN_BOTH = {"Batteries", "TimescaleDB"}
SKY = Catalogue({"sky.sun": translation.gettext_lazy("Disk")})


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    doctor.BROKEN.forget()
    yield
    doctor.BROKEN.keep(0)
    doctor.BROKEN.forget()


@pytest.fixture
def rooms(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the doctor ask only these."""

    def only(*rooms: Callable[[datetime], Iterator[Finding]]) -> None:
        modules = [SimpleNamespace(findings=room) for room in rooms]
        monkeypatch.setattr(doctor, "modules", lambda: modules)

    return only


def text_of(client: Client, url: str = PAGE) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def catalogues() -> list[Catalogue]:
    own = [OWN, first_aid.CATALOGUE, battery_checks.CATALOGUE, notified.CATALOGUE]
    return own + [it.CATALOGUE for it in doctor.modules() if hasattr(it, "CATALOGUE")]


def test_every_code_has_words_in_both_languages() -> None:
    titles = [title for catalogue in catalogues() for title in catalogue.titles.values()]
    words: dict[str, list[str]] = {}
    for language in ("en", "fr"):
        with translation.override(language):
            words[language] = [str(title) for title in titles]
    assert all(words["en"] + words["fr"])
    pairs = zip(words["en"], words["fr"], strict=True)
    assert {english for english, french in pairs if english == french} == SAME_IN_BOTH
    assert len(titles) > 40


def test_no_code_stands_in_two_catalogues() -> None:
    codes = [code for catalogue in catalogues() for code in catalogue.titles]
    assert len(codes) == len(set(codes))


def test_every_room_is_asked_and_every_finding_is_a_titled_code() -> None:
    rows.household(timezone.now())
    codes = set(examined())
    assert {"settings.rules", "broker.answers", "database.version", "battery.answers"} <= codes
    assert codes <= {code for catalogue in catalogues() for code in catalogue.titles}
    assert "checkup.failed" not in codes


def test_texts_are_french_in_french() -> None:
    rows.household(timezone.now())
    english, french = examined(), examined("fr")
    same = {
        code
        for code in english
        if english[code].advice and english[code].advice == french[code].advice
    }
    assert same == set()


def test_a_room_that_fails_is_a_finding_and_the_others_go_on(rooms: Callable[..., None]) -> None:
    def sky(_now: datetime) -> Iterator[Finding]:
        yield SKY.well("sky.sun")

    def fog(_now: datetime) -> Iterator[Finding]:
        raise RuntimeError("fog")

    rooms(fog, sky)
    assert set(examined()) == {"checkup.failed", "sky.sun"}


def test_what_lasts_too_long_is_left_out_and_said(
    rooms: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def sky(_now: datetime) -> Iterator[Finding]:
        for number in range(1000):
            yield SKY.well("sky.sun", str(number))

    monkeypatch.setattr(doctor, "PATIENCE_S", -1)
    rooms(sky)
    assert set(examined()) == {"checkup.late", "sky.sun"}


def test_a_question_may_last_two_seconds_and_the_limit_ends_with_the_check_up(
    rooms: Callable[..., None],
) -> None:
    seen = []

    def ask(_now: datetime) -> Iterator[Finding]:
        seen.append(_timeout())
        yield SKY.well("sky.sun")

    rooms(ask)
    examined()
    assert (seen, _timeout()) == (["2s"], "0")


def _timeout() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return str(cursor.fetchone()[0])


def test_secrets_in_somebody_elses_words_are_blanked_out(
    rooms: Callable[..., None], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SECRET_KEY, settings.REDIS_URL = "first-secret", "redis://:second-secret@h/0"
    monkeypatch.setitem(settings.DATABASES["default"], "PASSWORD", "third-secret")
    settings.RTE_CLIENT_SECRET = "fourth-secret"

    def leak(_now: datetime) -> Iterator[Finding]:
        yield SKY.broken(
            "sky.sun", "first-secret second-secret", "third-secret", look="fourth-secret"
        )

    rooms(leak)
    finding = examined()["sky.sun"]
    assert (finding.finding, finding.advice, finding.look) == ("••• •••", "•••", "•••")


# --- the page ------------------------------------------------------------------


def test_the_page_shows_the_worst_first_with_cause_remedy_and_command(viewer: Client) -> None:
    rows.silent(timezone.now())
    text = text_of(viewer)
    order = [text.index(words) for words in ("Broken</span>", "Please look</span>", "are well")]
    assert order == sorted(order)
    assert "Nothing answers at 192.168.1.100, port 30001." in text
    assert "<code>manage.py login_link</code>" in text
    assert re.search(r"\d+ things need you\.", text)


def test_each_role_sees_it_and_nobody_else(
    viewer: Client, operator: Client, administrator: Client, anybody: Client
) -> None:
    for client in (viewer, operator, administrator):
        assert "Check again" in text_of(client)
        assert f'href="{PAGE}"' in text_of(client, reverse("site:home"))
    assert anybody.get(PAGE).status_code == 302


def test_no_secret_is_on_the_page(administrator: Client, settings: Settings) -> None:
    settings.SECRET_KEY = "a-key-that-nobody-may-see"  # sessions were signed with another one
    administrator.force_login(rows.person(Role.ADMINISTRATOR, "zoe"))
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    assert settings.SECRET_KEY not in text_of(administrator)


def test_checking_again_is_a_fragment(viewer: Client) -> None:
    text = text_of(viewer, reverse("site:doctor-fragment"))
    assert "<html" not in text
    assert "Please look" in text


def test_html_in_a_name_is_text(viewer: Client) -> None:
    rows.battery("<b>Cave</b>", at=timezone.now())
    text = text_of(viewer)
    assert "&lt;b&gt;Cave&lt;/b&gt;" in text
    assert "<b>Cave</b>" not in text


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_as_many_queries_for_one_as_for_three(
    viewer: Client, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        rows.battery(f"Cave {number}", at=timezone.now())
    text_of(viewer)
    # session, person, permissions (2), time limit (2), database (9), work (2), people (2),
    # schedules (4), batteries (14), their names, role, channels and bot (7)
    with django_assert_num_queries(55):
        text_of(viewer)


# --- the line on the home page ------------------------------------------------------------------


def test_the_home_page_asks_for_the_line_later(viewer: Client) -> None:
    url = reverse("site:doctor-line")
    assert f'hx-get="{url}" hx-trigger="load, every 300s"' in text_of(viewer, reverse("site:home"))
    assert re.search(r"\d+ things need you\.</a>", text_of(viewer, url))


def test_where_nothing_is_broken_there_is_no_line(
    viewer: Client, rooms: Callable[..., None]
) -> None:
    rooms(lambda _now: iter([SKY.warning("sky.sun", "a", "b")]))
    assert text_of(viewer, reverse("site:doctor-line")).strip() == ""


def test_the_line_is_counted_once_in_minutes(
    viewer: Client, rooms: Callable[..., None], django_assert_num_queries: Any
) -> None:
    looks = []

    def sky(now: datetime) -> Iterator[Finding]:
        looks.append(now)
        yield SKY.broken("sky.sun", "a", "b")

    rooms(sky)
    for _visit in range(3):
        assert "1 thing needs you." in text_of(viewer, reverse("site:doctor-line"))
    text_of(viewer)  # the page itself always looks
    assert len(looks) == 2


def test_the_home_page_shows_at_once_what_was_seen_last(viewer: Client) -> None:
    home = reverse("site:home")
    doctor.BROKEN.keep(0)
    assert "need you" not in text_of(viewer, home)
    doctor.BROKEN.keep(3)
    assert "3 things need you.</a>" in text_of(viewer, home)


# --- the command ------------------------------------------------------------------


def run(*words: str) -> tuple[str, str]:
    """What the command prints, and the line that it fails with."""
    out = io.StringIO()
    try:
        call_command("doctor", *words, stdout=out)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), ""


def test_the_command_fails_where_something_is_broken(rooms: Callable[..., None]) -> None:
    rooms(lambda _now: iter([SKY.broken("sky.sun", "Gone.", "Wait.", look="date")]))
    out, error = run()
    assert out.startswith("Broken: Disk\n    Gone.\n    Wait.\n    $ date\n")
    assert error == "1 thing is broken: what to do is said above."


def test_warnings_alone_end_well(rooms: Callable[..., None]) -> None:
    rooms(lambda _now: iter([SKY.warning("sky.sun", "a", "b"), SKY.unsure("sky.sun", "c")]))
    assert run()[1] == ""


def test_the_command_gives_one_json_document(rooms: Callable[..., None]) -> None:
    rooms(lambda _now: iter([SKY.broken("sky.sun", "Gone.", "Wait.", subject="Cave")]))
    out, error = run("--json")
    document = json.loads(out)
    assert document["counts"] == {"broken": 1, "warning": 0, "unsure": 0, "well": 0}
    [finding] = document["findings"]
    assert (finding["code"], finding["state"], finding["subject"]) == ("sky.sun", "broken", "Cave")
    assert error


def test_the_command_speaks_french_where_asked(rooms: Callable[..., None]) -> None:
    rooms(lambda _now: iter([SKY.warning("sky.sun", "a", "b")]))
    assert run()[0].startswith("Warning: Disk")


def test_a_state_has_its_word_in_french() -> None:
    out, _error = run("--language", "fr")
    assert "En panne: " in out
    assert "À vérifier: " in out


# --- the text for support ------------------------------------------------------------------


def test_the_text_for_support_is_masked(viewer: Client) -> None:
    now = timezone.now()
    changes = {"polled_at": now, "fault": "device_unreachable", "ip_address": "192.168.1.77"}
    rows.battery("Atelier", at=now, age_s=720, **changes)
    support = text_of(viewer).partition("<textarea")[2].partition("</textarea>")[0]
    assert "broken  battery.answers [battery 1]" in support
    assert "192.168.x.x" in support
    for private in ("Atelier", "192.168.1.77"):
        assert private not in support


def test_names_addresses_and_folders_are_masked(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://chez.anna.example"
    text = (
        "Cave and Cave du fond at 10.1.2.3, bc2a33601ff9 or BC:2A:33:60:1F:F9; 0.0.0.0 and "
        f"127.0.0.11; https://chez.anna.example; {settings.BASE_DIR}/.env; Excavate"
    )
    assert masked(text, ["Cave", "Cave du fond"]) == (
        "battery 1 and battery 2 at 10.1.x.x, MAC or MAC; 0.0.0.0 and "
        "127.0.0.11; https://HOST; BASE_DIR/.env; Excavate"
    )
