"""Every row of the decision table, both sides of every boundary, and which row goes first."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from followups.rules import (
    DEFAULT_CADENCE,
    ChannelState,
    Evidence,
    SentAttempt,
    decide,
    step_rules,
    with_findings,
)
from tests.followups.evidence import E_MAIL, NO_SMS, NOW, SECOND, ago, day, note, quiet, touch

LENIENT = replace(DEFAULT_CADENCE, allow_existing_customers=True)


def suppressed(*reasons: str, channel: str = "email") -> ChannelState:
    return ChannelState(channel, has_address=True, consent="yes", suppressed_by=reasons)


def answer(evidence: Evidence, at: datetime = NOW, cadence: Any = DEFAULT_CADENCE) -> tuple[int, str, str]:
    decision = decide(evidence, cadence, at)
    return decision.rule, decision.kind.value, "|".join(decision.reasons)


GO_ON = (11, "continue", "owner_note")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, GO_ON),
        # Row 1
        ({"channels": (suppressed("opted_out"),)}, (1, "stop", "opted_out")),
        ({"channels": (suppressed("explicit_no"),)}, (1, "stop", "explicit_no")),
        ({"channels": (suppressed("complaint"),)}, (1, "stop", "complaint")),
        ({"channels": (suppressed("legal"),)}, (1, "stop", "legal")),
        ({"channels": (suppressed("manual"),)}, (1, "stop", "manual")),
        ({"channels": (suppressed("manual", "complaint", "legal"),)}, (1, "stop", "complaint")),
        ({"channels": (suppressed("legal"), suppressed("opted_out", channel="sms"))}, (1, "stop", "opted_out")),
        # an open channel beside a suppressed one
        ({"channels": (suppressed("legal"), ChannelState("sms", True, "yes"))}, GO_ON),
        # a channel without an address is no way out, and neither is a bounced one
        ({"channels": (suppressed("legal"), ChannelState("sms", False, "yes"))}, (1, "stop", "legal")),
        (
            {"channels": (suppressed("legal"), ChannelState("sms", True, "yes", hard_bounced=True))},
            (1, "stop", "legal"),
        ),
        # every address bounced, yet they opted out: the opt-out is what counts
        ({"channels": (suppressed("hard_bounce", "opted_out"),)}, (1, "stop", "opted_out")),
        # no address at all, opted out of everything the cadence has
        (
            {
                "channels": (
                    ChannelState("email", suppressed_by=("opted_out",)),
                    ChannelState("sms", suppressed_by=("opted_out",)),
                )
            },
            (1, "stop", "opted_out"),
        ),
        ({"channels": (ChannelState("email", suppressed_by=("opted_out",)), NO_SMS)}, (3, "stop", "unreachable")),
        # a suppression on a channel that the cadence does not use stops nothing
        ({"channels": (E_MAIL, suppressed("legal", channel="push"))}, GO_ON),
        # Row 2
        ({"stage": "won"}, (2, "stop", "won")),
        ({"stage": "lost"}, (2, "stop", "lost")),
        ({"expires_on": day(1)}, (2, "stop", "expired")),
        ({"expires_on": day(0)}, GO_ON),
        # Row 3
        ({"channels": ()}, (3, "stop", "unreachable")),
        ({"channels": (replace(E_MAIL, has_address=False),)}, (3, "stop", "unreachable")),
        ({"channels": (replace(E_MAIL, hard_bounced=True),)}, (3, "stop", "unreachable")),
        ({"channels": (suppressed("hard_bounce"),)}, (3, "stop", "unreachable")),
        ({"channels": (replace(E_MAIL, hard_bounced=True), ChannelState("sms", True, "yes"))}, GO_ON),
        ({"channels": (ChannelState("push", True, "yes"),)}, (3, "stop", "unreachable")),
        # Row 5
        ({"touches": (touch(1, ago(8)), touch(2, ago(7), "in"))}, (5, "stand_down", "replied")),
        ({"touches": (touch(1, ago(8)), touch(2, ago(8) + SECOND, "in"))}, (5, "stand_down", "replied")),
        ({"touches": (touch(1, ago(8)), touch(2, ago(8), "in"))}, GO_ON),
        ({"touches": (touch(1, ago(8)), touch(2, ago(7), "in", "auto_reply"))}, GO_ON),
        ({"touches": (touch(1, ago(8)), touch(2, ago(7), "in", "out_of_office"))}, GO_ON),
        ({"touches": (touch(2, ago(90), "in"),)}, (5, "stand_down", "replied")),
        # Row 6
        ({"touches": (touch(1, ago(2)),)}, (6, "stand_down", "not_silent")),
        ({"touches": ()}, (6, "stand_down", "not_silent")),
        ({"touches": (touch(1, ago(5)),)}, GO_ON),
        ({"touches": (touch(1, ago(5) + SECOND),)}, (6, "stand_down", "not_silent")),
        ({"next_step_on": day(0)}, (6, "stand_down", "not_silent")),
        ({"next_step_on": day(-3)}, (6, "stand_down", "not_silent")),
        ({"next_step_on": day(1)}, GO_ON),
        # Row 7
        ({"channels": (replace(E_MAIL, consent="unknown"),)}, (7, "intake", "consent_unclear")),
        ({"channels": (replace(E_MAIL, consent="no"),)}, (7, "intake", "consent_unclear")),
        (
            {"channels": (suppressed("legal"), ChannelState("sms", True, "unknown"))},
            (7, "intake", "consent_unclear"),
        ),
        ({"duplicate_of": ("L-2",)}, (7, "intake", "duplicate")),
        ({"territory": "North", "account_territory": "South"}, (7, "intake", "territory_conflict")),
        ({"territory": "North ", "account_territory": "NORTH"}, GO_ON),
        ({"territory": "North", "account_territory": " "}, GO_ON),
        ({"account_owner_id": 8}, (7, "intake", "owner_conflict")),
        ({"account_owner_id": 7}, GO_ON),
        ({"existing_customer": True}, (7, "intake", "existing_customer")),
        ({"owner_id": None}, (7, "intake", "unowned")),
        ({"owner_id": None, "account_owner_id": 8}, (7, "intake", "unowned")),
        (
            {
                "channels": (replace(E_MAIL, consent="no"),),
                "duplicate_of": ("L-2",),
                "territory": "a",
                "account_territory": "b",
                "account_owner_id": 8,
                "existing_customer": True,
            },
            (7, "intake", "consent_unclear|duplicate|territory_conflict|owner_conflict|existing_customer"),
        ),
        ({"existing_customer": True, "owner_id": None}, (7, "intake", "existing_customer|unowned")),
        # Row 8
        ({"paused": True}, (8, "wait", "paused")),
        ({"paused": True, "paused_until": NOW + SECOND}, (8, "wait", "paused")),
        ({"paused": True, "paused_until": NOW}, GO_ON),
        ({"touches": (touch(1, ago(9)), touch(2, ago(5) + SECOND))}, (8, "wait", "too_soon")),
        ({"touches": (touch(1, ago(9)), touch(2, ago(5)))}, GO_ON),
        # Row 9
        ({"touches": tuple(touch(i, ago(30 - 10 * i)) for i in range(3))}, (9, "close_out", "attempts_spent")),
        (
            {"touches": tuple(touch(i, ago(30 - 10 * i)) for i in range(3)), "future_fit": True},
            (9, "nurture", "attempts_spent"),
        ),
        (
            {"touches": tuple(touch(i, ago(30 - 10 * i)) for i in range(3)), "recycle_on": day(-60)},
            (9, "recycle", "attempts_spent"),
        ),
        (
            {"touches": tuple(touch(i, ago(30 - 10 * i)) for i in range(3)), "future_fit": True, "recycle_on": day(-9)},
            (9, "nurture", "attempts_spent"),
        ),
        ({"touches": (touch(1, ago(45)),)}, GO_ON),
        ({"touches": (touch(1, ago(45) - SECOND),)}, (9, "close_out", "sequence_expired")),
        ({"touches": (touch(1, ago(46)),), "future_fit": True}, (9, "nurture", "sequence_expired")),
        ({"touches": (touch(1, ago(46)),), "recycle_on": day(9)}, (9, "recycle", "sequence_expired")),
        # an old answer starts the count anew
        ({"touches": (touch(1, ago(90)), touch(2, ago(80), "in"), touch(3, ago(8)))}, GO_ON),
        # Row 10: no reply waits 5 days, the patience is 14
        ({"notes": ()}, (10, "wait", "no_useful_reason")),
        ({"notes": (), "touches": (touch(1, ago(19)),)}, (10, "wait", "no_useful_reason")),
        ({"notes": (), "touches": (touch(1, ago(19) - SECOND),)}, (10, "close_out", "no_useful_reason")),
        ({"notes": (), "future_fit": True}, (10, "nurture", "no_useful_reason")),
        ({"spent": frozenset({"note:1"})}, (10, "wait", "no_useful_reason")),
        # Row 11
        ({"attempts": (SentAttempt(ago(6), "owner_note"),)}, (11, "change_angle", "owner_note")),
        ({"attempts": (SentAttempt(ago(6), "new_material"),)}, GO_ON),
        ({"attempts": (SentAttempt(ago(6)),)}, GO_ON),
    ],
)
def test_each_row(facts: dict[str, Any], expected: tuple[int, str, str]) -> None:
    assert answer(quiet(**facts)) == expected


#: Facts that make one row hold, row by row. Each can be laid over a lead for which a later row holds.
HOLDS: dict[int, dict[str, Any]] = {
    1: {"channels": (suppressed("opted_out", "hard_bounce"),)},
    2: {"stage": "lost"},
    3: {"channels": (suppressed("hard_bounce"),)},
    4: {"away": True},
    5: {"replied": True},
    6: {"next_step_on": day(-2)},
    7: {"owner_id": None},
    8: {"paused": True},
    9: {"quiet_since": 46},
    10: {"notes": ()},
    11: {},
}


def lead_for_rows(*rows: int) -> Evidence:
    facts: dict[str, Any] = {}
    for row in sorted(rows, reverse=True):
        facts.update(HOLDS[row])
    touches = [touch(1, ago(facts.pop("quiet_since", 8)))]
    if facts.pop("replied", False):
        touches.append(touch(2, ago(1), "in"))
    if facts.pop("away", False):
        touches.append(touch(3, ago(1), "in", "out_of_office", returns_on=day(-4)))
    return quiet(touches=tuple(touches), **facts)


@pytest.mark.parametrize("row", range(1, 12))
def test_each_row_holds_alone(row: int) -> None:
    assert decide(lead_for_rows(row), DEFAULT_CADENCE, NOW).rule == row


@pytest.mark.parametrize(("first", "second"), [(a, b) for a in range(1, 12) for b in range(a + 1, 12)])
def test_the_earlier_row_decides(first: int, second: int) -> None:
    assert decide(lead_for_rows(first, second), DEFAULT_CADENCE, NOW).rule == first


@pytest.mark.parametrize(
    ("returns_on", "free_on"),
    [
        (date(2024, 5, 16), date(2024, 5, 17)),  # Thursday, so Friday
        (date(2024, 5, 17), date(2024, 5, 20)),  # Friday, so Monday
        (date(2024, 5, 18), date(2024, 5, 20)),
        (date(2024, 5, 19), date(2024, 5, 20)),
        (date(2024, 5, 20), date(2024, 5, 21)),
    ],
)
def test_out_of_office_waits_until_the_next_working_day(returns_on: date, free_on: date) -> None:
    away = touch(2, ago(2), "in", "out_of_office", returns_on=returns_on)
    decision = decide(quiet(touches=(touch(1, ago(8)), away)), DEFAULT_CADENCE, NOW)
    assert (decision.rule, decision.reasons) == (4, ("out_of_office",))
    assert decision.due_at == datetime(free_on.year, free_on.month, free_on.day, tzinfo=UTC)


def test_only_the_latest_out_of_office_counts_and_only_while_its_day_is_ahead() -> None:
    first = touch(2, ago(6), "in", "out_of_office", returns_on=day(-20))
    back_today = touch(3, ago(2), "in", "out_of_office", returns_on=day(0))
    undated = touch(3, ago(2), "in", "out_of_office")
    ours = touch(1, ago(8))
    assert answer(quiet(touches=(ours, first)))[0] == 4
    assert answer(quiet(touches=(ours, first, back_today))) == GO_ON
    assert answer(quiet(touches=(ours, first, undated))) == GO_ON


def test_existing_customers_pass_where_the_cadence_allows_them() -> None:
    assert answer(quiet(existing_customer=True), cadence=LENIENT) == GO_ON


def test_an_owners_pause_says_until_when() -> None:
    until = NOW + timedelta(days=3)
    assert decide(quiet(paused=True, paused_until=until), DEFAULT_CADENCE, NOW).due_at == until
    assert decide(quiet(paused=True), DEFAULT_CADENCE, NOW).due_at is None


@pytest.mark.parametrize(
    ("facts", "due_at"),
    [
        # the trigger (5 days) and the gap (5 days) both run from the only touch
        ({}, ago(3)),
        # the gap after the second touch ends later than the trigger's wait after the opening
        ({"touches": (touch(1, ago(12)), touch(2, ago(6)))}, ago(1)),
        # a quote waits for longer than the gap
        ({"touches": (touch(1, ago(8), kind="quote"),)}, ago(1)),
        ({"touches": tuple(touch(i, ago(30 - 10 * i)) for i in range(3))}, ago(5)),
        ({"touches": (touch(1, ago(50)),)}, ago(5)),
        ({"touches": (touch(1, ago(30)),), "notes": ()}, ago(11)),
        ({"touches": (touch(1, ago(9)), touch(2, ago(1)))}, ago(-4)),
        ({"notes": ()}, ago(-11)),
        ({"touches": (touch(1, ago(50)),), "recycle_on": date(2024, 7, 1)}, datetime(2024, 7, 1, tzinfo=UTC)),
        ({"touches": (touch(1, ago(50)),), "future_fit": True}, None),
        ({"stage": "won"}, None),
        ({"owner_id": None}, None),
        ({"touches": (touch(1, ago(8)), touch(2, ago(7), "in"))}, None),
    ],
)
def test_due_at(facts: dict[str, Any], due_at: datetime | None) -> None:
    assert decide(quiet(**facts), DEFAULT_CADENCE, NOW).due_at == due_at


def test_without_any_touch_of_ours_patience_runs_from_the_missed_next_step() -> None:
    lead = quiet(touches=(), notes=(), next_step_on=date(2024, 5, 1))
    first, last = datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 5, 16, tzinfo=UTC)
    assert answer(lead, first + timedelta(days=1) - SECOND) == (6, "stand_down", "not_silent")
    assert answer(lead, first + timedelta(days=1)) == (10, "wait", "no_useful_reason")
    assert decide(lead, DEFAULT_CADENCE, first + timedelta(days=2)).due_at == last
    assert answer(lead, last) == (10, "wait", "no_useful_reason")
    assert answer(lead, last + SECOND) == (10, "close_out", "no_useful_reason")


def test_the_step_follows_the_attempts_and_a_close_out_has_its_own() -> None:
    first = decide(quiet(), DEFAULT_CADENCE, NOW)
    second = decide(quiet(attempts=(SentAttempt(ago(6), "new_material"),)), DEFAULT_CADENCE, NOW)
    last = decide(quiet(attempts=(SentAttempt(ago(7)), SentAttempt(ago(6)))), DEFAULT_CADENCE, NOW)
    assert [(d.attempts, d.step) for d in (first, second, last)] == [(0, "1"), (1, "2"), (2, "close_loop")]
    assert [step_rules(d, DEFAULT_CADENCE) for d in (first, second, last)] == list(DEFAULT_CADENCE.steps)
    stopped = decide(quiet(stage="won"), DEFAULT_CADENCE, NOW)
    assert (stopped.step, stopped.channel, step_rules(stopped, DEFAULT_CADENCE)) == ("", None, None)


def test_the_channel_is_the_steps_own_where_they_agreed_else_the_first_of_the_cadence() -> None:
    both = quiet(channels=(ChannelState("sms", True, "yes"), E_MAIL))
    only_mail = quiet(channels=(E_MAIL, ChannelState("sms", True, "unknown")))
    only_sms = quiet(channels=(replace(E_MAIL, consent="no"), ChannelState("sms", True, "yes")))
    wish = replace(
        DEFAULT_CADENCE, steps=(replace(DEFAULT_CADENCE.steps[0], channel="sms"), *DEFAULT_CADENCE.steps[1:])
    )
    assert decide(both, DEFAULT_CADENCE, NOW).channel == "email"
    assert decide(both, wish, NOW).channel == "sms"
    assert decide(only_mail, wish, NOW).channel == "email"
    assert decide(only_sms, DEFAULT_CADENCE, NOW).channel == "sms"


def test_a_step_uses_only_the_reasons_it_allows() -> None:
    asked = (touch(1, ago(9), "in", "question"), touch(2, ago(8)))
    first = replace(DEFAULT_CADENCE.steps[0], reason_kinds=("owner_note",))
    cadence = replace(DEFAULT_CADENCE, steps=(first, *DEFAULT_CADENCE.steps[1:]))
    assert answer(quiet(touches=asked)) == (11, "continue", "unanswered_question")
    assert answer(quiet(touches=asked), cadence=cadence) == GO_ON
    assert answer(quiet(touches=asked, notes=()), cadence=cadence) == (10, "wait", "no_useful_reason")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, ("first_message",)),
        ({"value": Decimal("9999.99")}, ("first_message",)),
        ({"value": Decimal(10_000)}, ("high_value", "first_message")),
        ({"strategic": True, "value": Decimal(20_000)}, ("strategic", "high_value", "first_message")),
        ({"attempts": (SentAttempt(ago(6)),)}, ("second_silence",)),
        (
            {"touches": (touch(1, ago(50)),), "strategic": True, "value": Decimal(20_000)},
            ("close_loop", "strategic", "high_value", "first_message"),
        ),
        ({"attempts": (SentAttempt(ago(7)), SentAttempt(ago(6)))}, ("close_loop", "second_silence")),
        ({"stage": "won", "strategic": True, "value": Decimal(20_000)}, ()),
        ({"owner_id": None, "strategic": True}, ()),
    ],
)
def test_review_reasons(facts: dict[str, Any], expected: tuple[str, ...]) -> None:
    decision = decide(quiet(**facts), DEFAULT_CADENCE, NOW)
    assert decision.review_reasons == expected
    assert decision.needs_review is bool(expected)


def test_findings_and_policy_come_last_in_the_fixed_order() -> None:
    decision = decide(quiet(strategic=True), DEFAULT_CADENCE, NOW)
    found = with_findings(decision, ("length", "commitment", "near_repeat", "length"), "always")
    assert found == ("strategic", "first_message", "commitment", "length", "near_repeat", "policy")
    assert with_findings(decision, (), "when_asked") == decision.review_reasons
    assert with_findings(decide(quiet(stage="won"), DEFAULT_CADENCE, NOW), ("length",), "always") == ()


def test_a_step_that_always_asks_says_so_once_and_last() -> None:
    steps = tuple(replace(step, review_policy="always") for step in DEFAULT_CADENCE.steps)
    decision = decide(quiet(), replace(DEFAULT_CADENCE, steps=steps), NOW)
    assert decision.review_reasons == ("first_message", "policy")
    assert with_findings(decision, ("length",), "always") == ("first_message", "length", "policy")


def test_a_step_that_never_asks_still_has_what_matters_read() -> None:
    steps = tuple(replace(step, review_policy="never") for step in DEFAULT_CADENCE.steps)
    cadence = replace(DEFAULT_CADENCE, steps=steps)
    assert decide(quiet(), cadence, NOW).review_reasons == ()
    assert decide(quiet(strategic=True), cadence, NOW).review_reasons == ("strategic",)
    assert decide(quiet(value=Decimal(10_000)), cadence, NOW).review_reasons == ("high_value",)
    assert decide(quiet(touches=(touch(1, ago(50)),)), cadence, NOW).review_reasons == ("close_loop",)
    assert with_findings(decide(quiet(), cadence, NOW), ("commitment",), "never") == ("commitment",)


def test_as_of_the_past_only_suppression_and_consent_are_of_today() -> None:
    past = ago(30)
    lead = quiet(touches=(touch(1, past - timedelta(days=6)), touch(2, ago(9), "in")), notes=(note(at=ago(31)),))
    assert answer(lead, NOW) == (5, "stand_down", "replied")
    assert answer(lead, past) == GO_ON
    assert answer(replace(lead, notes=(note(at=ago(29)),)), past) == (10, "wait", "no_useful_reason")
    assert answer(replace(lead, channels=(suppressed("opted_out"),)), past) == (1, "stop", "opted_out")


def test_the_same_instant_in_another_time_zone_gives_the_same_decision() -> None:
    lead = quiet(next_step_on=date(2024, 5, 15), expires_on=date(2024, 5, 14))
    late = datetime(2024, 5, 14, 23, 30, tzinfo=UTC)
    there = late.astimezone(timezone(timedelta(hours=2)))
    assert there.date() != late.date()
    assert decide(lead, DEFAULT_CADENCE, late) == decide(lead, DEFAULT_CADENCE, there)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        decide(quiet(), DEFAULT_CADENCE, datetime(2024, 5, 15))  # noqa: DTZ001


def test_a_lead_known_only_by_its_last_touch_waits_for_something_to_say() -> None:
    """What a plain CRM export gives: a last touch, an e-mail address and consent."""
    lead = Evidence(
        lead="1C1I7A6R",
        stage="qualified",
        owner_id=1,
        last_touch_at=datetime(2017, 12, 20, tzinfo=UTC),
        channels=(E_MAIL,),
    )
    decision = decide(lead, DEFAULT_CADENCE, datetime(2018, 1, 1, tzinfo=UTC))
    assert (decision.kind, decision.trigger, decision.reasons) == ("wait", "no_reply", ("no_useful_reason",))
    assert decision.due_at == datetime(2018, 1, 8, tzinfo=UTC)
