"""Secrets of channels: encrypted in the database, and in no log, page or error report.

The keys are `settings.FIELD_KEYS()`: the first one encrypts, each of them decrypts. A `Secret` says
nothing of itself but to `reveal()`.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.views.decorators.debug import sensitive_variables

HIDDEN = "•••"


class SecretUnreadable(Exception):
    """The key that this was encrypted with is no longer known: enter the secret again."""


class Secret:
    """A text that only `reveal()` shows; unreadable where its key is lost."""

    __slots__ = ("_text",)

    def __init__(self, text: str | None) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself: as late, and to as few, as can be. Raises `SecretUnreadable`."""
        if self._text is None:
            raise SecretUnreadable
        return self._text

    def __bool__(self) -> bool:
        return self._text != ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__


@sensitive_variables()
def encrypt(text: str) -> str:
    """What the database keeps of it; empty stays empty."""
    return _box().encrypt(text.encode()).decode("ascii") if text else ""


def decrypt(kept: str) -> Secret:
    """The secret again."""
    if not kept:
        return Secret("")
    try:
        return Secret(_box().decrypt(kept.encode()).decode())
    except InvalidToken:
        return Secret(None)


def _box() -> MultiFernet:
    return MultiFernet([Fernet(_key(text)) for text in settings.FIELD_KEYS()])


def _key(text: str) -> bytes:
    """A key of the right form from any text that is as hard to guess."""
    digest = hashlib.sha256(f"marstek field {text}".encode()).digest()
    return base64.urlsafe_b64encode(digest)


if TYPE_CHECKING:  # generic for the type checker only
    SecretField = models.TextField["Secret | str", "Secret"]
else:
    SecretField = models.TextField


class EncryptedTextField(SecretField):
    """A text column that holds what `encrypt` makes, and gives a `Secret`. Never searched."""

    def from_db_value(self, value: str | None, _expression: Any, _connection: Any) -> Secret | None:
        return None if value is None else decrypt(value)

    def to_python(self, value: Any) -> Any:
        return Secret(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        text = value.reveal() if isinstance(value, Secret) else value
        return None if text is None else encrypt(text)

    def get_lookup(self, _name: str) -> Any:
        """None: the same text is encrypted differently each time."""

    def value_to_string(self, _obj: models.Model) -> str:
        """What a dump of the tables shows."""
        return HIDDEN
