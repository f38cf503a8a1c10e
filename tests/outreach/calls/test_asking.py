"""Calls are asked for only where they may be made, and called off when they are not needed or not wanted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contacts import services as contacts
from contacts.models import Contact
from contacts.services.merging import merge, undo_merge
from contacts.states import Channel, Consent, MergeKey, SuppressionReason
from outreach import services
from outreach.models import Call, ContactCap
from outreach.services import Refused
from outreach.states import CallStatus
from staff.models import AuditEntry
from tests.factories import make_user
from tests.outreach.calls.making import DAY, NOON, make_call, make_callable
from tests.outreach.world import EARLIER, make_approved, make_contact

pytestmark = pytest.mark.django_db


def answer(contact: Contact, status: str) -> None:
    contacts.record_consent(contact=contact, channel=Channel.CALL, status=status, source="By phone", at=NOON)


def test_a_call_says_who_why_and_what_to_talk_about() -> None:
    owner = make_user("Concierge")
    call = make_call(owner_id=owner.pk)
    assert (call.status, call.owner, call.tries) == (CallStatus.WAITING, owner, 0)
    assert call.points == [{"at": EARLIER.isoformat(), "what": "Class missed", "detail": "Spinning"}]
    assert AuditEntry.objects.filter(action="outreach.ask_for_call", object_id=str(call.pk)).count() == 1


def test_only_who_agreed_to_calls_is_called() -> None:
    somebody = make_contact()
    with pytest.raises(Refused, match=r"^There is no record that they agreed to calls\.$"):
        make_call(somebody)
    answer(somebody, Consent.YES)
    call = make_call(somebody)
    assert services.why_not_call(call, NOON) is None
    answer(somebody, Consent.NO)
    refusal = services.why_not_call(call, NOON)
    assert refusal is not None
    assert refusal.sentence == "They did not agree to calls."


def test_a_call_for_somebody_who_does_not_work_here_is_for_whoever_is_first() -> None:
    gone = make_user("Account owner", is_active=False)
    assert make_call(owner_id=gone.pk).owner is None


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [({"why": " \n"}, "Say why they are to be called"), ({"latest_at": NOON - DAY}, "promised before it is due")],
)
def test_a_call_that_nobody_could_make_sense_of_is_refused(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        make_call(**fields)
    assert not Call.objects.exists()


def test_hours_hold_a_call_back_and_do_not_refuse_it() -> None:
    there = make_callable(phone="+14155550132")  # San Francisco, three in the morning.
    refusal = services.why_not_call(make_call(there), NOON)
    assert refusal is not None
    assert (refusal.code, refusal.not_before) == ("quiet_hours", datetime(2026, 5, 20, 16, 0, tzinfo=UTC))
    assert refusal.sentence == "In their time zone it is 03:00. Call at 09:00 (Los Angeles)."


def test_without_a_number_nobody_calls() -> None:
    contact = contacts.create_contact(name="Nobody's number", email="nn@northlight.example")
    answer(contact, Consent.YES)
    with pytest.raises(Refused, match="There is no phone number of theirs"):
        make_call(contact)


def test_messages_neither_hold_a_call_nor_count_as_calls() -> None:
    contact = make_callable()
    make_approved(contact)
    ContactCap.objects.all().delete()
    ContactCap.objects.create(channel="", most=1, days=1)
    ContactCap.objects.create(channel=Channel.CALL, most=1, days=7)
    call = make_call(contact)
    assert services.why_not_call(call, NOON) is None
    contacts.record_touch(contact=contact, at=NOON - DAY, direction="out", kind="call", channel="call")
    refusal = services.why_not_call(call, NOON)
    assert refusal is not None
    assert refusal.code == "cap"
    assert services.why_not_call(call, NOON + 8 * DAY) is None


@pytest.mark.parametrize(("channel", "stopped"), [("all", True), ("call", True), ("sms", False), ("email", False)])
def test_a_suppression_calls_off_what_it_covers(channel: str, stopped: bool) -> None:
    call, other = make_call(), make_call()
    contacts.suppress(contact=call.contact, channel=channel, reason=SuppressionReason.OPTED_OUT, at=NOON)
    services.suppress_pending(contact_ids=[call.contact_id, other.contact_id], now=NOON)
    call.refresh_from_db()
    other.refresh_from_db()
    assert call.status == (CallStatus.CALLED_OFF if stopped else CallStatus.WAITING)
    assert other.status == CallStatus.WAITING
    if stopped:
        assert call.status_reason.startswith("They opted out of")
        with pytest.raises(Refused, match="They opted out"):
            make_call(call.contact)


def test_the_link_in_a_message_calls_a_call_off() -> None:
    contact = make_callable()
    call, draft = make_call(contact), make_approved(contact)
    services.opt_out(draft=draft, source="Link", now=NOON)
    call.refresh_from_db()
    assert call.status == CallStatus.CALLED_OFF


def test_calling_off_leaves_what_was_called_off_before() -> None:
    one, other = make_call(), make_call()
    assert services.call_off(call_ids=[one.pk], reason="They came back.", now=NOON) == 1
    assert services.call_off(call_ids=[one.pk, other.pk], reason="Something else.", now=NOON) == 1
    one.refresh_from_db()
    assert one.status_reason == "They came back."
    assert services.call_off(call_ids=[], reason="Nothing.", now=NOON) == 0


def test_a_merge_takes_calls_along_and_its_undoing_gives_them_back() -> None:
    kept, part = make_callable(name="Marta Lindqvist"), make_callable(name="M. Lindqvist")
    by = make_user("Administrator")
    call = make_call(part)
    made = merge(survivor=kept, merged=part, key=MergeKey.PERSON, reason="The same person", by=by, at=NOON)
    call.refresh_from_db()
    assert call.contact_id == kept.pk
    # Somebody who still holds the old row asks for the person it became.
    assert make_call(part).contact_id == kept.pk
    undo_merge(merge=made, reason="Two people", by=by, at=NOON + timedelta(hours=1))
    call.refresh_from_db()
    assert call.contact_id == part.pk
