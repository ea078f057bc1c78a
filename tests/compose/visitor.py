"""A person at the site: a browser without a window."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from tests.compose.engine import Failed

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
SECRET = "a long pass phrase 42"


class Visitor:
    """Cookies, forms and pages of one person."""

    def __init__(self, link: str) -> None:
        """Follow a one-time link, choose a name and a password. Raises Failed."""
        self.base = f"{urlsplit(link).scheme}://{urlsplit(link).netloc}"
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy between us and this machine
        self.submit(urlsplit(link).path, username="anna", password1=SECRET, password2=SECRET)

    def get(self, path: str) -> str:
        """A page. Raises Failed where it is none."""
        try:
            answer = self._session.get(urljoin(self.base, path), timeout=20)
        except requests.RequestException as error:
            raise Failed(f"{path}: {error}") from error
        if answer.status_code != 200:
            raise Failed(f"{path} answers {answer.status_code}")
        return answer.text

    def submit(self, path: str, *, page: str = "", **fields: str) -> str:
        """Fill in and send the form of a page (that of `path` unless said); the page that follows.
        Raises Failed."""
        found = TOKEN.search(self.get(page or path))
        if found is None:
            raise Failed(f"{page or path} has no form")
        answer = self._session.post(
            urljoin(self.base, path),
            {"csrfmiddlewaretoken": found[1], **fields},
            headers={"Referer": urljoin(self.base, page or path)},
            timeout=20,
        )
        if answer.status_code != 200 or answer.url == urljoin(self.base, path):
            errors = re.findall(r'class="errorlist[^>]*>(.*?)</ul>', answer.text, re.DOTALL)
            raise Failed(f"{path} was not taken ({answer.status_code}): {errors}")
        return answer.text

    def call(self, path: str, **body: Any) -> Any:
        """POST to the JSON API as a page of who is logged in does; its document. Raises Failed."""
        headers = {"X-CSRFToken": self._session.cookies.get("csrftoken", ""), "Referer": self.base}
        answer = self._session.post(
            urljoin(self.base, path), json=body, headers=headers, timeout=30
        )
        if answer.status_code != 200:
            raise Failed(f"{path} answers {answer.status_code}: {answer.text[:300]}")
        return answer.json()
