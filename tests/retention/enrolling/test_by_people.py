"""What people decide about one enrolment: with a reason, audited, and only where they may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from outreach.models import Draft
from outreach.states import DraftStatus
from retention.models import Enrolment
from retention.services.enrolling import pause, resume, stop
from retention.services.refusals import NotPermitted, Refused
from retention.states import Arm, EnrolmentEnd, EnrolmentStatus, StepReview
from staff.models import AuditEntry, Team, User
from tests.factories import make_user
from tests.retention.enrolling.rows import EMAIL, SMS, at_risk, experiment, of, owner, playbook, runs, swept
from tests.retention.making import NOW

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
WHY: dict[str, Any] = {"reason": "They asked for quiet.", "now": NOW + HOUR}


def manager() -> User:
    return make_user(name="Grace", is_superuser=True)


@pytest.fixture
def begun() -> Enrolment:
    playbook("try", {**SMS, "review": StepReview.ALWAYS}, EMAIL)
    owner()
    customer = at_risk()
    swept()
    return of(customer)


def test_paused_gets_nothing_and_resumed_goes_on(begun: Enrolment) -> None:
    by = manager()
    paused = pause(enrolment_id=begun.pk, by=by, **WHY)
    assert (paused.status, paused.paused_by, paused.paused_at) == (EnrolmentStatus.PAUSED, by, NOW + HOUR)
    assert Draft.objects.get().status == DraftStatus.WITHDRAWN
    swept(NOW + 36 * HOUR)
    assert Draft.objects.count() == 1
    resume(enrolment_id=begun.pk, reason="They are back.", by=by, now=NOW + 37 * HOUR)
    swept(NOW + 37 * HOUR)
    assert runs(begun.customer) == [(1, "withdrawn"), (2, "drafted")]
    actions = set(AuditEntry.objects.filter(actor=by).values_list("action", flat=True))
    assert actions == {"retention.pause_enrolment", "retention.resume_enrolment"}


def test_a_paused_one_still_ends_when_its_time_is_over(begun: Enrolment) -> None:
    pause(enrolment_id=begun.pk, by=manager(), **WHY)
    swept(NOW + timedelta(days=30))
    begun.refresh_from_db()
    assert (begun.end, begun.paused_at) == (EnrolmentEnd.EXPIRED, NOW + HOUR)


def test_stopped_ends_takes_back_and_cools_down(begun: Enrolment) -> None:
    by = manager()
    stopped = stop(enrolment_id=begun.pk, by=by, **WHY)
    assert (stopped.end, stopped.end_note, stopped.ended_by) == (EnrolmentEnd.STOPPED, WHY["reason"], by)
    assert Draft.objects.get().status == DraftStatus.WITHDRAWN
    swept(NOW + timedelta(days=2))
    assert Enrolment.objects.count() == 1
    with pytest.raises(Refused, match="It has ended already"):
        stop(enrolment_id=begun.pk, by=by, **WHY)


@pytest.mark.parametrize("decide", [pause, resume, stop])
def test_who_may_not_is_refused(begun: Enrolment, decide: Callable[..., Any]) -> None:
    with pytest.raises(NotPermitted, match="You may not change enrolments"):
        decide(enrolment_id=begun.pk, by=make_user(), **WHY)
    begun.refresh_from_db()
    assert begun.status == EnrolmentStatus.ACTIVE


def test_customers_of_other_teams_are_out_of_reach(begun: Enrolment) -> None:
    begun.customer.owner = make_user(team=Team.objects.create(name="Other"))
    begun.customer.save()
    by = make_user("Retention manager", team=Team.objects.create(name="Ours"))
    if by.has_perm("retention.see_every_customer"):
        assert stop(enrolment_id=begun.pk, by=by, **WHY).end == EnrolmentEnd.STOPPED
    else:
        with pytest.raises(NotPermitted, match="belongs to another team"):
            stop(enrolment_id=begun.pk, by=by, **WHY)


def test_refusals_say_why(begun: Enrolment) -> None:
    by = manager()
    with pytest.raises(Refused, match="Say why it is stopped"):
        stop(enrolment_id=begun.pk, reason=" ", by=by, now=NOW)
    with pytest.raises(Refused, match="Only what is paused"):
        resume(enrolment_id=begun.pk, by=by, **WHY)
    with pytest.raises(Refused, match="no such enrolment"):
        pause(enrolment_id=10**9, by=by, **WHY)


def test_who_is_held_out_stays_in_the_experiment() -> None:
    experiment(playbook(), holdout_percent=50)
    customer = at_risk(arm=Arm.HOLDOUT)
    swept()
    held = of(customer)
    assert held.status == EnrolmentStatus.HELD_OUT
    with pytest.raises(Refused, match="An experiment holds them out"):
        stop(enrolment_id=held.pk, by=manager(), **WHY)
