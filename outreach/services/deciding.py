"""What people decide about drafts. The one who was first wins; the other is told what happened.

Every decision takes the contact's row before the draft's, as sending and opting out do, so that they wait for each
other instead of standing in each other's way.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from contacts.models import ActiveSuppression, Contact
from contacts.states import HEADING_OF_CHANNEL, SuppressionChannel, SuppressionReason
from outreach import rules
from outreach.gates import Finding, Span, blocks
from outreach.models import Call, Draft
from outreach.models.drafts import PENDING, DraftQuerySet
from outreach.permission import facts_for
from outreach.rendering import fingerprint as fingerprint_of
from outreach.rendering import one_line, tidy
from outreach.rules import ApprovalFacts, Reason, Refusal, ReviewFacts, SuppressionFact, Verdict
from outreach.services.calls import call_off_suppressed, hold_calls
from outreach.services.checking import findings_of, keep_findings, with_review_gates
from outreach.services.holding import expected, release_rivals
from outreach.services.price_edits import price_edit, price_mark
from outreach.services.refusals import BlockedByGates, FourEyes, NotPermitted, Refused, StaleDraft
from outreach.states import DraftStatus, Severity, Writer
from staff.models import User
from staff.services import record

LONGEST_SUBJECT = 300
LONGEST_REASON = 300


def review_facts(*, draft: Draft, by: User) -> ReviewFacts:
    """Who asks and whose draft it is, for `outreach.rules.why_not_review`."""
    owner = draft.owner
    team = owner.team if owner is not None else None
    return ReviewFacts(
        user_id=by.pk,
        owner_id=draft.owner_id,
        owner_team_manager_id=team.manager_id if team is not None else None,
        active=by.is_active,
        reviews_drafts=by.has_perm("reviews.review_drafts"),
        reviews_every_team=by.has_perm("reviews.review_every_team"),
    )


def review_verdict(*, draft: Draft, by: User, outlook: Verdict, fingerprint: str | None = None) -> Reason | None:
    """Why ``by`` may not approve this draft as it stands, from the findings on record; None when the button works.

    ``outlook`` is what `may_send_now` says of it. `approve` applies the same rule, with the gates run anew.
    """
    stored = draft.findings.filter(fingerprint=draft.fingerprint)
    findings = [
        Finding(one.gate, Severity(one.severity), one.message, tuple(Span(**span) for span in one.spans))
        for one in stored
    ]
    seen = fingerprint or draft.fingerprint
    return rules.why_not_approve(_approval_facts(draft, seen, by, findings, outlook.refusal))


def approve(
    *, draft_id: int, fingerprint: str, by: User | None, now: datetime, hold: timedelta = timedelta(0)
) -> Draft:
    """Approve the exact text with this fingerprint. It leaves once it is due and nothing holds it.

    For ``hold`` it stays, whatever else would let it go, and `take_back` undoes the approval.
    ``by`` None is Rekindle itself, which may approve only what no rule wants looked at. All gates run again, with
    consent and suppressions as they are now; what they say is kept even when they refuse. What could never leave, as
    they do not want its topic or can not be reached by it, is not approved either. Raises StaleDraft,
    BlockedByGates, FourEyes where ``by`` changed a price, NotPermitted or Refused.
    """
    with transaction.atomic():
        draft = locked(draft_id)
        findings = findings_of(draft, now=now)
        facts = replace(rules.if_approved(facts_for(draft_ids=[draft_id], now=now)[draft_id]), by_policy=by is None)
        in_its_way = rules.outlook(facts).refusal
        refused = rules.why_not_approve(_approval_facts(draft, fingerprint, by, findings, in_its_way))
        if refused is None:
            changed = Draft.objects.filter(
                pk=draft_id, status=DraftStatus.AWAITING_REVIEW, fingerprint=fingerprint
            ).update(
                status=DraftStatus.APPROVED,
                status_reason="",
                approved_fingerprint=fingerprint,
                decided_at=now,
                decided_by=by,
                not_before=max(draft.due_at, now + hold),
                undo_until=now + hold if hold else None,
                snoozed_until=None,
                snooze_reason="",
                held_by="",
                tries=0,
            )
            if not changed:
                raise StaleDraft(fresh(draft_id))
            # Whoever approves sees at once when it may go, and what keeps it back until then.
            waits = expected(facts)
            if waits.get("not_before") is not None:
                waits["not_before"] = max(waits["not_before"], now + hold)
            if waits:
                Draft.objects.filter(pk=draft_id).update(**waits)
            keep_findings(draft_id, fingerprint, findings)
            record(
                action="outreach.approve",
                actor=by,
                on=draft,
                summary="Draft approved",
                detail={"fingerprint": fingerprint},
            )
        elif refused.code == "blocked":
            keep_findings(draft_id, fingerprint, findings)
    if refused is None:
        return fresh(draft_id)
    if refused.code in {"decided", "changed"}:
        raise StaleDraft(draft)
    if refused.code == "blocked":
        raise BlockedByGates(findings)
    if refused.code in {"empty", "in_its_way"}:
        raise Refused(refused.sentence)
    if refused.code == "four_eyes":
        raise FourEyes(refused.sentence)
    raise NotPermitted(refused.sentence)


@transaction.atomic
def edit(*, draft_id: int, fingerprint: str, subject: str, body: str, by: User, now: datetime) -> Draft:
    """Replace the text. The gates run on the new one and their findings belong to it; it still awaits its approval.

    Raises StaleDraft, NotPermitted, or Refused for a text that cannot be kept.
    """
    draft = _decidable(draft_id, fingerprint, by, {DraftStatus.AWAITING_REVIEW})
    heading = HEADING_OF_CHANNEL.get(draft.channel, "")
    # Nobody sees the subject of a channel that shows none, so nobody can have changed it either.
    subject, body = one_line(subject) if heading else draft.subject, tidy(body)
    if len(subject) > LONGEST_SUBJECT:
        raise Refused(f"The {heading.lower()} has {len(subject)} characters. Shorten it to {LONGEST_SUBJECT}.")
    if not body:
        raise Refused("The message is empty. Write the text, or suppress the message.")
    after = fingerprint_of(draft.channel, draft.address, subject, body)
    findings = findings_of(draft, subject=subject, body=body, now=now)
    changed = Draft.objects.filter(pk=draft_id, status=DraftStatus.AWAITING_REVIEW, fingerprint=fingerprint).update(
        subject=subject,
        body=body,
        fingerprint=after,
        writer=Writer.PERSON,
        writing_note="",
        **price_mark(draft, subject=subject, body=body, by=by, now=now),
        review_reasons=with_review_gates(draft.review_reasons, findings),
    )
    if not changed:
        raise StaleDraft(fresh(draft_id))
    keep_findings(draft_id, after, findings)
    record(
        action="outreach.edit", actor=by, on=draft, summary="Draft edited",
        detail={"before": fingerprint, "after": after, "blocked": blocks(findings), "at": now.isoformat()},
    )  # fmt: skip
    return fresh(draft_id)


@transaction.atomic
def suppress_draft(*, draft_id: int, fingerprint: str, by: User, now: datetime, reason: str) -> Draft:
    """Give this one message up because the reviewer does not want it sent. Raises StaleDraft or NotPermitted."""
    return _end(draft_id, fingerprint, DraftStatus.SUPPRESSED, "outreach.suppress", by, now, reason)


@transaction.atomic
def close_out_draft(*, draft_id: int, fingerprint: str, by: User, now: datetime, reason: str) -> Draft:
    """Give this message up because the lead is closed out. Raises StaleDraft or NotPermitted."""
    return _end(draft_id, fingerprint, DraftStatus.CLOSED_OUT, "outreach.close_out", by, now, reason)


@transaction.atomic
def withdraw_draft(*, draft_id: int, fingerprint: str, by: User, now: datetime, reason: str) -> Draft:
    """Take one message back because nothing is to be written now. Raises StaleDraft or NotPermitted."""
    return _end(draft_id, fingerprint, DraftStatus.WITHDRAWN, "outreach.withdraw_draft", by, now, reason)


@transaction.atomic
def withdraw(*, draft_ids: Collection[int], reason: str, now: datetime, by: User | None = None) -> int:
    """Take back what is not needed any more, as a set. What is being sent or was sent stays. Returns how many."""
    pending = Draft.objects.filter(pk__in=list(draft_ids)).pending()
    contact_ids = _hold(pending)
    count = pending.update(status=DraftStatus.WITHDRAWN, status_reason=reason[:LONGEST_REASON], held_by="")
    if count:
        release_rivals(contact_ids=contact_ids, now=now)
        record(
            action="outreach.withdraw", actor=by, summary=f"{count} drafts withdrawn",
            detail={"drafts": sorted(draft_ids)[:1000], "count": count, "at": now.isoformat()},
        )  # fmt: skip
    return count


@transaction.atomic
def suppress_pending(*, contact_ids: Collection[int], now: datetime, by: User | None = None) -> int:
    """Give up, as a set, what waits for these contacts and is covered by a suppression of theirs, calls among it.

    Call it in the transaction that suppressed them. Each row says which suppression it was. Returns how many drafts.
    """
    ids = sorted(set(contact_ids))
    list(Contact.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
    _hold(Draft.objects.filter(contact_id__in=ids).pending())
    hold_calls(Call.objects.filter(contact_id__in=ids).waiting().values("pk"))
    strictest = [str(reason) for reason in SuppressionReason.values]
    held = sorted(
        ActiveSuppression.objects.filter(contact_id__in=ids),
        key=lambda one: (strictest.index(one.reason), one.at, one.key),
    )
    # Contacts suppressed in the same way and on the same day share their words, hence one statement for all of them.
    groups: dict[tuple[str, str, str], list[int]] = {}
    for one in held:
        words = rules.suppression_sentence(SuppressionFact(one.channel, one.reason, one.at))
        groups.setdefault((one.channel, one.reason, words), []).append(one.contact_id)
    count = called_off = 0
    for (channel, reason, words), covered in groups.items():
        called_off += call_off_suppressed(contact_ids=covered, channel=channel, words=words)
        drafts = Draft.objects.filter(contact_id__in=covered, status__in=PENDING)
        if reason == SuppressionReason.OPTED_OUT:
            # Somebody who says stop twice is still told that it is done. Any other reason silences that too.
            drafts = drafts.filter(confirms__isnull=True)
        if channel != SuppressionChannel.ALL:
            drafts = drafts.filter(channel=channel)
        count += drafts.update(
            status=DraftStatus.SUPPRESSED, status_reason=f"{words} Nothing was sent."[:LONGEST_REASON], held_by=""
        )
    if count:
        release_rivals(contact_ids=ids, now=now)
    if count or called_off:
        record(
            action="outreach.suppress_pending", actor=by,
            summary=f"{count} drafts suppressed" + (f", {called_off} calls called off" if called_off else ""),
            detail={"contacts": ids[:1000], "count": count, "calls": called_off, "at": now.isoformat()},
        )  # fmt: skip
    return count


@transaction.atomic
def settle_unknown(
    *,
    draft_id: int,
    was_sent: bool,
    by: User,
    now: datetime,
    reason: str,
    send_again: bool = False,
    hold: timedelta = timedelta(0),
) -> Draft:
    """Say of a message that may have left whether it did: a person looked.

    It becomes sent; or, if it was not, withdrawn, and with ``send_again`` approved as before, to be sent once more
    after every check, and after ``hold``, in which `take_back` undoes it. Raises StaleDraft or NotPermitted.
    """
    draft = locked(draft_id)
    require_reviewer(draft, by)
    words = reason.strip()[: LONGEST_REASON - 80]
    change: dict[str, Any]
    if was_sent:
        change = {
            "status": DraftStatus.SENT,
            "sent_at": draft.claimed_at or now,
            "status_reason": f"{by} looked and found that it was sent. {words}".strip(),
        }
    elif send_again:
        change = {
            "status": DraftStatus.APPROVED,
            "not_before": now + hold,
            "undo_until": now + hold if hold else None,
            "held_by": "",
            "tries": 0,
            "status_reason": f"{by} looked and found that it was not sent. It is sent again. {words}".strip(),
        }
    else:
        change = {
            "status": DraftStatus.WITHDRAWN,
            "status_reason": f"{by} looked and found that it was not sent. {words}".strip(),
        }
    if not Draft.objects.filter(pk=draft_id, status=DraftStatus.UNKNOWN).update(**change):
        raise StaleDraft(fresh(draft_id))
    record(
        action="outreach.settle_unknown", actor=by, on=draft, summary="Maybe sent: settled",
        detail={"was_sent": was_sent, "send_again": send_again},
    )  # fmt: skip
    return fresh(draft_id)


@transaction.atomic
def review_again(*, draft_id: int, by: User, now: datetime) -> Draft:
    """Put a message that could not be delivered back before its reviewer. Raises StaleDraft or NotPermitted."""
    draft = locked(draft_id)
    require_reviewer(draft, by)
    changed = Draft.objects.filter(pk=draft_id, status=DraftStatus.FAILED).update(
        **NO_APPROVAL,
        status=DraftStatus.AWAITING_REVIEW,
        status_reason=f"Not delivered: {draft.status_reason}"[:LONGEST_REASON],
    )
    if not changed:
        raise StaleDraft(fresh(draft_id))
    keep_findings(draft_id, draft.fingerprint, findings_of(draft, now=now))
    record(
        action="outreach.review_again",
        actor=by,
        on=draft,
        summary="Undelivered draft reviewed again",
        detail={"at": now.isoformat()},
    )
    return fresh(draft_id)


#: What a draft loses when its approval does not hold any more.
NO_APPROVAL: dict[str, Any] = {
    "approved_fingerprint": "",
    "decided_at": None,
    "decided_by": None,
    "not_before": None,
    "undo_until": None,
    "held_by": "",
    "claimed_at": None,
    "tries": 0,
}


def fresh(draft_id: int) -> Draft:
    """The row as it is now. Raises Refused when there is none."""
    draft = Draft.objects.select_related("contact", "owner__team", "decided_by").filter(pk=draft_id).first()
    if draft is None:
        raise Refused("This message does not exist any more.")
    return draft


def locked(draft_id: int) -> Draft:
    """The row as it is once nobody else is deciding about, sending to, or opting out its contact."""
    contact_ids = list(Draft.objects.filter(pk=draft_id).values_list("contact_id", flat=True))
    list(Contact.objects.select_for_update().filter(pk__in=contact_ids).values_list("pk"))
    return fresh(draft_id)


def _hold(drafts: DraftQuerySet) -> set[int]:
    """Lock rows in one order, so that two that change many at once never wait for each other in a circle.

    Returns whose drafts they are.
    """
    return set(drafts.select_for_update(of=("self",)).order_by("pk").values_list("contact_id", flat=True))


def _decidable(draft_id: int, fingerprint: str, by: User, statuses: Collection[str]) -> Draft:
    draft = locked(draft_id)
    require_reviewer(draft, by)
    if draft.status not in statuses or draft.fingerprint != fingerprint:
        raise StaleDraft(draft)
    return draft


def _end(
    draft_id: int, fingerprint: str, status: DraftStatus, action: str, by: User, now: datetime, reason: str
) -> Draft:
    draft = _decidable(draft_id, fingerprint, by, PENDING)
    changed = Draft.objects.filter(pk=draft_id, status__in=PENDING, fingerprint=fingerprint).update(
        status=status, status_reason=reason.strip()[:LONGEST_REASON], decided_at=now, decided_by=by, held_by=""
    )
    if not changed:
        raise StaleDraft(fresh(draft_id))
    release_rivals(contact_ids=[draft.contact_id], now=now)
    record(
        action=action, actor=by, on=draft, summary=f"Draft: {status.label.lower()}", detail={"fingerprint": fingerprint}
    )
    return fresh(draft_id)


def require_reviewer(draft: Draft, by: User) -> None:
    """Raise NotPermitted unless this person decides about this draft."""
    refused = rules.why_not_review(review_facts(draft=draft, by=by))
    if refused is not None:
        raise NotPermitted(refused.sentence)


def _approval_facts(
    draft: Draft, fingerprint: str, by: User | None, findings: list[Finding], in_its_way: Refusal | None
) -> ApprovalFacts:
    return ApprovalFacts(
        status=draft.status,
        fingerprint=draft.fingerprint,
        fingerprint_seen=fingerprint,
        findings=findings,
        review=review_facts(draft=draft, by=by) if by is not None else None,
        review_reasons=draft.review_reasons,
        has_text=bool(draft.body.strip()),
        in_its_way=in_its_way,
        price=price_edit(draft, by=by),
    )
