"""People and periodic tasks in the admin site, without what only confuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import axes.admin  # noqa: F401  both register what is hidden below
import django_celery_beat.admin  # noqa: F401
from axes.models import AccessFailureLog, AccessLog
from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_celery_beat.models import ClockedSchedule, SolarSchedule

from . import token_admin  # noqa: F401  registers itself
from .roles import Role, grant_role, is_last_administrator, role_of

if TYPE_CHECKING:  # generic for the type checker only
    ChangeForm = UserChangeForm[User]
    CreationForm = AdminUserCreationForm[User]
    DjangoUserAdmin = UserAdmin[User]
else:
    ChangeForm, CreationForm, DjangoUserAdmin = UserChangeForm, AdminUserCreationForm, UserAdmin

for hidden in (Group, User, ClockedSchedule, SolarSchedule, AccessLog, AccessFailureLog):
    admin.site.unregister(hidden)
apps.get_app_config("axes").verbose_name = gettext_lazy("Logins")


class RoleField(forms.ChoiceField):
    """One of the three roles."""

    def __init__(self, **options: Any) -> None:
        options |= {"choices": Role.choices, "label": gettext_lazy("Role")}
        super().__init__(widget=forms.RadioSelect, **options)


class PersonCreationForm(CreationForm):
    role = RoleField(initial=Role.VIEWER)


class PersonChangeForm(ChangeForm):
    """Keeps at least one administrator, who can log in."""

    role = RoleField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["role"] = role_of(self.instance) or Role.VIEWER

    def clean(self) -> dict[str, Any]:
        """Refuse what would leave nobody to administrate."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        stays = cleaned.get("role") == Role.ADMINISTRATOR and cleaned.get("is_active")
        if not stays and is_last_administrator(self.instance):
            raise ValidationError(_("This is the only administrator: name another one first."))
        return cleaned


@admin.register(User)
class PersonAdmin(DjangoUserAdmin):
    """A person has one role; Django's permission tables are filled from it."""

    form = PersonChangeForm
    add_form = PersonCreationForm
    actions = None  # in bulk, the last two administrators could go together
    list_display = ("username", "role", "is_active", "last_login")
    list_filter = ("is_active",)
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password", "role", "is_active")}),
        (gettext_lazy("About"), {"fields": ("first_name", "last_name", "last_login")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "password1", "password2", "role")}),
    )

    @admin.display(description=gettext_lazy("Role"))
    def role(self, person: User) -> str:
        role = role_of(person)
        return str(role.label) if role else "—"

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The role, once the person has a row."""
        super().save_related(request, form, formsets, change)
        grant_role(form.instance, Role(form.cleaned_data["role"]))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody removes the last administrator."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and not (obj is not None and is_last_administrator(obj))
