"""Intake cases follow from decisions: one opens where a person has to clear something up, and ends with that."""

from __future__ import annotations

from datetime import datetime

from followups.models import Decision as DecisionRow
from followups.models import IntakeCase
from followups.rules import Decision
from followups.states import DecisionKind, IntakeStatus

OVER = "Nothing is left to clear up."


def note_intake(*, lead_id: int, decision_id: int, decision: Decision, closed: bool, now: datetime) -> None:
    """Open, renew or end the lead's case, in the transaction that stores the decision.

    A case whose reasons change goes on with the new ones and keeps its age. Of a lead that somebody closed nothing is
    asked.
    """
    standing = IntakeCase.objects.filter(lead_id=lead_id, status=IntakeStatus.OPEN)
    if closed or decision.kind is not DecisionKind.INTAKE:
        standing.update(status=IntakeStatus.SETTLED, settled_at=now, answer=OVER)
    elif not standing.update(decision_id=decision_id, reasons=list(decision.reasons)):
        IntakeCase.objects.create(
            lead_id=lead_id, decision_id=decision_id, reasons=list(decision.reasons), opened_at=now
        )


def ask_again(*, lead_id: int, now: datetime) -> None:
    """Open a case for a lead that was closed and is open again, where its latest decision sent it to intake.

    The decision itself does not change with a disposition, so that no sweep would store it anew.
    """
    latest = DecisionRow.objects.filter(lead_id=lead_id).order_by("-id").only("id", "decision", "reasons").first()
    if latest is None or latest.decision != DecisionKind.INTAKE:
        return
    if not IntakeCase.objects.filter(lead_id=lead_id, status=IntakeStatus.OPEN).exists():
        IntakeCase.objects.create(lead_id=lead_id, decision=latest, reasons=latest.reasons, opened_at=now)
