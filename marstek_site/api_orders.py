"""The JSON API of plans, reasons, overrides and orders."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema, Status
from ninja.errors import HttpError
from pydantic import BaseModel

from batteries.models import Battery
from scheduling.ends import instant_of, moment_of
from scheduling.explaining import NothingKnown, explain
from scheduling.intentions import Override
from scheduling.journal_export import record
from scheduling.models import Origin
from scheduling.orders import cancel_order
from scheduling.outlook import outlooks
from scheduling.overriding import override, red_warning
from scheduling.planning import PLAN_HOURS
from scheduling.refusals import OrderRefused
from scheduling.surroundings import situation_at
from scheduling.targets import HandsOff, Target, TargetMode, Wanted
from scheduling.timeline import PAGE, Filters, Kind, Place, page

ORDER, LOOK = "batteries.order_battery", "scheduling.view_order"
MOST_HOURS, MOST_ROWS = 168, 200

router = Router()


class DecisionOut(Schema):
    """What a battery shall do: `mode` null is left alone; `power_w` > 0 charges."""

    mode: str | None
    power_w: int | None
    until_soc: int | None
    reason: str
    since: datetime
    until: datetime
    is_written: bool
    schedule_id: int | None
    override_id: int | None
    params: dict[str, Any]


class ChangeOut(Schema):
    """A stretch of the plan. States of charge are expected; null where not known."""

    starts_at: datetime
    ends_at: datetime
    sentence: str
    soc_start: float | None
    soc_end: float | None
    decision: DecisionOut


class BatteryPlanOut(Schema):
    """What one battery will do."""

    id: int
    name: str
    changes: list[ChangeOut]


class PlanOut(Schema):
    """What every battery will do, as things are at `at`."""

    at: datetime
    is_automatic: bool
    batteries: list[BatteryPlanOut]


class ExplainedOrderOut(Schema):
    """An order that was in force."""

    id: int
    state: str
    sentence: str


class ExplanationOut(Schema):
    """Why. `source`: now (decided live), journal (as decided then), plan (a moment to come)."""

    battery: str
    at: datetime
    source: Literal["now", "journal", "plan"]
    sentence: str
    next: str
    decision: DecisionOut
    orders: list[ExplainedOrderOut]


class OverrideIn(BaseModel, extra="forbid"):
    """What a battery shall do by hand. Without `minutes` and `until` a charge up to `target_soc`,
    auto, ai and hands_off last until the next schedule edge, other powers an hour."""

    mode: Literal["auto", "ai", "hold", "charge", "discharge", "hands_off"]
    power: int | None = Field(default=None, ge=0, le=32767, description="Magnitude [W].")
    minutes: int | None = Field(default=None, ge=1, le=10080)
    until: str | None = Field(default=None, max_length=40, description="18:00, or ISO 8601.")
    target_soc: int | None = Field(default=None, ge=1, le=100, description="[%], for a charge.")


class OverrideOut(Schema):
    """An override. `warning` says what it costs on a red day; empty where it costs nothing."""

    id: int
    battery_id: int
    kind: str
    mode: str | None
    power_w: int | None
    target_soc: int | None
    starts_at: datetime
    until: datetime
    by: str | None
    origin: str
    warning: str


class EndedOut(Schema):
    """What is decided without the override that was ended."""

    sentence: str


class OrdersOut(Schema):
    """A page of orders, newest first; ask again with `before` = `next` for older ones."""

    orders: list[dict[str, Any]]
    next: str | None


@router.get("/plan", response=PlanOut, tags=["plan"])
def plan(
    request: HttpRequest, hours: Annotated[float, Field(gt=0, le=MOST_HOURS)] = PLAN_HOURS
) -> dict[str, Any]:
    """What every battery will do in the next hours, and why."""
    permitted(request, LOOK)
    now = timezone.now()
    situation = situation_at(now)
    batteries = [each.as_json() for each in outlooks(situation, now, hours)]
    return {"at": now, "is_automatic": situation.household.is_automatic, "batteries": batteries}


@router.get("/batteries/{int:pk}/explain", response=ExplanationOut, tags=["plan"])
def explain_battery(request: HttpRequest, pk: int, at: str = "") -> dict[str, Any]:
    """Why a battery does, did or will do what it does; `at` is ISO 8601."""
    permitted(request, LOOK)
    battery = _battery(pk)
    try:
        return explain(battery, timezone.now(), instant_of(at) if at else None).as_json()
    except NothingKnown as unknown:
        raise HttpError(404, str(unknown)) from unknown
    except (ValueError, OverflowError) as error:
        raise HttpError(422, "`at` is no moment: write it as 2026-11-25T22:00+01:00.") from error


@router.post("/batteries/{int:pk}/override", response={201: OverrideOut}, tags=["orders"])
def override_battery(request: HttpRequest, pk: int, wanted: OverrideIn) -> Status[OverrideOut]:
    """Order a battery, or keep hands off, until an end. Nothing waits for the device here."""
    person, now = permitted(request, ORDER), timezone.now()
    battery, wish = _battery(pk, active=True), _wish(wanted, now)
    warning = red_warning([battery], wish, now)
    try:
        override(battery, wish, by=person, origin=Origin.API, now=now)
    except OrderRefused as refused:
        raise HttpError(422, str(refused)) from refused
    row = Override.objects.select_related("asked_by").get(battery=battery, ended_at=None)
    return Status(201, _override_out(row, warning.sentence if warning else ""))


@router.delete("/batteries/{int:pk}/override", response=EndedOut, tags=["orders"])
def end_override(request: HttpRequest, pk: int) -> dict[str, str]:
    """Back to automatic now."""
    person, now = permitted(request, ORDER), timezone.now()
    battery = _battery(pk, active=True)
    if not Override.objects.standing(now).filter(battery=battery).exists():
        raise HttpError(404, "Nothing was ordered by hand for this battery.")
    try:
        cancel_order(battery, by=person, now=now)
    except OrderRefused as refused:
        raise HttpError(422, str(refused)) from refused
    return {"sentence": explain(battery, now).sentence}


@router.get("/orders", response=OrdersOut, tags=["orders"])
def orders(
    request: HttpRequest,
    *,
    battery: int | None = None,
    state: str | None = None,
    origin: str | None = None,
    day: date | None = None,
    before: str = "",
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = PAGE,
) -> dict[str, Any]:
    """Orders with each attempt as it was on the wire, newest first."""
    permitted(request, LOOK)
    place = Place.read(before) if before else None
    if before and place is None:
        raise HttpError(422, "`before` is the `next` of the page that you had.")
    filters = Filters(Kind.ORDER, battery, state, origin, day=day)
    entries, following = page(filters, place, limit)
    return {
        "orders": [record(entry) for entry in entries],
        "next": None if following is None else str(following),
    }


def permitted(request: HttpRequest, permission: str) -> User:
    """The person behind the request. Raises 403 where the permission is missing."""
    user = request.user
    if not isinstance(user, User) or not user.has_perm(permission):
        raise HttpError(403, "Your role does not allow this.")
    return user


def _battery(pk: int, *, active: bool = False) -> Battery:
    known = Battery.objects.active() if active else Battery.objects.all()
    battery = known.filter(pk=pk).first()
    if battery is None:
        raise HttpError(404, "There is no such battery.")
    return battery


def _wish(wanted: OverrideIn, now: datetime) -> Wanted:
    """Raises 422 where the parts do not fit together."""
    until = _until(wanted, now)
    if wanted.mode == "hands_off":
        if wanted.power is not None or wanted.target_soc is not None:
            raise HttpError(422, "hands_off takes neither power nor target_soc.")
        return HandsOff(until)
    mode = TargetMode(wanted.mode)
    if wanted.target_soc is not None and mode != TargetMode.CHARGE:
        raise HttpError(422, "Only a charge has a target_soc.")
    if wanted.power and mode not in (TargetMode.CHARGE, TargetMode.DISCHARGE):
        raise HttpError(422, f"{wanted.mode} takes no power.")
    return Target.of(mode, wanted.power, until=until, until_soc=wanted.target_soc)


def _until(wanted: OverrideIn, now: datetime) -> datetime | None:
    if wanted.minutes is not None and wanted.until is not None:
        raise HttpError(422, "minutes or until, not both.")
    if wanted.until is None:
        return None if wanted.minutes is None else now + timedelta(minutes=wanted.minutes)
    try:
        return moment_of(wanted.until, now)
    except (ValueError, OverflowError) as error:
        raise HttpError(422, "`until` is no time: write 18:00 or 2026-11-25T18:00.") from error


def _override_out(row: Override, warning: str) -> OverrideOut:
    return OverrideOut(
        id=row.pk,
        battery_id=row.battery_id,
        kind=row.kind,
        mode=row.mode_type or None,
        power_w=row.power_w,
        target_soc=row.target_soc,
        starts_at=row.starts_at,
        until=row.until,
        by=row.asked_by.get_username() if row.asked_by else None,
        origin=row.origin,
        warning=warning,
    )
