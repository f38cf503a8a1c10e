"""How following up may end, in the company's own words, and what a lead was put off for."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from followups.models.leads import Lead
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


class Closing(models.Model):
    """One time that following up on a lead ended: how, why in the words of whoever ended it, and when it went on again.

    The lead itself says how it stands now; this is kept when it comes back. ``closed_by`` is empty where it followed
    from the facts. ``back_at`` is when it was woken, reopened or taken back by an answer; one closing at most stands.
    """

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="closings")
    disposition = models.CharField(max_length=20, choices=Disposition.choices)
    outcome = models.ForeignKey(Outcome, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    recycle_on = models.DateField(null=True, blank=True)
    closed_at = models.DateTimeField()
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(disposition__in=Disposition.values), name="closing_disposition"),
            models.UniqueConstraint(fields=["lead"], condition=Q(back_at=None), name="closing_one_stands"),
        ]
        indexes = [models.Index(fields=["lead", "-id"], name="closing_latest")]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.disposition}"
