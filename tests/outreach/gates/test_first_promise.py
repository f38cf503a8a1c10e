import pytest

from outreach.gates import first_promise
from tests.outreach.gates.messages import marked, message

GUARANTEES = {
    "We guarantee results.": "We guarantee results",
    "Guaranteed savings from day one": "Guaranteed savings",
    "The price is guaranteed.": "price is guaranteed",
    "We guarantee that you like it.": "We guarantee that you",
    "with our money-back guarantee": "money-back guarantee",
    "or your money back": "or your money back",
    "It is risk-free.": "risk-free",
    "There is no risk for you": "no risk",
    "the lowest price on the market": "the lowest price on the market",
    "Wir garantieren den Erfolg": "Wir garantieren",
    "satisfait ou remboursé": "satisfait ou remboursé",
    "éxito garantizado": "éxito garantizado",
    "gegarandeerd resultaat": "gegarandeerd resultaat",
}
PROMISES = {
    "I promise it is quick.": "I promise",
    "We can assure you of that": "We can assure you",
    "You will save ten hours": "You will save",
    "you’ll double your bookings": "you’ll double",
    "We will cut your costs": "We will cut your",
    "It will pay for itself": "will pay for itself",
    "You see results in two weeks": "see results in",
    "up and running in 3 days": "up and running in 3 days",
    "We will deliver on Monday": "We will deliver",
    "You will never have to type again": "You will never have to",
    "proven to reduce waiting": "proven to reduce",
    "Wir versprechen es": "Wir versprechen",
    "Vous économiserez du temps": "Vous économiserez",
}
INNOCENT = [
    "I will not write about this again.",
    "I can send what others in your place found useful.",
    "Would you see results as a table or a page?",
    "You asked whether we deliver on Mondays.",
    "The studio is ready in May.",
    "Which risk of delay worries you?",
    "Save the date, if you like.",
]


@pytest.mark.parametrize(("text", "words"), GUARANTEES.items())
def test_a_guarantee_is_blocked_and_marked(text: str, words: str) -> None:
    facts = message(body=text, first_message=True)
    finding = first_promise.check(facts)[0]
    assert finding.severity == "block"
    assert words in marked(finding, facts)


@pytest.mark.parametrize(("text", "words"), PROMISES.items())
def test_a_promise_goes_to_review(text: str, words: str) -> None:
    facts = message(body=text, first_message=True)
    (finding,) = first_promise.check(facts)
    assert finding.severity == "review"
    assert words in marked(finding, facts)


@pytest.mark.parametrize("text", INNOCENT)
def test_innocent_sentences_pass(text: str) -> None:
    assert first_promise.check(message(body=text, subject=text, first_message=True)) == []


def test_only_the_first_message_is_looked_at() -> None:
    assert first_promise.check(message(body="We guarantee results. I promise.")) == []


def test_approved_wording_is_looked_at_too_and_quotations_of_theirs_are_not() -> None:
    text = "We guarantee results."
    assert first_promise.check(message(body=text, approved_text=text, first_message=True))
    theirs = message(
        body="You wrote: “Can you guarantee results?” Yes.", evidence_texts=("Can you guarantee results?",)
    )
    assert first_promise.check(theirs) == []
