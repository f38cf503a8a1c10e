"""Each useful reason: when it holds, what it is called, what one message spends."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from followups.rules import (
    Engagement,
    Evidence,
    Material,
    SentAttempt,
    UsefulReason,
    find_reason,
    read_silence,
)
from followups.states import ReasonKind
from tests.followups.evidence import NOW, SECOND, ago, day, note, quiet, touch

OURS = touch(10, ago(8))


def reason(evidence: Evidence, at: datetime = NOW, allowed: tuple[str, ...] = ()) -> UsefulReason | None:
    return find_reason(evidence, read_silence(evidence, at), allowed)


def key(evidence: Evidence, at: datetime = NOW) -> str | None:
    found = reason(evidence, at)
    return None if found is None else found.key


def bare(**facts: Any) -> Evidence:
    return quiet(**{"notes": (), "touches": (OURS,), **facts})


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, None),
        # a question of theirs
        ({"touches": (touch(1, ago(9), "in", "question"), OURS)}, "touch:1"),
        ({"touches": (touch(1, ago(9), "in", "question"), touch(2, ago(8), kind="answer"))}, None),
        ({"touches": (touch(1, ago(8), "in", "question"), touch(2, ago(8), kind="answer"))}, None),
        (
            {
                "touches": (
                    touch(1, ago(8) + SECOND, "in", "question"),
                    touch(2, ago(8), kind="answer"),
                    touch(3, ago(7)),
                )
            },
            "touch:1",
        ),
        ({"touches": (touch(1, ago(12), "in", "question"), touch(2, ago(9), "in", "question"), OURS)}, "touch:2"),
        ({"touches": (touch(1, ago(9), kind="question"), OURS)}, None),
        ({"touches": (touch(1, NOW + SECOND, "in", "question"), OURS)}, None),
        # a next step that is written down and passed
        ({"next_step": "Call", "next_step_on": day(0)}, None),
        ({"next_step": " ", "next_step_on": day(3)}, None),
        ({"next_step": "Call"}, None),
        # quotes and proposals
        ({"quote_sent_on": date(2024, 5, 3)}, "quote:2024-05-03"),
        ({"proposal_sent_on": date(2024, 5, 3)}, "proposal:2024-05-03"),
        ({"quote_sent_on": day(-1)}, None),
        ({"quote_sent_on": day(20), "touches": (touch(1, ago(9), "in"), OURS)}, None),
        ({"touches": (touch(1, ago(9), kind="quote"), OURS)}, "quote:2024-05-06"),
        # interest after our last touch
        ({"engagements": (Engagement(4, ago(7), "proposal_opened"),)}, "event:4"),
        ({"engagements": (Engagement(4, ago(8), "proposal_opened"),)}, None),
        ({"engagements": (Engagement(4, ago(8) + SECOND, "proposal_opened"),)}, "event:4"),
        ({"engagements": (Engagement(4, NOW, "proposal_opened"),)}, "event:4"),
        ({"engagements": (Engagement(4, NOW + SECOND, "proposal_opened"),)}, None),
        ({"engagements": (Engagement(4, ago(7), "proposal_opened", machine=True),)}, None),
        (
            {"engagements": (Engagement(6, ago(6), "site_returned"), Engagement(4, ago(7), "proposal_opened"))},
            "event:6",
        ),
        # something new for them
        ({"materials": (Material(3, "Guide", ago(7)),)}, "asset:3"),
        ({"materials": (Material(3, "Guide", ago(8)),)}, None),
        ({"materials": (Material(3, "Guide", NOW + SECOND),)}, None),
        ({"materials": (Material(3, "Guide", ago(7), valid_until=day(0)),)}, "asset:3"),
        ({"materials": (Material(3, "Guide", ago(7), valid_until=day(1)),)}, None),
        ({"materials": (Material(3, "Guide", ago(7)), Material(4, "Story", ago(6)))}, "asset:4"),
        # a note by the owner, however old
        ({"notes": (note(1, ago(300)),)}, "note:1"),
        ({"notes": (note(1, ago(30)), note(2, ago(20)))}, "note:2"),
        ({"notes": (note(1, NOW),)}, "note:1"),
        ({"notes": (note(1, NOW + SECOND),)}, None),
        ({"notes": (note(1, text="  "),)}, None),
    ],
)
def test_each_reason(facts: dict[str, Any], expected: str | None) -> None:
    assert key(bare(**facts)) == expected


def everything() -> Evidence:
    return quiet(
        touches=(touch(1, ago(9), "in", "question", summary="How long does it take?"), OURS),
        next_step="Walk through the scope",
        next_step_on=date(2024, 5, 10),
        quote_sent_on=date(2024, 5, 7),
        proposal_sent_on=date(2024, 5, 7),
        engagements=(Engagement(4, ago(3), "proposal_opened"),),
        materials=(Material(3, "A guide to moving", ago(2), why="industry"),),
    )


def test_reasons_come_best_first_and_each_message_spends_one() -> None:
    lead, found = everything(), []
    while (best := reason(lead)) is not None:
        found.append(best)
        lead = replace(lead, spent=lead.spent | {best.key})
    assert [piece.kind for piece in found] == list(ReasonKind)
    assert [piece.what for piece in found] == [
        "the question they asked on 6 May 2024: “How long does it take?”",
        "the next step that was planned for 10 May 2024: “Walk through the scope”",
        "the quote of 7 May 2024",
        "the proposal of 7 May 2024",
        "they opened the proposal on 12 May 2024",
        "“A guide to moving”, new for their industry since 13 May 2024",
        "the note of 25 April 2024: “Ask about the new office.”",
    ]
    assert [piece.evidence_ids for piece in found] == [
        ("touch:1",),
        ("lead:next_step", "lead:next_step_on"),
        ("lead:quote_sent_on",),
        ("lead:proposal_sent_on",),
        ("event:4",),
        ("asset:3",),
        ("note:1",),
    ]


@pytest.mark.parametrize("kind", list(ReasonKind))
def test_a_step_may_allow_one_kind_only(kind: ReasonKind) -> None:
    found = reason(everything(), allowed=(kind.value,))
    assert found is not None
    assert found.kind is kind


def test_an_older_piece_of_the_same_kind_serves_once_the_newest_is_spent() -> None:
    lead = bare(notes=(note(1, ago(30)), note(2, ago(20))), spent=frozenset({"note:2"}))
    assert key(lead) == "note:1"
    assert key(replace(lead, spent=frozenset({"note:1", "note:2"}))) is None


def test_a_rewritten_next_step_is_a_new_piece_of_evidence() -> None:
    first = bare(next_step="Send the plan", next_step_on=day(3))
    spent = frozenset({key(first) or ""})
    assert (key(first) or "").startswith("next_step:2024-05-12:")
    assert key(replace(first, spent=spent, next_step=" Send the plan ")) is None
    assert key(replace(first, spent=spent, next_step="Send the new plan")) is not None
    assert key(replace(first, spent=spent, next_step_on=day(2))) is not None


def test_a_quote_known_twice_is_one_piece_of_evidence() -> None:
    at = datetime(2024, 5, 3, 15, tzinfo=UTC)
    lead = bare(quote_sent_on=at.date(), touches=(touch(5, at, kind="quote"),))
    found = reason(lead)
    assert found is not None
    assert (found.key, found.evidence_ids) == ("quote:2024-05-03", ("touch:5",))
    assert key(replace(lead, spent=frozenset({found.key}))) is None


def test_our_own_message_makes_earlier_interest_old() -> None:
    lead = bare(engagements=(Engagement(4, ago(7), "site_returned"),))
    assert key(lead) == "event:4"
    assert key(replace(lead, attempts=(SentAttempt(ago(6)),))) is None


def test_long_quotations_are_cut() -> None:
    found = reason(bare(notes=(note(text="word " * 100),)))
    assert found is not None
    assert found.what.endswith("…”")
    assert len(found.what) < 160
