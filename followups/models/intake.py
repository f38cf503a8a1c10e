"""What a person has to clear up before anybody is written to, and what they answered."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from contacts.models import Account
from followups.models.leads import Lead
from followups.models.sequences import Decision
from followups.states import IntakeStatus
from staff.models import Team


class IntakeCase(models.Model):
    """A lead that was sent to intake. ``reasons`` are those of the decision, in its order; a lead has one open case.

    Settled by a person, or by itself when the next decision is another one (``settled_by`` is empty then).
    """

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="intake_cases")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="+")
    reasons = ArrayField(models.CharField(max_length=40))
    status = models.CharField(max_length=10, choices=IntakeStatus.choices, default=IntakeStatus.OPEN)
    opened_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answer = models.CharField(max_length=500, blank=True, help_text="How it was settled, in words")

    class Meta:
        ordering = ["opened_at", "id"]
        permissions = [("settle_intake", "Can settle intake cases")]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=IntakeStatus.values), name="intake_status"),
            models.CheckConstraint(
                condition=Q(status=IntakeStatus.OPEN, settled_at=None)
                | Q(status=IntakeStatus.SETTLED, settled_at__isnull=False),
                name="intake_settled_at",
            ),
            models.CheckConstraint(
                condition=Q(settled_by__isnull=True) | Q(settled_at__isnull=False), name="intake_settled_pair"
            ),
            models.UniqueConstraint(
                fields=["lead"], condition=Q(status=IntakeStatus.OPEN), name="intake_one_open_per_lead"
            ),
        ]
        indexes = [models.Index(fields=["status", "opened_at", "id"], name="intake_by_age")]

    def __str__(self) -> str:
        return f"Intake of {self.lead_id}"


class Ruling(models.Model):
    """A conflict about a lead that a person has settled, by a key that names exactly this conflict.

    Should the facts change, the key is another one and the conflict is new. Keys: ``owner_conflict:<lead's
    owner>:<account's owner>``, ``territory_conflict:<lead's>:<account's>`` (lower case), ``existing_customer``,
    ``duplicate:<the other's external id>``.
    """

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="rulings")
    key = models.CharField(max_length=300)
    note = models.CharField(max_length=500, blank=True)
    ruled_at = models.DateTimeField()
    ruled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["lead", "key"], condition=Q(withdrawn_at=None), name="ruling_stands_once"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.key}"


class AssignmentRule(models.Model):
    """Whose a lead is. The first active rule that fits decides; empty fields fit everything.

    Goes to ``owner``, or within ``team`` to whoever has the fewest open leads. ``most_open`` is how many open leads one
    person takes by this rule; 0 is no limit.
    """

    position = models.PositiveSmallIntegerField(default=100)
    territory = models.CharField(max_length=100, blank=True)
    source = models.CharField(max_length=100, blank=True)
    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    most_open = models.PositiveIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(owner__isnull=False, team__isnull=True) | Q(owner__isnull=True, team__isnull=False),
                name="assignment_to_one",
            ),
        ]

    def __str__(self) -> str:
        return f"Rule {self.position}"
