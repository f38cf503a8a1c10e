"""Approved messages that wait: what holds them, until when, and what lets them go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contacts import services as contacts
from contacts.models import Contact
from contacts.states import Channel, SuppressionReason
from outreach import services
from outreach.models import ChannelRules, ContactCap, Draft, Pause, ProviderRate, SendingStop
from outreach.services import Result
from outreach.services.holding import look_again
from outreach.states import DraftStatus
from staff.models import AuditEntry
from tests.factories import make_user
from tests.outreach.world import NOW, make_approved, make_contact, make_draft

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: 23:30 in London; text messages may go at 08:00 there, which is 07:00 in UTC.
NIGHT = datetime(2026, 5, 20, 22, 30, tzinfo=UTC)
MORNING = datetime(2026, 5, 21, 7, 0, tzinfo=UTC)


def deliver(draft: Draft, at: datetime = NOW) -> Result:
    result = services.deliver_one(draft.pk, at)
    draft.refresh_from_db()
    return result


def standing(draft: Draft) -> tuple[str, str, datetime | None]:
    draft.refresh_from_db()
    return draft.status, draft.held_by, draft.not_before


def approved_at(moment: datetime, contact: Contact | None = None, **changes: Any) -> Draft:
    owner = make_user()
    draft = make_draft(contact, owner, **changes)
    return services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner, now=moment)


def test_whoever_approves_at_night_sees_when_it_goes() -> None:
    draft = approved_at(NIGHT, channel=Channel.SMS)
    assert standing(draft) == (DraftStatus.APPROVED, "quiet_hours", MORNING)
    assert draft.status_reason == "In their time zone it is 23:30. It may go at 08:00 (London)."
    assert deliver(draft, MORNING - HOUR) == Result.HELD
    assert deliver(draft, MORNING) == Result.SENT
    assert (draft.held_by, draft.status_reason) == ("", "")


def test_a_page_asks_before_anybody_approves() -> None:
    owner = make_user()
    draft = make_draft(owner=owner, channel=Channel.SMS)
    assert services.may_send_now(draft, NOW)
    verdict = services.may_send_now(draft, NIGHT)
    assert verdict.refusal is not None
    assert verdict.refusal.not_before == MORNING
    later = make_draft(owner=owner, due_at=NOW + DAY)
    waits = services.may_send_now(later, NOW).refusal
    assert waits is not None
    assert (waits.code, waits.not_before) == ("not_yet", NOW + DAY)


def test_what_is_due_at_night_is_held_is_not_lost_and_takes_no_turn_from_others(outbox: Path) -> None:
    night = [approved_at(NOW, channel=Channel.SMS, due_at=NIGHT) for _ in range(3)]
    mail = approved_at(NOW, due_at=NIGHT + HOUR)
    assert str(services.deliver_due(now=NIGHT + HOUR, limit=1)) == "sent 1 held 0 refused 0 failed 0"
    assert standing(mail)[0] == DraftStatus.SENT
    assert {standing(draft) for draft in night} == {(DraftStatus.APPROVED, "quiet_hours", MORNING)}
    assert services.deliver_due(now=MORNING, limit=9).sent == 3


def test_a_hold_at_the_last_moment_is_noted_once() -> None:
    draft = make_approved(owner=make_user(), channel=Channel.SMS)
    ChannelRules.objects.filter(channel="sms").update(opens=12)
    assert deliver(draft) == Result.HELD
    assert standing(draft)[1:] == ("quiet_hours", NOW + 2 * HOUR)
    ChannelRules.objects.filter(channel="sms").update(opens=15)
    assert deliver(draft, NOW + 2 * HOUR) == Result.HELD
    assert AuditEntry.objects.filter(action="outreach.hold_send", object_id=str(draft.pk)).count() == 1


def test_a_stop_holds_and_its_end_lets_everything_go_that_is_due(outbox: Path) -> None:
    waiting = [make_approved(owner=make_user()) for _ in range(2)]
    later = make_approved(owner=make_user(), due_at=NOW + DAY)
    stop = SendingStop.objects.create(scope="email", stopped_at=NOW)
    assert [deliver(draft) for draft in waiting] == [Result.HELD] * 2
    assert {standing(draft) for draft in waiting} == {(DraftStatus.APPROVED, "stopped", NOW + HOUR)}
    assert services.deliver_due(now=NOW + HOUR / 2, limit=9) == services.Delivered()
    SendingStop.objects.filter(pk=stop.pk).update(lifted_at=NOW, lifted_by=make_user(), lift_reason="All is well")
    assert services.release_holds(held_by="stopped", now=NOW + HOUR / 2) == 2
    assert services.release_holds(held_by="stopped", now=NOW + HOUR / 2) == 0
    assert services.deliver_due(now=NOW + HOUR / 2, limit=9).sent == 2
    assert standing(later) == (DraftStatus.APPROVED, "", NOW + DAY)


def test_nothing_is_released_before_it_is_due() -> None:
    ChannelRules.objects.filter(channel="email").update(opens=12)
    draft = approved_at(NOW, due_at=NOW + HOUR)
    assert standing(draft)[1:] == ("quiet_hours", NOW + 2 * HOUR)
    assert services.release_holds(held_by=["quiet_hours", "cap"], channel="sms", now=NOW) == 0
    assert services.release_holds(held_by=["quiet_hours", "cap"], channel="email", now=NOW) == 1
    assert standing(draft)[1:] == ("", NOW + HOUR)


# --- too many at once -------------------------------------------------------------------------------------------------


def test_the_second_message_of_a_day_waits_for_the_next_day() -> None:
    contact = make_contact()
    first = make_approved(contact, make_user())
    assert deliver(first, NOW + HOUR) == Result.SENT
    second = approved_at(NOW + 2 * HOUR, contact, channel=Channel.SMS)
    assert standing(second) == (DraftStatus.APPROVED, "cap", NOW + HOUR + DAY)
    assert deliver(second, NOW + HOUR + DAY) == Result.SENT


def test_of_two_at_once_one_goes_and_both_say_so() -> None:
    contact = make_contact()
    lower = approved_at(NOW, contact)
    higher = approved_at(NOW, contact, priority=9)
    assert (
        higher.status_reason == "It leaves before another message to them. The one with the higher priority goes first."
    )
    assert deliver(lower) == Result.HELD
    assert standing(lower) == (DraftStatus.APPROVED, "collision", NOW + DAY)
    assert lower.status_reason == (
        "Another message to them leaves before this one. The one with the higher priority goes first. "
        "It may go on 21 May at 09:00 (UTC)."
    )
    assert deliver(higher) == Result.SENT
    assert deliver(lower, NOW + DAY) == Result.SENT


@pytest.mark.parametrize("how", ["withdrawn", "given up", "refused", "opted out of its channel"])
def test_who_waits_for_a_message_that_does_not_leave_need_not_wait(how: str) -> None:
    contact, owner = make_contact(), make_user()
    lower = make_approved(contact, owner)
    higher = make_approved(contact, owner, channel=Channel.SMS, priority=9)
    assert deliver(lower) == Result.HELD
    if how == "withdrawn":
        services.withdraw(draft_ids=[higher.pk], reason="They called.", now=NOW)
    elif how == "given up":
        services.suppress_draft(
            draft_id=higher.pk, fingerprint=higher.fingerprint, by=owner, now=NOW, reason="Not this one"
        )
    elif how == "refused":
        contacts.set_address(contact=contact, kind="phone", value="+441174969999")
        assert deliver(higher) == Result.REFUSED
    else:
        contacts.suppress(contact=contact, channel="sms", reason=SuppressionReason.OPTED_OUT, at=NOW)
        services.suppress_pending(contact_ids=[contact.pk], now=NOW)
    assert standing(lower) == (DraftStatus.APPROVED, "", NOW)
    assert deliver(lower) == Result.SENT


def test_a_provider_that_is_full_holds_it_and_gives_it_the_next_minute() -> None:
    ProviderRate.objects.create(provider="folder", per_minute=1)
    first, second = make_approved(owner=make_user()), make_approved(owner=make_user())
    assert [deliver(first), deliver(second)] == [Result.SENT, Result.HELD]
    assert standing(second) == (DraftStatus.APPROVED, "rate", NOW + timedelta(minutes=1))
    assert "folder" in second.status_reason
    assert deliver(second, NOW + timedelta(minutes=1)) == Result.SENT


# --- looking again ----------------------------------------------------------------------------------------------------


def test_what_nobody_released_is_found() -> None:
    """Somebody enters a time zone, a manager deletes a cap, a pause is ended: nobody told the messages that wait."""
    person, other = make_contact(), make_contact()
    night = approved_at(NIGHT, person, channel=Channel.SMS)
    paused = Pause.objects.create(contact=other, asked_at=NOW, until=NOW + 9 * DAY)
    quiet = approved_at(NIGHT, other)
    due_later = approved_at(NIGHT, channel=Channel.SMS, due_at=NIGHT + HOUR)
    assert [standing(draft)[1] for draft in (night, quiet, due_later)] == ["quiet_hours", "pause", "quiet_hours"]
    assert look_again(now=NIGHT) == 0
    Contact.objects.filter(pk=person.pk).update(timezone="Asia/Tokyo")
    Pause.objects.filter(pk=paused.pk).update(ended_at=NIGHT)
    assert look_again(now=NIGHT) == 2
    assert standing(night) == (DraftStatus.APPROVED, "quiet_hours", datetime(2026, 5, 20, 23, 0, tzinfo=UTC))
    assert night.status_reason == "In their time zone it is 07:30. It may go at 08:00 (Tokyo)."
    assert standing(quiet) == (DraftStatus.APPROVED, "", NIGHT)
    assert standing(due_later)[2] == MORNING


def test_looking_again_is_a_fixed_number_of_queries(django_assert_num_queries: Any) -> None:
    for _ in range(4):
        approved_at(NIGHT, channel=Channel.SMS)
    with django_assert_num_queries(4):  # savepoint, lock, facts, release
        assert look_again(now=NIGHT) == 0
    ContactCap.objects.all().delete()
    ChannelRules.objects.filter(channel="sms").update(opens=0, closes=24, on_holidays=True)
    with django_assert_num_queries(5):
        assert look_again(now=NIGHT) == 4
