"""Intake cases follow from decisions: one opens where a person has to clear something up, and ends with that."""

from __future__ import annotations

from datetime import datetime

from followups.models import IntakeCase
from followups.rules import Decision
from followups.states import DecisionKind, IntakeStatus

OVER = "Nothing is left to clear up."


def note_intake(*, lead_id: int, decision_id: int, decision: Decision, now: datetime) -> None:
    """Open, renew or end the lead's case, in the transaction that stores the decision.

    A case whose reasons change goes on with the new ones and keeps its age.
    """
    standing = IntakeCase.objects.filter(lead_id=lead_id, status=IntakeStatus.OPEN)
    if decision.kind is not DecisionKind.INTAKE:
        standing.update(status=IntakeStatus.SETTLED, settled_at=now, answer=OVER)
    elif not standing.update(decision_id=decision_id, reasons=list(decision.reasons)):
        IntakeCase.objects.create(
            lead_id=lead_id, decision_id=decision_id, reasons=list(decision.reasons), opened_at=now
        )
