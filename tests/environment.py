"""The environment of a test run: nothing of a developer's own, everything in a temporary folder.

Imported by conftest.py before Django reads its settings.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import django
import pytest

SETTINGS = (
    "ALLOWED_HOSTS",
    "COULEUR_TEMPO_URL",
    "DATABASE_URL",
    "DEBUG",
    "DEVICES_QUEUE",
    "DISCOVERY_PORTS",
    "EDF_URL",
    "FIELD_KEY",
    "GATEWAY_EPHEMERAL_PORTS",
    "HEARTBEAT_DIR",
    "HEARTBEAT_URL",
    "HISTORY_DAYS",
    "LANGUAGE",
    "LOG_LEVEL",
    "PUBLIC_URL",
    "REDIS_URL",
    "RTE_API_URL",
    "RTE_CLIENT_ID",
    "RTE_CLIENT_SECRET",
    "RTE_SITE_URL",
    "STATIC_ROOT",
    "TELEGRAM_API_URL",
    "TRUSTED_PROXIES",
    "WEB_BIND",
)


def set_up_django() -> Path:
    """Set what the settings read, load Django, return the folder that this run may write to."""
    if "DJANGO_SETTINGS_MODULE" in os.environ:
        raise pytest.UsageError("Unset DJANGO_SETTINGS_MODULE: the tests choose their settings.")
    folder = Path(tempfile.mkdtemp(prefix="marstek-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "static").mkdir()  # WhiteNoise warns where its folder is missing
    for name in SETTINGS:
        os.environ.pop(name, None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "marstek_site.settings",
        "GATEWAY_BIND_ADDRESS": "127.0.0.1",
        "MARSTEK_ENV_FILE": "no",
        "SECRET_KEY": "of-the-tests-only",
        "VAR_DIR": str(folder),
    }
    django.setup()
    # a worker of xdist that inherits it would read the settings before it gets here
    del os.environ["DJANGO_SETTINGS_MODULE"]
    return folder
