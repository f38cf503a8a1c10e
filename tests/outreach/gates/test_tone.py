import pytest

from outreach.gates import tone
from tests.outreach.gates.messages import marked, message

CASES = [
    ("This is IMPORTANT.", "note", ["IMPORTANT"]),
    ("READ THIS PLEASE", "review", ["READ", "THIS", "PLEASE"]),
    ("Great!", "note", ["!"]),
    ("Great! Really!", "review", ["!", "!"]),
    ("Great!!", "review", ["!!"]),
    ("Really?!", "review", ["?!"]),
    ("Really??", "review", ["??"]),
    ("Really‼", "review", ["‼"]),
    ("¡Hola!", "note", ["¡", "!"]),
    ("Great 🎉🎉", "review", ["🎉🎉"]),
    ("Great 🎉 and 🎉 and 🎉", "review", ["🎉", "🎉", "🎉"]),
]
INNOCENT = [
    "You asked whether there is room for two. There is. Shall I keep it?",
    "The GDPR, HTML, IBAN and SaaS. OK. USA. Reply STOP to stop.",
    "¿Cuándo empezamos?",
    "A smile 🙂 and a star ⭐",
    "I am Anna. A B C.",
]


@pytest.mark.parametrize(("text", "severity", "words"), CASES)
def test_loud_places_are_marked(text: str, severity: str, words: list[str]) -> None:
    facts = message(body=text)
    (finding,) = tone.check(facts)
    assert finding.severity == severity
    assert [mark for mark in marked(finding, facts) if mark != "¡"] == [word for word in words if word != "¡"]


@pytest.mark.parametrize("text", INNOCENT)
def test_a_quiet_text_passes(text: str) -> None:
    assert tone.check(message(body=text, subject="")) == []


def test_names_and_their_own_words_do_not_shout() -> None:
    evidence = ("NORTHLIGHT asks: WHEN DO WE START!!",)
    text = "You wrote: “WHEN DO WE START!!” On Monday, with NORTHLIGHT."
    assert tone.check(message(body=text, evidence_texts=evidence)) == []
    assert tone.check(message(body="Dear ANNA of IKEA", recipient_first_name="ANNA", approved_text="for IKEA")) == []


def test_approved_wording_is_only_noted() -> None:
    text = "Hello!! Great!"
    assert [one.severity for one in tone.check(message(body=text, approved_text=f"Subject\n{text}"))] == ["note"]
