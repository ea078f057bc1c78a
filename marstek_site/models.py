"""Ways in beside the password: one-time links for people, tokens for programs."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
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


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self) -> ApiTokenQuerySet:
        """Not revoked, and its person may log in."""
        return self.filter(revoked_at__isnull=True, user__is_active=True)


class ApiToken(models.Model):
    """A program's way in: it may do what its person may. Only the hash of its secret is kept."""

    name = models.CharField(
        _("name"), max_length=60, help_text=_("What uses it, such as “home automation”.")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        verbose_name=_("person"),
        help_text=_("The token may do what this person may."),
    )
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(revoked_at__isnull=True),
                name="api_token_name_once_in_use",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """The constraint in words: a form without `revoked_at` would not check it."""
        in_use = ApiToken.objects.filter(name=self.name, revoked_at=None)
        if in_use.exclude(pk=self.pk).exists():
            raise ValidationError({"name": _("A token of this name is in use: revoke it first.")})
