"""Calls and refusals at the same moment, with real connections."""

from __future__ import annotations

from functools import partial

import pytest

from contacts.models import ActiveSuppression, Touch
from outreach import services
from outreach.models import Call
from outreach.services import StaleCall
from outreach.states import CallOutcome, CallStatus
from staff.models import User
from tests.factories import make_user
from tests.outreach.calls.making import NOON, make_call, make_callable
from tests.outreach.races import race
from tests.outreach.world import make_approved

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.trial]


def keep(call: Call, outcome: str, by: User) -> Call:
    return services.keep_outcome(call_id=call.pk, outcome=outcome, note="", minutes=1, by=by, now=NOON)


def test_two_who_made_the_same_call_keep_it_once() -> None:
    one, other = make_user(is_superuser=True), make_user(is_superuser=True)
    contact = make_callable()
    for rounds in range(1, 16):
        call = make_call(contact)
        results = race(*(partial(keep, call, CallOutcome.REACHED, by) for by in (one, other)))
        assert sum(isinstance(result, Call) for result in results) == 1, results
        assert sum(isinstance(result, StaleCall) for result in results) == 1, results
        assert Touch.objects.filter(contact=contact).count() == rounds


def test_no_call_is_left_to_be_made_where_somebody_says_stop_at_the_same_moment() -> None:
    caller = make_user(is_superuser=True)
    for _ in range(10):
        contact = make_callable()
        call, other, draft = make_call(contact), make_call(contact), make_approved(contact)
        results = race(
            partial(keep, call, CallOutcome.DO_NOT_CALL, caller),
            partial(services.opt_out, draft=draft, source="Link", now=NOON),
        )
        assert not any(isinstance(result, Exception) for result in results), results
        assert not Call.objects.filter(contact=contact, status=CallStatus.WAITING).exists()
        other.refresh_from_db()
        assert other.status == CallStatus.CALLED_OFF
        channels = set(ActiveSuppression.objects.filter(contact=contact).values_list("channel", flat=True))
        assert channels == {"all", "call"}
