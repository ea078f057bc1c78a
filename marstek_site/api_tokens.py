"""API tokens: made, found, revoked. Only the SHA-256 of a secret is kept."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Q

from .login_links import secret_hash
from .models import ApiToken

PREFIX = "marstek_"  # so that a secret that leaked is known for what it is
NOTE_USE_EVERY = timedelta(minutes=1)


def new_secret() -> str:
    """A secret to show once: 32 random bytes need no slow hash."""
    return PREFIX + secrets.token_urlsafe(32)


def create_token(name: str, user: User, now: datetime) -> str:
    """The secret of a new token. Raises `ValidationError` where the name is in use or too long."""
    secret = new_secret()
    token = ApiToken(name=name, user=user, secret_hash=secret_hash(secret), created_at=now)
    token.full_clean()
    token.save()
    return secret


def revoke(name: str, now: datetime) -> bool:
    """End the token of this name; False where none is in use."""
    return ApiToken.objects.filter(name=name, revoked_at=None).update(revoked_at=now) == 1


def user_of(secret: str, now: datetime) -> User | None:
    """The person whose rights this secret has; None where it has none. Its use is noted once a
    minute at most, so that reading stays reading."""
    tokens = ApiToken.objects.usable().filter(secret_hash=secret_hash(secret))
    token = tokens.select_related("user").first()
    if token is None:
        return None
    noted_before = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - NOTE_USE_EVERY)
    ApiToken.objects.filter(noted_before, pk=token.pk).update(last_used_at=now)
    return token.user
