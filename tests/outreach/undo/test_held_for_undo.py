"""An approval that can be taken back: nothing lets the message leave before, and whoever says stop is heard."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from contacts import services as contacts
from contacts.states import Channel, SuppressionReason
from outreach import services
from outreach.models import Draft
from outreach.services import NotPermitted, Refused, Result, StaleDraft
from outreach.services.holding import look_again, release_holds
from outreach.states import DraftStatus
from staff.models import AuditEntry, User
from tests.factories import make_user
from tests.outreach.sink import Sink
from tests.outreach.world import NOW, make_draft

pytestmark = pytest.mark.django_db
HOLD, SECOND = timedelta(seconds=60), timedelta(seconds=1)


def approved(owner: User, **changes: Any) -> Draft:
    draft = make_draft(owner=owner, **changes)
    return services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner, now=NOW, hold=HOLD)


def status(draft: Draft) -> str:
    draft.refresh_from_db()
    return draft.status


@pytest.fixture
def owner() -> User:
    return make_user("Account owner")


def test_it_leaves_when_the_time_is_over_and_not_a_second_before(owner: User) -> None:
    draft = approved(owner)
    assert (draft.undo_until, draft.not_before) == (NOW + HOLD, NOW + HOLD)
    assert services.deliver_one(draft.pk, NOW + HOLD - SECOND) == Result.HELD
    assert services.deliver_due(now=NOW + HOLD - SECOND, limit=9).sent == 0
    assert services.deliver_one(draft.pk, NOW + HOLD) == Result.SENT


def test_without_a_hold_it_leaves_at_once(owner: User) -> None:
    draft = make_draft(owner=owner)
    draft = services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner, now=NOW)
    assert draft.undo_until is None
    assert services.deliver_one(draft.pk, NOW) == Result.SENT


def test_the_command_goes_by_the_moment_it_is_given(owner: User) -> None:
    """`deliver --as-of` replaces the clock, also for what can still be taken back."""
    approved(owner)
    for at, said in ((NOW + HOLD - SECOND, "sent 0 held 0"), (NOW + HOLD, "sent 1 held 0")):
        out = StringIO()
        call_command("deliver", as_of=at.isoformat(), stdout=out)
        assert out.getvalue().startswith(said)


def test_looking_again_at_holds_does_not_let_it_go(owner: User) -> None:
    """Its hour, its cap or the message before it ended: each of these would make it due at once."""
    draft = approved(owner)
    for cause in ("cap", "collision", "stopped", "quiet_hours"):
        Draft.objects.filter(pk=draft.pk).update(held_by=cause, not_before=NOW + timedelta(hours=5))
        assert release_holds(held_by=cause, now=NOW + SECOND) == 1
        draft.refresh_from_db()
        assert draft.not_before == NOW + HOLD, cause
    Draft.objects.filter(pk=draft.pk).update(held_by="cap", not_before=NOW + timedelta(hours=5))
    assert look_again(now=NOW + SECOND) == 1
    draft.refresh_from_db()
    assert (draft.held_by, draft.not_before) == ("", NOW + HOLD)


def test_a_row_that_is_due_by_mistake_does_not_leave_either(owner: User) -> None:
    """Whatever writes not_before, the hold is asked for by itself."""
    draft = approved(owner)
    Draft.objects.filter(pk=draft.pk).update(not_before=NOW)
    assert services.claim(draft.pk, NOW + SECOND) == Result.HELD
    assert not Draft.objects.approved_due(NOW + SECOND).exists()
    assert status(draft) == DraftStatus.APPROVED


def test_sending_once_more_is_held_too_and_taken_back_to_be_settled(owner: User) -> None:
    draft = approved(owner)
    Draft.objects.filter(pk=draft.pk).update(status=DraftStatus.SENDING, claimed_at=NOW + HOLD)
    services.mark_lost_sends(NOW + timedelta(hours=1))
    then = NOW + timedelta(hours=2)
    services.settle_unknown(
        draft_id=draft.pk, was_sent=False, send_again=True, by=owner, now=then, reason="Not in the log", hold=HOLD
    )
    assert services.deliver_one(draft.pk, then + HOLD - SECOND) == Result.HELD
    back = services.take_back(draft_id=draft.pk, by=owner, now=then + SECOND)
    assert (back.status, back.undo_until) == (DraftStatus.UNKNOWN, None)
    assert "Look for" in back.status_reason
    assert services.deliver_one(draft.pk, then + HOLD) == Result.GONE


def test_whoever_says_stop_meanwhile_stops_it(owner: User) -> None:
    draft = approved(owner)
    contacts.suppress(
        contact=draft.contact, channel=Channel.EMAIL, reason=SuppressionReason.OPTED_OUT, at=NOW + SECOND, source="Test"
    )
    services.suppress_pending(contact_ids=[draft.contact_id], now=NOW + SECOND)
    assert status(draft) == DraftStatus.SUPPRESSED
    with pytest.raises(StaleDraft):
        services.take_back(draft_id=draft.pk, by=owner, now=NOW + SECOND)
    assert services.deliver_one(draft.pk, NOW + HOLD) == Result.GONE


def test_the_claim_hears_a_stop_before_it_asks_for_the_hold(owner: User) -> None:
    draft = approved(owner)
    contacts.suppress(
        contact=draft.contact, channel="all", reason=SuppressionReason.EXPLICIT_NO, at=NOW + SECOND, source="Test"
    )
    assert services.deliver_one(draft.pk, NOW + SECOND) == Result.REFUSED
    assert status(draft) == DraftStatus.SUPPRESSED


def test_taken_back_it_waits_and_can_be_approved_again(owner: User) -> None:
    draft = approved(owner)
    back = services.take_back(draft_id=draft.pk, by=owner, now=NOW + HOLD - SECOND)
    assert (back.status, back.approved_fingerprint, back.undo_until, back.decided_by) == (
        DraftStatus.AWAITING_REVIEW, "", None, None,
    )  # fmt: skip
    assert services.deliver_one(draft.pk, NOW + HOLD) == Result.GONE
    assert AuditEntry.objects.filter(action="outreach.take_back", object_id=str(draft.pk), actor=owner).count() == 1
    again = services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner, now=NOW + HOLD, hold=HOLD)
    assert again.undo_until == NOW + 2 * HOLD


def test_what_waited_for_it_may_go_once_it_is_taken_back(owner: User) -> None:
    first = approved(owner)
    second = make_draft(first.contact, owner)
    services.approve(draft_id=second.pk, fingerprint=second.fingerprint, by=owner, now=NOW + SECOND)
    second.refresh_from_db()
    assert second.held_by == "collision"
    services.take_back(draft_id=first.pk, by=owner, now=NOW + 2 * SECOND)
    second.refresh_from_db()
    assert second.held_by == ""


@pytest.mark.parametrize("late", [HOLD, HOLD + SECOND])
def test_too_late_is_too_late(owner: User, late: timedelta) -> None:
    draft = approved(owner)
    with pytest.raises(Refused, match="The time to take it back is over"):
        services.take_back(draft_id=draft.pk, by=owner, now=NOW + late)
    assert status(draft) == DraftStatus.APPROVED


def test_what_was_sent_is_not_taken_back(owner: User, sink: Sink) -> None:
    draft = approved(owner)
    services.deliver_one(draft.pk, NOW + HOLD)
    with pytest.raises(StaleDraft):
        services.take_back(draft_id=draft.pk, by=owner, now=NOW + SECOND)
    assert status(draft) == DraftStatus.SENT


def test_a_stranger_takes_nothing_back(owner: User) -> None:
    draft = approved(owner)
    with pytest.raises(NotPermitted):
        services.take_back(draft_id=draft.pk, by=make_user("Account owner"), now=NOW + SECOND)
    assert status(draft) == DraftStatus.APPROVED
