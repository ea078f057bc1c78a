"""Readings with their age, and waits: written by the server, kept going by static/site/live.js and
countdown.js."""

from __future__ import annotations

from datetime import UTC, datetime

from django import template
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from marstek_site.roles import Role, role_of

register = template.Library()
UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))


def age_words() -> dict[str, str]:
    """How an age is said, `{n}` for the number; the page hands the same words to its script."""
    return {
        "now": pgettext("age", "just now"),
        "second": pgettext("age", "{n} s ago"),
        "minute": pgettext("age", "{n} min ago"),
        "hour": pgettext("age", "{n} h ago"),
        "day": pgettext("age", "{n} d ago"),
    }


def wait_words() -> dict[str, str]:
    """How long something is still to come, `{h}` and `{m}` for the numbers; as `age_words`."""
    return {
        "over": pgettext("wait", "now"),
        "soon": pgettext("wait", "in less than a minute"),
        "minute": pgettext("wait", "in {m} min"),
        "hour": pgettext("wait", "in {h} h {m}"),
    }


def wait_text(seconds: float) -> str:
    """The time to a moment [s] in words, in whole minutes."""
    words, minutes = wait_words(), int(seconds // 60)
    if seconds <= 0:
        return words["over"]
    if minutes < 1:
        return words["soon"]
    hours, rest = divmod(minutes, 60)
    if hours:
        return words["hour"].replace("{h}", str(hours)).replace("{m}", f"{rest:02}")
    return words["minute"].replace("{m}", str(minutes))


def age_text(seconds: float) -> str:
    """An age [s] in words: below 5 s it is now, and a clock that ran ahead is now, too."""
    words = age_words()
    for length_s, unit in UNITS:
        if seconds >= length_s:
            return words[unit].replace("{n}", str(int(seconds // length_s)))
    return words["second"].replace("{n}", str(int(seconds))) if seconds >= 5 else words["now"]


@register.simple_tag
def age(at: datetime | None, now: datetime, live_for_s: int = 0) -> SafeString:
    """The age of something read at `at`; older than `live_for_s`, it no longer counts as live."""
    if at is None:
        return format_html('<span class="age">{}</span>', _("never"))
    return format_html(
        '<time class="age" datetime="{}" title="{}" data-live-for="{}">{}</time>',
        at.isoformat(timespec="seconds"),
        timezone.localtime(at).strftime("%Y-%m-%d %H:%M:%S"),
        live_for_s,
        age_text((now - at).total_seconds()),
    )


@register.simple_tag
def wait(at: datetime, now: datetime) -> SafeString:
    """How long `at` is still to come, kept going by static/site/countdown.js."""
    words = wait_words()
    return format_html(
        '<time class="wait" datetime="{}" data-now="{}" data-over="{}" data-soon="{}"'
        ' data-minute="{}" data-hour="{}">{}</time>',
        at.isoformat(timespec="seconds"),
        now.isoformat(),
        words["over"],
        words["soon"],
        words["minute"],
        words["hour"],
        wait_text((at.astimezone(UTC) - now.astimezone(UTC)).total_seconds()),
    )


@register.simple_tag
def words_for_ages() -> dict[str, str]:
    """The words of `age`, for the script that keeps ages going."""
    return age_words()


@register.filter
def role_name(user: AbstractBaseUser | AnonymousUser) -> str:
    """The role of a person, as one word."""
    role = role_of(user)
    return str(Role(role).label).partition(":")[0] if role else ""
