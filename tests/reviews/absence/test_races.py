"""Sweeps that run twice at the same moment, or are interrupted, tell nobody twice and lose nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection

from reviews.models import Escalation, HandOver
from reviews.services import deadlines, hand_overs
from reviews.services.deadlines import escalate
from reviews.services.hand_overs import hand_over
from reviews.services.telling import tell_at_once
from staff import services as staff
from staff.models import Notification
from tests.factories import make_team, make_user
from tests.outreach.races import race
from tests.outreach.world import NOW, make_draft
from tests.reviews.notices.channel import listening

LATER = NOW + timedelta(hours=8)


class LostConnection:
    """The database is gone at the so-manyth time that a statement begins with these words."""

    def __init__(self, words: str, times: int) -> None:
        self.words, self.left = words, times

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if self.words in sql:
            self.left -= 1
            if not self.left:
                raise OperationalError("the connection is lost")
        return execute(sql, *rest)


@pytest.mark.django_db
def test_an_interrupted_sweep_keeps_what_is_whole_and_the_next_one_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    boss = make_user("SDR manager")
    owner = make_user("Account owner", team=make_team(manager=boss))
    for _ in range(3):
        make_draft(owner=owner, due_at=NOW)
    monkeypatch.setattr(deadlines, "BATCH", 1)
    monkeypatch.setattr(hand_overs, "BATCH", 1)
    with connection.execute_wrapper(LostConnection("INTO staff_notification", 2)), pytest.raises(OperationalError):
        escalate(now=NOW + timedelta(days=200))
    assert (Escalation.objects.count(), Notification.objects.filter(user=boss).count()) == (1, 1)
    assert escalate(now=NOW + timedelta(days=200)).escalated == 2
    Notification.objects.all().delete()
    staff.add_absence(user=owner, first_on=NOW.date(), last_on=NOW.date(), by=None, now=NOW)
    with connection.execute_wrapper(LostConnection("INTO staff_notification", 2)), pytest.raises(OperationalError):
        hand_over(now=NOW)
    assert (HandOver.objects.count(), owner.drafts.count(), boss.drafts.count()) == (1, 2, 1)
    assert hand_over(now=NOW).given == 2


@pytest.mark.trial
@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_tell_nobody_twice(settings: Any) -> None:
    boss = make_user("SDR manager")
    owner = make_user("Account owner", team=make_team(manager=boss))
    for _ in range(30):
        make_draft(owner=owner, due_at=NOW)
    late = NOW + timedelta(days=200)
    found = race(*(lambda: escalate(now=late).escalated,) * 4)
    assert sum(one for one in found if isinstance(one, int)) == Escalation.objects.count() == 30
    # Put off, all of them are told of once more, in the rows of the first time.
    owner.drafts.update(snoozed_until=late + timedelta(days=1))
    late += timedelta(days=9)
    found = race(*(lambda: escalate(now=late).escalated,) * 4)
    assert sum(one for one in found if isinstance(one, int)) == Escalation.objects.count() == 30
    owner.drafts.update(snoozed_until=None)
    staff.add_absence(user=owner, first_on=NOW.date(), last_on=NOW.date(), by=None, now=NOW)
    given = race(*(lambda: hand_over(now=NOW).given,) * 4)
    assert sum(one for one in given if isinstance(one, int)) == HandOver.objects.count() == 30
    with listening() as channel:
        settings.SLACK_WEBHOOK_URL = channel.address
        race(*(lambda: tell_at_once(now=late),) * 4)
        told = [text.partition("\n")[0] for text in channel.texts]
    assert sorted(told) == sorted({f"*{boss}*", f"*{owner}*"})
