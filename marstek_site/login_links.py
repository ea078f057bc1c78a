"""One-time login links: made, found, used once. Only the SHA-256 of a secret is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from .addresses import site_urls
from .models import LoginLink


def create_login_link(user: User | None, now: datetime) -> str:
    """The secret of a new link for `user`; None: for making the first administrator.

    It ends the unused links of the same person, so that only the newest one works.
    """
    secret = secrets.token_urlsafe(24)
    with transaction.atomic():
        LoginLink.objects.filter(user=user, used_at=None).delete()
        LoginLink.objects.create(
            secret_hash=secret_hash(secret),
            user=user,
            created_at=now,
            expires_at=now + timedelta(seconds=settings.LOGIN_LINK_VALID_S),
        )
    return secret


def find_link(secret: str, now: datetime) -> LoginLink | None:
    """The link of this secret where it can still be used; looking does not use it."""
    link = (
        LoginLink.objects.usable(now)
        .select_related("user")
        .filter(Q(user=None) | Q(user__is_active=True), secret_hash=secret_hash(secret))
        .first()
    )
    if link and link.user is None and has_administrator():
        return None
    return link


def consume(link: LoginLink, now: datetime) -> bool:
    """Use the link up. Of two at once one gets True."""
    return LoginLink.objects.usable(now).filter(pk=link.pk).update(used_at=now) == 1


def use_login_link(secret: str, now: datetime) -> LoginLink | None:
    """Find and use up; None where the link is unknown, spent or expired."""
    link = find_link(secret, now)
    return link if link and consume(link, now) else None


def has_administrator() -> bool:
    """Whether somebody can administrate the site."""
    return administrators().exists()


def administrators() -> QuerySet[User]:
    """Active administrators, the first one first."""
    return User.objects.filter(is_superuser=True, is_active=True).order_by("pk")


def link_urls(secret: str) -> list[str]:
    """The link as a person types it, one for each address of the site."""
    path = reverse("site:welcome", args=[secret])
    return [f"{url}{path}" for url in site_urls()]


def secret_hash(secret: str) -> str:
    """What the database keeps of a secret (24 random bytes need no slow hash)."""
    return hashlib.sha256(secret.encode()).hexdigest()
