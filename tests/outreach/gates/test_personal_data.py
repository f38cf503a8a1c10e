"""Numbers, passwords, dates of birth, other people and health: a table for each. Every number here is made up."""

from typing import Any

import pytest

from outreach.gates import personal_data
from tests.outreach.gates.messages import marked, message

SECRET = {
    "My card is 4111 1111 1111 1111.": "4111 1111 1111 1111",
    "4111-1111-1111-1111": "4111-1111-1111-1111",
    "Use 5555555555554444": "5555555555554444",
    "Amex 378282246310005": "378282246310005",
    "DE89 3704 0044 0532 0130 00": "DE89 3704 0044 0532 0130 00",
    "to gb29nwbk60161331926819": "gb29nwbk60161331926819",
    "IBAN FR1420041010050500013M02606": "FR1420041010050500013M02606",
    "SSN 123-45-6789": "SSN 123-45-6789",
    "It is 219-09-9999": "219-09-9999",
    "AB 12 34 56 C": "AB 12 34 56 C",
    "1 85 05 78 006 084 91": "1 85 05 78 006 084 91",
    "12345678Z": "12345678Z",
    "X1234567L": "X1234567L",
    "RSSMRA85T10A562S": "RSSMRA85T10A562S",
    "BSN 111222333": "BSN 111222333",
    "Steuer-ID: 86095742719": "Steuer-ID: 86095742719",
    "PESEL 44051401359": "PESEL 44051401359",
    "passport number C01X00T47": "passport number C01X00T47",
    "Your password is Hunter2": "password is Hunter2",
    "password: swordfish": "password: swordfish",
    "The password is swordfish.": "password is swordfish.",
    "Passwort: Geheim-1": "Passwort: Geheim-1",
    "mot de passe : abc123": "mot de passe : abc123",
    "PIN is 4711": "PIN is 4711",
    "date of birth: 3 May 1980": "date of birth: 3 May 1980",
    "DOB 03/05/1980": "DOB 03/05/1980",
    "born on May 3, 1980": "born on May 3, 1980",
    "geboren am 3.5.1980": "geboren am 3.5.1980",
    "41\u200b11 1111 1111 1111": "41\u200b11 1111 1111 1111",
}
REVIEWED = {
    "Ask tom.reed@other.example about it": "tom.reed@other.example",
    "Call him: +44 20 7946 0958": "+44 20 7946 0958",
    "(020) 7946 0958": "(020) 7946 0958",
    "212-555-0147": "212-555-0147",
    "How is your depression": "your depression",
    "I heard you were ill": "you were ill",
    "after your surgery": "your surgery",
    "Get well soon": "Get well soon",
    "Gute Besserung": "Gute Besserung",
    "votre grossesse": "votre grossesse",
}
INNOCENT = [
    "Order 4111 1111 1111 1112 is ready.",
    "Invoice 1234567890123",
    "The password is safe with you.",
    "Your password is not needed",
    "The password is expired, so choose a new one",
    "Your PIN is in the letter",
    "We were founded in 2010 and born of an idea.",
    "Room 12345678 on 10.12.2024 at 14:30",
    "It costs 1,200.50, or 1.200,50 a year.",
    "Happy birthday",
    "We treat every question seriously.",
    "The health of a business",
    "Part number 000-12-3456",
    "12345678A",
    "2026-05-20 09:00 to 2026-05-21",
    "DE89 3704 0044 0532 0130 01",
]


@pytest.mark.parametrize(("text", "words"), SECRET.items())
def test_a_secret_is_blocked_and_marked(text: str, words: str) -> None:
    facts = message(body=text, approved_text=f"Subject\n{text}")
    finding = personal_data.check(facts)[0]
    assert finding.severity == "block"
    assert marked(finding, facts) == [words]
    assert words not in finding.message


@pytest.mark.parametrize(("text", "words"), REVIEWED.items())
def test_other_people_and_health_go_to_review(text: str, words: str) -> None:
    facts = message(body=text)
    (finding,) = personal_data.check(facts)
    assert finding.severity == "review"
    assert marked(finding, facts) == [words]


@pytest.mark.parametrize("text", INNOCENT)
def test_innocent_sentences_pass(text: str) -> None:
    assert personal_data.check(message(body=text, subject=text)) == []


@pytest.mark.parametrize(
    ("text", "changes", "passes"),
    [
        ("Write to jane@ours.example", {"known_addresses": ("Jane@ours.example",)}, True),
        ("Write to jane@ours.example", {"known_addresses": ("tom@ours.example",)}, False),
        ("Call +44 117 496 0123", {"known_addresses": ("+441174960123",)}, True),
        ("Call 0117 496 0123", {"known_addresses": ("+441174960123",)}, True),
        ("Call 0117 496 0124", {"known_addresses": ("+441174960123",)}, False),
        ("Our desk: desk@ours.example", {"approved_text": "Our desk: desk@ours.example. Hello"}, True),
        (
            "Tell boss@their.example",
            {"approved_text": "Tell boss@their.example. Hello", "evidence_texts": ("boss@their.example decides",)},
            False,
        ),
        (
            "You wrote: “Ask boss@their.example”",
            {"their_texts": ("Ask boss@their.example",)},
            True,
        ),
    ],
)
def test_whose_address_it_is(text: str, changes: dict[str, Any], passes: bool) -> None:
    assert (personal_data.check(message(body=text, **changes)) == []) is passes
