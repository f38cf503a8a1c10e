"""What people read about a decision, and what the output file says."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from followups.rules import CSV_COLUMNS, DEFAULT_CADENCE, ChannelState, SentAttempt, csv_row, decide, explain
from tests.followups.evidence import NOW, ago, day, note, quiet, touch

OPTED_OUT = {"channels": (ChannelState("email", True, "yes", ("opted_out",)),)}


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (OPTED_OUT, "They asked not to hear from us. Nothing more will be sent."),
        ({"stage": "won"}, "The deal is won. There is nothing left to follow up."),
        (
            {"expires_on": date(2024, 5, 1)},
            "The opportunity expired on 1 May 2024. There is nothing left to follow up.",
        ),
        ({"channels": ()}, "No address of theirs works on the channels we use. Nothing can be sent."),
        (
            {"touches": (touch(1, ago(8)), touch(2, ago(1), "in", "out_of_office", returns_on=date(2024, 5, 17)))},
            "They are out of the office. We wait until 20 May 2024.",
        ),
        ({"touches": (touch(1, ago(8)), touch(2, ago(1), "in"))}, "They wrote last. Normal follow-up is on."),
        ({"touches": ()}, "They have not been quiet for long enough. Normal follow-up is on."),
        ({"next_step_on": date(2024, 5, 20)}, "The next step is set for 20 May 2024. Normal follow-up is on."),
        ({"owner_id": None}, "Please check first: nobody owns this lead."),
        (
            {"owner_id": None, "duplicate_of": ("L-2",), "existing_customer": True},
            "Please check first: the same person may be here twice, they are already a customer "
            "and nobody owns this lead.",
        ),
        ({"paused": True}, "The owner paused this. It waits until resumed."),
        ({"paused": True, "paused_until": ago(-5)}, "The owner paused this until 20 May 2024."),
        (
            {"touches": (touch(1, ago(9)), touch(2, ago(1)))},
            "Our last touch is still fresh. We wait until 19 May 2024.",
        ),
        (
            {"attempts": (SentAttempt(ago(7)), SentAttempt(ago(6)))},
            "We followed up twice without an answer. You can send one last short note that leaves the door open.",
        ),
        (
            {"touches": (touch(1, ago(50)),)},
            "They have been quiet since 26 March 2024, longer than this cadence lasts. "
            "You can send one last short note that leaves the door open.",
        ),
        (
            {"touches": (touch(1, ago(50)),), "recycle_on": date(2024, 9, 2)},
            "They have been quiet since 26 March 2024, longer than this cadence lasts. "
            "We come back to them on 2 September 2024.",
        ),
        (
            {"notes": (), "future_fit": True},
            "They are quiet, and there is nothing new to write about. They may fit later, so they move to nurture.",
        ),
        (
            {"notes": ()},
            "There is nothing new to write about yet. "
            "If nothing comes up, we offer to close the loop after 26 May 2024.",
        ),
        (
            {"quote_sent_on": date(2024, 5, 3)},
            "They have not answered the quote of 3 May 2024. You can ask about it.",
        ),
        (
            {"touches": (touch(1, ago(9), "in", "question", summary="How long {is} it?"), touch(2, ago(8)))},
            "We have not answered the question they asked on 6 May 2024: “How long {is} it?”. You can answer it now.",
        ),
        (
            {"attempts": (SentAttempt(ago(6), "owner_note"),)},
            "You can write about the note of 25 April 2024: “Ask about the new office.”. "
            "The last message had the same reason, so take another angle.",
        ),
    ],
)
def test_explain(facts: dict[str, Any], sentence: str) -> None:
    lead = quiet(**facts)
    assert explain(decide(lead, DEFAULT_CADENCE, NOW), lead) == sentence


def test_csv_row() -> None:
    lead = quiet(strategic=True, notes=(note(),))
    row = csv_row("L-1", decide(lead, DEFAULT_CADENCE, NOW))
    assert row == {
        "lead": "L-1",
        "trigger": "no_reply",
        "decision": "continue",
        "reason": "owner_note",
        "attempts": "0",
        "step": "1",
        "due_at": "2024-05-12T12:00:00+00:00",
        "needs_review": "yes",
        "review_reasons": "strategic|first_message",
    }
    assert tuple(row) == CSV_COLUMNS


def test_csv_row_of_a_lead_with_nothing_to_do() -> None:
    lead = quiet(owner_id=None, duplicate_of=("L-2",), touches=(touch(1, ago(9)),))
    row = csv_row("L-1", decide(lead, DEFAULT_CADENCE, NOW))
    assert (row["reason"], row["step"], row["due_at"]) == ("duplicate|unowned", "", "")
    assert (row["needs_review"], row["review_reasons"]) == ("no", "")
    # the trigger is told whatever was decided, and is empty only where none holds
    assert row["trigger"] == "no_reply"
    fresh = csv_row("L-1", decide(quiet(touches=(touch(1, ago(1)),)), DEFAULT_CADENCE, NOW))
    assert (fresh["trigger"], fresh["decision"]) == ("", "stand_down")


def test_a_missed_next_step_is_told_even_after_they_replied() -> None:
    lead = quiet(touches=(touch(2, ago(6), "in"),), next_step_on=day(3))
    row = csv_row("L-1", decide(lead, DEFAULT_CADENCE, NOW))
    assert (row["trigger"], row["decision"], row["reason"]) == ("missed_next_step", "stand_down", "replied")


def test_times_are_written_in_utc() -> None:
    lead = quiet(touches=(), last_touch_at=datetime.fromisoformat("2024-05-05T01:00:00+02:00"))
    row = csv_row("L-1", decide(lead, DEFAULT_CADENCE, datetime(2024, 5, 15, tzinfo=UTC)))
    assert row["due_at"] == "2024-05-09T23:00:00+00:00"
