"""Which hardware an announced model name and `ver` mean.

One battery goes by several names (`VenusE 3.0`, `VNSE3-0`), and four digits of `ver` are three and
a decimal (1476 is 147.6).
"""

from enum import StrEnum


class Family(StrEnum):
    """Hardware that shares scales and faults."""

    HMG50 = "hmg50"  # Venus C and Venus E 1/2, one image
    VENUS_E3 = "venus_e3"
    VENUS_A = "venus_a"
    VENUS_D = "venus_d"
    VENUS_E_PRO = "venus_e_pro"
    VENUS_E_MINI = "venus_e_mini"
    UNKNOWN = "unknown"


# Order matters: the mini before E, "3.0" before the bare names.
PREFIXES = (
    ("VNSEM", Family.VENUS_E_MINI),
    ("VENUSEMINI", Family.VENUS_E_MINI),
    ("VEPRO", Family.VENUS_E_PRO),
    ("VENUSEPRO", Family.VENUS_E_PRO),
    ("VNSE3", Family.VENUS_E3),
    ("VENUSE3", Family.VENUS_E3),
    ("VNSA", Family.VENUS_A),
    ("VENUSA", Family.VENUS_A),
    ("VNSD", Family.VENUS_D),
    ("VENUSD", Family.VENUS_D),
    ("VENUSC", Family.HMG50),
    ("HMG", Family.HMG50),
)
BARE_NAMES = {"VENUSE": Family.HMG50, "VENUS": Family.HMG50}  # whole names only: "VenusE 4" is new


def family_of(model: str | None) -> Family:
    """The hardware behind a `device` or `src` name; UNKNOWN where no rule fits."""
    name = (model or "").upper().translate({ord(mark): None for mark in " -_"})
    for prefix, family in PREFIXES:
        if name.startswith(prefix):
            return family
    return BARE_NAMES.get(name, Family.UNKNOWN)


def generation_of(family: Family, firmware: int | None) -> float | None:
    """`ver` as a comparable number (1476 -> 147.6); None where the number is of no known kind."""
    if firmware is None:
        return None
    generation = firmware / 10 if 1000 <= firmware <= 1999 else float(firmware)
    newest = 400 if family is Family.VENUS_E_MINI else 200  # 242 was seen once on an E 3.0: unknown
    return generation if 100 <= generation < newest else None
