"""Approving many messages at once, where the rule lets them be (`reviews.rules.why_not_together`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, F

from outreach import services as outreach
from outreach.models import Draft, GateFinding
from outreach.rules import may_review, why_not_review
from outreach.rules.writing import whole_text
from outreach.services import Refused
from outreach.states import DraftKind, DraftStatus, Writer
from reviews.models import EditDraft, Opened
from reviews.rules import Candidate, why_not_together
from reviews.services.deciding import EDIT_BEGUN, approve
from staff import services as staff
from staff.models import User
from staff.states import ClaimKind

#: What was read of a wording longer ago says little about what it says to people now.
READ_WITHIN = timedelta(days=30)
CHANGED = "The text changed after you opened this page. Read it, then approve it."
GONE = "It is not there any more, or not yours to see."


@dataclass(frozen=True, slots=True)
class Judged:
    """One message among many, and why it may not be approved with the others; empty where it may."""

    draft: Draft
    wording: str
    opened: bool
    why_not: str


@dataclass(slots=True)
class Done:
    """What came of approving many: the ids of those that were approved, and the others with why."""

    approved: list[int] = field(default_factory=list)
    refused: list[tuple[Draft | None, str]] = field(default_factory=list)


def judge_together(*, drafts: Sequence[Draft], by: User, now: datetime) -> list[Judged]:
    """What may be approved together of these, which await review. Their owners and teams are read with them.

    Five queries, whatever their number. What is refused here the approval itself would refuse too, or the rule does.
    """
    ids = [draft.pk for draft in drafts]
    current = GateFinding.objects.filter(draft__in=ids, fingerprint=F("draft__fingerprint"))
    findings: dict[int, set[str]] = {}
    for draft_id, severity in current.values_list("draft_id", "severity"):
        findings.setdefault(draft_id, set()).add(severity)
    seen_now = Opened.objects.filter(draft__in=ids, user=by, fingerprint=F("draft__fingerprint"))
    opened = set(seen_now.values_list("draft_id", flat=True))
    begun = set(EditDraft.objects.filter(draft__in=ids, user=by).values_list("draft_id", flat=True))
    held = staff.held_by_others(kind=ClaimKind.MESSAGE, row_ids=ids, user=by, now=now)
    # Each colleague once, so that their rights are read once, however much they have open.
    people = {one.by.pk: one.by for one in held.values()}
    candidates = [
        Candidate(
            id=draft.pk,
            findings=frozenset(findings.get(draft.pk, ())),
            review_reasons=frozenset(draft.review_reasons),
            closes=draft.kind == DraftKind.CLOSE_LOOP,
            price_edited=draft.price_edited_at is not None,
            wording=wording_of(draft),
            opened=draft.pk in opened,
        )
        for draft in drafts
    ]
    refused = {}
    for draft in drafts:
        reason = why_not_review(outreach.review_facts(draft=draft, by=by))
        if reason is not None:
            refused[draft.pk] = reason.sentence
        elif draft.pk in held and _may_decide(people[held[draft.pk].by.pk], draft):
            refused[draft.pk] = f"{held[draft.pk].by} has this open."
        elif draft.pk in begun:
            refused[draft.pk] = EDIT_BEGUN.sentence
    read = _read_lately({one.wording for one in candidates if one.wording}, by, now)
    together = why_not_together([one for one in candidates if one.id not in refused], read)
    why_not = {**together, **refused}
    return [
        Judged(draft, one.wording, one.opened, why_not.get(draft.pk, ""))
        for draft, one in zip(drafts, candidates, strict=True)
    ]


def _may_decide(colleague: User, draft: Draft) -> bool:
    """Nobody keeps others from a message about which they may not decide themselves."""
    return may_review(outreach.review_facts(draft=draft, by=colleague))


def wording_of(draft: Draft) -> str:
    """The wording a message was made from, while its text still is exactly what that says; else empty."""
    if draft.template_version_id is None or draft.writer != Writer.TEMPLATE:
        return ""
    return str(draft.template_version_id) if whole_text(draft.subject, draft.body) == draft.approved_text else ""


def approve_many(*, chosen: Mapping[int, str], by: User, now: datetime, hold: timedelta = timedelta(0)) -> Done:
    """Approve the texts with these fingerprints, by id: one transaction each, each recorded as an approval of its own.

    The rule is applied to what is chosen, as it is now. One that is refused keeps no other back.
    """
    visible = Draft.objects.visible_to(by).filter(pk__in=list(chosen)).select_related("contact", "owner__team")
    found = {draft.pk: draft for draft in visible}
    done = Done(refused=[(None, GONE)] * (len(chosen) - len(found)))
    in_turn = [found[pk] for pk in chosen if pk in found]
    waiting = []
    for draft in in_turn:
        if draft.status != DraftStatus.AWAITING_REVIEW:
            done.refused.append((draft, "This is already decided."))
        elif draft.fingerprint != chosen[draft.pk]:
            done.refused.append((draft, CHANGED))
        else:
            waiting.append(draft)
    for one in judge_together(drafts=waiting, by=by, now=now):
        if one.why_not:
            done.refused.append((one.draft, one.why_not))
            continue
        try:
            approve(draft_id=one.draft.pk, fingerprint=chosen[one.draft.pk], by=by, now=now, hold=hold)
        except Refused as refused:
            done.refused.append((one.draft, refused.sentence))
        else:
            done.approved.append(one.draft.pk)
    return done


def _read_lately(wordings: set[str], by: User, now: datetime) -> dict[str, int]:
    """How many messages with each wording, unchanged, somebody has had on the screen lately."""
    if not wordings:
        return {}
    opened = Opened.objects.filter(
        user=by,
        at__gt=now - READ_WITHIN,
        fingerprint=F("draft__fingerprint"),
        draft__writer=Writer.TEMPLATE,
        draft__template_version__in=[int(one) for one in wordings],
    )
    counted = opened.values_list("draft__template_version").annotate(read=Count("draft", distinct=True))
    return {str(version): read for version, read in counted}
