"""Readers of single JSON values from an untrusted device: the right type, or None.

None of these raises, whatever JSON they are given.
"""

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address

from .values import POWER_LIMIT_W

NUMBER_LIMIT = 1e12  # beyond any quantity of a battery, within what a float holds exactly
CAPACITY_LIMIT_WH = 32_767
ENERGY_LIMIT_WH = 2_000_000_000
CODE_LIMIT = 2**31 - 1
FIRMWARE_LIMIT = 9_999
DIGITS = re.compile(r"[0-9]{1,9}")
MAC_MARKS = str.maketrans("", "", ":-. ")
MAC = re.compile(r"[0-9a-f]{12}")
TRUE_WORDS = frozenset({"true", "ture"})  # the second stands in the vendor's document


def number(raw: object) -> int | float | None:
    """A finite number of sane size. A bool is none; NaN and infinities fail the comparison."""
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    return raw if -NUMBER_LIMIT <= raw <= NUMBER_LIMIT else None


def whole(raw: object, scale: float = 1.0) -> int | None:
    """The number x scale, rounded to a whole one."""
    value = number(raw)
    if value is None:
        return None
    return value if scale == 1.0 and isinstance(value, int) else round(value * scale)


def decimal(raw: object, scale: float = 1.0) -> float | None:
    """The number x scale, without the dust of binary fractions."""
    value = number(raw)
    return None if value is None else round(value * scale, 3)


def digits(raw: object) -> int | None:
    """A whole number that may come as a string of digits, as `ver` and `SOC` do in documents."""
    if isinstance(raw, str) and DIGITS.fullmatch(raw.strip()):
        return int(raw)
    return whole(raw)


def percent(raw: object) -> int | None:
    """0 to 100."""
    value = digits(raw)
    return value if value is not None and 0 <= value <= 100 else None


def power_w(raw: object, scale: float = 1.0) -> int | None:
    """A power of any sign [W], None beyond 32 kW."""
    value = whole(raw, scale)
    return value if value is not None and abs(value) <= POWER_LIMIT_W else None


def is_wrapped(raw: object) -> bool:
    """Whether a battery's power came as an unsigned 16-bit number and should be negative."""
    value = number(raw)
    return value is not None and 32768 <= value <= 65535


def signed_power_w(raw: object, scale: float = 1.0) -> int | None:
    """A battery's own power [W]; a 16-bit wrap (65000) is set right (-536)."""
    value = number(raw)
    if value is not None and is_wrapped(raw):
        value -= 65536
    return power_w(value, scale)


def energy_wh(raw: object, scale: float = 1.0) -> int | None:
    """A lifetime counter [Wh]: never negative, at most 2 GWh."""
    value = whole(raw, scale)
    return value if value is not None and 0 <= value <= ENERGY_LIMIT_WH else None


def capacity_wh(raw: object, scale: float = 1.0) -> int | None:
    """What a battery holds [Wh]: never negative, at most 32 kWh."""
    value = whole(raw, scale)
    return value if value is not None and 0 <= value <= CAPACITY_LIMIT_WH else None


def firmware(raw: object) -> int | None:
    """`ver`: 1 to 9999, as a number or as digits."""
    value = digits(raw)
    return value if value is not None and 1 <= value <= FIRMWARE_LIMIT else None


def code(raw: object) -> int | None:
    """An error number of 32 bits."""
    value = whole(raw)
    return value if value is not None and abs(value) <= CODE_LIMIT else None


def flag(raw: object) -> bool | None:
    """true, false, 1 or 0."""
    if isinstance(raw, bool):
        return raw
    return bool(raw) if isinstance(raw, int) and raw in (0, 1) else None


def spoken_flag(raw: object) -> bool | None:
    """As `flag`, and the words true and false in any case, with the vendor's misprint "ture"."""
    if not isinstance(raw, str):
        return flag(raw)
    word = raw.strip().lower()
    return word in TRUE_WORDS if word in TRUE_WORDS or word == "false" else None


def text(raw: object, longest: int = 64) -> str | None:
    """Printable text, cut to `longest`; None where nothing is left."""
    if not isinstance(raw, str):
        return None
    kept = raw[: 4 * longest]
    if not kept.isprintable():
        kept = "".join(mark for mark in kept if mark.isprintable())
    return kept.strip()[:longest].strip() or None


def mac(raw: object) -> str | None:
    """12 lower-case hexadecimal digits; None for a masked, missing or all-zero address."""
    if not isinstance(raw, str) or len(raw) > 24:
        return None
    plain = raw.translate(MAC_MARKS).lower()
    return plain if MAC.fullmatch(plain) and plain.strip("0") else None


def ip_address(raw: object) -> str | None:
    """An IPv4 address; devices pad octets with zeros (192.168.001.010), which means decimal."""
    if not isinstance(raw, str) or len(raw) > 15:
        return None
    octets = raw.strip().split(".")
    if not all(DIGITS.fullmatch(octet) for octet in octets):
        return None
    try:
        return str(IPv4Address(".".join(str(int(octet)) for octet in octets)))
    except AddressValueError:
        return None


@lru_cache(maxsize=4096)
def is_host_address(ip: str) -> bool:
    """Whether this is the plain IPv4 address of one machine: no name, no broadcast, no group."""
    if ip_address(ip) != ip:
        return False
    return 1 <= int(ip.partition(".")[0]) <= 223 and not ip.endswith(".255")
