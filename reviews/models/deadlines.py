"""Work that was not done in time, and work of people who were away."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from followups.models import IntakeCase
from outreach.models import Call, Draft
from reviews.states import EscalationStep
from staff.models import Absence

_OF_ONE = (
    Q(draft__isnull=False, call__isnull=True, case__isnull=True)
    | Q(draft__isnull=True, call__isnull=False, case__isnull=True)
    | Q(draft__isnull=True, call__isnull=True, case__isnull=False)
)


class Escalation(models.Model):
    """Somebody was told that a message, a call or an intake case passes its deadline.

    Each step has one row for each of them: the latest. It counts for the time that ran when it was told: what was put
    off or promised for later since then is told of again, in its place.
    """

    draft = models.ForeignKey(Draft, null=True, blank=True, on_delete=models.CASCADE, related_name="escalations")
    call = models.ForeignKey(Call, null=True, blank=True, on_delete=models.CASCADE, related_name="escalations")
    case = models.ForeignKey(IntakeCase, null=True, blank=True, on_delete=models.CASCADE, related_name="escalations")
    step = models.CharField(max_length=10, choices=EscalationStep.choices)
    deadline = models.DateTimeField()
    at = models.DateTimeField()
    told = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=_OF_ONE, name="escalation_is_of_one"),
            models.CheckConstraint(condition=Q(step__in=EscalationStep.values), name="escalation_step"),
            models.UniqueConstraint(fields=["draft", "step"], name="escalation_of_draft_once"),
            models.UniqueConstraint(fields=["call", "step"], name="escalation_of_call_once"),
            models.UniqueConstraint(fields=["case", "step"], name="escalation_of_case_once"),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.draft_id or self.call_id or self.case_id}"


class HandOver(models.Model):
    """A message or call went from somebody absent to somebody who is there, and back if it still waits afterwards.

    It lasts until its end: it ``went_back`` untouched, or whoever stood in dealt with it, gave it away or keeps it.
    While it lasts it may go on to a third person, whose ``to_user`` it is then; it still goes back to ``of_user``.
    """

    absence = models.ForeignKey(Absence, null=True, blank=True, on_delete=models.SET_NULL, related_name="hand_overs")
    draft = models.ForeignKey(Draft, null=True, blank=True, on_delete=models.CASCADE, related_name="hand_overs")
    call = models.ForeignKey(Call, null=True, blank=True, on_delete=models.CASCADE, related_name="hand_overs")
    of_user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    to_user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    went_back = models.BooleanField(default=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(draft__isnull=False, call__isnull=True) | Q(draft__isnull=True, call__isnull=False),
                name="hand_over_is_of_one",
            ),
            models.UniqueConstraint(
                fields=["draft"], condition=Q(ended_at__isnull=True), name="hand_over_of_draft_once"
            ),
            models.UniqueConstraint(fields=["call"], condition=Q(ended_at__isnull=True), name="hand_over_of_call_once"),
        ]
        indexes = [models.Index(fields=["of_user"], condition=Q(ended_at__isnull=True), name="hand_over_to_return")]

    def __str__(self) -> str:
        return f"{self.of_user_id} to {self.to_user_id}"
