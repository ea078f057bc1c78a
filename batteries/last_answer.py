"""What each battery last said, word for word: for its page and for whoever has to be shown it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class LastAnswer(models.Model):
    """The last datagram of one battery, method and outcome, and what came back.

    Not a history: the next one of the same outcome takes its place, so the last answer outlives
    the silence after it. `answer` is the datagram's own text, as jsonb would put its keys in
    another order; it is empty where nothing came.
    """

    battery = models.ForeignKey(
        "batteries.Battery", on_delete=models.CASCADE, db_index=False, related_name="last_answers"
    )
    method = models.CharField(max_length=24)
    outcome = models.CharField(max_length=12, help_text=_("Code of how it ended"))
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    request = models.TextField(help_text=_("JSON, as it was sent"))
    answer = models.TextField(blank=True, help_text=_("JSON, as it came"))

    class Meta:
        verbose_name = _("last answer")
        verbose_name_plural = _("last answers")
        constraints = [
            models.UniqueConstraint(
                fields=["battery", "method", "outcome"], name="last_answer_one_an_outcome"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.battery_id} {self.method} {self.outcome}"
