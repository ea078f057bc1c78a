"""One HTTP exchange with a source: time-outs, sizes and wrong kinds of answers."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from requests.auth import HTTPBasicAuth

from .errors import SourceBusy, SourceRefused, SourceUnreachable, SourceUnreadable

CONNECT_S, READ_S, WHOLE_S = 5.0, 10.0, 20.0
LARGEST_BYTES = 4_000_000
HEADERS = {
    "Accept": "application/json",
    "User-Agent": "Mozilla/5.0 (compatible; marstek-site)",
}
LIMITED, GATEWAY_LIMIT = 429, 509


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with its status. `name` is how the source is called in errors."""

    name: str
    status: int
    body: bytes

    def document(self) -> Any:
        """The JSON of a good answer. Raises a `SourceFailed` for every other."""
        if self.status in (401, 403):
            raise SourceRefused(f"{self.name} refuses to answer (HTTP {self.status}).")
        if self.status in (408, LIMITED, GATEWAY_LIMIT) or self.status >= 500:
            raise SourceBusy(f"{self.name} is overloaded or down (HTTP {self.status}).")
        if self.status != 200:
            raise SourceUnreadable(f"{self.name} does not know this question (HTTP {self.status}).")
        return self.json()

    def json(self) -> Any:
        """The JSON of any answer."""
        if self.body.lstrip()[:1] == b"<":
            raise SourceUnreadable(f"{self.name} answered a page or XML instead of JSON.")
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise SourceUnreadable(f"{self.name} answered something that is no JSON.") from error


def ask(
    name: str,
    url: str,
    *,
    params: Mapping[str, str | list[str]] | None = None,
    headers: Mapping[str, str] | None = None,
    basic: tuple[str, str] | None = None,
    form: Mapping[str, str] | None = None,
) -> Reply:
    """One question: GET, or POST where there is a form. Raises `SourceUnreachable`.

    The libraries' own words stay out of the error: they may repeat what was sent.
    """
    try:
        with requests.request(
            "GET" if form is None else "POST",
            url,
            params=params,
            headers={**HEADERS, **(headers or {})},
            auth=None if basic is None else HTTPBasicAuth(*(part.encode() for part in basic)),
            data=form,
            timeout=(CONNECT_S, READ_S),
            stream=True,
        ) as response:
            return Reply(name, response.status_code, _body(name, response))
    except requests.Timeout:
        raise SourceUnreachable(f"{name} did not answer within {READ_S:.0f} s.") from None
    except requests.RequestException:
        raise SourceUnreachable(
            f"{name} cannot be reached: check this machine's way to the Internet."
        ) from None


def _body(name: str, response: requests.Response) -> bytes:
    """The answer, unless it is endless in size or time."""
    deadline = time.monotonic() + WHOLE_S
    body = b""
    for piece in response.iter_content(65536):
        body += piece
        if len(body) > LARGEST_BYTES:
            raise SourceUnreadable(f"{name} answered more than {LARGEST_BYTES} bytes.")
        if time.monotonic() > deadline:
            raise SourceUnreachable(f"{name} did not finish its answer in {WHOLE_S:.0f} s.")
    return body
