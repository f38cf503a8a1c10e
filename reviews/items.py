"""Everything the item page shows about one draft, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from contacts.models import Touch
from contacts.states import HEADING_OF_CHANNEL, Direction
from followups.models import Lead
from outreach import drafting
from outreach.gates import GATE_NAMES, GATES
from outreach.marking import Segment, finding_spans, segments
from outreach.models import DeliveryEvent, Draft, PolicyApproval
from outreach.models.drafts import DraftQuerySet
from outreach.rules import Consequence, Reason, Verdict, why_not_review
from outreach.services import may_send_now, review_facts, review_verdict
from outreach.states import CompositionStatus, DraftStatus
from reviews.evidence import Arranged, arranged
from reviews.kept_edits import Conflict, conflict, kept_edit
from reviews.models import EditDraft, ReviewDecision
from reviews.outlook import ScoreBar, if_nothing, score_bars
from reviews.rules import Change, position_in_words, word_diff
from reviews.services.deciding import EDIT_BEGUN
from reviews.worklist import Row, worklist
from staff.models import User
from staff.services import Held

#: How many earlier messages are shown, the newest first.
EARLIER = 10
#: How much of what became known after it left is shown.
MOST_EVENTS = 30
_SHOWN_TEXTS = (CompositionStatus.WAITING, CompositionStatus.WRITING, CompositionStatus.OFFERED)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A message that went before, in either direction."""

    at: datetime
    title: str
    text: str
    from_them: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision about this draft, with what it changed in the text."""

    decision: ReviewDecision
    subject: list[Change]
    body: list[Change]


@dataclass(frozen=True, slots=True)
class OfferedText:
    """A text asked of the language model; ``ready`` once it may be chosen."""

    pk: int
    ready: bool
    subject: str
    body: list[Segment]


@dataclass(frozen=True, slots=True)
class Item:
    """One draft with what a reviewer needs to judge it.

    ``why_not_decide`` is None for whoever may decide at all, ``why_not_approve`` when the text may be approved too: the
    rules that the services apply. ``leaves_at`` is None when an approval sends it at once; ``holds`` says what would
    keep it back, or does, and ``notes`` what else is worth knowing about that moment. ``claim`` is who else has it
    open, ``position`` why it stands where it stands in the queue, ``if_nothing`` what happens if nobody decides.
    """

    draft: Draft
    lead: Lead | None
    subject: list[Segment]
    body: list[Segment]
    findings: list[dict[str, Any]]
    checks: int
    evidence: list[dict[str, Any]]
    earlier: list[Earlier]
    decided: list[Decided]
    texts: list[OfferedText]
    may_ask_for_texts: bool
    delivered: list[DeliveryEvent]
    by_policy: PolicyApproval | None
    why_not_decide: Reason | None
    why_not_approve: Reason | None
    leaves_at: datetime | None
    holds: str
    notes: list[str]
    claim: Held | None
    kept_edit: EditDraft | None
    conflict: Conflict | None
    worklist: list[Row]
    previous_row: Row | None
    next_row: Row | None
    score_bars: list[ScoreBar]
    position: str
    if_nothing: str
    snoozed: bool

    @property
    def shown_evidence(self) -> Arranged:
        """The evidence as the side of the page shows it."""
        return arranged(self.evidence)

    @property
    def heading(self) -> str:
        """What the line above the text is called; "" where messages of this channel have none."""
        return HEADING_OF_CHANNEL.get(self.draft.channel, "")

    @property
    def waiting(self) -> bool:
        return self.draft.status == DraftStatus.AWAITING_REVIEW

    @property
    def approved(self) -> bool:
        return self.draft.status == DraftStatus.APPROVED

    @property
    def unsettled(self) -> bool:
        return self.draft.status == DraftStatus.UNKNOWN

    @property
    def undelivered(self) -> bool:
        return self.draft.status == DraftStatus.FAILED

    @property
    def to_decide(self) -> bool:
        """Whether anything is left for a person to decide."""
        return self.waiting or self.approved or self.unsettled or self.undelivered


def item_for(user: User, draft: Draft, *, view: DraftQuerySet | None = None, claim: Held | None = None) -> Item:
    """Gather the page. ``view`` is the part of the queue that the reviewer works through, in its order."""
    findings = list(
        draft.findings.filter(fingerprint=draft.fingerprint)
        .order_by("id")
        .values("gate", "severity", "message", "spans")
    )
    now = timezone.now()
    open_still = draft.status in (DraftStatus.AWAITING_REVIEW, DraftStatus.APPROVED)
    outlook = may_send_now(draft, now) if open_still else Verdict()
    waits = outlook.refusal
    earliest = waits.not_before if waits is not None and waits.not_before is not None else draft.due_at
    decisions = list(draft.review_decisions.select_related("decided_by", "to_user"))
    kept = kept_edit(user, draft)
    around = worklist(view if view is not None else Draft.objects.none(), draft)
    return Item(
        draft=draft,
        lead=Lead.objects.filter(attempts__draft=draft).first(),
        subject=segments(draft.subject, finding_spans(findings, "subject")),
        body=segments(draft.body, finding_spans(findings, "body")),
        findings=[{**finding, "name": GATE_NAMES.get(finding["gate"], finding["gate"])} for finding in findings],
        checks=len(GATES),
        evidence=[{**piece, "at": _moment(piece.get("at") or "")} for piece in draft.evidence],
        earlier=_earlier(draft),
        decided=[_decided(one) for one in decisions],
        texts=[
            OfferedText(one.pk, one.status == CompositionStatus.OFFERED, one.subject, segments(one.body, []))
            for one in draft.compositions.filter(status__in=_SHOWN_TEXTS).order_by("id")
        ],
        may_ask_for_texts=drafting.is_on(),
        delivered=list(draft.delivery_events.order_by("at", "id")[:MOST_EVENTS]),
        by_policy=draft.policy_approvals.first(),
        why_not_decide=why_not_review(review_facts(draft=draft, by=user)),
        why_not_approve=review_verdict(draft=draft, by=user, outlook=outlook) or (EDIT_BEGUN if kept else None),
        leaves_at=earliest if earliest > now else None,
        holds=waits.sentence if waits is not None and waits.consequence == Consequence.HOLD else "",
        notes=list(outlook.notes),
        claim=claim,
        kept_edit=kept,
        conflict=conflict(kept, draft, decisions),
        worklist=around.rows,
        previous_row=around.previous_row,
        next_row=around.next_row,
        score_bars=score_bars(user, draft),
        position=position_in_words(draft.due_at, draft.priority_reasons, now),
        if_nothing=if_nothing(draft, now),
        snoozed=draft.snoozed_until is not None and draft.snoozed_until > now,
    )


def _moment(text: str) -> datetime | None:
    """When something was, from what was kept with a draft: a day alone is its first moment."""
    found = parse_datetime(text)
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found


def _decided(decision: ReviewDecision) -> Decided:
    changed = bool(decision.fingerprint_after) and decision.fingerprint_after != decision.fingerprint_seen
    return Decided(
        decision=decision,
        subject=word_diff(decision.subject_before, decision.subject_after)
        if changed and decision.subject_before != decision.subject_after
        else [],
        body=word_diff(decision.body_before, decision.body_after) if changed else [],
    )


def _earlier(draft: Draft) -> list[Earlier]:
    sent = [
        Earlier(at=row.sent_at, title=row.subject or row.get_channel_display(), text=row.body, from_them=False)
        for row in Draft.objects.sent().filter(contact_id=draft.contact_id).exclude(pk=draft.pk)[:EARLIER]
        if row.sent_at is not None
    ]
    touches = [
        Earlier(at=row.at, title=row.get_kind_display(), text=row.summary, from_them=row.direction == Direction.IN)
        for row in Touch.objects.filter(contact_id=draft.contact_id).order_by("-at")[:EARLIER]
    ]
    return sorted([*sent, *touches], key=lambda one: one.at, reverse=True)[:EARLIER]
