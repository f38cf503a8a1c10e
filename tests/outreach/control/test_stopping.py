"""One click stops what leaves, a reason lets it go on, and too many complaints stop e-mail without anybody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest
import time_machine

from config.celery import app
from outreach import tasks
from outreach.models import DeliveryEvent, Draft, SendingStop
from outreach.rules.complaining import share, too_many, why_stopped
from outreach.services import NotPermitted, Refused
from outreach.services.stopping import (
    AlreadyStopped,
    lift_stop,
    mail_of_the_day,
    note_complaint,
    open_stops,
    stop_sending,
)
from outreach.states import DraftStatus
from staff.models import AuditEntry, User
from tests.factories import make_user
from tests.outreach.world import NOW, make_approved, make_contact

pytestmark = pytest.mark.django_db


def manager() -> User:
    return make_user("SDR manager", name="Ada Reyes")


def stop(by: User, scope: str = "email") -> SendingStop:
    return stop_sending(scope=scope, by=by, reason="A wrong\nprice", now=NOW)


def left(count: int = 1, channel: str = "email") -> list[Draft]:
    """Mails that left two hours ago, all to one person: who got them does not matter here."""
    contact = make_contact()
    drafts = [make_approved(contact, channel=channel) for _ in range(count)]
    Draft.objects.filter(pk__in=[draft.pk for draft in drafts]).update(
        status=DraftStatus.SENT, sent_at=NOW - timedelta(hours=2), claimed_at=NOW - timedelta(hours=2)
    )
    return drafts


def tell(drafts: Iterable[Draft], kind: str = "complained", hours: float = 1, machine: bool = False) -> None:
    DeliveryEvent.objects.bulk_create(
        DeliveryEvent(draft=draft, kind=kind, at=NOW - timedelta(hours=hours), machine=machine) for draft in drafts
    )


# --- by hand ----------------------------------------------------------------------------------------------------------


def test_a_stop_is_thrown_at_once_and_written_down() -> None:
    by = manager()
    thrown = stop(by)
    assert open_stops() == {"email": thrown}
    assert (thrown.stopped_at, thrown.stopped_by, thrown.reason) == (NOW, by, "A wrong price")
    entry = AuditEntry.objects.get(action="outreach.stop_sending")
    assert (entry.actor, entry.object_id) == (by, str(thrown.pk))
    assert entry.detail == {"scope": "email", "reason": "A wrong price", "at": NOW.isoformat()}


def test_the_second_one_is_told_who_was_first_and_changes_nothing() -> None:
    thrown = stop(manager())
    with pytest.raises(AlreadyStopped, match=r"Ada Reyes stopped this on 20 May at 09:00 UTC\. It is still") as told:
        stop(make_user("Account owner"))
    assert told.value.stop == thrown
    assert SendingStop.objects.count() == AuditEntry.objects.filter(action="outreach.stop_sending").count() == 1


@pytest.mark.parametrize(
    ("role", "stops", "lifts"),
    [
        ("Account owner", True, False),
        ("Concierge", True, False),
        ("SDR manager", True, True),
        ("Retention manager", True, True),
        ("", False, False),
    ],
)
def test_everybody_here_may_stop_and_managers_let_it_go_on(role: str, stops: bool, lifts: bool) -> None:
    user = make_user(*([role] if role else []))
    if stops:
        assert stop(user).stopped_by == user
    else:
        with pytest.raises(NotPermitted, match="Ask a manager"):
            stop(user)
    thrown = stop(manager(), "sms")
    if lifts:
        lift_stop(stop_id=thrown.pk, by=user, reason="Corrected", now=NOW)
    else:
        with pytest.raises(NotPermitted, match="Ask a manager"):
            lift_stop(stop_id=thrown.pk, by=user, reason="Corrected", now=NOW)
    assert ("sms" in open_stops()) is not lifts


def test_a_switch_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Refused, match="no such switch"):
        stop(manager(), "fax")


def test_what_waited_for_a_stop_is_due_when_it_is_lifted() -> None:
    waits, asleep = make_approved(), make_approved()
    later = NOW + timedelta(hours=1)
    for draft, code in ((waits, "stopped"), (asleep, "quiet_hours")):
        Draft.objects.filter(pk=draft.pk).update(held_by=code, not_before=later, status_reason="It waits.")
    by = manager()
    thrown = stop(by)
    lifted = lift_stop(stop_id=thrown.pk, by=by, reason="The price is right now", now=NOW)
    assert (lifted.lifted_at, lifted.lifted_by, lifted.lift_reason) == (NOW, by, "The price is right now")
    assert open_stops() == {}
    waits.refresh_from_db()
    asleep.refresh_from_db()
    assert (waits.held_by, waits.not_before, waits.status_reason) == ("", NOW, "")
    assert (asleep.held_by, asleep.not_before) == ("quiet_hours", later)
    assert AuditEntry.objects.get(action="outreach.lift_stop").detail["released"] == 1


def test_a_stop_is_lifted_once_and_with_a_reason() -> None:
    by = manager()
    thrown = stop(by)
    with pytest.raises(Refused, match="Say why"):
        lift_stop(stop_id=thrown.pk, by=by, reason=" \n", now=NOW)
    lift_stop(stop_id=thrown.pk, by=by, reason="Corrected", now=NOW)
    with pytest.raises(Refused, match="Ada Reyes lifted this stop on 20 May at 09:00 UTC"):
        lift_stop(stop_id=thrown.pk, by=manager(), reason="Me too", now=NOW + timedelta(hours=1))
    assert AuditEntry.objects.filter(action="outreach.lift_stop").count() == 1
    with pytest.raises(Refused, match="no such stop"):
        lift_stop(stop_id=0, by=by, reason="Corrected", now=NOW)
    # The same switch can be thrown again; both are kept.
    stop(by)
    assert SendingStop.objects.count() == 2


def test_what_policy_approved_goes_back_before_a_person() -> None:
    by = manager()
    unread, read = make_approved(), make_approved(owner=by)
    stop(by, "policy")
    unread.refresh_from_db()
    read.refresh_from_db()
    assert (unread.status, read.status) == (DraftStatus.AWAITING_REVIEW, DraftStatus.APPROVED)


# --- by itself --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("complaints", "sent", "stops"),
    [
        (0, 0, False),
        (0, 5, False),
        (1, 0, True),
        (1, 999, True),
        (1, 1000, False),
        (2, 1999, True),
        (10, 10_000, False),
    ],
)
def test_more_than_one_in_a_thousand_is_too_many(complaints: int, sent: int, stops: bool) -> None:
    assert too_many(complaints, sent) is stops


def test_the_sentence_gives_both_numbers() -> None:
    assert why_stopped(13, 9_876) == (
        "13 people reported our mail as spam within 24 hours in which 9,876 mails were sent: 0.13 %, "
        "and more than 0.1 % stops it."
    )
    assert why_stopped(1, 1).startswith("1 person reported our mail as spam within 24 hours in which 1 mail was sent")
    assert "in which none was sent" in why_stopped(1, 0)
    assert share(1, 0) == ""


def test_complaints_stop_e_mail_without_anybody() -> None:
    drafts = left(2)
    assert note_complaint(now=NOW) is None
    tell([drafts[0], drafts[0]])
    thrown = note_complaint(now=NOW)
    assert thrown is not None
    assert (thrown.scope, thrown.stopped_by, thrown.stopped_at) == ("email", None, NOW)
    assert thrown.reason.startswith("1 person reported our mail as spam within 24 hours in which 2 mails were sent: 50")
    assert AuditEntry.objects.get(action="outreach.stop_sending").actor is None
    assert note_complaint(now=NOW) is None
    with pytest.raises(AlreadyStopped, match="Rekindle itself stopped this"):
        stop(manager())


@pytest.mark.parametrize("case", ["machine", "yesterday", "sms", "opened"])
def test_what_is_no_complaint_of_the_day_stops_nothing(case: str) -> None:
    drafts = left(1, channel="sms" if case == "sms" else "email")
    tell(
        drafts,
        kind="opened" if case == "opened" else "complained",
        hours=25 if case == "yesterday" else 1,
        machine=case == "machine",
    )
    assert note_complaint(now=NOW) is None


def test_complaints_from_before_somebody_let_it_go_on_do_not_count_again() -> None:
    drafts, by = left(2), manager()
    with time_machine.travel(NOW, tick=False) as clock:
        tell(drafts[:1])
        thrown = note_complaint(now=NOW)
        assert thrown is not None
        lift_stop(stop_id=thrown.pk, by=by, reason="A test address", now=NOW)
        assert note_complaint(now=NOW) is None
        mail = mail_of_the_day(now=NOW)
        assert (mail.sent, mail.complaints, mail.counting) == (2, 1, 0)
        clock.shift(60)
        # It happened before, but nobody knew it when they let it go on.
        tell(drafts[1:], hours=3)
        assert note_complaint(now=NOW + timedelta(minutes=1)) is not None


def test_the_clock_weighs_complaints_too() -> None:
    assert "outreach.tasks.weigh_complaints" in {one["task"] for one in app.conf.beat_schedule.values()}
    tell(left(1))
    with time_machine.travel(NOW):
        tasks.weigh_complaints()
        tasks.weigh_complaints()
    assert open_stops()["email"].stopped_by is None


def test_the_day_is_counted_by_mails_and_not_by_news() -> None:
    drafts = left(3)
    tell(drafts * 2, kind="delivered")
    tell(drafts[:1], kind="bounced")
    tell(drafts[:1], kind="refused")
    tell(drafts[1:2])
    left(1, channel="sms")
    mail = mail_of_the_day(now=NOW)
    assert (mail.sent, mail.delivered, mail.bounced, mail.complaints, mail.counting) == (3, 3, 1, 1, 1)
    assert mail_of_the_day(now=NOW + timedelta(days=1)).sent == 0
