"""Whom a playbook is for, row by row (mission.md 3.1)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from retention.rules.playbooks.facts import Past, Reach
from retention.rules.playbooks.fitting import REST_AFTER_WAITING, days_until, fitting, reached, why_not
from retention.states import Arm, Band, EnrolmentEnd, EnrolmentStatus, PlaybookTrigger, StepChannel, ValueTier
from tests.retention.enrolling.making import ALL_OPEN, NOW, person, step, version


def past(**more: Any) -> Past:
    values: dict[str, Any] = {
        "playbook_id": 1,
        "status": EnrolmentStatus.ENDED,
        "ended_at": NOW - timedelta(days=10),
        "end": EnrolmentEnd.COMPLETED,
    }
    return Past(**values | more)


OPEN: dict[str, Any] = {"ended_at": None, "end": None}


@pytest.mark.parametrize(
    ("them", "rules", "why"),
    [
        ({}, {}, ""),
        ({"left": True}, {}, "They have left as a customer."),
        ({"suppressed": True}, {}, "They said stop, or may not be written to."),
        ({}, {"bands": frozenset({Band.HIGH})}, ""),
        ({}, {"bands": frozenset({Band.LOW, Band.MEDIUM})}, "Their risk is high."),
        ({"total": 49}, {"score_from": 50}, "Their score of 49 is below 50."),
        ({"total": 50}, {"score_from": 50}, ""),
        ({"total": 71}, {"score_to": 70}, "Their score of 71 is above 70."),
        ({}, {"reasons_any": frozenset({"quiet_30d", "payment_failed"})}, ""),
        ({}, {"reasons_any": frozenset({"payment_failed"})}, "None of these reasons holds: a payment failed."),
        (
            {},
            {"reasons_all": frozenset({"quiet_30d", "payment_failed"})},
            "Not all of the reasons hold. Missing: a payment failed.",
        ),
        ({"plan": "gold"}, {"plans": frozenset({"silver"})}, "It is not for the plan “gold”."),
        ({}, {"plans": frozenset({"silver"})}, "They have no plan."),
        ({"plan": "gold"}, {"excluded_plans": frozenset({"gold"})}, "It is not for the plan “gold”."),
        ({"tier": "vip"}, {"excluded_tiers": frozenset({"vip"})}, "It is not for the tier “vip”."),
        ({"tier": "vip"}, {"tiers": frozenset({"vip"})}, ""),
        (
            {},
            {"value_tiers": frozenset({ValueTier.HIGH})},
            "It is not for customers of this value: middle value.",
        ),
        ({"reach": {}}, {}, "No step can reach them. SMS is not open to us: It is not known whether we may."),
        ({"activities": 51}, {"trigger": PlaybookTrigger.MILESTONE, "milestones": (50, 100)}, ""),
        (
            {"activities": 53},
            {"trigger": PlaybookTrigger.MILESTONE, "milestones": (50, 100)},
            "With 53 activities no round number was just reached.",
        ),
        ({}, {"trigger": PlaybookTrigger.BIRTHDAY}, "Their birthday is not known."),
        ({"birthday": date(1990, 5, 5)}, {"trigger": PlaybookTrigger.BIRTHDAY}, ""),
        ({"birthday": date(1990, 5, 8)}, {"trigger": PlaybookTrigger.BIRTHDAY, "days_before": 3}, ""),
        (
            {"birthday": date(1990, 5, 9)},
            {"trigger": PlaybookTrigger.BIRTHDAY, "days_before": 3},
            "Their birthday is in 4 days.",
        ),
    ],
)
def test_who_fits(them: dict[str, Any], rules: dict[str, Any], why: str) -> None:
    assert why_not(person(**them), version(**rules), (), NOW) == why


@pytest.mark.parametrize(
    ("known", "rules", "why"),
    [
        (past(), {}, "They were in it lately. Again from 24 June 2026."),
        (past(), {"cooldown": timedelta(days=10)}, ""),
        (past(playbook_id=2), {}, ""),
        (past(end=EnrolmentEnd.STOPPED, began=False), {}, "They were in it lately. Again from 24 June 2026."),
        (past(end=EnrolmentEnd.RECOVERED, began=False), {}, ""),
        (past(end=EnrolmentEnd.OVERTAKEN, began=False), {}, ""),
        (past(end=EnrolmentEnd.OVERTAKEN), {}, "They were in it lately. Again from 24 June 2026."),
        (past(end=EnrolmentEnd.WAITED, began=False), {}, ""),
        (
            past(end=EnrolmentEnd.WAITED, began=False, ended_at=NOW),
            {},
            "They waited too long for it. Again from 12 May 2026.",
        ),
        (past(**OPEN, status=EnrolmentStatus.WAITING, began=False), {}, ""),
        (past(**OPEN, status=EnrolmentStatus.ACTIVE), {}, "They are in it already."),
        (past(**OPEN, status=EnrolmentStatus.HELD_OUT), {"urgent": True}, "They are in it already."),
        (
            past(**OPEN, playbook_id=2, status=EnrolmentStatus.ACTIVE, priority=50),
            {},
            "Another playbook is in command.",
        ),
        (past(**OPEN, playbook_id=2, status=EnrolmentStatus.ACTIVE, priority=49), {}, ""),
        (
            past(**OPEN, playbook_id=2, status=EnrolmentStatus.PAUSED, priority=1),
            {"urgent": True},
            "Somebody paused another playbook for them.",
        ),
        (
            past(**OPEN, playbook_id=2, status=EnrolmentStatus.ACTIVE, priority=1),
            {"excluded_playbooks": frozenset({2})},
            "They are in a playbook that excludes this one.",
        ),
        (past(**OPEN, playbook_id=2, status=EnrolmentStatus.WAITING), {"excluded_playbooks": frozenset({2})}, ""),
        (
            past(**OPEN, playbook_id=2, status=EnrolmentStatus.HELD_OUT),
            {},
            "An experiment holds them out, and this is not urgent.",
        ),
        (past(**OPEN, playbook_id=2, status=EnrolmentStatus.HELD_OUT), {"urgent": True}, ""),
        (past(playbook_id=2), {"after_playbooks": frozenset({2})}, ""),
        (
            past(playbook_id=2, end=EnrolmentEnd.GOAL),
            {"after_playbooks": frozenset({2})},
            "They have not gone through the playbook that comes before this one.",
        ),
        (
            past(playbook_id=2, arm=Arm.HOLDOUT, end=EnrolmentEnd.EXPIRED),
            {"after_playbooks": frozenset({2})},
            "They have not gone through the playbook that comes before this one.",
        ),
    ],
)
def test_what_they_went_through(known: Past, rules: dict[str, Any], why: str) -> None:
    assert why_not(person(), version(**rules), (known,), NOW) == why


def test_cooldown_ends_at_the_moment_it_is_over() -> None:
    ended = past(ended_at=NOW - timedelta(days=60))
    assert why_not(person(), version(), (ended,), NOW - timedelta(seconds=1))
    assert not why_not(person(), version(), (ended,), NOW)
    waited = past(end=EnrolmentEnd.WAITED, began=False, ended_at=NOW - REST_AFTER_WAITING)
    assert not why_not(person(), version(), (waited,), NOW)


def test_highest_priority_that_fits_and_then_the_smaller_id() -> None:
    low, high, same = version(1, priority=10), version(3, priority=90), version(2, priority=90)
    assert fitting(person(), [low, high, same], (), NOW) is same
    assert fitting(person(), [low, high], (), NOW) is high
    paused = version(2, priority=90, paused=True)
    assert fitting(person(), [low, paused], (), NOW) is low
    assert fitting(person(left=True), [low, high], (), NOW) is None


def test_one_open_channel_is_enough() -> None:
    only_mail = {"email": Reach(allowed=True), "sms": Reach(allowed=False, why_not="They do not want SMS.")}
    both = version(1, step(1), step(2, 36, 60, channel=StepChannel.EMAIL))
    assert not why_not(person(reach=only_mail), both, (), NOW)
    assert "They do not want SMS." in why_not(person(reach=only_mail), version(1, step(1)), (), NOW)
    assert not why_not(person(reach=ALL_OPEN), both, (), NOW)


@pytest.mark.parametrize(
    ("birthday", "today", "days"),
    [
        (date(1990, 5, 5), date(2026, 5, 5), 0),
        (date(1990, 5, 4), date(2026, 5, 5), 364),
        (date(1990, 1, 1), date(2026, 12, 31), 1),
        (date(1992, 2, 29), date(2026, 2, 28), 0),
        (date(1992, 2, 29), date(2028, 2, 28), 1),
    ],
)
def test_days_until_a_birthday(birthday: date, today: date, days: int) -> None:
    assert days_until(birthday, today) == days


@pytest.mark.parametrize(("activities", "found"), [(49, None), (50, 50), (52, 50), (53, None), (100, 100), (0, None)])
def test_milestones(activities: int, found: int | None) -> None:
    assert reached(activities, (50, 100)) == found


def test_days_are_those_of_utc() -> None:
    late = datetime(2026, 5, 4, 23, 30, tzinfo=UTC)
    on_the_day = version(trigger=PlaybookTrigger.BIRTHDAY)
    assert why_not(person(birthday=date(1990, 5, 5)), on_the_day, (), late) == "Their birthday is in 1 day."
