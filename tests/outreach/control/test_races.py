"""The same done by several at the same moment, with real connections. One test: each empties the database after it."""

from __future__ import annotations

import pytest

from outreach.models import DeliveryEvent, Draft, ProviderRate, SendingStop
from outreach.services import lift_stop, note_complaint, stop_sending
from outreach.services.controlling import set_rate
from outreach.states import DraftStatus
from staff.models import AuditEntry, User
from tests.factories import make_user
from tests.outreach.races import race
from tests.outreach.world import NOW, make_approved

pytestmark = pytest.mark.django_db(transaction=True)


def names(results: list[object]) -> list[str]:
    return sorted(type(one).__name__ for one in results)


def entries(action: str) -> int:
    return AuditEntry.objects.filter(action=f"outreach.{action}").count()


def one_throws_the_switch_and_one_lifts_it(by: User, other: User) -> None:
    results = race(*[lambda who=who: stop_sending(scope="sms", by=who, now=NOW) for who in (by, other)])
    assert names(results) == ["AlreadyStopped", "SendingStop"], results
    stop = SendingStop.objects.get(scope="sms")
    results = race(*[lambda who=who: lift_stop(stop_id=stop.pk, by=who, reason="Fine", now=NOW) for who in (by, other)])
    assert names(results) == ["Refused", "SendingStop"], results
    assert entries("stop_sending") == entries("lift_stop") == 1


def many_complaints_make_one_stop(by: User) -> None:
    draft = make_approved(owner=by)
    Draft.objects.filter(pk=draft.pk).update(status=DraftStatus.SENT, sent_at=NOW, claimed_at=NOW)
    DeliveryEvent.objects.create(draft=draft, kind="complained", at=NOW)
    results = race(*[lambda: note_complaint(now=NOW)] * 3)
    assert names(results) == ["NoneType", "NoneType", "SendingStop"], results
    assert SendingStop.objects.filter(scope="email").count() == 1


def two_who_set_a_new_rate_make_one(by: User) -> None:
    results = race(*[lambda: set_rate(provider="folder", per_minute=60, by=by, now=NOW)] * 2)
    assert names(results) == ["ProviderRate"] * 2, results
    assert ProviderRate.objects.count() == entries("set_rate") == 1


def test_of_several_at_the_same_moment_one_does_it() -> None:
    by, other = make_user("SDR manager"), make_user("SDR manager")
    one_throws_the_switch_and_one_lifts_it(by, other)
    many_complaints_make_one_stop(by)
    two_who_set_a_new_rate_make_one(by)
