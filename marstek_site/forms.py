"""Forms of the pages that let people in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm, SetPasswordMixin
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:  # generic for the type checker only
    UserForm = BaseUserCreationForm[User]
    PasswordMixin = SetPasswordMixin[User]
else:
    UserForm, PasswordMixin = BaseUserCreationForm, SetPasswordMixin


class FirstAdministratorForm(UserForm):
    """Name and password of the person who sets the site up."""

    class Meta:
        model = User
        fields = ("username",)
        labels = {"username": _("Your name here")}
        widgets = {"username": forms.TextInput(attrs={"autocomplete": "username"})}
        help_texts = {"username": _("You log in with it: letters, digits and @ . + - _")}


class WelcomeBackForm(PasswordMixin, forms.Form):
    """A new password, for who wants one: both fields may stay empty."""

    password1, password2 = SetPasswordMixin.create_password_fields(
        label1=_("New password (optional)"), label2=_("The same password again")
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)
        for name in ("password1", "password2"):
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """Both the same and good enough, or both empty."""
        super().clean()
        first, second = (self.cleaned_data.get(name) for name in ("password1", "password2"))
        if bool(first) != bool(second):
            self.add_error("password2", self.error_messages["password_mismatch"])
        self.validate_passwords("password1", "password2")
        self.validate_password_for_user(self.user, "password1")
        return self.cleaned_data

    def save(self) -> User:
        """Set the password where one was given."""
        if self.cleaned_data.get("password1"):
            self.set_password_and_save(self.user, "password1")
        return self.user
