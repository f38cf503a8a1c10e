import pytest

from outreach.gates import commitment
from outreach.gates.amounts import amounts_in
from outreach.gates.phrases import fold
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
        ("The quote of 3 May is with you.", "The quote of 5 May is with you.", ["5 May"]),
        ("The class has room for 12 people.", "The class has room for 20 people.", ["20"]),
        ("It takes two weeks.", "It takes three weeks.", ["three weeks"]),
        ("We meet on Monday.", "We meet on Tuesday.", ["Tuesday"]),
    ],
)
def test_a_changed_number_or_date_goes_to_review(approved: str, text: str, words: list[str]) -> None:
    facts = message(subject="", body=text, approved_text=approved)
    (finding,) = commitment.check(facts)
    assert finding.severity == "review"
    assert marked(finding, facts) == words


@pytest.mark.parametrize(
    ("approved", "text", "words"),
    [
        ("We wrote 10% in the quote.", "We wrote 15% in the quote.", "15%"),
        ("We wrote 110% in the quote.", "We wrote 10% in the quote.", "10%"),
        ("It costs €1,000.", "It costs €1.", "€1"),
        ("The quote is €1,200.", "The quote is €990.", "€990"),
        ("The quote is 1.200 €.", "The quote is 1.020 €.", "1.020 €"),
        ("The price is 1,200 a month.", "The price is 990 a month.", "990"),
        ("The price is €1,200.", "The price is 990.", "990"),
        ("The quote is $1.2k.", "The quote is $1k.", "$1k"),
        ("The quote is €1,200.", "The quote is $1,200.", "$1,200"),
        ("Der Preis ist 300 Euro.", "Der Preis ist 200 Euro.", "200 Euro"),
        ("It is €1,200.", "It is €990 instead of €1,200.", "€990"),
        ("It is €1,200.", "It was €1,200 and is now €990.", "€990"),
        ("It is €1,200.", "It is €1\u200b,100.", "€1\u200b,100"),
    ],
)
def test_a_changed_amount_is_blocked_and_marked(approved: str, text: str, words: str) -> None:
    facts = message(subject="", body=text, approved_text=approved)
    finding = commitment.check(facts)[0]
    assert finding.severity == "block"
    assert marked(finding, facts) == [words]


@pytest.mark.parametrize(
    ("evidence", "text", "severity"),
    [
        ("We quoted €1,200 for the floor.", "The floor is €990.", "block"),
        ("We quoted €1,200 for the floor.", "The floor is 1200 euros.", "review"),
        ("We quoted €1,200 for the floor.", "The floor is €1,200, the door €90.", "review"),
        ("You asked about the floor.", "The floor is €990.", "review"),
        ("It was 10% last year.", "The floor is €990.", "review"),
        ("We quoted €1,200 for the floor.", "The floor is ready on Monday.", None),
    ],
)
def test_an_amount_is_measured_against_the_evidence_too(evidence: str, text: str, severity: str | None) -> None:
    findings = commitment.check(message(body=text, evidence_texts=(evidence,)))
    assert [finding.severity for finding in findings] == ([severity] if severity else [])


def test_a_newly_mentioned_amount_asks_for_a_look() -> None:
    facts = message(subject="", body="It is €1,200. Delivery is €50.", approved_text="It is €1,200.")
    (finding,) = commitment.check(facts)
    assert (finding.severity, marked(finding, facts)) == ("review", ["€50."])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("€1,200", "1.200 EUR", True),
        ("€1,200.50", "€1.200,50", True),
        ("€1,200.00", "1200 euros", True),
        ("$1.2m", "$1,200,000", True),
        ("$2k", "$2 thousand", True),
        ("€1.2", "€1.20", True),
        ("€1.20", "€1.200", False),
        ("€100", "$100", False),
        ("10 %", "10 per cent", True),
        ("10 %", "€10", False),
    ],
)
def test_one_amount_written_in_two_ways(one: str, other: str, same: bool) -> None:
    (first,), (second,) = amounts_in(fold(one).text), amounts_in(fold(other).text)
    assert first.same_as(second) is same


def test_a_number_that_replaces_none_does_not_count() -> None:
    facts = message(body="We meet on Monday. Could we talk at 3?", approved_text="We meet on Monday.")
    assert commitment.check(facts) == []


def test_the_text_as_approved_has_nothing_of_its_own() -> None:
    text = "A free trial with a discount of 10% until Friday."
    assert commitment.check(message(body=text, approved_text=f"Room in the evening class\n{text}")) == []
