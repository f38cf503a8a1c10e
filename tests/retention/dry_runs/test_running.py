"""Asking for a dry run, working it out, and everything that can come in between. It writes nothing but its result."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from outreach.models import Draft
from retention.models import PlaybookTrial, PlaybookVersion, Score, WorkCapacity
from retention.rules.playbooks.report import RunReport, report_from
from retention.services import Refused, dry_runs
from retention.services.dry_runs.requests import ticks
from retention.services.refusals import NotPermitted
from retention.states import TrialStatus
from staff.models import User
from tests.factories import make_user
from tests.retention.dry_runs.making import DAY, FIRST, START, happened, make_people, make_version

pytestmark = pytest.mark.django_db
LATER = START + 40 * DAY


@pytest.fixture
def manager() -> User:
    return make_user("Retention manager")


def asked(by: User, days: int = 1, version: PlaybookVersion | None = None) -> PlaybookTrial:
    return dry_runs.request_dry_run(
        version=version or make_version(), first_on=FIRST, last_on=FIRST + timedelta(days=days - 1), by=by, now=LATER
    )


def studio(by: User) -> None:
    happened(make_people(), None, START + 31 * DAY)
    for kind in ("review", "call"):
        WorkCapacity.objects.create(user=by, kind=kind, minutes_a_day=120, weekdays=[1, 2, 3, 4, 5, 6, 7])


def everything() -> dict[str, Any]:
    """How many rows every table has, and how often each was written to in this transaction."""
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model._meta.managed and model is not PlaybookTrial:
                cursor.execute(f'SELECT count(*), max(xmin::text::bigint) FROM "{model._meta.db_table}"')  # noqa: S608
                found[model._meta.label] = cursor.fetchone()
    return found


def result_of(trial: PlaybookTrial) -> RunReport:
    trial.refresh_from_db()
    assert trial.status == TrialStatus.DONE, trial.problem
    return report_from(trial.result)


def test_it_says_who_would_have_got_what_and_writes_nothing_else(manager: User) -> None:
    studio(manager)
    trial = asked(manager)
    before = everything()
    dry_runs.run_dry_run(trial.pk, clock=lambda: LATER)
    found = result_of(trial)
    assert everything() == before
    assert not Score.objects.exists()
    assert not Draft.objects.exists()
    assert (trial.step, trial.steps, trial.finished_at) == (6, 6, LATER)
    assert found.fitted == 4
    assert found.let_in + found.held_out == 4
    by_step = {(one.position, one.outcome) for one in found.steps}
    assert by_step == ({(1, "done")} if found.let_in else set())


def test_broken_off_it_begins_again_and_comes_to_the_same(manager: User) -> None:
    studio(manager)
    version = make_version()
    whole = asked(manager, version=version)
    dry_runs.run_dry_run(whole.pk, clock=lambda: LATER)
    again = asked(manager, version=version)
    # What a killed worker leaves behind.
    PlaybookTrial.objects.filter(pk=again.pk).update(status=TrialStatus.RUNNING, step=4, started_at=LATER)
    assert dry_runs.waiting_dry_runs() == [again.pk]
    dry_runs.run_dry_run(again.pk, clock=lambda: LATER)
    assert result_of(again) == result_of(whole)
    assert dry_runs.waiting_dry_runs() == []
    dry_runs.run_dry_run(again.pk, clock=lambda: LATER + DAY)
    again.refresh_from_db()
    assert again.finished_at == LATER


def test_cancelled_it_keeps_nothing(manager: User) -> None:
    studio(manager)
    trial = asked(manager)
    calls: list[int] = []

    def stop() -> bool:
        calls.append(1)
        if len(calls) == 3:
            dry_runs.cancel_dry_run(trial=trial, by=manager, now=LATER)
        return False

    dry_runs.run_dry_run(trial.pk, clock=lambda: LATER, stop=stop)
    trial.refresh_from_db()
    assert (trial.status, trial.result, len(calls)) == (TrialStatus.CANCELLED, None, 3)
    with pytest.raises(Refused, match="ended already"):
        dry_runs.cancel_dry_run(trial=trial, by=manager, now=LATER)


def test_out_of_time_it_says_how_far_it_came_and_can_be_tried_again(manager: User) -> None:
    studio(manager)
    trial = asked(manager)
    dry_runs.run_dry_run(trial.pk, clock=lambda: LATER, stop=lambda: True)
    trial.refresh_from_db()
    assert trial.status == TrialStatus.FAILED
    assert trial.problem == "There was no time for more than 0 of 6 steps. Choose fewer days."
    dry_runs.retry_dry_run(trial=trial, by=manager, now=LATER)
    dry_runs.run_dry_run(trial.pk, clock=lambda: LATER)
    assert result_of(trial).fitted == 4
    with pytest.raises(Refused, match="Only what failed"):
        dry_runs.retry_dry_run(trial=trial, by=manager, now=LATER)


def test_days_that_cannot_be_played_are_refused(manager: User) -> None:
    happened(make_people(), None, START)
    version = make_version()
    for first, last, sentence in (
        (date(2026, 4, 2), date(2026, 4, 1), "Turn them round"),
        (date(2026, 1, 1), date(2026, 4, 3), "These are 93 days. Choose at most 92."),
        (date(2026, 5, 1), LATER.date(), "is not over yet. Choose days up to 2026-05-10."),
        (date(2020, 1, 1), date(2020, 1, 2), "The first event is of"),
    ):
        with pytest.raises(Refused, match=sentence):
            dry_runs.request_dry_run(version=version, first_on=first, last_on=last, by=manager, now=LATER)
    assert not PlaybookTrial.objects.exists()


def test_without_events_or_right_or_twice_it_is_refused(manager: User) -> None:
    version = make_version()
    with pytest.raises(Refused, match="There are no events yet"):
        asked(manager, version=version)
    happened(make_people(), None, START)
    with pytest.raises(NotPermitted, match="You may not play playbooks through"):
        asked(make_user("Concierge"), version=version)
    asked(manager, version=version)
    with pytest.raises(Refused, match="being worked out already"):
        asked(manager, version=version)


def test_moments_cover_every_day_from_its_first_moment() -> None:
    found = ticks(FIRST, FIRST + timedelta(days=1), timedelta(hours=7))
    assert found[0] == START
    assert found[-1] < START + 2 * DAY <= found[-1] + timedelta(hours=7)
    assert len(ticks(FIRST, FIRST)) == 6
