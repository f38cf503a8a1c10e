"""Everything the item page shows about one draft, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from contacts.models import Touch
from contacts.states import Direction
from followups.models import Attempt, Lead
from outreach.gates import GATES
from outreach.models import Draft
from outreach.rules import Reason
from outreach.services import review_verdict
from outreach.states import DraftStatus
from reviews.models import ReviewDecision
from reviews.rules import Segment, finding_spans, segments
from staff.models import User

EARLIER = 10


@dataclass(frozen=True, slots=True)
class Earlier:
    """A message that went before, in either direction."""

    at: datetime
    title: str
    text: str
    from_them: bool


@dataclass(frozen=True, slots=True)
class Item:
    """One draft with what a reviewer needs to judge it."""

    draft: Draft
    lead: Lead | None
    attempt: Attempt | None
    subject: list[Segment]
    body: list[Segment]
    findings: list[dict[str, Any]]
    evidence: list[dict[str, Any]]
    earlier: list[Earlier]
    decisions: list[ReviewDecision]
    why_not: Reason | None

    @property
    def waiting(self) -> bool:
        return self.draft.status == DraftStatus.AWAITING_REVIEW

    @property
    def unsettled(self) -> bool:
        return self.draft.status == DraftStatus.UNKNOWN


def item_for(user: User, draft: Draft) -> Item:
    """Gather the page. ``why_not`` is the rule that the server applies too: None means the button works."""
    attempt = Attempt.objects.select_related("lead__account", "lead__owner", "decision").filter(draft=draft).first()
    findings = list(
        draft.findings.filter(fingerprint=draft.fingerprint).order_by("id").values("gate", "severity", "message", "spans")
    )
    return Item(
        draft=draft,
        lead=attempt.lead if attempt else None,
        attempt=attempt,
        subject=segments(draft.subject, finding_spans(findings, "subject")),
        body=segments(draft.body, finding_spans(findings, "body")),
        findings=findings,
        evidence=[_dated(piece) for piece in draft.evidence],
        earlier=_earlier(draft),
        decisions=list(draft.review_decisions.select_related("decided_by")),
        why_not=review_verdict(draft=draft, by=user),
    )


def _dated(piece: dict[str, Any]) -> dict[str, Any]:
    at = piece.get("at")
    return {**piece, "at": parse_datetime(at) if isinstance(at, str) else None}


def _earlier(draft: Draft) -> list[Earlier]:
    sent = [
        Earlier(at=row.sent_at, title=row.subject or row.get_channel_display(), text=row.body, from_them=False)
        for row in Draft.objects.filter(contact_id=draft.contact_id, status=DraftStatus.SENT).order_by("-sent_at")[:EARLIER]
        if row.sent_at is not None
    ]
    touches = [
        Earlier(at=row.at, title=row.get_kind_display(), text=row.summary, from_them=row.direction == Direction.IN)
        for row in Touch.objects.filter(contact_id=draft.contact_id).order_by("-at")[:EARLIER]
    ]
    return sorted([*sent, *touches], key=lambda one: one.at, reverse=True)[:EARLIER]


#: Number of gates, for the words "all n checks passed".
GATE_COUNT = len(GATES)
