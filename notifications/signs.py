"""Which process was at work when: seen by the others, wherever they run."""

from __future__ import annotations

from django.db import models


class ProcessSign(models.Model):
    """The last sign of one process, by its name."""

    name = models.CharField(primary_key=True, max_length=20)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.seen_at:%Y-%m-%d %H:%M:%S}"
