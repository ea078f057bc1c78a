"""The three roles, as Django groups with permissions: who may look, order, and administrate."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, Permission, User
from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy


class Role(TextChoices):
    """What a person may do here."""

    VIEWER = "viewer", pgettext_lazy("role", "Viewer: sees everything, changes nothing")
    OPERATOR = "operator", pgettext_lazy("role", "Operator: also gives orders to batteries")
    ADMINISTRATOR = "administrator", pgettext_lazy("role", "Administrator: also people and set-up")


LOOK = (
    "view_battery",
    "view_batterystatuslog",
    "view_methodhealth",
    "view_lastanswer",
    "view_energyslot",
    "view_houseslot",
)
LOOK_AT_NOTICES = ("view_notification",)
LOOK_AT_TEMPO = ("view_tempoday", "view_tempostatement", "view_pricegrid", "view_sourcecontact")
LOOK_AT_ORDERS = (
    "view_order",
    "view_orderattempt",
    "view_scheduleconfig",
    "view_household",
    "view_override",
    "view_decision",
    "view_slotbook",
    "view_deviceslot",
    "view_rehearsal",
)
DECIDE = (
    "add_scheduleconfig",
    "change_scheduleconfig",
    "delete_scheduleconfig",
    "change_household",
)
PERMISSIONS: dict[str, dict[Role, tuple[str, ...]]] = {  # by app; administrators are superusers
    "batteries": {
        Role.VIEWER: LOOK,
        Role.OPERATOR: (*LOOK, "order_battery"),
        Role.ADMINISTRATOR: (),
    },
    "notifications": {
        Role.VIEWER: LOOK_AT_NOTICES,
        Role.OPERATOR: (*LOOK_AT_NOTICES, "acknowledge_notification", "add_channel"),
        Role.ADMINISTRATOR: (),
    },
    "scheduling": {
        Role.VIEWER: LOOK_AT_ORDERS,
        Role.OPERATOR: (*LOOK_AT_ORDERS, *DECIDE),
        Role.ADMINISTRATOR: (),
    },
    "tempo": {
        Role.VIEWER: LOOK_AT_TEMPO,
        Role.OPERATOR: LOOK_AT_TEMPO,
        Role.ADMINISTRATOR: (),
    },
}


def role_of(user: AbstractBaseUser | AnonymousUser) -> Role | None:
    """The highest role of this person; None for somebody without any."""
    if not isinstance(user, User) or not user.is_active:
        return None
    if user.is_superuser:
        return Role.ADMINISTRATOR
    names = {group.name for group in user.groups.all()}
    return next((role for role in (Role.OPERATOR, Role.VIEWER) if role.value in names), None)


def grant_role(user: User, role: Role) -> None:
    """Give this role and take every other: its group, entry to the admin site, superuser or not."""
    with transaction.atomic():
        user.is_superuser = role == Role.ADMINISTRATOR
        user.is_staff = role in (Role.ADMINISTRATOR, Role.OPERATOR)
        user.save(update_fields=["is_superuser", "is_staff"])
        user.groups.set([Group.objects.get_or_create(name=role.value)[0]])


def is_last_administrator(user: User) -> bool:
    """Whether nobody could administrate the site without this person."""
    administrators = User.objects.filter(is_superuser=True, is_active=True)
    return (
        administrators.filter(pk=user.pk).exists()
        and not administrators.exclude(pk=user.pk).exists()
    )


def make_roles(sender: AppConfig, using: str = "default", **_signal: Any) -> None:
    """After a migration: the groups, with exactly these permissions of the migrated app."""
    wanted = PERMISSIONS.get(sender.label)
    if wanted is None:
        return
    create_permissions(sender, verbosity=0, using=using)  # its own receiver may come after this
    own = Permission.objects.using(using).filter(content_type__app_label=sender.label)
    for role, codenames in wanted.items():
        group, _made = Group.objects.using(using).get_or_create(name=role.value)
        group.permissions.remove(*own.exclude(codename__in=codenames))
        group.permissions.add(*own.filter(codename__in=codenames))
