"""The managers' own phrases."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.gates import GATES, OwnPhrase, Phrasebook
from outreach.gates.phrasebook import TAKES_PHRASES, compiled, why_not_phrase
from outreach.gates.phrases import find
from tests.outreach.gates.messages import marked, message

FOUND = [
    ("synergy", "With SYNERGY, we win", "SYNERGY"),
    ("circle of trust", "our circle\nof  trust", "circle\nof  trust"),
    ("don't hesitate", "so dont hesitate", "dont hesitate"),
    ("don't hesitate", "so don’t hesitate", "don’t hesitate"),
    ("I'm all yours", "Im all yours", "Im all yours"),
    ("i'm", "im here", "im"),
    ("guarant*", "We guaranteed it", "guaranteed"),
    ("guarant* win*", "guarantee winning", "guarantee winning"),
    ("C++ (really)", "C++ (really)", "C++ (really)"),
    ("100%", "100% of it", "100%"),
    (".*?", "ab", None),
    ("half-price", "half-price", "half-price"),
    ("win", "winning", None),
    ("win", "twin", None),
    ("naïve", "nai\u0308ve", "nai\u0308ve"),
    ("größe", "GRÖSSE und GRÖßE", "GRÖßE"),
    ("sy\u200bnergy", "synergy", "synergy"),
]


@pytest.mark.parametrize(("phrase", "text", "words"), FOUND)
def test_a_phrase_is_found_as_people_write_it(phrase: str, text: str, words: str | None) -> None:
    places = find(compiled([phrase]), text)
    assert [text[start:end] for start, end in places] == ([words] if words else [])


@pytest.mark.parametrize(
    ("phrase", "says"),
    [
        ("", "empty"),
        (" \u200b ", "empty"),
        ("*", "no letters or digits"),
        ("...", "no letters or digits"),
        ("a*", "Write at least 3 letters"),
        ("hello a*", "Write at least 3 letters"),
        ("w*rd", "only at the end"),
        ("a", "Write at least 2 letters"),
        ("ok", None),
        ("guarant*", None),
    ],
)
def test_what_cannot_be_looked_for_is_refused_with_its_remedy(phrase: str, says: str | None) -> None:
    refused = why_not_phrase(phrase)
    assert (says is None and refused is None) or (says is not None and refused is not None and says in refused)


@pytest.mark.parametrize("gate", TAKES_PHRASES)
@pytest.mark.parametrize("severity", ["block", "review", "note"])
def test_every_gate_that_takes_phrases_looks_for_them(gate: str, severity: str) -> None:
    facts = message(
        body="Some synergy for you",
        first_message=True,
        phrases=Phrasebook((OwnPhrase(gate, "synergy", severity, "Nobody says so."),)),
    )
    (finding,) = dict(GATES)[gate](facts)
    assert (finding.gate, finding.severity, marked(finding, facts)) == (gate, severity, ["synergy"])
    assert "Nobody says so." in finding.message


def test_the_approved_template_may_use_them_in_commitment_and_quotations_of_theirs_everywhere() -> None:
    book = Phrasebook(tuple(OwnPhrase(gate, "synergy", "block") for gate in TAKES_PHRASES))
    gates = dict(GATES)
    assert gates["commitment"](message(body="Our synergy, you know", approved_text="Our synergy", phrases=book)) == []
    quoted = message(body="You wrote “more synergy”.", evidence_texts=("more synergy",), phrases=book)
    assert [one for gate in ("checking_in", "guilt", "tone") for one in gates[gate](quoted)] == []


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.text(max_size=120))
def test_any_phrase_can_be_compiled_and_finds_itself(phrase: str, around: str) -> None:
    if why_not_phrase(phrase) is None:
        found = find(compiled([phrase]), f"{around}\n\n{phrase.replace('*', '')}\n\n{around}")
        if phrase.replace("*", "").strip()[:1].isalnum() and phrase.isascii():
            assert found
