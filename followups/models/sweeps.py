"""How far the sweep by the clock has come."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class SweepRound(models.Model):
    """One look at every open lead, in the byte order of their external ids. ``reached`` is the last one that was done.

    A round without an end was cut short; the next start goes on behind ``reached``. One round at most is under way.
    """

    began_at = models.DateTimeField()
    seen_alive_at = models.DateTimeField(help_text="It wrote down last how far it is")
    reached = models.CharField(max_length=200, blank=True)
    done = models.PositiveIntegerField(default=0, help_text="So many leads were looked at")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["finished_at"], nulls_distinct=False, condition=Q(finished_at=None), name="sweep_one_under_way"
            ),
        ]

    def __str__(self) -> str:
        return f"Round of {self.began_at:%Y-%m-%d %H:%M}"
