"""What holds for every evidence, every cadence and every moment."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followups.rules import (
    CSV_COLUMNS,
    DEFAULT_CADENCE,
    DRAFTING,
    CadenceRules,
    ChannelState,
    Engagement,
    Evidence,
    Material,
    Note,
    SentAttempt,
    StepRules,
    Touch,
    Waits,
    csv_row,
    decide,
    digest,
    explain,
    find_reason,
    from_json,
    read_silence,
    to_json,
    validate_cadence,
    with_findings,
)
from followups.states import DecisionKind, ReasonKind, ReviewPolicy, Stage, StepKind

BASE = datetime(2024, 5, 15, 12, tzinfo=UTC)

# Moments a few weeks around one day, often exactly on a day or an hour, so that boundaries and ties are common.
near = st.one_of(
    st.integers(-70, 10).map(lambda days: BASE + timedelta(days=days)),
    st.integers(-70 * 24, 240).map(lambda hours: BASE + timedelta(hours=hours)),
    st.integers(-6_000_000, 900_000).map(lambda seconds: BASE + timedelta(seconds=seconds)),
)
anywhen = st.one_of(near, near, near, st.datetimes(timezones=st.just(UTC)))
anyday = st.one_of(near.map(datetime.date), near.map(datetime.date), st.dates())
ids = st.integers(1, 10**9)
texts = st.sampled_from(["", " ", "Call them", "Send the plan", "x" * 300, "{0} %s |"])
kinds = st.sampled_from(
    ["message", "question", "answer", "quote", "proposal", "call", "note", "out_of_office", "auto_reply", "fax"]
)
channel_names = st.sampled_from(["email", "sms", "push", "call"])
money = st.one_of(st.none(), st.decimals(min_value=0, max_value=10**8, places=2), st.just(Decimal("NaN")))
reason_kinds = st.sampled_from(["", *ReasonKind.values])


def rows(row: st.SearchStrategy[Any], most: int = 5) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(row, max_size=most, unique_by=lambda one: one.id).map(tuple)


touches = rows(
    st.builds(
        Touch,
        id=ids,
        at=anywhen,
        direction=st.sampled_from(["in", "out", "out"]),
        channel=channel_names,
        kind=kinds,
        returns_on=st.none() | anyday,
        summary=texts,
    ),
    most=7,
)
sent = st.builds(SentAttempt, at=anywhen, reason_kind=reason_kinds, kind=st.sampled_from(StepKind.values))
states = st.builds(
    ChannelState,
    channel=channel_names,
    has_address=st.sampled_from([True, True, False]),
    consent=st.sampled_from(["yes", "yes", "no", "unknown"]),
    suppressed_by=st.lists(
        st.sampled_from(["opted_out", "explicit_no", "complaint", "legal", "manual", "hard_bounce", "other"]),
        max_size=2,
    ).map(tuple),
    hard_bounced=st.sampled_from([False, False, True]),
)
clean = st.just((ChannelState("email", True, "yes"),))
keys = st.sampled_from(["note:1", "touch:1", "event:1", "asset:1", "quote:2024-05-01", "proposal:2024-05-01"])

wild = st.builds(
    Evidence,
    lead=st.text(max_size=8),
    stage=st.sampled_from([*Stage.values, "qualified", "qualified", "proposal", "odd"]),
    value=money,
    territory=st.sampled_from(["", "North", "north ", "South"]),
    account_territory=st.sampled_from(["", "", "North"]),
    owner_id=st.sampled_from([None, 1, 1, 1, 2]),
    account_owner_id=st.sampled_from([None, None, 1]),
    strategic=st.booleans(),
    future_fit=st.sampled_from([False, False, True]),
    existing_customer=st.sampled_from([False, False, True]),
    next_step=texts,
    next_step_on=st.none() | anyday,
    quote_sent_on=st.none() | anyday,
    proposal_sent_on=st.none() | anyday,
    last_touch_at=st.none() | anywhen,
    expires_on=st.none() | st.just(date(2030, 1, 1)) | anyday,
    recycle_on=st.none() | anyday,
    paused=st.sampled_from([False, False, True]),
    paused_until=st.none() | st.none() | anywhen,
    duplicate_of=st.sampled_from([(), (), (), ("L-2",)]),
    touches=touches,
    attempts=st.lists(sent, max_size=3).map(tuple),
    channels=clean | st.lists(states, max_size=4, unique_by=lambda state: state.channel).map(tuple),
    engagements=rows(st.builds(Engagement, id=ids, at=anywhen, what=st.sampled_from(["site_returned", "other_thing"]))),
    materials=rows(st.builds(Material, id=ids, title=texts, published_at=anywhen, valid_until=st.none() | anyday)),
    notes=rows(st.builds(Note, id=ids, at=anywhen, text=texts)),
    spent=st.frozensets(keys, max_size=3),
)
# Leads that nothing stops on the way to a message, so that the last rows of the table are reached often.
past = st.integers(7 * 24, 60 * 24).map(lambda hours: BASE - timedelta(hours=hours))
likely = st.builds(
    Evidence,
    lead=st.just("L-1"),
    stage=st.just("qualified"),
    value=money,
    owner_id=st.just(1),
    strategic=st.booleans(),
    quote_sent_on=st.none() | past.map(datetime.date),
    last_touch_at=past,
    channels=clean,
    touches=rows(
        st.builds(Touch, id=ids, at=past, direction=st.just("out"), channel=channel_names, kind=kinds), most=1
    ),
    attempts=st.lists(st.builds(SentAttempt, at=past, reason_kind=reason_kinds), max_size=1).map(tuple),
    notes=rows(st.builds(Note, id=st.just(1), at=past, text=st.just("Call them")), most=1),
    spent=st.frozensets(keys, max_size=1),
)
evidences = wild | likely
days = st.one_of(st.integers(-3, 60), st.sampled_from([10**12, -(10**12)]))
cadences = st.just(DEFAULT_CADENCE) | st.builds(
    CadenceRules,
    name=st.just("any"),
    version=st.just(1),
    channels=st.lists(channel_names, max_size=3).map(tuple),
    steps=st.lists(
        st.builds(
            StepRules,
            position=st.integers(0, 4),
            kind=st.sampled_from([*StepKind.values, "odd"]),
            angle=st.just(""),
            word_limit=st.integers(-5, 100),
            pressure=st.integers(-1, 4),
            reason_kinds=st.lists(reason_kinds, max_size=2).map(tuple),
            channel=st.none() | channel_names,
            review_policy=st.sampled_from(ReviewPolicy.values),
        ),
        max_size=4,
    ).map(tuple),
    max_attempts=st.integers(-1, 4),
    max_days=days,
    waits=st.builds(
        Waits,
        missed_next_step=days,
        unanswered_quote=days,
        quiet_proposal=days,
        stalled_conversation=days,
        no_reply=days,
    ),
    min_gap_days=days,
    patience_days=days,
    allow_existing_customers=st.booleans(),
)
many = settings(max_examples=50, deadline=None)


@many
@given(evidences, cadences, anywhen)
def test_any_evidence_under_any_cadence_gets_one_decision_in_words(
    evidence: Evidence, cadence: CadenceRules, now: datetime
) -> None:
    decision = decide(evidence, cadence, now)
    assert decision == decide(evidence, cadence, now)
    assert 1 <= decision.rule <= 11
    assert decision.reasons
    assert explain(decision, evidence).endswith(".")
    row = csv_row(evidence.lead, decision)
    assert tuple(row) == CSV_COLUMNS
    assert all(isinstance(cell, str) for cell in row.values())
    validate_cadence(cadence)


@many
@given(evidences, near, st.randoms(use_true_random=False))
def test_the_order_in_which_facts_are_read_does_not_matter(evidence: Evidence, now: datetime, random: Any) -> None:
    def shuffled(facts: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(random.sample(facts, len(facts)))

    lists = ("touches", "attempts", "channels", "engagements", "materials", "notes", "duplicate_of")
    mixed: dict[str, Any] = {name: shuffled(getattr(evidence, name)) for name in lists}
    other = replace(evidence, **mixed)
    assert decide(other, DEFAULT_CADENCE, now) == decide(evidence, DEFAULT_CADENCE, now)
    assert digest(other) == digest(evidence)


@many
@given(evidences, near)
def test_what_happens_later_changes_nothing(evidence: Evidence, now: datetime) -> None:
    until_now = replace(
        evidence,
        touches=tuple(touch for touch in evidence.touches if touch.at <= now),
        attempts=tuple(attempt for attempt in evidence.attempts if attempt.at <= now),
        engagements=tuple(event for event in evidence.engagements if event.at <= now),
        materials=tuple(material for material in evidence.materials if material.published_at <= now),
        notes=tuple(note for note in evidence.notes if note.at <= now),
        quote_sent_on=_unless_later(evidence.quote_sent_on, now),
        proposal_sent_on=_unless_later(evidence.proposal_sent_on, now),
        last_touch_at=None
        if evidence.last_touch_at is not None and evidence.last_touch_at > now
        else evidence.last_touch_at,
    )
    assert decide(until_now, DEFAULT_CADENCE, now) == decide(evidence, DEFAULT_CADENCE, now)


def _unless_later(day: date | None, now: datetime) -> date | None:
    return None if day is not None and day > now.date() else day


@many
@given(evidences, cadences, near, st.sampled_from(["opted_out", "explicit_no", "complaint", "legal", "manual"]))
def test_nothing_is_written_to_whoever_is_suppressed_everywhere(
    evidence: Evidence, cadence: CadenceRules, now: datetime, reason: str
) -> None:
    everywhere = tuple(ChannelState(name, True, "yes", (reason,)) for name in ("email", "sms", "push", "call"))
    decision = decide(replace(evidence, channels=everywhere), cadence, now)
    assert decision.kind.value not in DRAFTING
    if cadence.channels:
        assert (decision.kind, decision.rule, decision.reasons) == (DecisionKind.STOP, 1, (reason,))


@many
@given(evidences, cadences, near)
def test_nothing_is_written_without_consent(evidence: Evidence, cadence: CadenceRules, now: datetime) -> None:
    unclear = tuple(replace(s, consent="unknown" if s.consent == "yes" else s.consent) for s in evidence.channels)
    decision = decide(replace(evidence, channels=unclear), cadence, now)
    assert decision.kind.value not in DRAFTING
    assert decision.channel is None


@many
@given(evidences, cadences, near)
def test_a_draft_goes_only_where_it_may(evidence: Evidence, cadence: CadenceRules, now: datetime) -> None:
    decision = decide(evidence, cadence, now)
    if not decision.drafts:
        assert (decision.channel, decision.step, decision.review_reasons) == (None, "", ())
        return
    state = next(state for state in evidence.channels if state.channel == decision.channel)
    assert (state.consent, state.has_address, state.suppressed_by, state.hard_bounced) == ("yes", True, (), False)
    assert decision.channel in cadence.channels
    assert evidence.stage not in ("won", "lost")
    assert evidence.owner_id is not None


@many
@given(evidences, near)
def test_without_an_unspent_reason_nobody_is_written_to_again(evidence: Evidence, now: datetime) -> None:
    spent = set(evidence.spent)
    silence = read_silence(evidence, now)
    while (reason := find_reason(replace(evidence, spent=frozenset(spent)), silence)) is not None:
        spent.add(reason.key)
    decision = decide(replace(evidence, spent=frozenset(spent)), DEFAULT_CADENCE, now)
    assert decision.kind not in (DecisionKind.CONTINUE, DecisionKind.CHANGE_ANGLE)


@many
@given(evidences, near)
def test_spending_a_reason_never_makes_us_write_more(evidence: Evidence, now: datetime) -> None:
    writes = (DecisionKind.CONTINUE, DecisionKind.CHANGE_ANGLE)
    before = decide(evidence, DEFAULT_CADENCE, now)
    reason = find_reason(evidence, read_silence(evidence, now))
    extra = {"note:1", reason.key} if reason is not None else {"note:1"}
    after = decide(replace(evidence, spent=evidence.spent | extra), DEFAULT_CADENCE, now)
    if before.kind not in writes:
        assert after == before
    elif after.useful_reason is not None:
        assert after.useful_reason.key not in extra


@many
@given(evidences, near)
def test_a_wait_ends_in_the_future_and_a_draft_is_due_already(evidence: Evidence, now: datetime) -> None:
    decision = decide(evidence, DEFAULT_CADENCE, now)
    if decision.kind is DecisionKind.WAIT:
        if decision.due_at is None:
            assert decision.reasons == ("paused",)
        elif decision.rule == 10:
            assert decision.due_at >= now  # patience lasts up to and including its last second
        else:
            assert decision.due_at > now
    elif decision.drafts:
        assert decision.due_at is not None
        assert decision.due_at <= now


@many
@given(likely, st.integers(0, 40 * 24), st.integers(0, 40 * 24))
def test_while_nothing_changes_a_decision_to_write_stays_due_at_one_moment(
    evidence: Evidence, first_hour: int, second_hour: int
) -> None:
    first = decide(evidence, DEFAULT_CADENCE, BASE + timedelta(hours=first_hour))
    second = decide(evidence, DEFAULT_CADENCE, BASE + timedelta(hours=second_hour))
    if first.drafts and (second.kind, second.reasons, second.trigger) == (first.kind, first.reasons, first.trigger):
        assert second == first
        assert explain(second, evidence) == explain(first, evidence)


@many
@given(evidences, near, st.sampled_from(ReviewPolicy.values), st.lists(st.sampled_from(["commitment", "length"])))
def test_closing_the_loop_is_always_reviewed(evidence: Evidence, now: datetime, policy: str, gates: list[str]) -> None:
    steps = tuple(replace(step, review_policy=policy) for step in DEFAULT_CADENCE.steps)
    decision = decide(evidence, replace(DEFAULT_CADENCE, steps=steps), now)
    reasons = with_findings(decision, tuple(gates), policy)
    if decision.kind is DecisionKind.CLOSE_OUT:
        assert decision.review_reasons[0] == reasons[0] == "close_loop"
    else:
        assert "close_loop" not in reasons
    assert len(set(reasons)) == len(reasons)
    assert set(decision.review_reasons) <= set(reasons)
    if decision.drafts:
        assert set(gates) <= set(reasons)


@many
@given(evidences, cadences, near)
def test_stored_evidence_replays_to_the_same_decision(evidence: Evidence, cadence: CadenceRules, now: datetime) -> None:
    stored = json.loads(json.dumps(to_json(evidence)))
    again = from_json(stored)
    assert decide(again, cadence, now) == decide(evidence, cadence, now)
    assert digest(again) == digest(evidence)
    assert to_json(again) == stored


@many
@given(evidences)
def test_a_changed_fact_changes_the_digest(evidence: Evidence) -> None:
    extra = Note(10**10, BASE, "Something new")
    assert digest(replace(evidence, notes=(*evidence.notes, extra))) != digest(evidence)
    assert digest(replace(evidence, paused=not evidence.paused)) != digest(evidence)
    assert len(digest(evidence)) == 64


@pytest.mark.parametrize("wrong", [{}, {"lead": "L-1"}, {**to_json(Evidence("L-1", "new")), "value": {}}])
def test_what_is_no_evidence_is_not_read_as_one(wrong: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_json(wrong)
