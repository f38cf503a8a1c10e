"""The guard against doing things twice: while something is planned, nothing begins (issue 5, part 8)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from followups.rules import DEFAULT_CADENCE, Planned, decide, explain
from followups.rules.recurring import WEEKDAYS, Repeats, days_of, problem_of
from tests.followups.evidence import NOW, ago, quiet, touch

STANDS_DOWN = ("stand_down", 6, ("not_silent",))


def plan(kind: str, days: float | None) -> dict[str, Any]:
    return {"planned": (Planned(1, kind, "Demo", None if days is None else NOW + timedelta(days=days)),)}


@pytest.mark.parametrize(
    ("facts", "answer"),
    [
        ({}, ("continue", 11, ("owner_note",))),
        (plan("task", 3), STANDS_DOWN),
        (plan("task", None), STANDS_DOWN),
        (plan("task", -2), ("continue", 11, ("owner_note",))),
        (plan("call", 1), STANDS_DOWN),
        (plan("reminder", 400), STANDS_DOWN),
        (plan("meeting", -0.4), STANDS_DOWN),
        (plan("meeting", 0.1), STANDS_DOWN),
        (plan("meeting", -1), ("continue", 11, ("owner_note",))),
        ({"touches": (touch(1, ago(8)), touch(2, ago(2), "in"))}, ("stand_down", 5, ("replied",))),
        ({"next_step": "Call", "next_step_on": (NOW + timedelta(days=1)).date()}, STANDS_DOWN),
    ],
    ids=[
        "nothing planned", "open task", "task without a day", "past task", "scheduled touch", "far reminder",
        "meeting earlier today", "meeting later today", "meeting yesterday", "a reply not answered", "next step ahead",
    ],
)  # fmt: skip
def test_nothing_begins_while_normal_follow_up_is_on(facts: dict[str, Any], answer: tuple[Any, ...]) -> None:
    decision = decide(quiet(**facts), DEFAULT_CADENCE, NOW)
    assert (decision.kind, decision.rule, decision.reasons) == answer


def test_a_stop_says_more_than_a_meeting() -> None:
    assert decide(quiet(stage="lost", **plan("meeting", 1)), DEFAULT_CADENCE, NOW).reasons == ("lost",)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (plan("meeting", 2), "“Demo” is planned for 17 May 2024. Normal follow-up is on."),
        (plan("task", None), "“Demo” is planned. Normal follow-up is on."),
        ({**plan("meeting", 2), "next_step_on": date(2024, 5, 13)}, "“Demo” is planned for 17 May 2024."),
        ({**plan("meeting", -3), "next_step_on": date(2024, 5, 20)}, "The next step is set for 20 May 2024."),
    ],
)
def test_the_reason_names_what_is_planned(facts: dict[str, Any], words: str) -> None:
    evidence = quiet(**facts)
    assert explain(decide(evidence, DEFAULT_CADENCE, NOW), evidence).startswith(words)


# --- repeating entries --------------------------------------------------------------------------------------------

SMALL = st.integers(1, 4)
MONTHS = st.lists(st.integers(1, 12), max_size=3, unique=True).map(tuple)
DAYS = st.lists(st.sampled_from([*range(1, 29), -1, -2, -28]), max_size=3, unique=True).map(tuple)
PLAIN = st.lists(st.tuples(st.just(0), st.integers(0, 6)), max_size=3, unique=True).map(tuple)
#: The other reader takes “each Monday and the first Tuesday” for days that are both.
PLACED = PLAIN | st.lists(
    st.tuples(st.sampled_from([1, 2, 4, 5, -1, -2]), st.integers(0, 6)), max_size=3, unique=True
).map(tuple)


@st.composite
def rules(draw: st.DrawFn) -> Repeats:
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    months = draw(MONTHS)
    in_months = frequency == "MONTHLY" or (frequency == "YEARLY" and bool(months))
    weekdays = draw(PLACED if in_months else PLAIN)
    # A fifth Monday is never the third: on what never is, the other reader walks for seconds.
    placed = any(place for place, _ in weekdays)
    month_days = () if frequency == "WEEKLY" or placed else draw(DAYS)
    named = in_months and bool(weekdays or month_days)
    # Without a weekday dateutil takes the one of the first day for a yearly rule with positions only.
    positions = draw(st.sampled_from([(), (1,), (-1,), (1, -2)])) if named and frequency == "MONTHLY" else ()
    return Repeats(
        frequency, draw(SMALL), draw(st.sampled_from([0, 0, 1, 5])), None, weekdays, month_days, months, positions,
        draw(st.sampled_from([0, 6])),
    )  # fmt: skip


def as_text(rule: Repeats) -> str:
    parts = {
        "FREQ": rule.frequency,
        "INTERVAL": rule.interval,
        "COUNT": rule.count or "",
        "BYDAY": ",".join(f"{place or ''}{WEEKDAYS[day]}" for place, day in rule.weekdays),
        "BYMONTHDAY": ",".join(map(str, rule.month_days)),
        "BYMONTH": ",".join(map(str, rule.months)),
        "BYSETPOS": ",".join(map(str, rule.positions)),
        "WKST": WEEKDAYS[rule.week_start],
    }
    return ";".join(f"{name}={value}" for name, value in parts.items() if value)


@settings(max_examples=10)
@given(rule=rules(), first=st.dates(date(2022, 1, 1), date(2024, 6, 1)), ahead=st.integers(0, 700))
def test_the_days_are_those_that_another_reader_finds(rule: Repeats, first: date, ahead: int) -> None:
    """dateutil walks from one day to the next; the first day counts for us even where the rule leaves it out."""
    since = first + timedelta(days=ahead)
    last = since + timedelta(days=90)
    assert problem_of(rule, first, last) == ""
    start = NOW.replace(tzinfo=None, year=first.year, month=first.month, day=first.day)
    bounded = as_text(rule) if rule.count else f"{as_text(rule)};UNTIL={last:%Y%m%d}T235959"
    walked = []
    for at in rrulestr(bounded, dtstart=start):
        if at.date() > last:
            break
        walked.append(at.date())
    if first not in walked:
        walked = [first, *walked][: rule.count or None]
    assert days_of(rule, first=first, since=since, last=last) == [day for day in walked if day >= since]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Repeats("SECONDLY"), "more often than daily"),
        (Repeats("WEEKLY", interval=0), "no days at all"),
        (Repeats("DAILY", positions=(5,)), "Only months and years"),
        (Repeats("YEARLY", weekdays=((20, 0),)), "Name the month"),
        (Repeats("WEEKLY", weekdays=((2, 0),)), "repeats by days or weeks"),
        (Repeats("DAILY", count=9), "more than ten years ago"),
    ],
)
def test_what_is_not_followed_says_why(rule: Repeats, words: str) -> None:
    assert words in problem_of(rule, date(1970, 1, 1), date(2026, 1, 1))
