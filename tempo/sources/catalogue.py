"""The sources that the settings allow."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from django.conf import settings

from ..answers import Answer
from ..consensus import Source
from .couleur_tempo import CouleurTempo
from .edf import Edf
from .rte_api import RteApi
from .rte_site import RteSeason, RteSite


class ColourSource(Protocol):
    """Somebody who can be asked for colours."""

    source: Source

    def ask(self, first: date, last: date) -> list[Answer]:
        """What it says of these days. Raises `SourceFailed`."""


def daily_sources() -> list[ColourSource]:
    """Who is asked for tomorrow. An address that is switched off is left out."""
    sources: list[ColourSource] = []
    if settings.RTE_SITE_URL:
        sources.append(RteSite(settings.RTE_SITE_URL))
    if settings.RTE_API_URL and settings.RTE_CLIENT_ID and settings.RTE_CLIENT_SECRET:
        credentials = (settings.RTE_CLIENT_ID, settings.RTE_CLIENT_SECRET)
        sources.append(RteApi(settings.RTE_API_URL, *credentials))
    if settings.EDF_URL:
        sources.append(Edf(settings.EDF_URL))
    if settings.COULEUR_TEMPO_URL:
        sources.append(CouleurTempo(settings.COULEUR_TEMPO_URL))
    return sources


def season_source() -> ColourSource | None:
    """Who is asked for whole seasons; None where RTE's site is switched off."""
    return RteSeason(settings.RTE_SITE_URL) if settings.RTE_SITE_URL else None
