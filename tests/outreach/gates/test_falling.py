"""Length and pressure fall along a sequence."""

from typing import Any

import pytest

from outreach.gates import falling
from tests.outreach.gates.messages import BODY, marked, message


def of_words(number: int) -> str:
    return " ".join(["word"] * number) + ".\n\nYou can stop these e-mails here: [[unsubscribe]]"


@pytest.mark.parametrize(
    ("words", "before", "approved", "severity"),
    [
        (40, None, 0, None),
        (40, 40, 0, None),
        (41, 40, 0, "review"),
        (50, 40, 0, "review"),
        (51, 40, 0, "block"),
        (1, 0, 0, "block"),
        # What somebody typed may be as long as the approved wording of the step.
        (50, 20, 50, None),
        (60, 20, 50, "review"),
        (63, 20, 50, "block"),
        (45, 60, 20, None),
    ],
)
def test_typed_words(words: int, before: int | None, approved: int, severity: str | None) -> None:
    wording = f"Room in the evening class\n{of_words(approved).replace('word', 'term')}" if approved else ""
    facts = message(body=of_words(words), words_before=before, approved_text=wording)
    assert [one.severity for one in falling.check(facts)] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("words", "before", "severity"), [(30, 30, None), (31, 30, "note"), (60, 30, "note"), (61, 30, "review")]
)
def test_approved_wording_is_noted_and_looked_at_beyond_twice_the_words(
    words: int, before: int, severity: str | None
) -> None:
    body = of_words(words)
    facts = message(body=body, words_before=before, approved_text=f"Room in the evening class\n{body}")
    assert [one.severity for one in falling.check(facts)] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("pressure", "before", "blocked"), [(2, None, False), (2, 3, False), (2, 2, False), (3, 2, True), (2, 1, True)]
)
def test_a_step_may_not_press_more_than_the_one_before(pressure: int, before: int | None, blocked: bool) -> None:
    findings = falling.check(message(pressure=pressure, pressure_before=before))
    assert [one.severity for one in findings] == (["block"] if blocked else [])


PRESSING = {
    2: [
        ("Let me know.", "Let me know"),
        ("Could you reply in a word", "Could you reply"),
        ("Would Tuesday suit you?", "Would Tuesday suit you?"),
    ],
    3: [
        ("Please confirm the date.", "Please confirm"),
        ("Answer me by Friday.", "Answer me by Friday"),
        ("We need your decision.", "We need your decision"),
        ("Bitte kurz antworten.", "Bitte kurz antworten"),
        ("Merci de me répondre.", "Merci de me répondre"),
        ("Is it the room? Is it the hour?", "Is it the hour?"),
    ],
    4: [
        ("I need you to sign.", "I need you to"),
        ("You must reply.", "You must reply"),
        ("Reply ASAP.", "ASAP"),
        ("Call me right now.", "Call me right now"),
        ("This is the final notice.", "final notice"),
        ("Otherwise we will close it.", "Otherwise we will"),
        ("Where? When? Who?", "Who?"),
    ],
}


@pytest.mark.parametrize(
    ("level", "text", "words"), [(level, *row) for level, rows in PRESSING.items() for row in rows]
)
def test_words_that_press_more_than_the_step_are_marked(level: int, text: str, words: str) -> None:
    body = f"Dear Anna,\n\n{text}\n\nJane Miller\n\nStop here: [[unsubscribe]]"
    facts = message(body=body, pressure=level - 1)
    (finding,) = falling.check(facts)
    assert finding.severity == "review"
    assert words in marked(finding, facts)
    if level < 4:
        assert falling.check(message(body=body, pressure=level)) == []


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("Please find the plan attached.", {}),
        ("If it comes up later, just answer.", {}),
        ("I will not write about this again.", {}),
        ("You asked: “Is there room? And when? For whom?” There is.", {}),
        ("They said: “I need you to sign”", {"evidence_texts": ("I need you to sign",)}),
    ],
)
def test_innocent_sentences_keep_the_door_open(text: str, changes: dict[str, Any]) -> None:
    assert falling.check(message(body=text, pressure=1, **changes)) == []


def test_a_question_in_the_greeting_or_the_footer_is_none() -> None:
    assert falling.check(message(body=BODY.replace("keep the places?", "keep the places."), pressure=1)) == []
