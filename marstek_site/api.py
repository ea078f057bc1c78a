"""The JSON API, version 1: for programs with a token, and for pages of who is logged in.

Nothing here waits for a device, with one exception: who asks a search to `wait` gets its result
in the same answer, at most 15 s later, and at most three at a time.
"""

from __future__ import annotations

import threading
import time
from datetime import datetime
from typing import Annotated, Any, Literal, cast

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from ninja import Field, NinjaAPI, Schema, Status
from ninja.errors import HttpError
from ninja.security import HttpBearer, SessionAuth
from pydantic import BaseModel

from batteries.discovery import SearchRefused, job_at, start_discovery
from batteries.found import failure
from batteries.jobs import DiscoveryJob, DiscoveryState
from batteries.models import Battery, ModeType
from batteries.presentation import is_silent
from batteries.registering import Offer, offers_of
from batteries.selectors import dashboard_batteries, stale_after

from .api_orders import permitted
from .api_orders import router as orders_router
from .api_tokens import user_of

MOST_WAIT_S = 15
LOOK_EVERY_S = 0.25
WAITERS = threading.BoundedSemaphore(3)  # of the server's eight threads
VIEW, SEARCH = "batteries.view_battery", "batteries.order_battery"


class TokenAuth(HttpBearer):
    """`Authorization: Bearer SECRET`."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """The token's person, who the request then counts as."""
        user = user_of(token, timezone.now())
        if user is not None:
            request.user = user
        return user


class SessionLogin(SessionAuth):
    """The session of who is logged in on the pages; its writes need the CSRF token as there."""

    def __call__(self, request: HttpRequest) -> Any:
        """Nobody is logged in: that is 401, not a missing CSRF token."""
        return super().__call__(request) if request.user.is_authenticated else None


api = NinjaAPI(
    title="Marstek batteries",
    version="1",
    description="Batteries of this household, and searching for more.",
    docs_url=None,  # its page needs inline scripts, which our policy forbids
    openapi_url=None,  # below, behind the same login as everything
    urls_namespace="api",
    auth=[TokenAuth(), SessionLogin()],
)


class SearchIn(BaseModel, extra="forbid"):  # a ninja Schema would take a list for an object
    """Where to search beside the usual ports."""

    ports: list[int] = Field(default=[], description="Further UDP ports.")
    addresses: list[str] = Field(default=[], description="IPv4 addresses to ask one by one.")


class Found(Schema):
    """A device that answered. An answer is a claim: nothing is registered by it."""

    ip: str
    port: int
    model: str
    firmware: int | None
    ble_mac: str | None
    answered: str
    conflicts: list[str]
    standing: str
    battery_id: int | None


class SearchOut(Schema):
    """A search: ask `url` again until `state` is done or failed."""

    id: int
    state: Literal["queued", "running", "done", "failed"]
    url: str
    asked_at: datetime
    finished_at: datetime | None
    ports: list[int]
    addresses: list[str]
    error: str
    error_sentence: str
    found: list[Found]


class BatteryOut(Schema):
    """A battery that is registered and not retired."""

    id: int
    name: str
    ip_address: str
    udp_port: int
    ble_mac: str | None
    model: str
    firmware: int | None
    polling: str
    last_seen_at: datetime | None


class StatusOut(Schema):
    """What a battery last said. Missing values are null, never zero; each has its moment.

    Power is in watts: `bat_power` > 0 charges, `ongrid_power` > 0 feeds the house, `grid_power`
    > 0 is drawn from the grid. `is_live` is false where the powers are older than they should be.
    """

    id: int
    name: str
    is_live: bool
    is_silent: bool
    fault: str
    status_at: datetime | None
    soc: int | None
    soc_at: datetime | None
    bat_power: int | None
    ongrid_power: int | None
    offgrid_power: int | None
    pv_power: int | None
    mode: str | None
    mode_at: datetime | None
    grid_power: int | None
    ct_connected: bool | None
    meter_at: datetime | None
    bat_temp: float | None
    bat_at: datetime | None
    rated_capacity: int | None
    last_seen_at: datetime | None


@api.get("/openapi.json", include_in_schema=False)
def openapi(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001  ninja's signature
    return dict(api.get_openapi_schema())


@api.post("/batteries/discover", response={200: SearchOut, 202: SearchOut}, tags=["discovery"])
def discover(
    request: HttpRequest,
    wanted: SearchIn | None = None,
    wait: Annotated[int, Field(ge=0, le=MOST_WAIT_S)] = 0,
) -> Status[Any]:
    """Search the network: 202 and where to ask, or with `wait` [s] the result itself (200)."""
    user = permitted(request, SEARCH)
    wanted = wanted or SearchIn()
    try:
        job = start_discovery(user, timezone.now(), ports=wanted.ports, addresses=wanted.addresses)
    except SearchRefused as error:
        raise HttpError(422, str(error)) from error
    job = _waited(job, wait)
    return Status(200 if job.is_over else 202, _search_out(job))


@api.get("/discoveries/{int:pk}", response=SearchOut, url_name="discovery", tags=["discovery"])
def discovery(request: HttpRequest, pk: int) -> SearchOut:
    """A search and what it has found."""
    permitted(request, SEARCH)
    job = job_at(pk, timezone.now())
    if job is None:
        raise HttpError(404, "There is no such search.")
    return _search_out(job)


@api.get("/batteries", response=list[BatteryOut], tags=["batteries"])
def batteries(request: HttpRequest) -> list[Battery]:
    """Every battery that is not retired."""
    permitted(request, VIEW)
    return dashboard_batteries()


@api.get("/batteries/{int:pk}/status", response=StatusOut, tags=["batteries"])
def battery_status(request: HttpRequest, pk: int) -> StatusOut:
    """What a battery last said; nothing is asked of it."""
    permitted(request, VIEW)
    battery = Battery.objects.active().filter(pk=pk).first()
    if battery is None:
        raise HttpError(404, "There is no such battery.")
    return _status_out(battery, timezone.now())


def _waited(job: DiscoveryJob, wait_s: int) -> DiscoveryJob:
    """The search as it is when it is over or the time is; at once where too many wait already."""
    deadline = time.monotonic() + wait_s
    if not wait_s or not WAITERS.acquire(blocking=False):
        return job
    try:
        while not job.is_over and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY_S)
            job = job_at(job.pk, timezone.now()) or job
    finally:
        WAITERS.release()
    return job


def _search_out(job: DiscoveryJob) -> SearchOut:
    return SearchOut(
        id=job.pk,
        state=cast(Any, DiscoveryState(job.state).value),
        url=reverse("api:discovery", args=[job.pk]),
        asked_at=job.asked_at,
        finished_at=job.finished_at,
        ports=job.ports,
        addresses=job.addresses,
        error=job.error,
        error_sentence=failure(job) if job.error else "",
        found=[_found(offer) for offer in offers_of(job)],
    )


def _found(offer: Offer) -> Found:
    battery_id = offer.battery.pk if offer.battery else None
    values = offer.sighting.as_json() | {"standing": offer.standing.value}
    return Found(**values, battery_id=battery_id)


def _status_out(battery: Battery, now: datetime) -> StatusOut:
    read_at = battery.status_at
    names = set(StatusOut.model_fields) - {"is_live", "is_silent", "mode"}
    return StatusOut(
        **{name: getattr(battery, name) for name in names},
        mode=ModeType(battery.mode).name.lower() if battery.mode in ModeType.values else None,
        is_live=read_at is not None and now - read_at <= stale_after(battery),
        is_silent=is_silent(battery, now),
    )


api.add_router("", orders_router)


@login_not_required
def missing(request: HttpRequest, rest: str) -> HttpResponse:  # noqa: ARG001  what is missing
    """JSON also where the API has no such address."""
    return api.create_response(request, {"detail": "Not Found"}, status=404)


def api_urls() -> tuple[list[URLPattern], str, str]:
    """The API's addresses. Its own login answers in JSON: the pages' redirect stays away."""
    patterns, app_name, namespace = api.urls
    own = [pattern for pattern in patterns if isinstance(pattern, URLPattern)]
    for pattern in own:
        login_not_required(pattern.callback)
    return [*own, path("<path:rest>", missing)], app_name, namespace
