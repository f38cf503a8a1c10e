"""May we send? Every reason for a no, what follows from it, and that a yes is never against their will."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from contacts.states import Channel, SuppressionChannel, SuppressionReason
from outreach.rules import (
    Cap,
    Consequence,
    Departed,
    SendFacts,
    StopFact,
    SuppressionFact,
    if_approved,
    may_send,
    outlook,
    suppression_sentence,
    why_not_send,
)
from outreach.rules.confirming import TOO_LATE_AFTER
from outreach.states import DraftKind, DraftStatus, StopScope
from tests.outreach.sending.facts import (
    ALWAYS,
    BERLIN,
    CONFIRMATION,
    DAY,
    GOOD,
    HOUR,
    NOW,
    OPT_OUT,
    RIVAL,
    TEXT,
    a_rival,
    a_suppression,
    changed,
    departed,
    known_moments,
    near_good,
    stops,
    suppressions,
    wild,
)

NIGHT = NOW.replace(hour=22, minute=40)


def test_everything_in_order_may_leave() -> None:
    for facts in (GOOD, TEXT, CONFIRMATION):
        assert may_send(facts)
        assert may_send(facts).refusal is None
        assert why_not_send(facts) is None


@pytest.mark.parametrize(
    ("change", "code", "consequence"),
    [
        ({"status": DraftStatus.AWAITING_REVIEW}, "not_approved", Consequence.KEEP),
        ({"status": DraftStatus.SENDING}, "not_approved", Consequence.KEEP),
        ({"consent": "unknown"}, "consent", Consequence.SUPPRESS),
        ({"consent": "no"}, "consent", Consequence.SUPPRESS),
        ({"consent": ""}, "consent", Consequence.SUPPRESS),
        ({"suppressions": (OPT_OUT,)}, "suppressed_opted_out", Consequence.SUPPRESS),
        ({"suppressions": (changed(OPT_OUT, channel="email"),)}, "suppressed_opted_out", Consequence.SUPPRESS),
        ({"suppressions": (OPT_OUT,), "not_before": NOW + DAY}, "suppressed_opted_out", Consequence.SUPPRESS),
        ({"refused_topic": "Offers"}, "topic", Consequence.SUPPRESS),
        ({"approved_fingerprint": ""}, "text", Consequence.REVIEW),
        ({"approved_fingerprint": "f2"}, "text", Consequence.REVIEW),
        ({"text_fingerprint": "f2"}, "text", Consequence.REVIEW),
        ({"fingerprint": "", "approved_fingerprint": "", "text_fingerprint": ""}, "text", Consequence.REVIEW),
        ({"decided_at": None}, "text", Consequence.REVIEW),
        ({"current_address": ""}, "address", Consequence.REVIEW),
        ({"current_address": "new@northlight.example"}, "address", Consequence.REVIEW),
        ({"channel": Channel.PUSH, "address": "push", "current_address": ""}, "unreachable", Consequence.REVIEW),
        ({"channel": Channel.IN_APP, "address": "in_app", "current_address": ""}, "unreachable", Consequence.REVIEW),
        ({"hard_bounced": True}, "bounced", Consequence.REVIEW),
        ({"replied_at": NOW - timedelta(minutes=1)}, "replied", Consequence.REVIEW),
        ({"stops": (StopFact("all", NOW),)}, "stopped", Consequence.HOLD),
        ({"stops": (StopFact("email", NOW),)}, "stopped", Consequence.HOLD),
        ({"stops": (StopFact("policy", NOW),), "by_policy": True}, "stopped", Consequence.HOLD),
        ({"paused_until": NOW + DAY}, "pause", Consequence.HOLD),
        ({"not_before": NOW + timedelta(seconds=1)}, "not_yet", Consequence.KEEP),
        ({"undo_until": NOW + timedelta(seconds=1)}, "undo", Consequence.KEEP),
        ({"rivals": (RIVAL,)}, "collision", Consequence.HOLD),
        ({"departed": (Departed(NOW - HOUR, "sms"),)}, "cap", Consequence.HOLD),
        ({"hours": TEXT.hours, "now": NIGHT}, "quiet_hours", Consequence.HOLD),
    ],
)
def test_what_keeps_a_message_from_leaving(change: dict[str, Any], code: str, consequence: Consequence) -> None:
    refusal = may_send(changed(GOOD, **change)).refusal
    assert refusal is not None
    assert (refusal.code, refusal.consequence) == (code, consequence)
    assert refusal.sentence.endswith(".")
    assert "!" not in refusal.sentence
    assert (refusal.not_before is not None) == (consequence == Consequence.HOLD or code in ("not_yet", "undo"))


@pytest.mark.parametrize(
    "change",
    [
        {"suppressions": (changed(OPT_OUT, channel="sms"),)},
        {"replied_at": GOOD.decided_at},
        {"replied_at": NOW - 9 * DAY},
        {"not_before": None},
        {"stops": (StopFact("sms", NOW), StopFact("policy", NOW))},
        {"paused_until": NOW},
        {"departed": (Departed(NOW - DAY, "email"),)},
        {"rivals": (changed(RIVAL, decided_at=NOW),)},
        {"rivals": (changed(RIVAL, held_by="stopped"),)},
        {"rivals": (changed(RIVAL, not_before=NOW + 2 * DAY),)},
        {"channel": Channel.PUSH, "address": "push", "current_address": "push"},
        {"now": NIGHT},
    ],
)
def test_what_does_not_keep_it(change: dict[str, Any]) -> None:
    assert may_send(changed(GOOD, **change))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"suppressions": (changed(OPT_OUT, reason=SuppressionReason.MANUAL), OPT_OUT)},
            "They opted out of every channel on 20 May 2026. Nothing was sent.",
        ),
        ({"refused_topic": "Offers"}, "They do not want to hear about Offers. Nothing was sent."),
        (
            {"stops": (StopFact("sms", NOW), StopFact("email", NOW))},
            "E-mail is stopped since 20 May 2026. It goes on when somebody lifts the stop.",
        ),
        ({"paused_until": NOW + 14 * DAY}, "They asked for quiet until 3 June 2026."),
        (
            {"departed": (Departed(NOW - HOUR, "sms"),)},
            "They got 1 message within 1 day, which is the most we send. It may go on 21 May at 09:00 (London).",
        ),
        (
            {"rivals": (changed(RIVAL, reason_kind="unanswered_question"),), "caps": ()},
            "Another message to them leaves before this one. The answer to their question goes first. "
            "It may go at 10:00 (London).",
        ),
        (
            {"hours": TEXT.hours, "now": NIGHT, "whereabouts": BERLIN},
            "In their time zone it is 00:40. It may go at 08:00 (Berlin).",
        ),
    ],
)
def test_what_it_says(change: dict[str, Any], sentence: str) -> None:
    refusal = why_not_send(changed(GOOD, **change))
    assert refusal is not None
    assert refusal.sentence == sentence


def test_every_suppression_has_its_sentence() -> None:
    sentences = {
        suppression_sentence(SuppressionFact(channel, reason, NOW))
        for channel in SuppressionChannel.values
        for reason in SuppressionReason.values
    }
    assert len(sentences) == len(SuppressionChannel.values) * len(SuppressionReason.values)
    assert all(sentence.endswith(" on 20 May 2026.") for sentence in sentences)


def test_a_stop_says_which_and_is_looked_at_again() -> None:
    found = [
        why_not_send(changed(GOOD, channel=channel, by_policy=True, stops=(StopFact(scope, NOW),)))
        for scope in StopScope.values
        for channel in (scope if scope in Channel.values else "email",)
    ]
    assert len({refusal.sentence for refusal in found if refusal is not None}) == len(StopScope.values)
    assert {refusal.not_before for refusal in found if refusal is not None} == {NOW + HOUR}


# --- what is to be expected -------------------------------------------------------------------------------------------


def test_of_a_message_that_is_due_later_it_says_what_will_be_then() -> None:
    later = changed(TEXT, not_before=NIGHT, whereabouts=BERLIN)
    assert why_not_send(later).code == "not_yet"  # type: ignore[union-attr]
    expected = outlook(later).refusal
    assert expected is not None
    assert expected.sentence == "In their time zone it will be 00:40. It may go at 08:00 (Berlin)."
    assert expected.not_before == datetime(2026, 5, 21, 6, tzinfo=NOW.tzinfo)
    harmless = outlook(changed(GOOD, not_before=NIGHT)).refusal
    assert harmless is not None
    assert (harmless.consequence, harmless.not_before) == (Consequence.KEEP, NIGHT)


def test_a_draft_that_nobody_decided_is_judged_as_if_it_were_approved_now() -> None:
    waiting = changed(
        GOOD, status=DraftStatus.AWAITING_REVIEW, approved_fingerprint="", decided_at=None, not_before=None,
        replied_at=NOW - HOUR,
    )  # fmt: skip
    assert not may_send(waiting)
    assert may_send(if_approved(waiting))
    assert not may_send(if_approved(changed(waiting, consent="no")))


def test_who_goes_first_is_told_so() -> None:
    verdict = may_send(changed(GOOD, rivals=(changed(RIVAL, priority=-1),)))
    assert verdict
    assert verdict.notes == ("It leaves before another message to them. The one with the higher priority goes first.",)


# --- the one exception ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"refused_topic": "Offers"},
        {"paused_until": NOW + DAY},
        {"departed": (Departed(NOW - HOUR, "email"),) * 9},
        {"rivals": (RIVAL,)},
        {"hours": TEXT.hours, "now": NIGHT, "due_at": NIGHT},
        {"stops": (StopFact("policy", NOW),), "by_policy": True},
    ],
)
def test_a_confirmation_does_not_wait(change: dict[str, Any]) -> None:
    assert may_send(changed(CONFIRMATION, **change))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"suppressions": ()}, "nothing_to_confirm"),
        ({"suppressions": (changed(OPT_OUT, id=42),)}, "suppressed_opted_out"),
        ({"suppressions": (OPT_OUT, changed(OPT_OUT, id=9, at=NOW - 9 * DAY))}, "suppressed_opted_out"),
        ({"suppressions": (OPT_OUT, changed(OPT_OUT, reason=SuppressionReason.COMPLAINT))}, "suppressed_complaint"),
        ({"suppressions": (OPT_OUT, changed(OPT_OUT, reason=SuppressionReason.LEGAL))}, "suppressed_legal"),
        ({"suppressions": (changed(OPT_OUT, reason=SuppressionReason.EXPLICIT_NO),)}, "suppressed_explicit_no"),
        ({"kind": DraftKind.FOLLOW_UP}, "suppressed_opted_out"),
        ({"confirms": 0}, "suppressed_opted_out"),
        ({"now": NOW + TOO_LATE_AFTER}, "too_late"),
        ({"consent": "no"}, "consent"),
        ({"text_fingerprint": "f2"}, "text"),
        ({"current_address": "new@northlight.example"}, "address"),
        ({"stops": (StopFact("all", NOW),)}, "stopped"),
        ({"not_before": NOW + HOUR}, "not_yet"),
    ],
)
def test_a_confirmation_passes_its_own_opt_out_and_nothing_else(change: dict[str, Any], code: str) -> None:
    refusal = why_not_send(changed(CONFIRMATION, **change))
    assert refusal is not None
    assert refusal.code == code


# --- for all inputs ---------------------------------------------------------------------------------------------------


@given(st.one_of(wild, near_good))
def test_nothing_leaves_against_their_will_or_other_than_approved(facts: SendFacts) -> None:
    if not may_send(facts):
        return
    holding = [one for one in facts.suppressions if one.channel in ("all", facts.channel)]
    confirming = facts.kind == DraftKind.CONFIRMATION and any(
        one.id == facts.confirms and one.reason == SuppressionReason.OPTED_OUT for one in facts.suppressions
    )
    if holding:
        assert confirming
        assert {one.reason for one in holding} == {SuppressionReason.OPTED_OUT}
        assert len({one.at for one in holding}) == 1
    assert facts.consent == "yes"
    assert facts.status == DraftStatus.APPROVED
    assert facts.fingerprint == facts.approved_fingerprint == facts.text_fingerprint != ""
    assert facts.address == facts.current_address != ""
    assert not facts.hard_bounced
    assert facts.not_before is None or facts.not_before <= facts.now
    assert facts.undo_until is None or facts.undo_until <= facts.now
    assert facts.decided_at is not None
    assert facts.replied_at is None or facts.replied_at <= facts.decided_at
    assert not [stop for stop in facts.stops if stop.scope in ("all", facts.channel)]
    if not confirming:
        assert not facts.refused_topic
        assert facts.paused_until is None or facts.paused_until <= facts.now
        assert not [stop for stop in facts.stops if stop.scope == "policy" and facts.by_policy]
        for cap in facts.caps:
            assert len([one for one in facts.departed if one.at > facts.now - cap.days * DAY]) < cap.most
        if facts.hours is not ALWAYS:
            assert facts.whereabouts.zones


@given(near_good, suppressions, stops, departed, known_moments)
def test_one_more_refusal_stop_pause_or_message_never_lets_more_leave(
    facts: SendFacts,
    more: tuple[SuppressionFact, ...],
    more_stops: tuple[StopFact, ...],
    more_departed: tuple[Departed, ...],
    until: datetime,
) -> None:
    assume(not may_send(facts))
    # The opt-out itself is what makes a confirmation possible, and the only fact that does.
    if facts.kind != DraftKind.CONFIRMATION:
        assert not may_send(changed(facts, suppressions=facts.suppressions + more))
    assert not may_send(changed(facts, refused_topic="Offers"))
    assert not may_send(changed(facts, stops=facts.stops + more_stops))
    assert not may_send(changed(facts, paused_until=max(until, facts.paused_until or until)))
    assert not may_send(changed(facts, departed=facts.departed + more_departed))


@given(a_suppression.filter(lambda one: one.id != OPT_OUT.id))
def test_a_confirmation_is_stopped_by_any_other_suppression(other: SuppressionFact) -> None:
    concerned = other.channel in ("all", CONFIRMATION.channel)
    its_twin = (other.reason, other.channel, other.at) == (OPT_OUT.reason, OPT_OUT.channel, OPT_OUT.at)
    stopped = not may_send(changed(CONFIRMATION, suppressions=(OPT_OUT, other)))
    assert stopped == (concerned and not its_twin)


@given(near_good)
def test_what_is_held_says_when_and_may_go_then_unless_something_else_holds_it(facts: SendFacts) -> None:
    refusal = why_not_send(facts)
    if refusal is None or refusal.consequence != Consequence.HOLD:
        return
    assert refusal.not_before is not None
    assert refusal.not_before > facts.now
    if refusal.code in ("cap", "quiet_hours", "weekend", "holiday"):
        # By then nobody else has come, nobody wrote to them, and no other message is there.
        then = why_not_send(changed(facts, now=refusal.not_before, not_before=refusal.not_before, rivals=()))
        # Where no hour suits every place they may be, nobody knows an hour to name.
        assert then is None or then.code == "time_zone"


@given(near_good, a_rival)
def test_of_two_messages_at_least_one_may_go_as_far_as_the_other_is_concerned(facts: SendFacts, rival: Any) -> None:
    """Two that hold each other would both wait for ever."""
    ours = changed(facts, rivals=(rival,))
    theirs = changed(
        facts,
        draft_id=rival.draft_id,
        flow=rival.flow,
        reason_kind=rival.reason_kind,
        priority=rival.priority,
        decided_at=rival.decided_at,
        channel=rival.channel,
        rivals=(facts.as_rival,),
    )
    codes = [refusal.code for one in (ours, theirs) if (refusal := why_not_send(one)) is not None]
    assert codes != ["collision", "collision"]


def test_the_zone_of_the_clock_we_are_asked_with_does_not_matter() -> None:
    there = NIGHT.astimezone(timezone(timedelta(hours=-7)))
    ours, theirs = (why_not_send(changed(TEXT, now=moment, not_before=None)) for moment in (NIGHT, there))
    assert ours == theirs


def test_caps_of_a_channel_count_that_channel_only() -> None:
    caps = (Cap("sms", 1, 2),)
    left = (Departed(NOW - DAY, "sms"),)
    assert may_send(changed(GOOD, caps=caps, departed=left))
    refusal = why_not_send(changed(TEXT, caps=caps, departed=left))
    assert refusal is not None
    assert refusal.not_before == NOW + DAY
