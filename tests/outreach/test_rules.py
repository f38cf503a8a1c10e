"""Who may decide, and what may leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.states import Channel, Consent, SuppressionChannel, SuppressionReason
from outreach.gates import Finding
from outreach.rules import (
    MOST_TRIES,
    ApprovalFacts,
    Consequence,
    ReviewFacts,
    SendFacts,
    SuppressionFact,
    may_approve,
    may_review,
    may_send,
    next_try,
    suppression_sentence,
    why_not_approve,
    why_not_review,
    why_not_send,
)
from outreach.states import DraftStatus, Severity

NOW = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
GOOD = SendFacts(
    channel=Channel.EMAIL,
    address="marta@northlight.example",
    status=DraftStatus.APPROVED,
    fingerprint="f1",
    approved_fingerprint="f1",
    text_fingerprint="f1",
    now=NOW,
    not_before=NOW,
    decided_at=NOW - timedelta(hours=1),
    consent=Consent.YES,
    suppressions=(),
    current_address="marta@northlight.example",
    hard_bounced=False,
    replied_at=None,
)
OPT_OUT = SuppressionFact(SuppressionChannel.ALL, SuppressionReason.OPTED_OUT, datetime(2026, 5, 3, tzinfo=UTC))


def test_everything_in_order_may_leave() -> None:
    assert why_not_send(GOOD) is None
    assert may_send(GOOD)


@pytest.mark.parametrize(
    ("change", "code", "consequence"),
    [
        ({"status": DraftStatus.AWAITING_REVIEW}, "not_approved", Consequence.KEEP),
        ({"status": DraftStatus.SENDING}, "not_approved", Consequence.KEEP),
        ({"consent": "unknown"}, "consent", Consequence.SUPPRESS),
        ({"consent": "no"}, "consent", Consequence.SUPPRESS),
        ({"consent": ""}, "consent", Consequence.SUPPRESS),
        ({"suppressions": (OPT_OUT,)}, "suppressed_opted_out", Consequence.SUPPRESS),
        ({"suppressions": (replace(OPT_OUT, channel="email"),)}, "suppressed_opted_out", Consequence.SUPPRESS),
        ({"suppressions": (OPT_OUT,), "not_before": NOW + timedelta(1)}, "suppressed_opted_out", Consequence.SUPPRESS),
        ({"approved_fingerprint": ""}, "text", Consequence.REVIEW),
        ({"approved_fingerprint": "f2"}, "text", Consequence.REVIEW),
        ({"text_fingerprint": "f2"}, "text", Consequence.REVIEW),
        ({"fingerprint": "", "approved_fingerprint": "", "text_fingerprint": ""}, "text", Consequence.REVIEW),
        ({"decided_at": None}, "text", Consequence.REVIEW),
        ({"current_address": ""}, "address", Consequence.REVIEW),
        ({"current_address": "new@northlight.example"}, "address", Consequence.REVIEW),
        ({"hard_bounced": True}, "bounced", Consequence.REVIEW),
        ({"replied_at": NOW - timedelta(minutes=1)}, "replied", Consequence.REVIEW),
        ({"not_before": NOW + timedelta(seconds=1)}, "not_yet", Consequence.KEEP),
    ],
)
def test_what_keeps_a_message_from_leaving(change: dict[str, Any], code: str, consequence: Consequence) -> None:
    refusal = why_not_send(replace(GOOD, **change))
    assert refusal is not None
    assert (refusal.code, refusal.consequence) == (code, consequence)
    assert refusal.sentence.endswith(".")
    assert "!" not in refusal.sentence


@pytest.mark.parametrize(
    "change",
    [
        {"suppressions": (replace(OPT_OUT, channel="sms"),)},
        {"replied_at": GOOD.decided_at},
        {"replied_at": NOW - timedelta(days=9)},
        {"not_before": None},
    ],
)
def test_what_does_not_keep_it(change: dict[str, Any]) -> None:
    assert may_send(replace(GOOD, **change))


def test_the_strictest_of_several_suppressions_is_named() -> None:
    manual = replace(OPT_OUT, reason=SuppressionReason.MANUAL, at=NOW)
    refusal = why_not_send(replace(GOOD, suppressions=(manual, OPT_OUT)))
    assert refusal is not None
    assert refusal.sentence == "They opted out of every channel on 3 May 2026. Nothing was sent."


def test_every_suppression_has_its_sentence() -> None:
    sentences = {
        suppression_sentence(SuppressionFact(channel, reason, NOW))
        for channel in SuppressionChannel.values
        for reason in SuppressionReason.values
    }
    assert len(sentences) == len(SuppressionChannel.values) * len(SuppressionReason.values)
    assert all(sentence.endswith(" on 20 May 2026.") for sentence in sentences)


moments = st.one_of(st.none(), st.timedeltas(timedelta(-2000), timedelta(2000)).map(lambda away: NOW + away))
words = st.sampled_from(["f1", "f2", ""])
suppressions = st.lists(
    st.builds(
        SuppressionFact,
        channel=st.sampled_from(SuppressionChannel.values),
        reason=st.sampled_from(SuppressionReason.values),
        at=moments.filter(lambda moment: moment is not None),
    ),
    max_size=3,
).map(tuple)
send_facts = st.builds(
    SendFacts,
    channel=st.sampled_from(Channel.values),
    address=st.sampled_from(["a@x.example", "b@x.example", ""]),
    status=st.sampled_from(DraftStatus.values),
    fingerprint=words,
    approved_fingerprint=words,
    text_fingerprint=words,
    now=st.just(NOW),
    not_before=moments,
    decided_at=moments,
    consent=st.sampled_from(["yes", "no", "unknown", ""]),
    suppressions=suppressions,
    current_address=st.sampled_from(["a@x.example", "b@x.example", ""]),
    hard_bounced=st.booleans(),
    replied_at=moments,
)
# Random facts hardly ever pass; these differ from good ones in a few places, so that both answers occur.
near_good = st.builds(
    lambda changes: replace(GOOD, **changes),
    st.fixed_dictionaries(
        {},
        optional={
            "consent": st.sampled_from(["yes", "no", "unknown", ""]),
            "suppressions": suppressions,
            "channel": st.sampled_from(Channel.values),
            "replied_at": moments,
            "not_before": moments,
            "text_fingerprint": words,
        },
    ),
)


@given(st.one_of(send_facts, near_good))
def test_nothing_leaves_against_their_will_or_other_than_approved(facts: SendFacts) -> None:
    if may_send(facts):
        assert facts.consent == "yes"
        assert not [one for one in facts.suppressions if one.channel in ("all", facts.channel)]
        assert facts.status == DraftStatus.APPROVED
        assert facts.fingerprint == facts.approved_fingerprint == facts.text_fingerprint != ""
        assert facts.address == facts.current_address != ""
        assert not facts.hard_bounced
        assert facts.not_before is None or facts.not_before <= facts.now
        assert facts.decided_at is not None
        assert facts.replied_at is None or facts.replied_at <= facts.decided_at


@given(near_good, suppressions)
def test_one_more_suppression_never_lets_more_leave(facts: SendFacts, more: tuple[SuppressionFact, ...]) -> None:
    if not may_send(facts):
        assert not may_send(replace(facts, suppressions=facts.suppressions + more))


def test_the_waits_between_tries_grow_and_end() -> None:
    waits = [next_try(tries, NOW) for tries in range(1, MOST_TRIES + 1)]
    minutes = [int((moment - NOW).total_seconds() // 60) for moment in waits if moment is not None]
    assert minutes == [5, 10, 20, 40, 80]
    assert waits[-1] is None


# --- who may decide ---------------------------------------------------------------------------------------------------

REVIEWER = ReviewFacts(user_id=1, owner_id=1, owner_team_manager_id=2, reviews_drafts=True)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (REVIEWER, None),
        (replace(REVIEWER, user_id=2), None),
        (replace(REVIEWER, user_id=3), "not_yours"),
        (replace(REVIEWER, user_id=3, reviews_every_team=True), None),
        (replace(REVIEWER, user_id=3, owner_id=None), None),
        (replace(REVIEWER, user_id=3, owner_id=None, reviews_drafts=False), "not_reviewer"),
        (replace(REVIEWER, active=False), "inactive"),
        (replace(REVIEWER, active=False, reviews_every_team=True), "inactive"),
    ],
)
def test_who_may_decide(facts: ReviewFacts, code: str | None) -> None:
    refused = why_not_review(facts)
    assert (refused.code if refused else None) == code
    assert may_review(facts) == (code is None)


APPROVABLE = ApprovalFacts(
    status=DraftStatus.AWAITING_REVIEW, fingerprint="f1", fingerprint_seen="f1", findings=(), review=REVIEWER,
    review_reasons=("first_message",),
)  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (APPROVABLE, None),
        (replace(APPROVABLE, findings=(Finding("length", Severity.REVIEW, "Long."),)), None),
        (replace(APPROVABLE, findings=(Finding("consent", Severity.BLOCK, "No."),)), "blocked"),
        (replace(APPROVABLE, review=replace(REVIEWER, user_id=9)), "not_yours"),
        (replace(APPROVABLE, review=None), "needs_person"),
        (replace(APPROVABLE, review=None, review_reasons=()), None),
        (replace(APPROVABLE, status=DraftStatus.APPROVED), "decided"),
        (replace(APPROVABLE, fingerprint_seen="f0"), "changed"),
        (replace(APPROVABLE, has_text=False), "empty"),
    ],
)
def test_what_may_be_approved(facts: ApprovalFacts, code: str | None) -> None:
    refused = why_not_approve(facts)
    assert (refused.code if refused else None) == code
    assert may_approve(facts) == (code is None)
