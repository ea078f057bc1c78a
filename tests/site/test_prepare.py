"""`prepare`: what is done before the processes start."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from django_celery_beat.models import PeriodicTask
from pytest_django import Settings


@pytest.mark.django_db
@pytest.mark.parametrize(("words", "is_collected"), [([], True), (["--no-static"], False)])
def test_static_files_are_collected_unless_they_are_already(
    words: list[str],
    is_collected: bool,
    tmp_path: Path,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings.STATIC_ROOT = tmp_path
    call_command("prepare", *words)
    assert (tmp_path / "site" / "site.css").exists() == is_collected
    assert PeriodicTask.objects.filter(name__startswith="marstek: ").exists()
    assert "/welcome/" in capsys.readouterr().out
