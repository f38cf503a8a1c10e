"""Every opt-out is heard, no question is taken for one, and what the docs say about it is true."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from outreach.rules.replies import Sorted, needs_second_opinion, sort
from outreach.states import ReplyLabel
from tests.outreach.replies.measuring import DOCS, FILES, Case, cases, measure, written

OUR_LINE = "If you would rather not get these e-mails, stop them here: https://rekindle.example/u/Zm9vYmFyYmF6cXV4"
QUOTES = (
    "On Mon, 4 May 2026 at 09:12, Ola Berg <ola@ours.example> wrote:\n> Hello Marta,\n> {line}",
    "Am 4. Mai 2026 um 09:12 schrieb Ola Berg <ola@ours.example>:\n> Hallo Marta,\n> {line}",
    "Le lun. 4 mai 2026 à 09:12, Ola Berg <ola@ours.example> a écrit :\n> Bonjour,\n> {line}",
    "-----Original Message-----\nFrom: Ola Berg <ola@ours.example>\nTo: Marta\nSubject: Our quote\n\n{line}",
    "Von: Ola Berg <ola@ours.example>\nGesendet: Montag, 4. Mai 2026 09:12\nAn: Marta\nBetreff: Angebot\n\n{line}",
    "________________________________\nFrom: Ola Berg <ola@ours.example>\nSent: Monday\nSubject: Our quote\n\n{line}",
    "{line}",
)
EVERY = [case for name in FILES for case in cases(name)]


def test_the_set_is_large_and_speaks_many_languages() -> None:
    corpus = cases("corpus")
    labels = Counter(case.label for case in corpus)
    assert len(corpus) >= 200
    assert len({case.language for case in corpus}) >= 8
    assert set(labels) == set(ReplyLabel.values)
    assert min(labels.values()) >= 15


@pytest.mark.parametrize("name", FILES)
def test_every_opt_out_is_heard_and_no_question_is_taken_for_one(name: str) -> None:
    measured = measure(name)
    assert [case.text for case, _ in measured.wrong if case.label == ReplyLabel.OPT_OUT] == []
    assert measured.questions_taken_for_opt_outs == 0
    assert measured.accuracy >= 0.93


@pytest.mark.parametrize("name", FILES)
def test_the_docs_show_the_table_as_it_is(name: str) -> None:
    assert written(name, DOCS.read_text(encoding="utf-8")) == measure(name).table()


@pytest.mark.parametrize("quote", QUOTES)
def test_our_own_line_quoted_below_never_changes_what_they_said(quote: str) -> None:
    for case in EVERY[::3]:
        below = sort(f"{case.text}\n\n{quote.format(line=OUR_LINE)}")
        assert below.label == sort(case.text).label, case.text


def test_our_own_line_alone_is_no_opt_out() -> None:
    for quote in QUOTES:
        assert sort(quote.format(line=OUR_LINE)).label == ReplyLabel.ANSWER


def test_our_message_without_any_mark_is_not_theirs() -> None:
    ours = "Hello Marta,\n\nWe stop sending these e-mails whenever you say so.\n\nOla"
    assert sort(f"Gladly.\n\n{ours}", ours=ours).label == ReplyLabel.ANSWER


def test_capitals_and_small_letters_say_the_same() -> None:
    for case in EVERY:
        if case.label == ReplyLabel.OPT_OUT:
            assert sort(case.text.upper()).label == ReplyLabel.OPT_OUT, case.text
            assert sort(case.text.lower()).label == ReplyLabel.OPT_OUT, case.text


@given(st.text(max_size=300), st.text(max_size=40), st.sampled_from(["email", "sms"]))
@settings(max_examples=60, deadline=None)
def test_it_sorts_whatever_it_is_given(text: str, subject: str, channel: str) -> None:
    found = sort(text, subject=subject, channel=channel, today=date(2026, 5, 20))
    assert found.label in ReplyLabel
    assert 0 <= found.confidence <= 1
    assert all(0 <= span.start < span.end <= len(found.text) for span in found.spans)


@given(
    st.sampled_from(EVERY),
    st.sampled_from(["\n", "\n\n", "\r\n", "  ", "\u00a0"]),
    st.sampled_from(["", "\u200b", "\ufeff"]),
)
@example(Case("I am not Marta", "wrong_person", "en", "name"), "\n", "\u200b")
@example(Case("End this", "opt_out", "en", "short"), "  ", "\ufeff")
@settings(max_examples=40, deadline=None)
def test_blanks_and_what_nobody_sees_change_nothing(case: Case, blank: str, unseen: str) -> None:
    label = sort(case.text).label
    assert sort(f"{blank}{unseen}{case.text}{unseen}{blank}").label == label
    assert sort(f"{unseen}{blank}{case.text}{blank}{unseen}").label == label


@pytest.mark.trial
def test_hostile_text_takes_no_time() -> None:
    for text in (
        "On " + "a " * 200_000,
        "From: " * 50_000,
        "stop " * 60_000,
        "no more " * 40_000,
        "> " * 100_000,
        "\n" * 100_000,
    ):
        sort(text)


HEADERS = {
    "auto-submitted": ({"Auto-Submitted": "auto-replied"}, ReplyLabel.AUTO_REPLY),
    "with a comment": ({"AUTO-SUBMITTED": "auto-generated; type=vacation"}, ReplyLabel.AUTO_REPLY),
    "a person": ({"Auto-Submitted": "no"}, ReplyLabel.ANSWER),
    "an old way": ({"X-Autoreply": "yes"}, ReplyLabel.AUTO_REPLY),
    "precedence": ({"Precedence": "auto_reply"}, ReplyLabel.AUTO_REPLY),
    "a list of people": ({"Precedence": "list"}, ReplyLabel.ANSWER),
    "suppressing alone": ({"X-Auto-Response-Suppress": "All"}, ReplyLabel.ANSWER),
    "a report": ({"Content-Type": "multipart/report; report-type=delivery-status"}, ReplyLabel.AUTO_REPLY),
}


@pytest.mark.parametrize(("headers", "label"), HEADERS.values(), ids=HEADERS)
def test_headers_tell_machines(headers: dict[str, str], label: str) -> None:
    assert sort("Thank you, we have it.", headers=headers).label == label


SUBJECTS = {
    "Automatic reply: Our quote": ReplyLabel.AUTO_REPLY,
    "Automatische Antwort: Angebot": ReplyLabel.AUTO_REPLY,
    "Abwesenheitsnotiz": ReplyLabel.OUT_OF_OFFICE,
    "Out of Office: Our quote": ReplyLabel.OUT_OF_OFFICE,
    "Undeliverable: Our quote": ReplyLabel.AUTO_REPLY,
    "Re: Our quote": ReplyLabel.ANSWER,
    "Re: Out of office hours": ReplyLabel.ANSWER,
    "unsubscribe": ReplyLabel.OPT_OUT,
    "Re: STOP": ReplyLabel.OPT_OUT,
    "Please stop writing to me": ReplyLabel.OPT_OUT,
}


@pytest.mark.parametrize(("subject", "label"), SUBJECTS.items())
def test_subjects(subject: str, label: str) -> None:
    assert sort("Thank you.", subject=subject).label == label


KEYWORDS = (
    "STOP",
    "Stopall",
    "unsubscribe",
    "CANCEL",
    "End",
    "quit",
    "REVOKE",
    "Opt-out",
    "OPTOUT",
    "ARRET",
    "ALTO",
    "BAJA",
    "stopp",
    "стоп",
    "退订",
)


@pytest.mark.parametrize("word", KEYWORDS)
def test_a_keyword_by_sms_is_certain(word: str) -> None:
    assert sort(f" {word}! ", channel="sms").certain


def test_a_word_that_may_mean_something_else_in_a_mail_is_not_certain() -> None:
    found = sort("Cancel", channel="email")
    assert (found.label, found.certain) == (ReplyLabel.OPT_OUT, False)


def test_words_are_marked_in_what_they_wrote() -> None:
    found = sort("> quoted\n\nHello Ola,\nplease take me off your list.\n\nMarta")
    assert [found.text[span.start : span.end] for span in found.spans] == ["take me off"]
    assert "quoted" not in found.text


def test_machines_that_ask_to_be_left_alone_are_held_not_believed() -> None:
    found = sort("Please remove this address from your list.", headers={"Auto-Submitted": "auto-replied"})
    assert (found.label, found.confidence) == (ReplyLabel.OPT_OUT, 0.5)


def test_a_second_opinion_is_asked_only_where_nothing_is_held() -> None:
    assert needs_second_opinion(sort("How did you get my e-mail address?"))
    assert not needs_second_opinion(sort("Cancel"))
    assert not needs_second_opinion(sort("When do we start?"))
    assert not needs_second_opinion(Sorted(ReplyLabel.ANSWER, 0.3, "", ""))


WEDNESDAY = date(2026, 5, 20)
RETURNS = {
    "I am away until 3 June.": "2026-06-04",
    "I will be back on 3 June.": "2026-06-03",
    "Out of office from 18 May to 29 May, returning Monday 1 June 2026.": "2026-06-01",
    "I'm out of the office, back on Monday.": "2026-05-25",
    "I am on leave until Friday.": "2026-05-23",
    "On holiday, back in the office on June 8th.": "2026-06-08",
    "Out of office until 2026-06-05.": "2026-06-06",
    "Our office is closed from 24 December until 2 January.": "2027-01-03",
    "On parental leave until 1 March 2027.": "2027-03-02",
    "I am on vacation and back in two weeks.": "2026-06-03",
    "Ich bin bis einschließlich 5. Juni nicht im Büro.": "2026-06-06",
    "Ich bin im Urlaub und ab dem 12.06. wieder erreichbar.": "2026-06-12",
    "Je suis absent jusqu'au 5 juin inclus.": "2026-06-06",
    "Je suis en congés, de retour le lundi 8 juin.": "2026-06-08",
    "Estoy de vacaciones hasta el 20 de junio.": "2026-06-21",
    "Sono in ferie, rientro il 25 maggio.": "2026-05-25",
    "Estou de férias até 30 de maio.": "2026-05-31",
    "Ik ben afwezig tot en met 12 juni.": "2026-06-13",
    "Jestem na urlopie do 15 czerwca.": "2026-06-16",
    "Jag är på semester och åter på kontoret den 8 juni.": "2026-06-08",
    "Jeg er på ferie til og med 5. juni.": "2026-06-06",
    "6月5日まで休暇をいただいております。": "2026-06-06",
    "I am out of the office.": None,
}


@pytest.mark.parametrize(("text", "day"), RETURNS.items())
def test_the_day_they_are_back(text: str, day: str | None) -> None:
    found = sort(text, today=WEDNESDAY)
    assert found.label == ReplyLabel.OUT_OF_OFFICE
    assert (found.returns_on.isoformat() if found.returns_on else None) == day


def test_numbers_with_strokes_follow_the_locale() -> None:
    text = "Out of office, back on 6/5."
    assert str(sort(text, today=WEDNESDAY, locale="en-US").returns_on) == "2026-06-05"
    assert sort("Out of office, back on 06/08/2026.", today=WEDNESDAY, locale="en-US").returns_on == date(2026, 6, 8)


def test_without_a_today_no_day_is_guessed() -> None:
    assert sort("I am away until Friday.").returns_on is None


def test_the_docs_name_what_was_measured_first() -> None:
    docs = DOCS.read_text(encoding="utf-8")
    assert re.search(r"first run", docs)
