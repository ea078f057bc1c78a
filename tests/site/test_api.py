"""The JSON API: tokens and sessions, roles, searches, and what batteries last said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from batteries.jobs import DiscoveryJob, DiscoveryState
from marstek_site import api
from marstek_site.api_tokens import create_token, revoke
from marstek_site.models import ApiToken
from marstek_site.roles import Role
from tests import rows
from tests.site.test_pages_discover import search, sighting

pytestmark = pytest.mark.django_db
BATTERIES, DISCOVER = "/api/v1/batteries", "/api/v1/batteries/discover"


def token(role: Role = Role.VIEWER) -> str:
    return create_token(f"of {role.value}", rows.person(role), timezone.now())


def ask(secret: str, url: str = BATTERIES, body: Any = None, client: Client | None = None) -> Any:
    """One request of a program: GET, or POST where there is a body."""
    client = client or Client(enforce_csrf_checks=True)
    headers = {"authorization": f"Bearer {secret}", "accept-language": "en"}
    if body is None:
        return client.get(url, headers=headers)
    return client.post(url, json.dumps(body), "application/json", headers=headers)


def test_a_token_has_the_rights_of_its_person() -> None:
    viewer, operator = token(), token(Role.OPERATOR)
    assert ask(viewer).json() == []
    assert ask(viewer, DISCOVER, {}).status_code == 403
    assert ask(operator, DISCOVER, {}).status_code == 202


def test_a_role_that_changes_changes_the_token() -> None:
    secret = token()
    User.objects.get().groups.clear()
    assert ask(secret).status_code == 403


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic eDp5", "Bearer \x00"])
def test_without_a_valid_token_it_is_401_in_json(header: str) -> None:
    token()
    response = Client().get(BATTERIES, headers={"authorization": header})
    assert (response.status_code, response.json()) == (401, {"detail": "Unauthorized"})


def test_a_revoked_token_and_one_of_a_closed_account_are_shut_out() -> None:
    first, second = token(), token(Role.OPERATOR)
    assert revoke("of viewer", timezone.now())
    User.objects.filter(username="operator").update(is_active=False)
    assert [ask(secret).status_code for secret in (first, second)] == [401, 401]


def test_only_the_hash_is_kept_and_use_is_noted_once_a_minute() -> None:
    secret = token()
    ask(secret)
    kept = ApiToken.objects.get()
    assert secret not in json.dumps(ApiToken.objects.values().get(), default=str)
    ask(secret)
    assert ApiToken.objects.get().last_used_at == kept.last_used_at is not None
    long_ago = timezone.now() - timedelta(minutes=2)
    ApiToken.objects.update(last_used_at=long_ago)
    ask(secret)
    assert ApiToken.objects.filter(last_used_at__gt=long_ago).exists()


def test_a_session_works_and_its_writes_need_the_csrf_token(operator: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = operator.cookies
    assert strict.get(BATTERIES).status_code == 200
    refused = strict.post(DISCOVER, {}, "application/json")
    assert (refused.status_code, refused.json()["detail"]) == (403, "CSRF check Failed")
    strict.get("/")
    value = strict.cookies["csrftoken"].value
    accepted = strict.post(DISCOVER, {}, "application/json", headers={"x-csrftoken": value})
    assert accepted.status_code == 202


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_is_401_and_never_a_redirect(method: str) -> None:
    response = getattr(Client(enforce_csrf_checks=True), method)(DISCOVER)
    assert response.status_code in (401, 405)
    assert "Location" not in response


def test_a_search_is_a_job_to_ask_about() -> None:
    secret = token(Role.OPERATOR)
    job = ask(secret, DISCOVER, {"ports": [41000], "addresses": ["192.168.1.77"]}).json()
    row = DiscoveryJob.objects.get()
    assert (job["state"], job["url"]) == ("queued", f"/api/v1/discoveries/{row.pk}")
    assert (row.ports[0], row.addresses) == (41000, ["192.168.1.77"])
    assert ask(secret, job["url"]).json() == job


def test_a_finished_search_tells_claims_and_what_is_known() -> None:
    rows.battery("Cave", ble_mac="bc2a33000001", ip_address="192.168.1.100", udp_port=30001)
    job = search(sighting(), sighting(ip="192.168.1.101", ble_mac="bc2a33000002"))
    found = ask(token(Role.OPERATOR), f"/api/v1/discoveries/{job.pk}").json()["found"]
    assert [one["standing"] for one in found] == ["known", "new"]
    assert (found[0]["model"], found[0]["firmware"], found[0]["answered"]) == (
        "VenusE 3.0",
        150,
        "broadcast",
    )


def test_a_failed_search_says_why() -> None:
    job = search(state=DiscoveryState.FAILED, error="not_sent")
    answer = ask(token(Role.OPERATOR), f"/api/v1/discoveries/{job.pk}").json()
    assert (answer["state"], answer["error"]) == ("failed", "not_sent")
    assert answer["error_sentence"].startswith("This machine has no network to search")


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker finishes while the request looks for the second time; nobody sleeps."""

    def finish(_seconds: float) -> None:
        DiscoveryJob.objects.filter(state=DiscoveryState.QUEUED).update(
            state=DiscoveryState.DONE, finished_at=timezone.now(), results=[sighting()]
        )

    monkeypatch.setattr("marstek_site.api.time.sleep", finish)


def test_wait_brings_the_list(ending: None) -> None:
    response = ask(token(Role.OPERATOR), f"{DISCOVER}?wait=15", {})
    assert (response.status_code, response.json()["state"]) == (200, "done")
    assert [one["ip"] for one in response.json()["found"]] == ["192.168.1.100"]


def test_wait_ends_with_202_where_the_search_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "LOOK_EVERY_S", 1.0)
    response = ask(token(Role.OPERATOR), f"{DISCOVER}?wait=1", {})
    assert (response.status_code, response.json()["state"]) == (202, "queued")


@pytest.fixture
def crowd() -> Iterator[None]:
    """As many waiting requests as there may be."""
    for _each in range(3):
        assert api.WAITERS.acquire(blocking=False)
    yield
    for _each in range(3):
        api.WAITERS.release()


def test_one_waiter_too_many_is_answered_at_once(crowd: None, ending: None) -> None:
    response = ask(token(Role.OPERATOR), f"{DISCOVER}?wait=15", {})
    assert (response.status_code, response.json()["state"]) == (202, "queued")


def test_a_waiter_gives_its_place_back(ending: None) -> None:
    secret = token(Role.OPERATOR)
    for _each in range(5):
        assert ask(secret, f"{DISCOVER}?wait=15", {}).status_code == 200


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", {"ports": ["x"]}),
        ("", {"ports": [0]}),
        ("", {"port": [30001]}),
        ("", {"addresses": ["192.168.1.255"]}),
        ("", {"addresses": "192.168.1.7"}),
        ("", [1]),
        ("?wait=16", {}),
        ("?wait=-1", {}),
    ],
)
def test_nonsense_is_422_and_searches_nothing(query: str, body: Any) -> None:
    assert ask(token(Role.OPERATOR), DISCOVER + query, body).status_code == 422
    assert not DiscoveryJob.objects.exists()


def test_no_body_is_a_search_of_everything() -> None:
    headers = {"authorization": f"Bearer {token(Role.OPERATOR)}"}
    assert Client().generic("POST", DISCOVER, headers=headers).status_code == 202


def test_batteries_are_listed_without_the_retired() -> None:
    cave = rows.battery("Cave")
    rows.battery("Old", is_active=False)
    (one,) = ask(token()).json()
    assert (one["id"], one["name"], one["udp_port"]) == (cave.pk, "Cave", cave.udp_port)


def test_a_status_has_its_moments_and_says_whether_it_is_live() -> None:
    now = timezone.now()
    live, silent = rows.charging(now), rows.silent(now)
    secret = token()
    status = ask(secret, f"{BATTERIES}/{live.pk}/status").json()
    assert (status["soc"], status["bat_power"], status["mode"]) == (62, 590, "auto")
    assert (status["is_live"], status["is_silent"]) == (True, False)
    assert status["status_at"].startswith(live.status_at.strftime("%Y-%m-%dT%H:%M:%S"))
    stale = ask(secret, f"{BATTERIES}/{silent.pk}/status").json()
    assert (stale["is_live"], stale["is_silent"], stale["fault"]) == (
        False,
        True,
        "device_unreachable",
    )


def test_what_was_never_said_is_null() -> None:
    new = rows.battery(soc=None, mode=None, grid_power=None)
    status = ask(token(), f"{BATTERIES}/{new.pk}/status").json()
    assert (status["soc"], status["mode"], status["grid_power"]) == (None, None, None)


@pytest.mark.parametrize("path", ["batteries/0/status", "batteries/x/status", "nothing"])
def test_what_is_not_there_is_404_in_json(path: str) -> None:
    response = ask(token(), f"/api/v1/{path}")
    assert response.status_code == 404
    assert response.json()["detail"]


def test_a_retired_battery_has_no_status() -> None:
    old = rows.battery(is_active=False)
    assert ask(token(), f"{BATTERIES}/{old.pk}/status").status_code == 404


def test_openapi_names_every_call_and_both_ways_in() -> None:
    schema = ask(token(), "/api/v1/openapi.json").json()
    assert set(schema["paths"]) == {
        "/api/v1/batteries",
        "/api/v1/batteries/discover",
        "/api/v1/batteries/{pk}/explain",
        "/api/v1/batteries/{pk}/override",
        "/api/v1/batteries/{pk}/status",
        "/api/v1/discoveries/{pk}",
        "/api/v1/orders",
        "/api/v1/plan",
    }
    ways = schema["components"]["securitySchemes"].values()
    assert {way["type"] for way in ways} == {"http", "apiKey"}
