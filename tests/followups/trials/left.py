"""Read from the database what a run over a quarter has left behind."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Exists, Min, OuterRef, Q

from contacts.models import ActiveSuppression
from followups.models import Attempt, Closing, Decision, Lead
from followups.states import StepKind
from outreach.models import Draft
from outreach.states import DraftKind, DraftStatus

#: The office whose leads the run is about.
TERRITORY = "Central"


def entered_at() -> dict[int, datetime]:
    """Leads of the territory that fell silent, and when a decision first said so.

    Not those that were being talked to whenever they were looked at: they have a trigger at most beside `stand_down`.
    """
    found = Decision.objects.filter(lead__territory=TERRITORY).exclude(trigger="").exclude(decision="stand_down")
    return dict(found.values_list("lead_id").annotate(first=Min("decided_at")).order_by("lead_id"))


def without_an_end() -> list[str]:
    """Those of them that have neither a disposition nor been handed back to normal follow-up."""
    open_still = Lead.objects.filter(pk__in=entered_at(), disposition="").order_by("external_id")
    latest = dict(
        Decision.objects.filter(lead__in=open_still.order_by())
        .order_by("lead_id", "-pk")
        .distinct("lead_id")
        .values_list("lead_id", "decision")
    )
    return [lead.external_id for lead in open_still if latest[lead.pk] != "stand_down"]


def was_done_within(lead_id: int, since: datetime, span: timedelta) -> bool:
    """Whether the lead had a disposition, or was handed back, at some moment of the span."""
    closed = Closing.objects.filter(lead_id=lead_id, closed_at__gte=since, closed_at__lte=since + span)
    answered = Decision.objects.filter(
        lead_id=lead_id, decision="stand_down", decided_at__gte=since, decided_at__lte=since + span
    )
    return closed.exists() or answered.exists()


def reasons_used_twice() -> list[tuple[int, str]]:
    """Messages that rest on a piece of evidence which an earlier message to that lead rested on, or on none at all."""
    left = Attempt.objects.filter(lead__territory=TERRITORY, draft__status=DraftStatus.SENT)
    follow_ups = left.exclude(kind=StepKind.CLOSE_LOOP)
    twice = follow_ups.values("lead_id", "evidence_key").annotate(many=Count("pk"))
    found = [(row["lead_id"], row["evidence_key"]) for row in twice.filter(Q(many__gt=1) | Q(evidence_key=""))]
    closings = left.filter(kind=StepKind.CLOSE_LOOP).values("sequence_id").annotate(many=Count("pk"))
    return found + [(row["sequence_id"], "close_loop") for row in closings.filter(many__gt=1)]


def written_to_after_a_stop() -> int:
    """Messages that left after their contact had said stop, beside the one that confirms it."""
    stopped = ActiveSuppression.objects.filter(contact_id=OuterRef("contact_id"), at__lt=OuterRef("sent_at"))
    sent = Draft.objects.filter(status=DraftStatus.SENT).exclude(kind=DraftKind.CONFIRMATION)
    return sent.filter(Exists(stopped)).count()
