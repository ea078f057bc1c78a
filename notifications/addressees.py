"""Whom we tell, and where: people's channels, what each wants to hear, when it is quiet."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .events import Event
from .secrecy import EncryptedTextField


class Fault(models.TextChoices):
    """Why a channel, or the whole bot, stands still until a person does something. Stored."""

    TOKEN_REFUSED = "token_refused", _("Telegram does not know this token")
    CHAT_GONE = "chat_gone", _("the chat was closed, or the bot is blocked there")
    BOT_ELSEWHERE = "bot_elsewhere", _("another program uses the same bot")
    SECRET_LOST = "secret_lost", _("the key of this secret is lost")
    ADDRESS_REFUSED = "address_refused", _("this address is not understood")
    LIBRARY_MISSING = "library_missing", _("the library Apprise is not installed")


class TelegramBot(models.Model):
    """The household's bot: one row. Its token is an administrator's; people bind their chats."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    token = EncryptedTextField(_("token"))
    username = models.CharField(_("name of the bot"), max_length=64)
    fault = models.CharField(max_length=20, choices=Fault, blank=True)
    fault_at = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True, help_text=_("Telegram asked us to wait"))
    next_update_id = models.BigIntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("Telegram bot")
        verbose_name_plural = _("Telegram bot")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="telegram_bot_only_one")]

    def __str__(self) -> str:
        return f"@{self.username}"


class ChannelKind(models.TextChoices):
    """How a channel is reached. Stored: never rename one."""

    TELEGRAM = "telegram", "Telegram"
    APPRISE = "apprise", "Apprise"


class Channel(models.Model):
    """One way to one person. A fault stops it and keeps its settings."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="channels",
        verbose_name=_("person"),
    )
    kind = models.CharField(_("kind"), max_length=12, choices=ChannelKind)
    name = models.CharField(_("name"), max_length=40)
    chat_id = models.BigIntegerField(null=True, unique=True)
    address = EncryptedTextField(_("address"), blank=True, default="")
    is_on = models.BooleanField(_("in use"), default=True)
    fault = models.CharField(_("trouble"), max_length=20, choices=Fault, blank=True)
    fault_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ("person", "id")
        constraints = [
            models.UniqueConstraint(fields=["person", "name"], name="channel_name_once_a_person"),
            models.CheckConstraint(
                condition=Q(kind="telegram", chat_id__isnull=False)
                | Q(kind="apprise", chat_id=None),
                name="channel_telegram_has_a_chat",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.name}"


class Choice(models.Model):
    """A person's own switch: this event over this channel, or not."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="choices")
    event = models.CharField(max_length=24, choices=Event)
    is_on = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "event"], name="choice_once_a_channel")
        ]

    def __str__(self) -> str:
        return f"{self.event} {'on' if self.is_on else 'off'}"


class Limit(models.Model):
    """From where on a person wants to hear of an event that has a threshold."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_limits"
    )
    event = models.CharField(max_length=24, choices=Event)
    value = models.SmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "event"], name="limit_once_a_person")
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.value}"


class Preference(models.Model):
    """A person's language and quiet hours (Paris, may cross midnight)."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="notice_preference",
    )
    language = models.CharField(
        pgettext_lazy("of messages", "language"), max_length=2, choices=settings.LANGUAGES
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False)
                & ~Q(quiet_from=F("quiet_until")),
                name="preference_quiet_from_until",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.language}"


class StartCode(models.Model):
    """What binds a Telegram chat to a person, once: it travels in the link to the bot."""

    code_hash = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"start code of {self.person}"
