"""Claims about all gates and all texts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.gates import (
    GATE_NAMES,
    GATES,
    ColleagueMessage,
    MessageFacts,
    OwnPhrase,
    Phrasebook,
    asks_review,
    blocks,
    check_all,
    checking_in,
    commitment,
    falling,
    first_promise,
    guilt,
    personal_data,
)
from outreach.gates.phrasebook import TAKES_PHRASES
from outreach.gates.phrases import Phrase, PhraseTable, find, fold
from outreach.models.drafts import REVIEW_WORDS
from outreach.states import TRANSITIONS, DraftStatus, Severity, may_become
from tests.outreach.gates.messages import message

TEXTS = st.one_of(
    st.text(max_size=200),
    st.text(alphabet="aiIİſß ’'\u00ad\u200b\u0301\n\r\u2028.?!,{}[]<>%_x$€10STOP“\"", max_size=120),
    st.lists(
        st.sampled_from(
            [
                "just",
                "checking",
                "in",
                "Hello",
                "Dear",
                ",",
                "{name}",
                "[[unsubscribe]]",
                "STOP",
                "Reply",
                "€5",
                "10%",
                "3 May",
                "you",
                "never",
                "replied",
                "\n\n",
                "free",
                ".",
                "?",
                "by Friday",
                "“",
                "”",
                "ﬁ",
                "İ",
                "\u0301",
                "…",
                "evil.com/pay",
                "https://ours.example@evil.com",
                "xn--mller-kva.com",
                "javascript:",
                "4111 1111 1111 1111",
                "password is",
                "born on 3 May 1980",
                "tom@other.example",
                "+44 20 7946 0958",
                "IMPORTANT",
                "!!",
                "🎉",
                "\ufe0f",
                "guarantee",
                "results",
                "I need you to",
                "€990",
                "instead of",
                "price is 1,200",
                "synergy",
            ]
        ),
        max_size=40,
    ).map(" ".join),
)
BOOK = Phrasebook(tuple(OwnPhrase(gate, "synerg*", "review") for gate in TAKES_PHRASES))
FACTS = st.builds(
    MessageFacts,
    channel=st.sampled_from(["email", "sms", "push", "in_app", "call"]),
    kind=st.sampled_from(["follow_up", "close_loop"]),
    subject=TEXTS,
    body=TEXTS,
    reason_kind=st.sampled_from(["", "owner_note"]),
    reason_text=TEXTS,
    word_limit=st.integers(0, 90),
    consent=st.sampled_from(["yes", "no", "unknown"]),
    suppressed_by=st.lists(st.text(max_size=10), max_size=2).map(tuple),
    has_address=st.booleans(),
    earlier_messages=st.lists(TEXTS, max_size=2).map(tuple),
    approved_text=TEXTS,
    evidence_texts=st.lists(TEXTS, max_size=2).map(tuple),
    pressure=st.integers(0, 4),
    first_message=st.booleans(),
    words_before=st.none() | st.integers(0, 60),
    pressure_before=st.none() | st.integers(1, 3),
    locale=st.sampled_from(["", "en", "de-AT", "?", "zz_ZZ"]),
    their_texts=st.lists(TEXTS, max_size=2).map(tuple),
    published_links=st.lists(TEXTS, max_size=1).map(tuple),
    link_hosts=st.sampled_from([(), ("ours.example", "")]),
    known_addresses=st.sampled_from([(), ("tom@other.example", "+442079460958")]),
    colleagues_messages=st.lists(
        st.builds(ColleagueMessage, TEXTS, st.just("Tom"), st.just("3 May"), st.integers(0, 9)), max_size=2
    ).map(tuple),
    phrases=st.sampled_from([None, BOOK]),
)


def test_a_good_message_passes_every_gate() -> None:
    assert check_all(message()) == []


@settings(max_examples=60, deadline=None)
@given(FACTS)
def test_any_text_gets_the_same_findings_twice_and_marks_inside_itself(facts: MessageFacts) -> None:
    findings = check_all(facts)
    fold.cache_clear()
    assert check_all(facts) == findings
    lengths = {"subject": len(facts.subject), "body": len(facts.body)}
    for finding in findings:
        assert finding.gate in GATE_NAMES
        assert 0 < len(finding.message) <= 500
        assert "!" not in finding.message or "!" in facts.subject + facts.body + "".join(facts.suppressed_by)
        for span in finding.spans:
            assert 0 <= span.start < span.end <= lengths[span.field]


FORBIDDEN = [
    ("checking_in", "Just checking in"),
    ("checking_in", "any update?"),
    ("checking_in", "I haven’t heard back"),
    ("guilt", "I've tried to reach you several times"),
    ("guilt", "this is your last chance"),
    ("commitment", "only until Friday"),
    ("commitment", "€ 500"),
    ("commitment", "10 %"),
    ("unfilled", "{first_name}"),
    ("unfilled", "Dear ,"),
    ("links", "https://evil.com/pay"),
    ("links", "https://ours.example@evil.com"),
    ("personal_data", "4111 1111 1111 1111"),
]


@pytest.mark.parametrize(("gate", "phrase"), FORBIDDEN)
@settings(max_examples=60, deadline=None)
@given(before=TEXTS, after=TEXTS)
def test_a_forbidden_phrase_is_found_in_any_text(gate: str, phrase: str, before: str, after: str) -> None:
    facts = message(body=f"{before}\n\n{phrase}.\n\n{after}")
    assert gate in {finding.gate for finding in check_all(facts)}


TABLES = {
    "checking_in": checking_in.ALL,
    "guilt": guilt.ALL,
    "commitment": commitment.WORDS,
    "guarantees": first_promise.GUARANTEES,
    "promises": first_promise.PROMISES,
    "health": personal_data.HEALTH,
    **{f"pressure {level}": table for level, table in falling.LEVELS.items()},
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_every_stem_is_one_word_so_that_a_line_break_cannot_hide_a_phrase(table: PhraseTable) -> None:
    for phrase in table.all:
        for stem in phrase.stems:
            assert stem == "%" or (stem.isalnum() and stem == stem.lower()), stem


@pytest.mark.trial
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_every_phrase_can_be_found_by_its_stems(table: PhraseTable) -> None:
    """Whatever a pattern matches, the look-up by stems must not lose: texts are made from each pattern itself."""

    @settings(max_examples=3, deadline=None, database=None)
    @given(st.data())
    def found(phrase: Phrase, data: st.DataObject) -> None:
        text = data.draw(st.from_regex(phrase.pattern, fullmatch=False, alphabet=ALPHABET))
        match = phrase.pattern.search(fold(text).text)
        if match and match[0].strip():
            start = match.start() + len(match[0]) - len(match[0].lstrip())
            if start == 0 or not fold(text).text[start - 1].isalnum():
                assert find(table, text), (phrase.stems, text)

    for phrase in table.all:
        found(phrase)


ALPHABET = st.characters(codec="latin-1", exclude_categories=["Cc"])


def test_gates_are_named_once_and_in_order() -> None:
    ids = [gate for gate, _ in GATES]
    assert ids == list(GATE_NAMES) == list(dict.fromkeys(ids))
    assert set(ids) >= set(TAKES_PHRASES)
    assert set(REVIEW_WORDS) >= {"commitment", "length", "near_repeat", "first_promise", "falling", "links"}
    assert set(REVIEW_WORDS) >= {"personal_data", "tone", "language", "colleague", "plain_sms"}


def test_blocks_and_asks_review() -> None:
    blocked, review = (
        check_all(message(consent="no")),
        check_all(message(body=message().body.replace("It has", "It is free"))),
    )
    note = check_all(message(subject="s" * 79))
    assert (blocks(blocked), asks_review(blocked)) == (True, True)
    assert (blocks(review), asks_review(review)) == (False, True)
    assert [finding.severity for finding in note] == [Severity.NOTE]
    assert (blocks(note), asks_review(note)) == (False, False)


def test_every_status_says_what_may_follow() -> None:
    assert set(TRANSITIONS) == set(DraftStatus)
    assert {s for s in DraftStatus if not TRANSITIONS[s]} == {"sent", "suppressed", "withdrawn", "closed_out"}
    assert may_become("sending", "unknown")
    assert not may_become("unknown", "sending")
