"""French and English: complete, and chosen by the person, else the browser, else the setting."""

from __future__ import annotations

from copy import deepcopy

import pytest
from babel.messages import Catalog
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import rows, translations

HOME, LOGIN = reverse("site:home"), reverse("site:login")


def language_of(client: Client, url: str = LOGIN, **headers: str) -> str:
    text = client.get(url, headers=headers).content.decode()
    return text.split('<html lang="')[1][:2]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accepted", "language"), [("en", "en"), ("fr-FR,fr;q=0.9", "fr"), ("de", "fr"), ("", "fr")]
)
def test_the_browser_chooses_and_french_is_the_default(accepted: str, language: str) -> None:
    assert language_of(Client(), **{"accept-language": accepted}) == language


@pytest.mark.django_db
def test_a_person_switches_even_before_the_login() -> None:
    client = Client(headers={"accept-language": "fr"})
    response = client.post(reverse("set_language"), {"language": "en", "next": LOGIN})
    assert response["Location"] == LOGIN
    assert language_of(client) == "en"


@pytest.mark.django_db
def test_the_switch_never_leads_elsewhere() -> None:
    answer = {"language": "en", "next": "https://elsewhere.example/"}
    assert Client().post(reverse("set_language"), answer)["Location"] == "/"


def test_the_home_page_speaks_french(viewer: Client) -> None:
    rows.household(timezone.now())
    text = viewer.get(HOME, headers={"accept-language": "fr"}).content.decode()
    for words in (
        "Se charge à 590\u00a0W",
        "Fournit 420\u00a0W à la maison",
        "La maison tire 312\u00a0W du réseau",
        "Cave est muette depuis",
        "21,5\u00a0°C",
        "il y a",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("url", "status"), [("/no/such/page", 404), ("/welcome/x/", 410), ("/admin/", 403)]
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_errors_speak_both_languages(viewer: Client, url: str, status: int, language: str) -> None:
    response = viewer.get(url, headers={"accept-language": language}, follow=True)
    words = {
        (404, "fr"): "Il n’y a rien ici",
        (404, "en"): "There is nothing here",
        (410, "fr"): "Ce lien a expiré",
        (410, "en"): "This link has ended",
        (403, "fr"): "Vous n’avez pas ce droit",
        (403, "en"): "You may not do this",
    }
    assert response.status_code == status
    assert words[status, language] in response.content.decode()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_mistake_of_the_site_speaks_too(
    viewer: Client, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    def broken() -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("marstek_site.home.dashboard_batteries", broken)
    viewer.raise_request_exception = False
    response = viewer.get(HOME, headers={"accept-language": language})
    text = response.content.decode()
    assert response.status_code == 500
    assert {"fr": "Quelque chose s’est cassé", "en": "Something broke"}[language] in text
    assert "a secret detail" not in text


@pytest.fixture(scope="module")
def read_once() -> Catalog:
    """Every message of code and templates: it takes a second to read them."""
    return translations.used_messages()


@pytest.fixture
def used(read_once: Catalog, monkeypatch: pytest.MonkeyPatch) -> Catalog:
    """What the check takes for used; a test may add to it."""
    catalog = deepcopy(read_once)
    monkeypatch.setattr(translations, "used_messages", lambda: catalog)
    return catalog


@pytest.mark.usefixtures("used")
def test_french_is_complete_and_built() -> None:
    assert list(translations.problems()) == []


def test_the_check_finds_a_message_without_french(used: Catalog) -> None:
    used.add("A sentence that nobody translated")
    assert "no French: 'A sentence that nobody translated'" in list(translations.problems())


@pytest.mark.usefixtures("used")
def test_the_check_finds_a_lost_placeholder(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = translations.kept_translations()
    message = kept["Charges at %(power)s"]
    message.string = "Se charge"
    monkeypatch.setattr(translations, "kept_translations", lambda: kept)
    lost = "other placeholders in French: 'Charges at %(power)s'"
    assert lost in list(translations.problems())
