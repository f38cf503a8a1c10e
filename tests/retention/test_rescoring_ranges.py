"""Everybody scored range by range, on connections side by side, is everybody scored at once."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from retention.models import Score, ScoreChange
from retention.services import refreshing, rescore_all
from retention.services.storing import one_at_a_time
from retention.states import ChangeCause
from tests.retention.filling import fill
from tests.retention.worlds import AT, world

pytestmark = pytest.mark.django_db(transaction=True)


def stored() -> list[Any]:
    return list(Score.objects.order_by("customer_id").values())


def test_ranges_give_what_one_pass_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    fill(world(11, 230))
    monkeypatch.setattr(refreshing, "RANGE", 40)
    monkeypatch.setattr(refreshing, "LEAST_RANGE", 10)
    first = rescore_all(now=AT - timedelta(days=1), cause=ChangeCause.FIRST)
    assert first.customers == first.changed == Score.objects.count() > 150
    by_ranges = rescore_all(now=AT, cause=ChangeCause.CHECK)
    found = stored()
    assert by_ranges.changed > 0
    with transaction.atomic():
        at_once = rescore_all(now=AT, cause=ChangeCause.CHECK)
    assert (at_once.changed, at_once.differing) == (0, ())
    assert stored() == found
    assert ScoreChange.objects.count() == first.changed + by_ranges.changed


def test_a_rescore_waits_until_nobody_else_writes_scores() -> None:
    fill(world(12, 40))
    done = threading.Event()

    def rescore() -> None:
        try:
            rescore_all(now=AT, cause=ChangeCause.FIRST)
            done.set()
        finally:
            connection.close()

    other = threading.Thread(target=rescore)
    with transaction.atomic():
        one_at_a_time()
        other.start()
        assert not done.wait(0.5)
    other.join(20)
    assert done.is_set()
    assert Score.objects.exists()
