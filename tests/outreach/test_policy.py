"""What no person reads: approved by a rule, recorded with all that was known, and kept back by one switch."""

from __future__ import annotations

import pytest

from outreach import services
from outreach.models import Draft, PolicyApproval, SendingStop
from outreach.states import DraftStatus
from tests.factories import make_user
from tests.outreach.world import NOW, make_approved, make_contact, make_draft

pytestmark = pytest.mark.django_db
POLICY = "Cadence default v1, step 1: no person is asked."


def switch_off() -> None:
    SendingStop.objects.create(scope="policy", stopped_at=NOW, reason="We want to read everything this week.")


def approve(draft: Draft) -> bool:
    return services.approve_by_policy(draft_id=draft.pk, fingerprint=draft.fingerprint, policy=POLICY, now=NOW)


def test_an_approval_by_policy_is_recorded_with_the_evidence() -> None:
    draft = make_draft(review_reasons=())
    assert approve(draft)
    draft.refresh_from_db()
    assert (draft.status, draft.decided_by, draft.decided_at) == (DraftStatus.APPROVED, None, NOW)
    kept = PolicyApproval.objects.get(draft=draft)
    assert (kept.policy, kept.fingerprint, kept.evidence) == (POLICY, draft.fingerprint, draft.evidence)


def test_what_asks_for_a_person_is_not_left_to_policy() -> None:
    draft = make_draft(review_reasons=("strategic",))
    with pytest.raises(services.NotPermitted):
        approve(draft)
    assert not PolicyApproval.objects.exists()


def test_with_the_switch_off_it_waits_for_a_person_and_says_why() -> None:
    switch_off()
    owner = make_user("Account owner")
    draft = make_draft(owner=owner, review_reasons=())
    assert not approve(draft)
    draft.refresh_from_db()
    assert draft.status == DraftStatus.AWAITING_REVIEW
    assert draft.review_reasons == ["policy_off"]
    assert "switched off" in draft.status_reason
    services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner, now=NOW)


def test_throwing_the_switch_takes_back_what_nobody_read_and_nothing_else() -> None:
    unread = make_draft(make_contact(), review_reasons=())
    approve(unread)
    read = make_approved(make_contact(), make_user("Account owner"))
    assert services.take_back_what_nobody_read(now=NOW) == 1
    unread.refresh_from_db()
    read.refresh_from_db()
    assert unread.status == DraftStatus.AWAITING_REVIEW
    assert unread.asked == "sending without a person is off"
    assert read.status == DraftStatus.APPROVED
    assert services.take_back_what_nobody_read(now=NOW) == 0
