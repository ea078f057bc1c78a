"""Numbers and moments of a notice in words. Pure, in the language that is active."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

BLANKS = re.compile(r"[\x00-\x20\x7f]+")  # a space that must not break is none of them
NO_BREAK = "\u00a0"
LONGEST_NAME, LONGEST_LIST = 24, 54
MISSING = "—"


def with_unit(value: Any, unit: str, decimals: int = 0) -> str:
    """A number as the language writes it, and its unit on the same line."""
    rounded = round(Decimal(str(value)), decimals) + 0
    number = number_format(rounded, decimals, use_l10n=True, force_grouping=True)
    return f"{number.replace('-', chr(0x2212))}{NO_BREAK}{unit}"


def percent(value: Any) -> str:
    return with_unit(value, "%")


def watts(value: Any) -> str:
    """A magnitude: the words around it give the direction."""
    return with_unit(abs(value), "W")


def kilowatt_hours(value: Any) -> str:
    """Energy [Wh] as people buy it."""
    return with_unit(Decimal(str(value)) / 1000, "kWh", 1)


def euros(value: Any) -> str:
    return with_unit(value, "€", 2)


def degrees(value: Any) -> str:
    return with_unit(value, "°C")


def clock(value: Any) -> str:
    """The time of day in Paris."""
    return date_format(timezone.localtime(_moment(value)), "H:i")


def moment(value: Any) -> str:
    """The time of day, and the date: a message may be read much later."""
    return date_format(timezone.localtime(_moment(value)), _("j F, H:i"))


def day(value: Any) -> str:
    """A date with its weekday."""
    read = value if isinstance(value, date) else parse_date(str(value))
    return date_format(read, _("l j F")) if read else MISSING


def short(value: Any, limit: int = LONGEST_NAME) -> str:
    """A name that leaves room for the rest of the sentence, on one line."""
    text = BLANKS.sub(" ", str(value)).strip()
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def clean(text: str) -> str:
    """Without what neither PostgreSQL nor Telegram takes: NUL, and halves of characters."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\x00", "\ufffd")


def names(values: Iterable[Any]) -> str:
    """Names between commas, as many as there is room for."""
    return listed([short(value) for value in values], LONGEST_LIST)


def listed(parts: Sequence[str], limit: int) -> str:
    """The parts between commas, as many as there is room for; how many more is said."""
    kept: list[str] = []
    for part in parts:
        if len(", ".join([*kept, part])) > limit:
            more = len(parts) - len(kept)
            return _("%(names)s and %(more)d more") % {"names": ", ".join(kept), "more": more}
        kept.append(part)
    return ", ".join(kept)


def _moment(value: Any) -> datetime:
    read = value if isinstance(value, datetime) else parse_datetime(str(value))
    if read is None:
        raise ValueError(value)
    return read
