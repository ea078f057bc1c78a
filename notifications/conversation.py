"""What the bot remembers of conversations: updates it has seen, buttons it offered, strangers."""

from __future__ import annotations

from django.db import models

from .addressees import Channel


class BotUpdate(models.Model):
    """One update that was taken in: written with its effect, so a second one has none."""

    update_id = models.BigIntegerField(primary_key=True)
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"update {self.update_id}"


class BotButton(models.Model):
    """A button under a message: a command that one press gives, once, while it is not too old.

    Buttons of one `group` stand for one question: a press uses all of them up. Telegram carries a
    random token; only its hash is kept.
    """

    token_hash = models.CharField(max_length=64, unique=True)
    group = models.CharField(max_length=60)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="buttons")
    command = models.CharField(max_length=20)
    arguments = models.CharField(max_length=100, blank=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["channel", "group"], name="bot_button_group")]

    def __str__(self) -> str:
        return f"/{self.command} {self.arguments}"


class UnknownChat(models.Model):
    """A chat that is bound to nobody: answered once a day, counted, and no more."""

    chat_id = models.BigIntegerField(primary_key=True)
    times = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"chat {self.chat_id}"
