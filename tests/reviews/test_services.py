"""What a reviewer decides: done, refused, recorded."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from contacts import services as contacts
from contacts.models import Suppression
from contacts.states import Channel, Consent
from followups.states import Disposition
from outreach.models import Draft
from outreach.services import BlockedByGates, NotPermitted, Refused, StaleDraft
from outreach.states import DraftStatus
from reviews import services
from reviews.models import ReviewDecision
from reviews.states import ReviewAction, SuppressScope
from staff.models import AuditEntry
from tests.factories import make_team, make_user
from tests.reviews.acts import (
    LATER,
    Act,
    approve,
    close_out,
    edit_and_approve,
    edited,
    give_up,
    lead_of,
    suppress,
)
from tests.reviews.world import (
    NOW,
    make_item,
    make_manager,
    make_owner,
    make_undelivered,
    make_unsettled,
)

pytestmark = pytest.mark.django_db

DECISIONS: list[tuple[Act, str, str]] = [
    (approve, DraftStatus.APPROVED, ReviewAction.APPROVE),
    (edited, DraftStatus.AWAITING_REVIEW, ReviewAction.EDIT),
    (edit_and_approve, DraftStatus.APPROVED, ReviewAction.EDIT_APPROVE),
    (give_up, DraftStatus.SUPPRESSED, ReviewAction.SUPPRESS),
    (close_out, DraftStatus.CLOSED_OUT, ReviewAction.CLOSE_OUT),
]


# --- every decision ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("act", "status", "action"), DECISIONS)
def test_a_decision_is_carried_out_recorded_and_audited(act: Act, status: str, action: str) -> None:
    owner = make_owner()
    draft = make_item(owner)
    decision = act(draft, owner)
    after = Draft.objects.get(pk=draft.pk)
    assert after.status == status
    assert ReviewDecision.objects.get(draft=draft) == decision
    assert (decision.action, decision.decided_by, decision.decided_at) == (action, owner, LATER)
    assert (decision.fingerprint_seen, decision.subject_before, decision.body_before) == (
        draft.fingerprint, draft.subject, draft.body,
    )  # fmt: skip
    assert AuditEntry.objects.filter(actor=owner, object_type="outreach.draft", object_id=str(draft.pk)).exists()


@pytest.mark.parametrize(("act", "status", "action"), DECISIONS)
def test_a_colleague_may_look_but_not_decide(act: Act, status: str, action: str) -> None:
    team = make_team()
    owner, colleague = make_owner(team), make_owner(team)
    draft = make_item(owner)
    with pytest.raises(NotPermitted, match="belongs to a colleague"):
        act(draft, colleague)
    draft.refresh_from_db()
    assert draft.status == DraftStatus.AWAITING_REVIEW
    assert not ReviewDecision.objects.exists()
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(("act", "status", "action"), DECISIONS)
def test_a_decision_about_another_text_is_stale_and_changes_nothing(act: Act, status: str, action: str) -> None:
    owner = make_owner()
    draft = make_item(owner)
    seen = Draft.objects.get(pk=draft.pk)
    services.edit(
        draft_id=draft.pk, fingerprint=draft.fingerprint, subject="Another subject", body=draft.body, by=owner, now=NOW
    )
    with pytest.raises(StaleDraft) as stale:
        act(seen, owner)
    assert "text changed" in stale.value.sentence
    assert stale.value.draft.subject == "Another subject"
    draft.refresh_from_db()
    assert (draft.status, draft.subject) == (DraftStatus.AWAITING_REVIEW, "Another subject")
    assert ReviewDecision.objects.count() == 1
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(("act", "status", "action"), DECISIONS)
def test_the_second_of_two_decisions_is_told_who_was_first(act: Act, status: str, action: str) -> None:
    owner, manager = make_owner(), make_manager()
    draft = make_item(owner)
    suppress(draft, manager, SuppressScope.SEQUENCE)
    with pytest.raises(StaleDraft) as stale:
        act(draft, owner)
    assert manager.name in stale.value.sentence
    assert ReviewDecision.objects.count() == 1


@pytest.mark.parametrize("who", ["owner", "team manager", "manager of every team", "anyone for nobody's"])
def test_who_may_approve(who: str) -> None:
    lead = make_user("Account owner")
    team = make_team(manager=lead)
    owner = make_owner(team)
    by = {"owner": owner, "team manager": lead, "manager of every team": make_manager()}.get(who) or make_owner()
    draft = make_item(None if who == "anyone for nobody's" else owner)
    assert approve(draft, by).draft.status == DraftStatus.APPROVED


def test_decisions_stay_as_they_were_made() -> None:
    owner = make_owner()
    decision = approve(make_item(owner), owner)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        ReviewDecision.objects.filter(pk=decision.pk).update(reason="Something else")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        ReviewDecision.objects.filter(pk=decision.pk).delete()


# --- approve and edit -------------------------------------------------------------------------------------------------


def test_an_approval_is_of_the_text_seen() -> None:
    owner = make_owner()
    draft = make_item(owner)
    decision = approve(draft, owner)
    draft.refresh_from_db()
    assert draft.approved_fingerprint == decision.fingerprint_after == decision.fingerprint_seen == draft.fingerprint
    assert (decision.subject_after, decision.body_after) == (draft.subject, draft.body)


def test_what_the_gates_say_when_they_refuse_an_approval_is_kept() -> None:
    owner = make_owner()
    draft = make_item(owner)
    contacts.record_consent(contact=draft.contact, channel=Channel.EMAIL, status=Consent.NO, source="A call", at=LATER)
    with pytest.raises(BlockedByGates):
        approve(draft, owner)
    assert draft.findings.filter(gate="consent", severity="block", fingerprint=draft.fingerprint).exists()
    draft.refresh_from_db()
    assert draft.status == DraftStatus.AWAITING_REVIEW
    assert not ReviewDecision.objects.exists()


def test_an_edit_records_both_texts_and_needs_its_own_approval() -> None:
    owner = make_owner()
    draft = make_item(owner)
    decision = edited(draft, owner)
    after = Draft.objects.get(pk=draft.pk)
    assert decision.body_before == draft.body
    assert decision.body_after == after.body == draft.body.replace("Hello", "Good morning")
    assert decision.fingerprint_after == after.fingerprint != draft.fingerprint
    with pytest.raises(StaleDraft):
        approve(draft, owner)
    assert approve(after, owner).draft.status == DraftStatus.APPROVED


def test_edit_and_approve_approves_what_it_became() -> None:
    owner = make_owner()
    draft = make_item(owner)
    decision = edit_and_approve(draft, owner)
    after = Draft.objects.get(pk=draft.pk)
    assert after.approved_fingerprint == after.fingerprint == decision.fingerprint_after
    assert (decision.fingerprint_seen, decision.body_before) == (draft.fingerprint, draft.body)
    assert decision.body_after == after.body != draft.body


def test_a_blocked_edit_is_kept_with_its_findings_and_not_approved() -> None:
    owner = make_owner()
    draft = make_item(owner)
    body = draft.body.replace("[[unsubscribe]]", "nowhere")
    with pytest.raises(BlockedByGates):
        edit_and_approve(draft, owner, body=body)
    after = Draft.objects.get(pk=draft.pk)
    assert (after.status, after.body) == (DraftStatus.AWAITING_REVIEW, body)
    assert after.findings.filter(fingerprint=after.fingerprint, severity="block").exists()
    decision = ReviewDecision.objects.get(draft=draft)
    assert decision.action == ReviewAction.EDIT
    assert [finding["gate"] for finding in decision.findings if finding["severity"] == "block"] == ["opt_out"]


def test_an_empty_text_is_refused_and_the_old_one_stays() -> None:
    owner = make_owner()
    draft = make_item(owner)
    with pytest.raises(Refused, match="empty"):
        edit_and_approve(draft, owner, body=" \n ")
    assert Draft.objects.get(pk=draft.pk).body == draft.body


# --- close out --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("disposition", services.CLOSE_OUT_CHOICES)
def test_closing_out_gives_the_lead_its_disposition(disposition: Disposition) -> None:
    owner = make_owner()
    draft = make_item(owner)
    decision = close_out(draft, owner, disposition, recycle_on=date(2100, 1, 1) if disposition == "recycle" else None)
    lead = lead_of(draft)
    assert (lead.disposition, lead.disposition_by, lead.disposition_at) == (disposition, owner, LATER)
    assert lead.sequences.get().status == "ended"
    assert (decision.disposition, decision.reason) == (disposition, "Not this year.")


@pytest.mark.parametrize(("disposition", "reason"), [("won", "Yes"), ("", "Yes"), (Disposition.DOCUMENTED, " ")])
def test_a_lead_is_closed_only_for_what_a_reviewer_can_know(disposition: str, reason: str) -> None:
    owner = make_owner()
    draft = make_item(owner)
    with pytest.raises(services.Incomplete):
        close_out(draft, owner, disposition, reason=reason)
    assert lead_of(draft).disposition == ""
    assert Draft.objects.get(pk=draft.pk).status == DraftStatus.AWAITING_REVIEW


# --- maybe sent, not delivered ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("was_sent", "send_again", "status", "action"),
    [
        (True, False, DraftStatus.SENT, ReviewAction.RESOLVE_SENT),
        (True, True, DraftStatus.SENT, ReviewAction.RESOLVE_SENT),
        (False, False, DraftStatus.WITHDRAWN, ReviewAction.RESOLVE_NOT_SENT),
        (False, True, DraftStatus.APPROVED, ReviewAction.SEND_AGAIN),
    ],
)
def test_settling_a_message_that_may_have_left(was_sent: bool, send_again: bool, status: str, action: str) -> None:
    owner = make_owner()
    draft = make_unsettled(owner)
    settle: dict[str, Any] = {
        "draft_id": draft.pk,
        "was_sent": was_sent,
        "send_again": send_again,
        "reason": "Looked.",
        "now": LATER,
    }
    decision = services.settle(by=owner, **settle)
    assert Draft.objects.get(pk=draft.pk).status == status
    assert (decision.action, decision.reason, decision.decided_by) == (action, "Looked.", owner)
    with pytest.raises(StaleDraft):
        services.settle(by=owner, **settle)
    assert ReviewDecision.objects.count() == 1


def test_a_colleague_does_not_settle() -> None:
    team = make_team()
    owner, colleague = make_owner(team), make_owner(team)
    draft = make_unsettled(owner)
    with pytest.raises(NotPermitted):
        services.settle(draft_id=draft.pk, was_sent=True, reason="", by=colleague, now=LATER)
    assert Draft.objects.get(pk=draft.pk).status == DraftStatus.UNKNOWN


def test_what_could_not_be_delivered_can_be_taken_up_again_once() -> None:
    owner = make_owner()
    draft = make_undelivered(owner)
    decision = services.review_again(draft_id=draft.pk, by=owner, now=LATER)
    after = Draft.objects.get(pk=draft.pk)
    assert (after.status, after.approved_fingerprint) == (DraftStatus.AWAITING_REVIEW, "")
    assert decision.action == ReviewAction.REVIEW_AGAIN
    with pytest.raises(StaleDraft):
        services.review_again(draft_id=draft.pk, by=owner, now=LATER)
