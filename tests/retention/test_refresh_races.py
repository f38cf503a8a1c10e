"""Two at the same moment, with two real connections: everything is stored once, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from retention import services, tasks
from retention.models import Score, ScoreChange
from retention.states import ChangeCause, ModelStatus
from tests.outreach.races import race
from tests.retention.making import NOW, did, draft, in_force, make_customer, refreshed, rescored

pytestmark = pytest.mark.django_db(transaction=True)


def wrong_of(*deeds: Callable[[], object]) -> list[object]:
    """What went wrong when all of them were done at the same moment."""
    return [one for one in race(*deeds) if isinstance(one, Exception)]


def test_two_refreshes_at_once_never_double_the_history() -> None:
    customers = [make_customer() for _ in range(12)]
    assert wrong_of(*[lambda: services.refresh_all_due(now=NOW)] * 2) == []
    for customer in customers:
        did(customer, "payment_failed", 1)
    assert wrong_of(*[lambda: services.refresh_all_due(now=NOW)] * 3) == []
    assert Score.objects.count() == 12
    assert sorted(ScoreChange.objects.values_list("cause", flat=True)) == ["first"] * 12 + ["refresh"] * 12
    assert rescored().differing == ()


def test_a_refresh_and_a_full_rescore_at_once_store_everything_once() -> None:
    customers = [make_customer() for _ in range(6)]
    refreshed()
    for customer in customers:
        did(customer, "payment_failed", 1)
    late = NOW + timedelta(minutes=1)
    assert (
        wrong_of(
            lambda: services.refresh_all_due(now=NOW),
            lambda: services.rescore_all(now=late, cause=ChangeCause.CHECK),
        )
        == []
    )
    assert ScoreChange.objects.exclude(cause="first").count() == 6
    assert set(Score.objects.values_list("payment", flat=True)) == {25}


def test_of_two_who_publish_at_once_one_is_told() -> None:
    make_customer()
    first = draft()

    def publish() -> None:
        services.publish(version=first, reason="Try.", by=None, now=NOW)

    (wrong,) = wrong_of(publish, publish)
    assert isinstance(wrong, services.Refused)
    assert in_force() == first
    assert first.model.versions.filter(status=ModelStatus.PUBLISHED).count() == 1


def test_a_second_refresher_steps_aside() -> None:
    make_customer()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [tasks.REFRESH_LOCK])
    try:
        assert wrong_of(tasks.refresh_scores) == []
        assert not Score.objects.exists()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [tasks.REFRESH_LOCK])
    tasks.refresh_scores()
    assert Score.objects.count() == 1
    tasks.check_scores()
    assert ScoreChange.objects.count() == 1
