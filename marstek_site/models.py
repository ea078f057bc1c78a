"""One-time links: the only way in before there is a password, and the way back after."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class LoginLinkQuerySet(models.QuerySet["LoginLink"]):
    def usable(self, now: datetime) -> LoginLinkQuerySet:
        """Neither used nor expired."""
        return self.filter(used_at__isnull=True, expires_at__gt=now)


class LoginLink(models.Model):
    """A link that logs one person in once. Only the hash of its secret is kept."""

    secret_hash = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        help_text=_("Empty: the link makes the first administrator."),
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = LoginLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("login link")
        verbose_name_plural = _("login links")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")),
                name="login_link_expires_later",
            )
        ]

    def __str__(self) -> str:
        return f"login link of {self.created_at:%Y-%m-%d %H:%M}"
