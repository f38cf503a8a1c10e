"""How following up may end, in the company's own words, and what a lead was put off for."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from followups.states import Disposition


class Outcome(models.Model):
    """One line of the company's list of outcomes. Each stands for one disposition, which the measures count by.

    ``needs_words`` asks for a written reason; ``needs_day`` for the day to come back on. A line that leads already have
    is retired, never removed.
    """

    key = models.SlugField(max_length=40, unique=True)
    label = models.CharField(max_length=100)
    disposition = models.CharField(max_length=20, choices=Disposition.choices)
    needs_words = models.BooleanField(default=False)
    needs_day = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=100)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "label"]
        constraints = [
            models.CheckConstraint(condition=Q(disposition__in=Disposition.values), name="outcome_disposition"),
            # A lead that is put off without a day would never come back.
            models.CheckConstraint(
                condition=~Q(disposition=Disposition.RECYCLE) | Q(needs_day=True), name="outcome_day_to_come_back"
            ),
        ]

    def __str__(self) -> str:
        return self.label
