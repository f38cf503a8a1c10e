"""Never faster than a provider takes messages, and never more than a new domain may send in a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from config.celery import app
from outreach import tasks
from outreach.models import Brand, Departures, Draft, ProviderRate, SenderDomain
from outreach.services.limits import find_room, forget_departures
from tests.outreach.races import race
from tests.outreach.world import NOW, make_draft

pytestmark = pytest.mark.django_db
MIDNIGHT = datetime(2026, 5, 21, tzinfo=UTC)


def minutes(number: int) -> datetime:
    return NOW + timedelta(minutes=number)


def take_place(*, draft: Draft, now: datetime) -> datetime | None:
    """None where there was room, or when there will be."""
    refused = find_room(draft=draft, now=now)
    return refused.not_before if refused is not None else None


def warm_up(most: int, domain: str = "rekindle.example") -> None:
    SenderDomain.objects.create(domain=domain, began_on=NOW.date(), first_day=most, growth=Decimal(1), most_a_day=most)


def test_without_limits_there_is_room_at_the_price_of_one_query() -> None:
    draft = make_draft()
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        assert take_place(draft=draft, now=NOW) is None
    assert len(queries) == 1
    assert not Departures.objects.exists()


def test_a_full_minute_sends_the_rest_to_the_minutes_after_it() -> None:
    ProviderRate.objects.create(provider="folder", per_minute=2)
    draft = make_draft()
    later = [take_place(draft=draft, now=NOW + timedelta(seconds=second)) for second in range(7)]
    assert later == [None, None, minutes(1), minutes(1), minutes(2), minutes(2), minutes(3)]
    assert [take_place(draft=draft, now=minutes(1)) for _ in range(3)] == [None, None, minutes(3)]


def test_it_says_what_it_waits_for() -> None:
    ProviderRate.objects.create(provider="folder", per_minute=1)
    draft = make_draft()
    assert find_room(draft=draft, now=NOW) is None
    rate = find_room(draft=draft, now=NOW)
    warm_up(1)
    assert find_room(draft=draft, now=minutes(5)) is None
    day = find_room(draft=draft, now=minutes(6))
    assert rate is not None
    assert (rate.code, rate.sentence) == ("rate", "The limit of 1 a minute for folder is reached.")
    assert day is not None
    assert (day.code, day.not_before) == ("warm_up", MIDNIGHT)
    assert day.sentence.startswith("The limit of 1 a day for rekindle.example is reached.")


def test_the_limit_of_another_provider_is_not_ours() -> None:
    ProviderRate.objects.create(provider="postmark", per_minute=1)
    draft = make_draft()
    assert [take_place(draft=draft, now=NOW) for _ in range(3)] == [None] * 3


def test_a_new_domain_grows_by_days_of_utc() -> None:
    SenderDomain.objects.create(domain="rekindle.example", began_on=date(2026, 5, 20), first_day=1, growth=Decimal(2))
    draft = make_draft()
    late = datetime(2026, 5, 20, 23, 59, 59, tzinfo=UTC)
    assert [take_place(draft=draft, now=late) for _ in range(3)] == [None, MIDNIGHT, MIDNIGHT]
    # Two were sent to tomorrow, which takes two: the next one is sent to the day after.
    assert take_place(draft=draft, now=late) == MIDNIGHT + timedelta(days=1)
    assert [take_place(draft=draft, now=MIDNIGHT) for _ in range(2)] == [None, None]


def test_only_mail_of_that_domain_counts() -> None:
    warm_up(1)
    other = Brand.objects.create(key="other", name="Other", from_email="hello@Other.example", postal_address="A street")
    sms, of_another = make_draft(channel="sms"), make_draft()
    Draft.objects.filter(pk=of_another.pk).update(brand=other)
    of_another.refresh_from_db()
    for draft in (sms, of_another):
        assert [take_place(draft=draft, now=NOW) for _ in range(2)] == [None, None]
    SenderDomain.objects.create(domain="other.example", began_on=NOW.date(), first_day=1)
    assert [take_place(draft=of_another, now=NOW) for _ in range(2)] == [None, MIDNIGHT]


def test_who_is_refused_by_the_minute_takes_no_place_of_the_day() -> None:
    warm_up(5)
    ProviderRate.objects.create(provider="folder", per_minute=1)
    draft = make_draft()
    assert [take_place(draft=draft, now=NOW) for _ in range(3)] == [None, minutes(1), minutes(2)]
    assert Departures.objects.get(key="warm_up:rekindle.example").count == 1


def test_a_claim_that_is_rolled_back_gives_its_place_back() -> None:
    ProviderRate.objects.create(provider="folder", per_minute=1)
    draft = make_draft()
    with transaction.atomic():
        assert take_place(draft=draft, now=NOW) is None
        transaction.set_rollback(True)
    assert take_place(draft=draft, now=NOW) is None


def test_old_counts_are_forgotten() -> None:
    for days in (0, 1, 2, 3):
        Departures.objects.create(key="rate:folder", window=NOW - timedelta(days=days), count=1)
    assert forget_departures(now=NOW) == 1
    assert Departures.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_for_many_at_the_same_moment(settings: Settings) -> None:
    ProviderRate.objects.create(provider="folder", per_minute=7)
    warm_up(5)
    draft = make_draft()

    def worker() -> list[datetime | None]:
        return [take_place(draft=draft, now=NOW) for _ in range(6)]

    results = race(*[worker] * 4)
    told = [moment for result in results if isinstance(result, list) for moment in result]
    assert len(told) == 24, results
    assert told.count(None) == 5
    assert set(told) - {None} == {MIDNIGHT + timedelta(days=day) for day in range(4)}
    assert max(told.count(MIDNIGHT + timedelta(days=day)) for day in range(4)) == 5


def test_the_clock_asks_for_it() -> None:
    Departures.objects.create(key="rate:folder", window=NOW - timedelta(days=3), count=1)
    assert "outreach.tasks.forget_departures" in {one["task"] for one in app.conf.beat_schedule.values()}
    with time_machine.travel(NOW):
        tasks.forget_departures()
        tasks.forget_departures()
    assert not Departures.objects.exists()
