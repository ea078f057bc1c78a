"""Settings: each documented one is read and each one read is documented; rules between them."""

from __future__ import annotations

import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.utils import translation
from pytest_django.fixtures import Settings

from marstek_site import conf
from marstek_site.checks import OF_COMPOSE, TAG
from tests.environment import SETTINGS

ROW = re.compile(r"^\| `([A-Z_]+)` \| (.+) \| (.+) \|( .+)? \|$", re.MULTILINE)


def documented() -> dict[str, str]:
    """Name and default of each row in docs/settings.md."""
    text = (django_settings.BASE_DIR / "docs" / "settings.md").read_text(encoding="utf-8")
    return {name: default for name, _what, default, _example in ROW.findall(text)}


def test_each_setting_documented_is_read_and_each_one_read_is_documented() -> None:
    assert set(documented()) == conf.KNOWN


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEB_BIND", django_settings.WEB_BIND),
        ("LANGUAGE", django_settings.LANGUAGE_CODE),
        ("LOG_LEVEL", django_settings.LOG_LEVEL),
        ("DEVICES_QUEUE", django_settings.DEVICES_QUEUE),
        ("HISTORY_DAYS", str(django_settings.HISTORY_DAYS)),
        ("DEBUG", str(django_settings.DEBUG).lower()),
        ("RTE_API_URL", django_settings.RTE_API_URL),
        ("RTE_SITE_URL", django_settings.RTE_SITE_URL),
        ("EDF_URL", django_settings.EDF_URL),
        ("COULEUR_TEMPO_URL", django_settings.COULEUR_TEMPO_URL),
        ("GATEWAY_EPHEMERAL_PORTS", str(django_settings.GATEWAY_EPHEMERAL_PORTS).lower()),
    ],
)
def test_documented_defaults_are_the_defaults(name: str, value: str) -> None:
    assert documented()[name] == f"`{value}`"


def test_the_documented_ports_are_the_ports_that_are_searched() -> None:
    assert conf.port_list(documented()["DISCOVERY_PORTS"].strip("`")) == (
        django_settings.DISCOVERY_PORTS
    )


@pytest.mark.parametrize(
    ("text", "ports"),
    [("30001", [30001]), ("30000-30002, 28416", [30000, 30001, 30002, 28416]), ("5,5", [5])],
)
def test_ports_are_numbers_and_ranges(text: str, ports: list[int]) -> None:
    assert conf.port_list(text) == ports


@pytest.mark.parametrize("text", ["0", "65536", "x", "3-", "-3", "9-3", "1-65", "1-40,50-90", ","])
def test_other_ports_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        conf.port_list(text)


@pytest.mark.parametrize(
    ("text", "language"),
    [("fr", "fr"), ("en", "en"), ("en_GB:en", "en"), ("de_DE:de:en", "en"), ("de_DE", "fr")],
)
def test_the_language_list_of_a_shell_is_understood(text: str, language: str) -> None:
    assert conf.language(text) == language


@pytest.mark.parametrize("text", ["de", "french", "FR"])
def test_other_languages_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        conf.language(text)


def test_test_runs_forget_every_setting_of_the_developer() -> None:
    given = {"MARSTEK_ENV_FILE", "VAR_DIR", "SECRET_KEY", "GATEWAY_BIND_ADDRESS"}
    assert set(SETTINGS) | given == conf.KNOWN


def test_compose_passes_only_names_that_are_known() -> None:
    text = (django_settings.BASE_DIR / "compose.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{([A-Z_]+)", text)) <= conf.KNOWN | OF_COMPOSE


def messages() -> list[tuple[str | None, str]]:
    """What our checks say."""
    with translation.override("en"):
        return [(found.id, str(found.msg)) for found in checks.run_checks(tags=[TAG])]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("DATABSE_URL=x", "E001 DATABSE_URL, which is no setting: did you mean DATABASE_URL?"),
        ("web_bind=x", "E001 web_bind, which is no setting: did you mean WEB_BIND?"),
        ("FAVOURITE_COLOUR=blue", "W001 FAVOURITE_COLOUR, which nothing reads"),
    ],
)
def test_an_unknown_name_in_the_file_is_said(
    line: str, said: str, tmp_path: Path, settings: Settings
) -> None:
    settings.ENV_FILE = tmp_path / ".env"
    settings.ENV_FILE.write_text(f"# a comment\n\nDEBUG=false\n{line}\n", encoding="utf-8")
    [(code, text)] = messages()
    assert code == f"marstek.{said[:4]}"
    assert text.startswith(f".env sets {said[5:]}")


def test_known_names_in_the_file_are_no_matter(tmp_path: Path, settings: Settings) -> None:
    settings.ENV_FILE = tmp_path / ".env"
    names = sorted(conf.KNOWN | OF_COMPOSE)
    settings.ENV_FILE.write_text("".join(f"export {name}=x\n" for name in names), encoding="utf-8")
    assert messages() == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"DEBUG": True, "WEB_BIND": "0.0.0.0:8000"}, ["marstek.E002"]),
        ({"DEBUG": True, "WEB_BIND": "[::]:8000"}, ["marstek.E002"]),
        ({"DEBUG": True, "WEB_BIND": "127.0.0.1:8000"}, []),
        ({"DEBUG": True, "WEB_BIND": "[::1]:8000"}, []),
        ({"DEBUG": False, "WEB_BIND": "0.0.0.0:8000"}, []),
        ({"PUBLIC_URL": "http://example.org"}, ["marstek.W002"]),
        ({"PUBLIC_URL": "https://example.org"}, []),
        ({"PUBLIC_URL": "http://localhost:8000"}, []),
        ({"PUBLIC_URL": "http://127.0.0.1:8000"}, []),
        ({"GATEWAY_BIND_ADDRESS": "192.0.2.7"}, ["marstek.W003"]),
        ({"GATEWAY_BIND_ADDRESS": "127.0.0.1"}, []),
        ({"GATEWAY_BIND_ADDRESS": "0.0.0.0"}, []),
        ({"RTE_CLIENT_ID": "x"}, ["marstek.W004"]),
        ({"RTE_CLIENT_SECRET": "x"}, ["marstek.W004"]),
        ({"RTE_CLIENT_ID": "x", "RTE_CLIENT_SECRET": "y"}, []),
    ],
)
def test_rules_between_settings(
    given: dict[str, object], said: list[str], settings: Settings
) -> None:
    for name, value in given.items():
        setattr(settings, name, value)
    assert [code for code, _text in messages()] == said


@pytest.fixture
def variable(monkeypatch: pytest.MonkeyPatch) -> str:
    """A name to read; what it adds to the known names is taken back."""
    monkeypatch.setattr(conf, "KNOWN", set(conf.KNOWN))
    return "A_SETTING_OF_THIS_TEST"


def test_an_empty_value_means_the_default(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "  ")
    assert conf.setting(variable, int, 7, expects="a number") == 7


def test_a_wrong_value_is_one_sentence(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "seven")
    with pytest.raises(ImproperlyConfigured, match="'seven' is wrong: it takes a number"):
        conf.setting(variable, int, 7, expects="a number")


def test_a_url_is_never_repeated(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "mysql://user:secret@host/name")
    with pytest.raises(ImproperlyConfigured) as caught:
        conf.server_url(variable, "", {"postgresql"})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgres://user:secret@host:99999/name", "check its port"),
        ("postgres://user:secret@host", "it must end with /NAME"),
        ("postgres:///", "it must end with /NAME"),
    ],
)
def test_a_database_url_without_port_or_name_is_one_sentence(url: str, said: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=said) as caught:
        conf.database(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "url"),
    [("no", ""), ("https://a.example/api/", "https://a.example/api"), ("http://b", "http://b")],
)
def test_a_source_is_an_address_or_switched_off(text: str, url: str) -> None:
    assert conf.source_url(text) == url


@pytest.mark.parametrize("text", ["a.example", "ftp://a", "https://", "https://a?key=x", "off"])
def test_other_addresses_of_a_source_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        conf.source_url(text)


def test_the_devices_worker_shares_no_queue() -> None:
    assert conf.devices_queue("devices-cabin") == "devices-cabin"
    with pytest.raises(ValueError, match="default"):
        conf.devices_queue("default")


@pytest.mark.parametrize(
    ("url", "broker"),
    [
        ("redis://host:6379/1", "redis://host:6379/1"),
        ("unix:///run/r.sock", "redis+socket:///run/r.sock?virtual_host=0"),
        ("unix:///run/r.sock?db=3", "redis+socket:///run/r.sock?virtual_host=3"),
    ],
)
def test_celery_gets_its_own_spelling(url: str, broker: str) -> None:
    assert conf.celery_broker_url(url) == broker


def test_the_environment_wins_over_the_file(
    tmp_path: Path, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".env"
    file.write_text(f"{variable}=file\n", encoding="utf-8")
    monkeypatch.setenv(variable, "environment")
    conf.read_env_file(file)
    assert os.environ[variable] == "environment"


def test_a_file_that_is_no_text_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ImproperlyConfigured, match=r"\.env cannot be read"):
        conf.read_env_file(file)


def test_a_named_file_must_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARSTEK_ENV_FILE", "/nowhere/at-all")
    with pytest.raises(ImproperlyConfigured, match="there is no such file"):
        conf.env_file(Path(".env"))


def test_a_secret_is_made_once_and_closed_to_others(tmp_path: Path, variable: str) -> None:
    kept_in = tmp_path / "new" / "secret_key"
    first = conf.secret_key(variable, kept_in)
    assert len(first) >= 50
    assert kept_in.stat().st_mode & 0o777 == 0o600
    assert conf.secret_key(variable, kept_in) == first
    assert [one.name for one in kept_in.parent.iterdir()] == ["secret_key"]


def test_first_starts_at_once_share_one_secret(tmp_path: Path, variable: str) -> None:
    """Threads have one process number, as the first processes of several containers do."""
    kept_in = tmp_path / "secret_key"
    gate = threading.Barrier(12)

    def start(_number: int) -> str:
        gate.wait()
        return conf.secret_key(variable, kept_in)

    with ThreadPoolExecutor(12) as starts:
        keys = set(starts.map(start, range(12)))
    assert keys == {kept_in.read_text(encoding="ascii")}
    assert [one.name for one in tmp_path.iterdir()] == ["secret_key"]


@pytest.mark.parametrize(("text", "is_taken"), [("/srv/static", True), ("static", False)])
def test_a_folder_is_given_with_its_full_path(
    text: str, is_taken: bool, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, text)
    if is_taken:
        assert conf.setting(variable, conf.folder, None, expects="a folder") == Path(text)
    else:
        with pytest.raises(ImproperlyConfigured, match="'static' is wrong: it takes a folder"):
            conf.setting(variable, conf.folder, None, expects="a folder")


def test_a_wrong_secret_stands_in_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTBEAT_URL", "htps://hc.example/secret-key")
    with pytest.raises(ImproperlyConfigured, match="HEARTBEAT_URL is wrong: it takes") as error:
        conf.setting("HEARTBEAT_URL", conf.web_address, "", expects="an address", is_secret=True)
    assert "secret-key" not in str(error.value)


def test_the_default_of_telegram_is_documented() -> None:
    assert documented()["TELEGRAM_API_URL"] == f"`{django_settings.TELEGRAM_API_URL}`"


def test_keys_stand_between_commas_or_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "field_key"
    kept.write_text("new\nold\n")
    keys = conf.keys("FIELD_KEY", kept)
    assert keys() == ["new", "old"]
    monkeypatch.setenv("FIELD_KEY", "newest, new,old")
    assert keys() == ["newest", "new", "old"]
