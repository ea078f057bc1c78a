"""The check-up of settings and of this machine: real files, real sockets, the real kernel."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from marstek_site.checkup import environment, machine
from notifications.checkup import State
from tests.site.checkup_home import found, only

MB = 1024 * 1024


@pytest.fixture
def env(tmp_path: Path, settings: Settings) -> Path:
    """A settings file that the site reads."""
    settings.ENV_FILE = tmp_path / ".env"
    settings.ENV_FILE.write_text("LOG_LEVEL=INFO\n", encoding="utf-8")
    settings.ENV_FILE.chmod(0o600)
    return tmp_path / ".env"


def test_a_settings_file_of_its_owner_is_well(env: Path) -> None:
    assert only(environment._file).state is State.WELL


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_settings_file_that_others_read_is_to_be_closed(env: Path, mode: int) -> None:
    env.chmod(mode)
    finding = only(environment._file)
    assert finding.state is State.WARNING
    assert f".env has mode {mode:o}: other users" in finding.finding
    assert finding.look == f"chmod 600 {env}"


def test_no_settings_file_is_well(settings: Settings, tmp_path: Path) -> None:
    settings.ENV_FILE = None
    assert "nothing has to be set" in only(environment._file).finding
    settings.ENV_FILE = tmp_path / "none"
    assert only(environment._file).is_well


def test_a_misspelt_name_is_broken_and_an_unknown_one_a_warning(env: Path) -> None:
    env.write_text("DATABSE_URL=postgres://a:hidden@b/c\nFAVOURITE_COLOUR=red\n", encoding="utf-8")
    broken, warning = found(environment._rules)
    assert (broken.state, broken.subject) == (State.BROKEN, "marstek.E001")
    assert "did you mean DATABASE_URL?" in broken.finding
    assert warning.state is State.WARNING
    assert "hidden" not in f"{broken}{warning}"


def test_settings_that_fit_are_one_word(env: Path) -> None:
    assert only(environment._rules).is_well


def test_an_address_of_another_machine_is_said(settings: Settings) -> None:
    settings.GATEWAY_BIND_ADDRESS = "192.0.2.7"
    assert "192.0.2.7 is not an address of this machine" in only(environment._rules).finding


def test_a_secret_key_that_others_read(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR, settings.SECRET_KEY = tmp_path, "k" * 50
    assert only(environment._secret).is_well
    key = tmp_path / "secret_key"
    key.write_text("k" * 50, encoding="ascii")
    key.chmod(0o644)
    finding = only(environment._secret)
    assert (finding.state, finding.look) == (State.WARNING, f"chmod 600 {key}")
    key.chmod(0o600)
    assert only(environment._secret).is_well


def test_a_short_secret_key_is_never_shown(settings: Settings) -> None:
    settings.SECRET_KEY = "guessable"
    finding = only(environment._secret)
    assert "fewer than 32 characters" in finding.finding
    assert "guessable" not in str(finding)


@pytest.mark.parametrize(
    ("public", "proxies", "bind", "state"),
    [
        ("", [], "0.0.0.0:8000", State.WELL),
        ("https://a.example", ["127.0.0.1"], "127.0.0.1:8000", State.WELL),
        ("https://a.example", [], "127.0.0.1:8000", State.WARNING),
        ("", ["127.0.0.1"], "0.0.0.0:8000", State.WARNING),
        ("", [], "127.0.0.1:8000", State.UNSURE),
        ("", [], "[::1]:8000", State.UNSURE),
    ],
)
def test_addresses_say_one_thing(
    settings: Settings, public: str, proxies: list[str], bind: str, state: State
) -> None:
    settings.PUBLIC_URL, settings.TRUSTED_PROXIES, settings.WEB_BIND = public, proxies, bind
    assert only(environment._addresses).state is state


def test_debug_is_said(settings: Settings) -> None:
    assert only(environment._debug).is_well
    settings.DEBUG = True
    assert only(environment._debug).state is State.WARNING


def test_the_language_is_a_fact(settings: Settings) -> None:
    assert only(environment._language).finding == f"LANGUAGE={settings.LANGUAGE_CODE}"


def test_the_kernel_says_whether_its_clock_is_kept_right(monkeypatch: pytest.MonkeyPatch) -> None:
    said = machine.is_synchronised()
    expected = {True: State.WELL, False: State.WARNING, None: State.UNSURE}[said]
    assert only(machine._clock).state is expected


@pytest.mark.parametrize(
    ("said", "state"), [(True, State.WELL), (False, State.WARNING), (None, State.UNSURE)]
)
def test_each_answer_about_the_clock_has_its_finding(
    monkeypatch: pytest.MonkeyPatch, said: bool | None, state: State
) -> None:
    monkeypatch.setattr(machine, "is_synchronised", lambda: said)
    assert only(machine._clock).state is state


def test_paris_has_summer_time_here() -> None:
    assert only(machine._zone).is_well


def test_a_time_zone_database_that_is_missing_is_broken(tmp_path: Path) -> None:
    import zoneinfo

    zoneinfo.ZoneInfo.clear_cache()
    try:
        zoneinfo.reset_tzpath([tmp_path])
        (tmp_path / "Europe").mkdir()
        utc = Path("/usr/share/zoneinfo/UTC")
        (tmp_path / "Europe" / "Paris").write_bytes(utc.read_bytes())
        assert only(machine._zone).state is State.BROKEN
    finally:
        zoneinfo.reset_tzpath()
        zoneinfo.ZoneInfo.clear_cache()


def test_room_on_a_real_disk(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "not" / "yet"
    finding = only(machine._disk)
    assert " free of " in finding.finding


@pytest.mark.parametrize(
    ("limit_mb", "state"), [(0, State.WELL), (10**9, State.WARNING), (10**10, State.BROKEN)]
)
def test_a_full_disk_is_said(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, limit_mb: int, state: State
) -> None:
    """The limits move; the disk is the real one."""
    monkeypatch.setattr(machine, "DISK_LOW_MB", limit_mb)
    monkeypatch.setattr(machine, "DISK_BROKEN_MB", limit_mb if state is State.BROKEN else 0)
    assert only(machine._disk).state is state


def test_memory_of_a_machine_and_of_a_confined_group(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    assert machine.available_mb(tmp_path) is None
    meminfo = tmp_path / "proc" / "meminfo"
    meminfo.write_text("MemTotal: 9 kB\nMemAvailable:  512000 kB\n", encoding="ascii")
    assert machine.available_mb(tmp_path) == 500
    group = tmp_path / "sys/fs/cgroup"
    group.mkdir(parents=True)
    for name, text in {
        "memory.max": str(300 * MB),
        "memory.current": str(290 * MB),
        "memory.stat": f"anon 1\ninactive_file {50 * MB}\n",
    }.items():
        (group / name).write_text(text, encoding="ascii")
    assert machine.available_mb(tmp_path) == 60
    (group / "memory.max").write_text("max\n", encoding="ascii")
    assert machine.available_mb(tmp_path) == 500


def test_little_memory_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "can still be used" in only(machine._memory).finding
    monkeypatch.setattr(machine, "MEMORY_LOW_MB", 10**9)
    assert only(machine._memory).state is State.WARNING
