"""A dry run over a past month says what a live run in shadow mode came to over the same events."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from contacts.states import EventKind
from outreach.models import Call, Draft
from retention.models import Customer, Enrolment, Experiment, PlaybookVersion, ScoreBand, StepRun, WorkCapacity
from retention.rules.experiments.draw import draw
from retention.rules.playbooks.report import RunReport, report
from retention.services import dry_runs, playbooks, refresh_all_due
from retention.services.dry_runs.playing import DryRun
from retention.services.dry_runs.requests import ticks
from retention.services.enrolling import sweep
from retention.states import Arm
from tests.factories import make_user
from tests.retention.dry_runs.making import DAY, FIRST, LAST, START, happened, make_people, make_version
from tests.retention.playbooks.making import approved

pytestmark = pytest.mark.django_db


def live_in_shadow(version: PlaybookVersion, every: timedelta) -> RunReport:
    """The month as it really passes: events reach us, scores are refreshed, the sweep runs."""
    people = make_people()
    hold_out(version, people, "stays away, cheap")
    before = None
    for at in ticks(FIRST, LAST, every):
        happened(people, before, at)
        refresh_all_due(now=at)
        sweep(now=at)
        before = at
    happened(people, before, START + 31 * DAY)
    return dry_runs.report_of(version, FIRST, LAST)


def hold_out(version: PlaybookVersion, people: dict[str, Customer], name: str) -> None:
    """Let the draw hold out this one of them and nobody else, so that the month is the same whatever their numbers."""
    experiment = Experiment.objects.get(version=version)
    wanted = {one: Arm.HOLDOUT if one == name else Arm.TREATED for one in people}
    experiment.salt = next(
        salt
        for salt in map(str, count())
        if all(draw(salt, people[one].pk, experiment.holdout_percent) == arm for one, arm in wanted.items())
    )
    experiment.save(update_fields=["salt"])


def played(version: PlaybookVersion, every: timedelta) -> RunReport:
    run = DryRun(version, ticks(FIRST, LAST, every))
    for _ in run.moments:
        run.go_on()
    return report(version.name, FIRST, LAST, run.ran())


def in_force(minutes: int = 60, **changes: Any) -> PlaybookVersion:
    for kind, of_kind in (("review", minutes), ("call", 30)):
        WorkCapacity.objects.create(
            user=make_user("Concierge"), kind=kind, minutes_a_day=of_kind, weekdays=[1, 2, 3, 4, 5]
        )
    return playbooks.publish(version=make_version(**changes), reason="To see", by=None, now=START - DAY)


def rival() -> PlaybookVersion:
    """Another playbook, for the same people, that goes first where it fits."""
    approved("rival", ("sms",))
    made = playbooks.create_playbook(name="rival", title="Rival", by=None)
    edited = playbooks.edit_version(
        version=made,
        changes={
            "bands": ["medium", "high"],
            "reasons_any": ["visits_down_75"],
            "value_tiers": ["middle", "low"],
            "priority": 80,
            "goal": "They come again",
            "goal_kinds": [EventKind.CLASS_ATTENDED],
            "assumed_uplift": "1.0",
            "uplift_source": "A guess.",
            "pilot_most": 2,
            "lasts_days": 8,
            "cooldown_days": 10,
            "mode": "shadow",
        },
        steps=[
            {
                "name": "One word", "purpose": "nudge", "channel": "sms", "earliest_hours": 0, "latest_hours": 30,
                "angle": "rival",
            }
        ],
        experiment={"question": "Does it?", "holdout_percent": 20},
        by=None,
    )  # fmt: skip
    return playbooks.publish(version=edited, reason="To see", by=None, now=START - DAY)


@pytest.mark.trial
@pytest.mark.parametrize(("minutes", "quota", "pilot"), [(60, None, 100), (4, 1, 100), (3, None, 2), (2, 2, 3)])
def test_it_does_so_where_people_wait_and_playbooks_compete(minutes: int, quota: int | None, pilot: int) -> None:
    version = in_force(minutes=minutes, pilot_most=pilot)
    rival()
    if quota is not None:
        ScoreBand.objects.update(weekly_quota=quota)
    every = timedelta(hours=8)
    happened_so = live_in_shadow(version, every)
    assert played(version, every) == happened_so
    assert happened_so.fitted


@pytest.mark.parametrize("every", [timedelta(days=1), pytest.param(timedelta(hours=4), marks=pytest.mark.trial)])
def test_a_dry_run_over_a_past_month_equals_the_month_in_shadow(every: timedelta) -> None:
    version = in_force()
    happened_so = live_in_shadow(version, every)
    found = played(version, every)
    assert found == happened_so
    # It was a month in which something happened, and nothing was put before anybody.
    assert found.fitted >= 4
    assert {one.outcome for one in found.steps} >= {"done", "skipped"}
    assert "goal" in found.ends
    assert found.whole_cost > 0
    assert StepRun.objects.exists()
    assert not Draft.objects.exists()
    assert not Call.objects.exists()
    assert Enrolment.objects.filter(version=version).count() == found.fitted
