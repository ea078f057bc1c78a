"""What a page may load: only from here, nothing inline."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests import rows

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
INLINE = re.compile(
    r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", re.IGNORECASE
)


@pytest.mark.parametrize(
    "url", ["/", "/login/", "/welcome/x/", "/no/such/page", "/admin/", "/healthz"]
)
def test_every_answer_has_the_strict_policy(administrator: Client, url: str) -> None:
    policy = administrator.get(url)["Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["object-src"] == rules["base-uri"] == "'none'"
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_nothing_inline(template: Path) -> None:
    assert not INLINE.search(template.read_text())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_stay_short(template: Path) -> None:
    assert len(template.read_text().splitlines()) <= 60


def test_the_home_page_names_no_other_machine(administrator: Client) -> None:
    rows.battery()
    text = administrator.get(reverse("site:home")).content.decode()
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', text)


def test_vendored_files_are_what_was_fetched() -> None:
    """SHA256SUMS names each vendored file, and each is unchanged."""
    vendor = settings.BASE_DIR / "static" / "vendor"
    lines = (vendor / "SHA256SUMS").read_text().splitlines()
    sums = {name.removeprefix("./"): digest for digest, name in (line.split() for line in lines)}
    files = {p.relative_to(vendor).as_posix(): p for p in vendor.rglob("*") if p.is_file()}
    files.pop("SHA256SUMS")
    assert {name: hashlib.sha256(p.read_bytes()).hexdigest() for name, p in files.items()} == sums


@pytest.mark.parametrize("header", ["X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy"])
def test_other_safety_headers(administrator: Client, header: str) -> None:
    wanted = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
    }
    assert administrator.get(reverse("site:home"))[header] == wanted[header]
