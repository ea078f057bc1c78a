"""RTE's official API "Tempo Like Supply Contract": an account and its credentials are needed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from ..answers import Answer, for_days, one_a_day
from ..consensus import Source
from ..days import PARIS
from .errors import SourceRefused
from .http import Reply, ask
from .reading import bound_date, colour_word, excerpt, part

NAME = "RTE's API"
TOKEN = "/token/oauth"  # noqa: S105  a path
CALENDAR = "/open_api/tempo_like_supply_contract/v1/tempo_like_calendars"
NOT_PUBLISHED = "TMPLIKSUPCON_TMPLIKCAL_F04"
LONGEST = timedelta(days=365)


class RteApi:
    """Asks for a token each time: it lasts two hours, and questions are rarer."""

    source = Source.RTE_API

    def __init__(self, base_url: str, client_id: str, client_secret: str) -> None:
        self._base_url = base_url
        self._credentials = (client_id, client_secret)

    def ask(self, first: date, last: date) -> list[Answer]:
        token = self._token()
        answers: list[Answer] = []
        start = first
        while start <= last:
            end = min(last, start + LONGEST)
            answers += self._calendar(token, start, end)
            start = end + timedelta(days=1)
        return for_days(answers, first, last)

    def _token(self) -> str:
        reply = ask(NAME, self._base_url + TOKEN, basic=self._credentials, form={})
        if reply.status in (400, 401, 403):
            raise SourceRefused(
                f"{NAME} refuses RTE_CLIENT_ID and RTE_CLIENT_SECRET (HTTP {reply.status}): "
                "copy both again from data.rte-france.com."
            )
        token: str = part(NAME, reply.document(), "access_token", kind=str)
        return token

    def _calendar(self, token: str, first: date, last: date) -> list[Answer]:
        reply = ask(
            NAME,
            self._base_url + CALENDAR,
            params={
                "start_date": _midnight(first),
                "end_date": _midnight(last + timedelta(days=1)),
                "fallback_status": "true",
            },
            headers={"Authorization": f"Bearer {token}"},
        )
        if _is_not_published(reply):
            return []
        if reply.status in (401, 403):
            raise SourceRefused(
                f"{NAME} knows the credentials but not this API (HTTP {reply.status}): subscribe "
                'the application to "Tempo Like Supply Contract" on data.rte-france.com.'
            )
        return read_calendar(reply.document())


def read_calendar(document: Any) -> list[Answer]:
    """{"tempo_like_calendars": {"values": [{"start_date": ..., "value": "RED"}]}}"""
    values = part(NAME, document, "tempo_like_calendars", "values", kind=list)
    return one_a_day(_answers(values))


def _answers(values: list[Any]) -> Iterable[Answer]:
    for value in values:
        day = bound_date(value.get("start_date")) if isinstance(value, dict) else None
        if day is not None:
            degraded = str(value.get("fallback", False)).lower() != "false"
            yield Answer(day, colour_word(value.get("value")), degraded, excerpt(value))


def _midnight(day: date) -> str:
    """With the offset that Paris has at that very midnight."""
    return datetime.combine(day, time(), PARIS).isoformat()


def _is_not_published(reply: Reply) -> bool:
    if reply.status != 400:
        return False
    document = reply.json()
    return isinstance(document, dict) and document.get("error") == NOT_PUBLISHED
