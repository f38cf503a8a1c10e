import pytest

from outreach.gates import commitment
from tests.outreach.gates.messages import marked, message

FIRES = {
    "It costs €500 a month.": "€500",
    "It costs 1,200.50 euros.": "1,200.50 euros",
    "That is USD 300": "USD 300",
    "You get 10% off": "10%",
    "You get 12.5 % back": "12.5 %",
    "with a discount": "discount",
    "free of charge": "free of charge",
    "It is free.": "free",
    "a free trial": "free",
    "only until Friday": "only until Friday",
    "for a limited time": "limited time",
    "We guarantee it": "guarantee",
    "we will deliver by May": "we will deliver by",
    "at no extra cost": "no extra cost",
    "a special offer": "offer",
    "Please find our offer attached": "offer",
    "Let me know as soon as possible": "as soon as\u0020possible",
    "Tell me by Friday": "by Friday",
    "It will be finished by June": "will be finished by",
    "We'll have it ready": "We'll have it ready",
    "Sie bekommen Rabatt": "Rabatt",
    "Das ist kostenlos": "kostenlos",
    "unser Angebot": "Angebot",
    "C'est gratuit": "gratuit",
    "con descuento": "descuento",
    "met korting": "korting",
}
INNOCENT = [
    "When do we start?",
    "Feel free to ask.",
    "Are you free on Tuesday?",
    "When are you free to talk?",
    "We'll be glad to help.",
    "I can answer by e-mail.",
    "Could we talk at 3?",
    "The class on 3 May has room for 2 people.",
    "It is a hands-free set.",
]


@pytest.mark.parametrize(("text", "words"), FIRES.items())
def test_a_promise_or_pressure_goes_to_review(text: str, words: str) -> None:
    facts = message(body=text)
    (finding,) = commitment.check(facts)
    assert finding.severity == "review"
    assert any(words in mark for mark in marked(finding, facts))


@pytest.mark.parametrize("text", INNOCENT)
def test_innocent_sentences_pass(text: str) -> None:
    assert commitment.check(message(body=text, subject=text)) == []


def test_what_the_approved_text_says_does_not_count() -> None:
    approved = "Our offer\nHello Anna, please find our OFFER of €500 attached. It holds until 3 May."
    assert (
        commitment.check(message(body="Hello Anna, our offer of €500 holds until 3 May.", approved_text=approved)) == []
    )


@pytest.mark.parametrize(
    ("approved", "text", "words"),
    [
        ("We wrote 10% in the quote.", "We wrote 15% in the quote.", ["15%"]),
        ("We wrote 110% in the quote.", "We wrote 10% in the quote.", ["10%"]),
        ("It costs €1,000.", "It costs €1.", ["€1."]),
        ("The quote of 3 May is with you.", "The quote of 5 May is with you.", ["5 May"]),
        ("The class has room for 12 people.", "The class has room for 20 people.", ["20"]),
        ("It takes two weeks.", "It takes three weeks.", ["three weeks"]),
        ("We meet on Monday.", "We meet on Tuesday.", ["Tuesday"]),
    ],
)
def test_a_changed_number_amount_or_date_counts(approved: str, text: str, words: list[str]) -> None:
    facts = message(subject="", body=text, approved_text=approved)
    (finding,) = commitment.check(facts)
    assert [mark.rstrip(".") for mark in marked(finding, facts)] == [word.rstrip(".") for word in words]


def test_a_number_that_replaces_none_does_not_count() -> None:
    facts = message(body="We meet on Monday. Could we talk at 3?", approved_text="We meet on Monday.")
    assert commitment.check(facts) == []


def test_the_text_as_approved_has_nothing_of_its_own() -> None:
    text = "A free trial with a discount of 10% until Friday."
    assert commitment.check(message(body=text, approved_text=f"Room in the evening class\n{text}")) == []
