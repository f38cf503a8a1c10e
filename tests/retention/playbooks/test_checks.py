"""What is wrong with a playbook: every kind of bad input is found, named by its place, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.states import EventKind
from retention.rules.playbooks.checks import (
    USEFUL,
    Around,
    Design,
    Grade,
    Limits,
    Neighbour,
    can_begin,
    cycle_days,
    gap_before,
    problems,
)
from retention.rules.playbooks.facts import Rules, Step
from retention.states import (
    Band,
    PlaybookTrigger,
    StepAudience,
    StepChannel,
    StepCondition,
    StepPurpose,
    StepReview,
)

LIMITS = Limits(pilot_most=1200, uplift_source="The seed.", offer_budget=Decimal(500), assumed_uplift=Decimal(2))
DESIGN = Design(question="Do more come back?", window_days=42)
AROUND = Around(
    reasons=frozenset({"quiet_15d", "quiet_45d", "visits_down_50", "payment_failed", "overdue_2x"}),
    wordings=frozenset({("sms", "rebook"), ("email", "rebook"), ("push", "rebook")}),
    call_minutes=600,
    titles={1: "Mine", 2: "Second", 3: "Third"},
)


def step(position: int, channel: str, earliest: int, latest: int, purpose: str = "friction", **more: Any) -> Step:
    return Step(
        id=position,
        position=position,
        name=f"Step {position}",
        purpose=StepPurpose(purpose),
        channel=StepChannel(channel),
        earliest=timedelta(hours=earliest),
        latest=timedelta(hours=latest),
        angle="" if channel == "call" else "rebook",
        script="Ask what kept them." if channel == "call" else "",
        **more,
    )


def playbook(*steps: Step, **more: Any) -> Rules:
    """The studio's: an SMS, an e-mail, a push message, a call."""
    studio = (
        step(1, "sms", 0, 8),
        step(2, "email", 36, 60, "education"),
        step(3, "push", 120, 144, "proof", audience=StepAudience.APP_USERS),
        step(4, "call", 240, 288, "human", audience=StepAudience.HIGH_VALUE),
    )
    given: dict[str, Any] = {
        "version_id": 1,
        "playbook_id": 1,
        "name": "mine-v1",
        "title": "Mine",
        "steps": steps or studio,
        "bands": frozenset({Band.HIGH}),
        "goal": "A booking",
        "goal_kinds": frozenset({EventKind.BOOKING_MADE.value}),
    }
    return Rules(**(given | more))


def found(rules: Rules, design: Design | None = DESIGN, limits: Limits = LIMITS, around: Around = AROUND) -> list[str]:
    """Each problem as its place, with what it hinders where that is not simply wrong."""
    said = problems(rules, design, limits, around)
    assert all("!" not in one.sentence and one.sentence.endswith((".", "?")) for one in said)
    return [one.where if one.grade is Grade.WRONG else f"{one.where} ({one.grade.value})" for one in said]


def test_the_studio_is_sound() -> None:
    assert found(playbook()) == []
    assert found(playbook(), None) == []


@pytest.mark.parametrize(
    ("steps", "places"),
    [
        # Offers before anything useful.
        ([step(1, "email", 0, 8, "offer")], ["steps.1.purpose"]),
        ([step(1, "email", 0, 8, "nudge"), step(2, "email", 9, 20, "offer")], ["steps.2.purpose"]),
        ([step(1, "email", 0, 8, "value"), step(2, "email", 9, 20, "offer")], []),
        (
            [
                step(1, "push", 0, 8, "value", audience=StepAudience.APP_USERS),
                step(2, "email", 9, 20, "offer"),
            ],
            ["steps.2.purpose"],
        ),
        (
            [
                step(1, "email", 0, 8, "value", audience=StepAudience.HIGH_VALUE),
                step(2, "email", 9, 20, "offer", audience=StepAudience.HIGH_VALUE),
            ],
            [],
        ),
        (
            [step(1, "email", 0, 8, "value"), step(2, "email", 9, 20, "offer", review=StepReview.NEVER)],
            ["steps.2.review"],
        ),
        # Order.
        ([step(2, "sms", 0, 8), step(1, "push", 9, 20)], ["steps"]),
        ([step(1, "sms", 0, 8), step(3, "push", 9, 20)], ["steps"]),
        ([step(1, "sms", 10, 20), step(2, "push", 9, 30)], ["steps.2.earliest_hours"]),
        ([step(1, "sms", 10, 20), step(2, "push", 10, 30)], ["steps.2.earliest_hours"]),
        ([step(1, "sms", 10, 40), step(2, "push", 14, 30)], ["steps.2.latest_hours"]),
        # Delays.
        ([step(1, "push", 0, 8), step(2, "email", 3, 60)], ["steps.2.earliest_hours"]),
        ([step(1, "push", 0, 8), step(2, "email", 4, 11)], ["steps.2.latest_hours"]),
        ([step(1, "push", 0, 8), step(2, "email", 4, 12)], []),
        ([step(1, "sms", 0, 8), step(2, "email", 11, 60)], ["steps.2.earliest_hours"]),
        ([step(1, "sms", 0, 8), step(2, "email", 12, 20)], []),
        ([step(1, "sms", 0, 8), step(2, "email", 12, 19)], ["steps.2.latest_hours"]),
        ([step(1, "sms", 0, 8), step(2, "push", 4, 12), step(3, "email", 11, 60)], ["steps.3.earliest_hours"]),
        ([step(1, "sms", 0, 8), step(2, "best", 11, 60)], ["steps.2.earliest_hours"]),
        ([step(1, "best", 0, 8), step(2, "email", 11, 60)], ["steps.2.earliest_hours"]),
        (
            [step(1, "email", 0, 8), step(2, "call", 47, 90, "human", audience=StepAudience.HIGH_VALUE)],
            ["steps.2.earliest_hours"],
        ),
        ([step(1, "email", 0, 8), step(2, "call", 48, 90, "human", audience=StepAudience.HIGH_VALUE)], []),
        (
            [step(1, "email", 0, 48), step(2, "call", 48, 95, "human", audience=StepAudience.HIGH_VALUE)],
            ["steps.2.latest_hours"],
        ),
        ([step(1, "call", 47, 90, "human", audience=StepAudience.HIGH_VALUE)], ["steps.1.earliest_hours"]),
        ([step(1, "sms", 8, 8)], ["steps.1.latest_hours"]),
        # The playbook's end, after 30 days.
        ([step(1, "sms", 0, 720)], []),
        ([step(1, "sms", 0, 721)], ["steps.1.latest_hours"]),
        ([step(1, "sms", 720, 800)], ["steps.1.earliest_hours"]),
        # Channels, conditions, wording.
        ([step(1, "sms", 0, 8, "human")], ["steps.1.channel"]),
        ([step(1, "sms", 0, 8, condition=StepCondition.NOT_OPENED)], ["steps.1.condition"]),
        ([step(1, "sms", 0, 8, condition=StepCondition.PAYMENT_OPEN)], ["steps.1.condition (note)"]),
        ([step(1, "in_app", 0, 8)], ["steps.1.angle (missing)"]),
        ([replace(step(1, "sms", 0, 8), angle="")], ["steps.1.angle (missing)"]),
        ([step(1, "sms", 0, 8, cost=Decimal(-1))], ["steps.1.cost"]),
    ],
)
def test_steps(steps: list[Step], places: list[str]) -> None:
    assert found(playbook(*steps, offer_min_clv=Decimal(300))) == places


def test_a_playbook_needs_steps() -> None:
    assert found(replace(playbook(), steps=())) == ["steps (missing)"]


@pytest.mark.parametrize(
    ("audience", "minutes", "places"),
    [
        ("high_value", 600, []),
        ("multi_signal", 600, []),
        ("high_value", 0, ["steps.2.channel (note)"]),
        ("everyone", 600, ["steps.2.audience (note)"]),
        ("everyone", 0, ["steps.2.audience (missing)"]),
    ],
)
def test_calls_need_somebody_with_time_and_somebody_worth_it(audience: str, minutes: int, places: list[str]) -> None:
    calls = playbook(step(1, "sms", 0, 8), step(2, "call", 48, 90, "human", audience=StepAudience(audience)))
    assert found(calls, around=replace(AROUND, call_minutes=minutes)) == places
    silent = replace(calls, steps=(calls.steps[0], replace(calls.steps[1], script="")))
    assert "steps.2.script (missing)" in found(silent, around=replace(AROUND, call_minutes=minutes))


@pytest.mark.parametrize(("sms_to_email", "places"), [(12, []), (48, []), (49, ["steps.2.earliest_hours (note)"])])
def test_what_is_urgent_is_quick(sms_to_email: int, places: list[str]) -> None:
    steps = [step(1, "sms", 0, 8), step(2, "email", sms_to_email, 200)]
    asked = {"urgent": True, "reasons_any": frozenset({"payment_failed"})}
    assert found(playbook(*steps, **asked)) == places
    assert found(playbook(step(1, "sms", 2, 8), **asked)) == ["steps.1.earliest_hours (note)"]
    assert found(playbook(urgent=True, reasons_any=frozenset({"quiet_15d"})))[0] == "urgent"


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"bands": frozenset()}, ["bands (missing)"]),
        ({"bands": frozenset(), "score_from": 70}, []),
        ({"reasons_any": frozenset({"quiet_15"})}, ["reasons_any"]),
        ({"reasons_all": frozenset({"nonsense"})}, ["reasons_all"]),
        ({"score_from": 60, "score_to": 50}, ["score_to"]),
        ({"score_to": 101}, ["score_to"]),
        ({"trigger": PlaybookTrigger.MILESTONE}, ["milestones (missing)"]),
        ({"trigger": PlaybookTrigger.MILESTONE, "milestones": (50,)}, []),
        ({"milestones": (50,)}, ["milestones (note)"]),
        ({"trigger": PlaybookTrigger.BIRTHDAY, "days_before": 61}, ["days_before"]),
        ({"plans": frozenset({"a"}), "excluded_plans": frozenset({"a", "b"})}, ["excluded_plans"]),
        ({"tiers": frozenset({"a", "b"}), "excluded_tiers": frozenset({"a"})}, ["excluded_tiers (note)"]),
        ({"goal": ""}, ["goal (missing)"]),
        ({"goal_kinds": frozenset()}, ["goal_kinds (missing)"]),
        ({"goal_kinds": frozenset({EventKind.PAYMENT_FAILED.value})}, ["goal_kinds"]),
        ({"goal_kinds": frozenset({EventKind.EMAIL_CLICKED.value, 999})}, ["goal_kinds", "goal_kinds"]),
        ({"cooldown": timedelta(0)}, ["cooldown_days"]),
        ({"cooldown": timedelta(days=7)}, ["cooldown_days (note)"]),
        ({"lasts": timedelta(days=366)}, ["lasts_days", "experiment.window_days"]),
        ({"priority": 101}, ["priority"]),
        ({"review_minutes": Decimal(0)}, ["review_minutes"]),
    ],
)
def test_whom_it_is_for(changes: dict[str, Any], places: list[str]) -> None:
    assert found(playbook(**changes)) == places


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        *(({"holdout_percent": percent}, ["experiment.holdout_percent"]) for percent in (0, 4, 51, 60, 100)),
        *(({"holdout_percent": percent}, ["experiment.holdout_percent (note)"]) for percent in (5, 9, 16, 50)),
        *(({"holdout_percent": percent}, []) for percent in (10, 12, 15)),
        ({"staggered": True, "holdout_percent": 0}, ["experiment.staggered (note)"]),
        ({"staggered": True, "waves": 1}, ["experiment.waves", "experiment.staggered (note)"]),
        ({"window_days": 29}, ["experiment.window_days"]),
        ({"window_days": 30}, []),
        ({"min_effect": Decimal(0)}, ["experiment.min_effect"]),
        ({"power_percent": 100}, ["experiment.power_percent"]),
        ({"alpha_percent": Decimal(0)}, ["experiment.alpha_percent"]),
        ({"baseline_percent": Decimal(101)}, ["experiment.baseline_percent"]),
        ({"pre_days": 6}, ["experiment.pre_days"]),
        ({"question": ""}, ["experiment.question (missing)"]),
    ],
)
def test_the_experiment(changes: dict[str, Any], places: list[str]) -> None:
    assert found(playbook(), replace(DESIGN, **changes)) == places


@pytest.mark.parametrize(
    ("reasons", "days"),
    [
        ({"reasons_any": {"quiet_15d"}}, 30),
        ({"reasons_any": {"overdue_2x"}}, 90),
        ({"reasons_any": {"quiet_45d"}}, 90),
        ({"reasons_any": {"quiet_15d", "overdue_2x"}}, 30),
        ({"reasons_all": {"visits_down_50", "overdue_2x"}}, 90),
    ],
)
def test_a_window_is_as_long_as_people_take_to_come_round(reasons: dict[str, Any], days: int) -> None:
    rules = playbook(**{name: frozenset(codes) for name, codes in reasons.items()})
    assert cycle_days(rules) == days
    assert found(rules, replace(DESIGN, window_days=days)) == []
    assert found(rules, replace(DESIGN, window_days=days - 1)) == ["experiment.window_days"]


def test_a_window_ends_after_the_playbook() -> None:
    assert found(playbook(lasts=timedelta(days=43)), DESIGN) == ["experiment.window_days"]
    assert found(playbook(lasts=timedelta(days=42)), DESIGN) == []


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"offer_budget": None}, ["offer_budget (missing)"]),
        ({"offer_budget": Decimal(9)}, ["offer_budget"]),
        ({"rates": {"max_complaint_rate": Decimal(2)}}, ["max_complaint_rate"]),
        ({"rates": {"max_complaint_rate": Decimal(0)}}, ["max_complaint_rate"]),
        ({"assumed_uplift": Decimal(-1)}, ["assumed_uplift"]),
        ({"uplift_source": ""}, ["uplift_source (note)"]),
        ({"pilot_most": 0}, ["pilot_most"]),
        ({"pilot_most": None}, ["pilot_most (note)"]),
    ],
)
def test_money(changes: dict[str, Any], places: list[str]) -> None:
    offer = [step(1, "email", 0, 8), step(2, "email", 9, 20, "offer", incentive=Decimal(10))]
    rules = playbook(*offer, offer_min_clv=Decimal(300))
    assert found(rules, limits=replace(LIMITS, **changes)) == places
    if not changes.get("offer_budget", 1):
        assert found(replace(rules, offer_min_clv=None)) == ["offer_min_clv (missing)"]


def test_two_that_leave_each_other_out() -> None:
    others = (Neighbour(playbook_id=2, title="Second", excluded=frozenset({1})),)
    around = replace(AROUND, neighbours=others)
    assert found(playbook(), around=around) == []
    assert found(playbook(excluded_playbooks=frozenset({2})), around=around) == ["excluded_playbooks"]
    assert found(playbook(excluded_playbooks=frozenset({3})), around=around) == []
    assert found(playbook(excluded_playbooks=frozenset({1}))) == ["excluded_playbooks"]


def test_what_comes_after_what() -> None:
    second = Neighbour(playbook_id=2, title="Second", after=frozenset({3}))
    third = Neighbour(playbook_id=3, title="Third", after=frozenset({1}))
    around = replace(AROUND, neighbours=(second, third))
    assert found(playbook(after_playbooks=frozenset({2})), around=around) == ["after_playbooks"]
    assert found(playbook(after_playbooks=frozenset({1}))) == ["after_playbooks"]
    assert found(playbook(after_playbooks=frozenset({2}))) == ["after_playbooks (note)"]
    # One way in is enough.
    free = replace(third, after=frozenset())
    assert found(playbook(after_playbooks=frozenset({2, 3})), around=replace(around, neighbours=(second, free))) == []


def test_can_begin() -> None:
    assert can_begin({1: frozenset({2}), 2: frozenset({1}), 3: frozenset({1, 9}), 4: frozenset()}) == {3, 4, 9}


_steps = st.lists(
    st.tuples(
        st.sampled_from(["sms", "email", "push", "best", "call"]),
        st.sampled_from([60, 72, 48, 12, 11, 0]),
        st.sampled_from([8, 12, 24, 48, 0]),
        st.sampled_from(["education", "nudge", "friction", "offer"]),
        st.sampled_from([StepAudience.EVERYONE, StepAudience.HIGH_VALUE]),
    ),
    min_size=1,
    max_size=4,
)


@given(
    rows=_steps,
    # Mostly what may be, or few of few examples would come to the end.
    holdout=st.sampled_from([5, 12, 15, 49, 50, 0, 51]),
    window=st.sampled_from([60, 45, 31, 30, 29]),
    lasts=st.sampled_from([30, 20, 31]),
)
def test_without_a_problem_everything_can_be_done_in_its_time(
    rows: list[tuple[str, int, int, str, StepAudience]], holdout: int, window: int, lasts: int
) -> None:
    earliest, steps = 0, []
    for place, (channel, later, length, purpose, audience) in enumerate(rows, start=1):
        earliest = max(0, earliest + later)
        steps.append(step(place, channel, earliest, earliest + length, purpose, audience=audience))
    rules = playbook(*steps, lasts=timedelta(days=lasts), offer_min_clv=Decimal(1))
    design = replace(DESIGN, holdout_percent=holdout, window_days=window)
    if any(one.grade is not Grade.NOTE for one in problems(rules, design, LIMITS, AROUND)):
        return
    assert 5 <= holdout <= 50
    assert window >= max(30, lasts)
    for place, one in enumerate(steps):
        assert one.earliest < one.latest <= rules.lasts
        assert one.channel != StepChannel.CALL or one.earliest >= timedelta(hours=48)
        if one.purpose == StepPurpose.OFFER:
            assert {earlier.purpose for earlier in steps[:place]} & USEFUL
        for earlier in steps[:place]:
            assert earlier.earliest < one.earliest
            assert earlier.latest <= one.latest
            # Done at the very last moment, it still leaves the time that must pass before the next.
            assert one.latest - earlier.latest >= gap_before(earlier, one)
            assert one.earliest - earlier.earliest >= gap_before(earlier, one)
