"""Consent, reason, left-over blanks, length, repeats and the way out: a table for each."""

from typing import Any

import pytest

from outreach.gates import consent, length, near_repeat, opt_out, reason, unfilled
from tests.outreach.gates.messages import BODY, marked, message


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"consent": "no"}, ["did not agree"]),
        ({"consent": "unknown"}, ["no record"]),
        ({"consent": ""}, ["no record"]),
        ({"suppressed_by": ("opted_out",)}, ["opted out"]),
        ({"suppressed_by": ("complaint", "legal")}, ["spam", "legal hold"]),
        ({"suppressed_by": ("something_new",)}, ["something_new"]),
        ({"has_address": False}, ["no working e-mail address"]),
        ({"has_address": False, "channel": "sms"}, ["no working phone number"]),
        ({"consent": "no", "has_address": False}, ["did not agree", "e-mail address"]),
        ({}, []),
    ],
)
def test_consent(changes: dict[str, Any], says: list[str]) -> None:
    findings = consent.check(message(**changes))
    assert len(findings) == len(says)
    for finding, words in zip(findings, says, strict=True):
        assert finding.severity == "block"
        assert words in finding.message


@pytest.mark.parametrize(
    ("kind", "text", "blocked"),
    [
        ("", "They asked about parking.", True),
        ("owner_note", "", True),
        ("owner_note", "   ", True),
        ("owner_note", "It has been two weeks.", True),
        ("owner_note", "10 days without an answer", True),
        ("owner_note", "No reply for 3 weeks", True),
        ("owner_note", "They move in two weeks.", False),
        ("unanswered_question", "They asked: how long is the course?", False),
    ],
)
def test_reason(kind: str, text: str, blocked: bool) -> None:
    assert bool(reason.check(message(reason_kind=kind, reason_text=text))) is blocked


def test_a_long_list_of_time_words_is_judged_at_once() -> None:
    assert reason.check(message(reason_text="days " * 23 + "x")) == []


def test_closing_the_loop_needs_no_reason() -> None:
    assert reason.check(message(kind="close_loop", reason_kind="", reason_text="")) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello {first_name},", "{first_name}"),
        ("Hello {first_name|there},", "{first_name|there}"),
        ("Hello {{ contact.name }},", "{{ contact.name }}"),
        ("Hello {first_name, how", "{first_name"),
        ("Hello first_name}, how", "first_name}"),
        ("Read it here: [[link]]", "[[link]]"),
        ("Hello <name>,", "<name>"),
        ("Hello %FIRST_NAME%,", "%FIRST_NAME%"),
        ("Hello *|FNAME|*,", "*|FNAME|*"),
        ("It starts on XXX.", "XXX"),
        ("For [company name] only", "[company name]"),
        ("It starts on ____.", "____"),
        ("Dear ,\nhow are you", "Dear ,"),
        ("Hi ,", "Hi ,"),
        ("Dear,", "Dear,"),
        ("Sehr geehrte Frau ,", "Sehr geehrte Frau ,"),
        ("Hello None,", "Hello None,"),
        ("Good morning\nHi  ,", "Hi  ,"),
    ],
)
def test_unfilled(text: str, words: str) -> None:
    facts = message(body=text)
    (finding,) = unfilled.check(facts)
    assert finding.severity == "block"
    assert marked(finding, facts) == [words]


@pytest.mark.parametrize(
    "text",
    [
        "Hello,",
        "Hi! How are you?",
        "Dear Anna,",
        "Hello Anna, you asked about dates.",
        "a < b and b > c",
        "100% of 20% is little",
        "Write to <jane@example.com>",
        "To stop: [[unsubscribe]]",
        "See [1] and [2].",
        "XL or XXL?",
    ],
)
def test_unfilled_leaves_ordinary_text_alone(text: str) -> None:
    assert unfilled.check(message(body=text)) == []


@pytest.mark.parametrize("changes", [{"channel": "sms", "body": "x [[unsubscribe]]"}, {"subject": "[[unsubscribe]]"}])
def test_the_unsubscribe_mark_is_filled_only_in_the_body_of_an_email(changes: dict[str, Any]) -> None:
    assert unfilled.check(message(**changes))


FOOTER = "\n\nJane Miller\n\nStop here: [[unsubscribe]]"


@pytest.mark.parametrize(
    ("channel", "words", "limit", "severity"),
    [
        ("email", 40, 40, None),
        ("email", 41, 40, "review"),
        ("email", 50, 40, "review"),
        ("email", 51, 40, "block"),
        ("email", 500, 0, None),
        ("sms", 41, 40, "block"),
        ("sms", 40, 40, None),
    ],
)
def test_length_counts_words_without_the_footer(channel: str, words: int, limit: int, severity: str | None) -> None:
    body = " ".join(["word"] * words) + "." + (FOOTER if channel == "email" else " Reply STOP to stop.")
    found = [finding.severity for finding in length.check(message(channel=channel, body=body, word_limit=limit))]
    assert found == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("body", "blocked"),
    [
        ("a" * 459, False),
        ("a" * 460, True),
        ("ł" + "a" * 200, False),
        ("ł" + "a" * 201, True),
        ("€" * 229, False),
        ("€" * 230, True),
        ("😀" * 101, True),
    ],
)
def test_a_text_message_takes_three_segments_at_most(body: str, blocked: bool) -> None:
    assert bool(length.check(message(channel="sms", body=body, word_limit=0))) is blocked


@pytest.mark.parametrize(
    ("changes", "severity", "says"),
    [
        ({"body": ""}, "block", "empty"),
        ({"body": " \n "}, "block", "empty"),
        ({"body": "Stop here: [[unsubscribe]]"}, "block", "empty"),
        ({"subject": " "}, "block", "subject is missing"),
        ({"subject": "s" * 79}, "note", "79 characters"),
        ({"channel": "in_app", "subject": "s" * 79}, "note", "79 characters"),
        ({"channel": "in_app", "subject": ""}, "block", "title is missing"),
        ({"channel": "push", "subject": "", "body": "Hello."}, "block", "title is missing"),
        ({"channel": "push", "subject": "s" * 61, "body": "Hello."}, "block", "61 characters"),
        ({"channel": "push", "subject": "s" * 90, "body": "Hello."}, "block", "90 characters"),
        ({"channel": "push", "subject": "s", "body": "b" * 181}, "block", "181 characters"),
    ],
)
def test_length_of_nothing_and_of_the_subject(changes: dict[str, Any], severity: str, says: str) -> None:
    (finding,) = length.check(message(**changes))
    assert finding.severity == severity
    assert says in finding.message


def test_a_text_message_has_no_subject_and_a_subject_of_78_characters_is_fine() -> None:
    assert length.check(message(channel="sms", subject="", body="Hello. Reply STOP to stop.")) == []
    assert length.check(message(subject="s" * 78)) == []
    assert length.check(message(channel="push", subject="s" * 60, body="b" * 180)) == []


EARLIER = (
    "Dear Tom,\n\nYou asked whether the evening class has room for two. It has. Shall I keep the places?\n\nJane Miller"
)


@pytest.mark.parametrize(
    ("earlier", "severity"),
    [
        (EARLIER, "block"),
        (EARLIER.upper().replace("\n\n", "\n\n  "), "block"),
        (EARLIER.replace("It has. Shall I keep the places", "I am glad to say yes. May I note it down"), "review"),
        ("Hello Anna,\n\nThe studio has a new floor. Would you like to see it?\n\nJane Miller", None),
        ("", None),
        ("Jane Miller\n\nYou can stop these e-mails here: [[unsubscribe]]", None),
    ],
)
def test_near_repeat(earlier: str, severity: str | None) -> None:
    found = near_repeat.check(message(body=BODY, earlier_messages=("Something else entirely", earlier)))
    assert [finding.severity for finding in found] == ([severity] if severity else [])


def test_near_repeat_marks_the_text_without_greeting_and_footer() -> None:
    facts = message(body=BODY, earlier_messages=(BODY,))
    (finding,) = near_repeat.check(facts)
    (words,) = marked(finding, facts)
    assert words.startswith("You asked") and words.endswith("places?")  # noqa: PT018 - one claim about one text


@pytest.mark.parametrize(
    ("channel", "body", "says"),
    [
        ("email", BODY, None),
        ("email", "Hello", "missing"),
        ("email", "[[unsubscribe]]\nand then the text", "missing"),
        ("email", "text " * 60 + "[[unsubscribe]]", "a line of its own"),
        ("email", "Hello\n\nStop: [[unsubscribe]]\n\n", None),
        ("sms", "Hello. Reply STOP to stop.", None),
        ("sms", "Hallo. Antworten Sie mit STOP.", None),
        ("sms", "Hello", "how to stop"),
        ("sms", "Do not stop. Please reply.", "how to stop"),
        ("push", "Hello", None),
        ("call", "Hello", None),
    ],
)
def test_opt_out(channel: str, body: str, says: str | None) -> None:
    findings = opt_out.check(message(channel=channel, body=body))
    assert [finding.severity for finding in findings] == (["block"] if says else [])
    if says:
        assert says in findings[0].message
