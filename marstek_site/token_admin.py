"""API tokens in the admin site: made, their secret shown once, revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .api_tokens import new_secret
from .login_links import secret_hash
from .models import ApiToken

if TYPE_CHECKING:  # generic for the type checker only
    TokenModelAdmin = admin.ModelAdmin[ApiToken]
else:
    TokenModelAdmin = admin.ModelAdmin


@admin.register(ApiToken)
class ApiTokenAdmin(TokenModelAdmin):
    """A token is made and ended, never changed. Its secret leaves this machine in one answer."""

    list_display = ("name", "user", "state", "created_at", "last_used_at")
    fields = ("name", "user")
    actions = ("revoke",)

    @admin.display(description=gettext_lazy("state"))
    def state(self, token: ApiToken) -> str:
        return _("revoked") if token.revoked_at else _("in use")

    def save_model(
        self,
        request: HttpRequest,
        obj: ApiToken,
        form: Any,  # noqa: ARG002  Django's signature
        change: bool,  # noqa: ARG002
    ) -> None:
        """Keep the hash; the secret stays with this request."""
        secret = new_secret()
        obj.secret_hash, obj.created_at = secret_hash(secret), timezone.now()
        obj.save()
        request.META["marstek.secret"] = secret

    def response_add(
        self,
        request: HttpRequest,
        obj: ApiToken,
        post_url_continue: str | None = None,  # noqa: ARG002  Django's signature
    ) -> HttpResponse:
        """The secret, in no redirect, cookie or log."""
        secret = request.META.pop("marstek.secret")
        context = self.admin_site.each_context(request) | {
            "token": obj,
            "secret": secret,
            "title": _("The token’s secret"),
        }
        response = render(request, "admin/site/apitoken/secret.html", context)
        add_never_cache_headers(response)
        return response

    @admin.action(description=gettext_lazy("Revoke: programs with this token are shut out"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        tokens = list(queryset.filter(revoked_at=None))
        queryset.filter(revoked_at=None).update(revoked_at=timezone.now())
        for token in tokens:
            self.log_change(request, token, _("Revoked."))
        words = ngettext("%(n)d token revoked.", "%(n)d tokens revoked.", len(tokens))
        self.message_user(request, words % {"n": len(tokens)})

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        """Only the list and its action: there is nothing to change in a token."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(
        self,
        request: HttpRequest,  # noqa: ARG002  Django's signature
        obj: ApiToken | None = None,  # noqa: ARG002
    ) -> bool:
        """A revoked token stays on the list, with the moment of its last use."""
        return False
