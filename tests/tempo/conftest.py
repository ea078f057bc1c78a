"""Publishers on loopback, and the settings that lead to them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from .publisher import Publisher, publishing


@pytest.fixture
def publisher(settings: Settings) -> Iterator[Publisher]:
    """Every source at one local server; RTE's API without credentials, as at first."""
    with publishing() as running:
        for name in ("RTE_API_URL", "RTE_SITE_URL", "EDF_URL", "COULEUR_TEMPO_URL"):
            setattr(settings, name, running.url)
        yield running
