"""What came of a call, what was promised in it, and who has it open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from contacts.models import Suppression
from followups.models import PlannedTouch
from outreach.models import Call
from outreach.services.refusals import Refused
from outreach.states import CallOutcome, CallStatus
from retention.models import WorkCapacity
from reviews.calls.day import day_of
from reviews.calls.promises import promises_of
from reviews.services.calling import KeptCall, OpenElsewhere, Promise, keep_call, keep_promise
from staff.calendars import calendar_of
from staff.models import User
from staff.services import claim, held_by_other, take_over
from staff.states import ClaimKind
from tests.factories import make_team, make_user
from tests.outreach.calls.making import NOON, make_call

pytestmark = pytest.mark.django_db
FRIDAY = date(2026, 5, 22)


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        yield


@pytest.fixture
def concierge() -> User:
    return make_user("Concierge", team=make_team())


def keep(call: Call, by: User, outcome: CallOutcome = CallOutcome.REACHED, **given: object) -> KeptCall:
    said = {"note": "", "minutes": 6, "now": NOON, **given}
    return keep_call(call_id=call.pk, outcome=outcome, by=by, **said)  # type: ignore[arg-type]  # whatever the test says


def opened(call: Call, by: User) -> bool:
    return claim(kind=ClaimKind.CALL, row_id=call.pk, user=by, now=NOON) is None


def test_what_was_promised_is_a_task_until_the_end_of_that_day(concierge: User) -> None:
    plan = keep(make_call(), concierge, promise=Promise("Send the price list", FRIDAY)).plan
    assert plan is not None
    assert (plan.title, plan.for_whom, plan.kind) == ("Send the price list", concierge, "task")
    assert plan.at == datetime(2026, 5, 22, 17, 0, tzinfo=UTC)
    calendar = calendar_of(concierge.team)
    (one,) = promises_of(concierge, calendar, NOON)
    assert (one.on, one.late) == (FRIDAY, False)
    assert promises_of(concierge, calendar, NOON + timedelta(days=3))[0].late
    keep_promise(plan=plan, by=concierge, now=NOON)
    assert promises_of(concierge, calendar, NOON) == []


def test_nobody_says_of_another_that_a_promise_was_kept(concierge: User, client: Client) -> None:
    plan = keep(make_call(), concierge, promise=Promise("Send it", FRIDAY)).plan
    assert plan is not None
    other = make_user("Concierge", team=concierge.team)
    with pytest.raises(Refused, match="Somebody else promised this"):
        keep_promise(plan=plan, by=other, now=NOON)
    client.force_login(other)
    assert client.post(reverse("reviews:finish_promise", args=[plan.pk])).status_code == 404
    client.force_login(concierge)
    assert "Done." in client.post(reverse("reviews:finish_promise", args=[plan.pk]), follow=True).text
    plan.refresh_from_db()
    assert plan.done_by == concierge


@pytest.mark.parametrize(
    ("outcome", "promise", "sentence"),
    [
        (CallOutcome.REACHED, Promise("Send it", None), "Say by which day you promised it."),
        (CallOutcome.REACHED, Promise("Send it", date(2026, 5, 19)), "This time has passed."),
        (CallOutcome.VOICEMAIL, Promise("Send it", FRIDAY), "You did not speak with them"),
    ],
)
def test_a_promise_that_cannot_be_kept_keeps_nothing(
    outcome: CallOutcome, promise: Promise, sentence: str, concierge: User
) -> None:
    call = make_call()
    with pytest.raises(Refused, match=sentence):
        keep(call, concierge, outcome, promise=promise)
    call.refresh_from_db()
    assert (call.status, call.tries, PlannedTouch.objects.count()) == (CallStatus.WAITING, 0, 0)


def test_whoever_wants_no_calls_is_heard_whatever_else_is_wrong(concierge: User) -> None:
    call = make_call()
    colleague = make_user("Concierge", team=concierge.team)
    assert opened(call, colleague)
    kept = keep(call, concierge, CallOutcome.DO_NOT_CALL, promise=Promise("Send it", None))
    assert kept.not_planned == "The promise was not kept as a task. Say by which day you promised it."
    assert Suppression.objects.filter(contact=call.contact, channel="call").exists()
    kept = keep(make_call(), concierge, CallOutcome.WRONG_NUMBER, promise=Promise("Send it", FRIDAY))
    assert (kept.call.status, kept.plan) == (CallStatus.DONE, None)


def test_of_two_who_have_a_call_open_only_one_keeps_what_came_of_it(concierge: User) -> None:
    call, colleague = make_call(), make_user("Concierge", team=concierge.team, name="Olivia Owens")
    assert opened(call, colleague)
    assert not opened(call, concierge)
    with pytest.raises(OpenElsewhere, match="Olivia Owens has this call open since 10:00 UTC"):
        keep(call, concierge)
    take_over(kind=ClaimKind.CALL, row_id=call.pk, user=concierge, now=NOON)
    assert keep(call, concierge).call.status == CallStatus.DONE
    assert held_by_other(kind=ClaimKind.CALL, row_id=call.pk, user=colleague, now=NOON) is None


def test_a_page_left_open_keeps_nobody_from_calling_for_long(concierge: User) -> None:
    call = make_call()
    assert opened(call, make_user("Concierge", team=concierge.team))
    assert keep(call, concierge, now=NOON + timedelta(minutes=3)).call.status == CallStatus.DONE


def test_the_day_counts_what_went_and_what_is_due(concierge: User) -> None:
    calendar = calendar_of(concierge.team)
    assert day_of(concierge, calendar, NOON).whole is None
    WorkCapacity.objects.create(user=concierge, kind="call", minutes_a_day=90, weekdays=[3])
    make_call(owner_id=concierge.pk)
    make_call(owner_id=concierge.pk, due_at=NOON + timedelta(days=1))
    keep(make_call(), concierge, minutes=7)
    keep(make_call(), concierge, CallOutcome.VOICEMAIL, minutes=2)
    found = day_of(concierge, calendar, NOON)
    assert (found.whole, found.spent, found.calls, found.planned, found.left) == (90, 9, 1, 12, 69)
    assert day_of(concierge, calendar, NOON + timedelta(days=1)).whole == 0, "no minutes on a Thursday"
