"""Numbers and moments of a notice in words. Pure, in the language that is active."""

from __future__ import annotations

import re
from collections.abc import Iterable
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
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def names(values: Iterable[Any]) -> str:
    """Names between commas, as many as there is room for."""
    listed = [short(value) for value in values]
    kept: list[str] = []
    for name in listed:
        if len(", ".join([*kept, name])) > LONGEST_LIST:
            return _("%(names)s and %(more)d more") % {
                "names": ", ".join(kept),
                "more": len(listed) - len(kept),
            }
        kept.append(name)
    return ", ".join(kept)


def _moment(value: Any) -> datetime:
    read = value if isinstance(value, datetime) else parse_datetime(str(value))
    if read is None:
        raise ValueError(value)
    return read
