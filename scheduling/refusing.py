"""Admin pages whose service may refuse what is to be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

if TYPE_CHECKING:  # generic for the type checker only
    AnyModelAdmin = admin.ModelAdmin[Any]
else:
    AnyModelAdmin = object


class TellsRefusal(AnyModelAdmin):
    """What became impossible since the form was checked is told instead of kept."""

    refusal: type[Exception]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except self.refusal as refused:
            self.message_user(request, str(refused), messages.ERROR)
            return redirect(request.path)
