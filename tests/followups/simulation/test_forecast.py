"""The messages of four weeks: what deciding day after day would give, by far fewer decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followups.rules import DEFAULT_CADENCE, CadenceRules, Evidence, Planned, SentAttempt, decide, validate_cadence
from followups.rules.forecast import DAYS, forecast, known_at
from followups.rules.nurture import slow_touch
from followups.states import DecisionKind
from tests.followups.evidence import NOW, ago, day, note, quiet, touch
from tests.followups.test_rules_properties import BASE, likely, near, wild

planned = st.lists(
    st.builds(Planned, id=st.integers(1, 99), kind=st.just("call"), at=st.none() | near),
    max_size=1,
).map(tuple)
facts = st.builds(
    lambda evidence, plans, recycle_on: replace(evidence, planned=plans, recycle_on=recycle_on),
    likely | wild,
    st.just(()) | planned,
    st.none() | st.integers(-5, 20).map(lambda days: (BASE + timedelta(days=days)).date()),
)
spans = st.integers(0, 12)
cadences = st.just(DEFAULT_CADENCE) | st.builds(
    lambda gap, most_days, patience, recycle, slower: replace(
        DEFAULT_CADENCE,
        min_gap_days=gap,
        max_days=most_days,
        patience_days=patience,
        recycle_after_days=gap + 1 if recycle else 0,
        nurture_every_days=gap + slower,
    ),
    spans,
    st.integers(1, 90),
    spans,
    st.booleans(),
    st.integers(1, 80),
)


def day_by_day(evidence: Evidence, cadence: CadenceRules, start: datetime, *, chosen: bool = False) -> tuple[int, ...]:
    """The plain way: a decision every day, every message sent at once, whoever was put off woken on the date."""
    evidence = known_at(evidence, start)
    sent: list[int] = []
    for number in range(DAYS):
        at = start + timedelta(days=number)
        decision = decide(evidence, cadence, at)
        while (
            not chosen
            and decision.kind is DecisionKind.RECYCLE
            and decision.due_at is not None
            and decision.due_at <= at
        ):
            evidence = replace(evidence, woken_at=at, recycled=evidence.recycled + 1, recycle_on=None)
            decision = decide(evidence, cadence, at)
        slow = slow_touch(evidence, cadence, decision, at, chosen=chosen)
        useful = decision.useful_reason if slow is None else slow.useful_reason
        if slow is None and (chosen or not decision.drafts):
            continue
        sent.append(number)
        if slow is None and decision.kind is DecisionKind.CLOSE_OUT:
            break
        assert useful is not None
        kind = "follow_up" if slow is None else "nurture"
        evidence = replace(
            evidence,
            attempts=(*evidence.attempts, SentAttempt(at, useful.kind.value, kind)),
            spent=evidence.spent | {useful.key},
        )
    return tuple(sent)


def jumped(
    evidence: Evidence, cadence: CadenceRules = DEFAULT_CADENCE, start: datetime = NOW, *, chosen: bool = False
) -> tuple[int, ...]:
    return forecast(evidence, cadence, decide(evidence, cadence, start), start, chosen=chosen)


@settings(max_examples=150, deadline=None)
@given(facts, cadences, near, st.sampled_from([False, False, True]))
def test_jumping_gives_what_deciding_every_day_gives(
    evidence: Evidence, cadence: CadenceRules, start: Any, chosen: bool
) -> None:
    assert validate_cadence(cadence) == []
    plainly = day_by_day(evidence, cadence, start, chosen=chosen)
    assert jumped(evidence, cadence, start, chosen=chosen) == plainly


@pytest.mark.parametrize(
    ("evidence", "days"),
    [
        pytest.param(quiet(), (0, 5 + 14 + 1), id="a note now, then nothing to say until patience ends"),
        pytest.param(quiet(notes=(note(1), note(2))), (0, 5, 10), id="two reasons, then the closing note"),
        pytest.param(quiet(touches=(touch(1, ago(2)),)), (3, 23), id="the trigger comes due in three days"),
        pytest.param(quiet(touches=(touch(1, ago(8)), touch(2, ago(2), "in"))), (), id="they answered"),
        pytest.param(quiet(stage="won"), (), id="over"),
        pytest.param(quiet(owner_id=None), (), id="a person has to clear something up"),
        pytest.param(quiet(paused=True), (), id="paused for good"),
        pytest.param(quiet(paused=True, paused_until=ago(-4)), (4, 24), id="paused for four days"),
        pytest.param(quiet(next_step_on=day(-6)), (7, 7 + 1 + 14 + 1), id="a next step in six days"),
        pytest.param(quiet(planned=(Planned(1, "call", at=ago(-6)),)), (7, 27), id="a call in six days"),
        pytest.param(quiet(planned=(Planned(1, "task"),)), (), id="an open task without a day"),
        pytest.param(quiet(expires_on=date(2024, 5, 20)), (0,), id="it expires before the closing note"),
        pytest.param(
            quiet(touches=(touch(1, ago(8)), touch(2, ago(1), "in", "out_of_office", returns_on=day(-9)))),
            (9,),
            id="out of office for nine days",
        ),
    ],
)
def test_the_days_on_which_messages_leave(evidence: Evidence, days: tuple[int, ...]) -> None:
    assert jumped(evidence) == days == day_by_day(evidence, DEFAULT_CADENCE, NOW)


def test_who_was_put_off_comes_back_and_is_written_to_anew() -> None:
    spent = quiet(touches=(touch(1, ago(30)), touch(2, ago(20)), touch(3, ago(10))), recycle_on=day(-7))
    assert jumped(spent) == (7, 27)


def test_nurture_has_its_own_slow_rhythm() -> None:
    slow = replace(DEFAULT_CADENCE, nurture_every_days=10)
    asked = quiet(future_fit=True, touches=(touch(1, ago(30)), touch(2, ago(20)), touch(3, ago(6))))
    asked = replace(asked, notes=(note(1), note(2), note(3)))
    assert jumped(asked, slow) == (4, 14, 24) == day_by_day(asked, slow, NOW)
    assert jumped(asked) == ()
    assert jumped(quiet(), chosen=True) == ()
    assert jumped(quiet(), slow, chosen=True) == (2,)


def test_what_is_dated_later_has_not_happened_yet() -> None:
    later = quiet(
        touches=(touch(1, ago(8)), touch(2, ago(-2), "in")),
        quote_sent_on=day(-3),
        last_touch_at=ago(-1),
        notes=(note(), note(2, ago(-5))),
        attempts=(SentAttempt(ago(-4)),),
    )
    assert known_at(later, NOW) == quiet()
    assert jumped(later) == jumped(quiet())


def test_a_quiet_month_takes_few_decisions(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred thousand leads are looked at in a minute only because nobody is decided on 28 times."""
    asked = []

    def counted(evidence: Evidence, cadence: CadenceRules, now: datetime) -> Any:
        asked.append(now)
        return decide(evidence, cadence, now)

    first = decide(quiet(), DEFAULT_CADENCE, NOW)
    monkeypatch.setattr("followups.rules.forecast.decide", counted)
    assert forecast(quiet(), DEFAULT_CADENCE, first, NOW) == (0, 20)
    assert len(asked) <= 4
