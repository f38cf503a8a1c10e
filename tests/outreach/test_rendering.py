import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rendering import (
    EMAIL_VALUES,
    SMS_VALUES,
    clean,
    core_span,
    fingerprint,
    first_name,
    one_line,
    placeholders,
    plain_words,
    render,
    required_placeholders,
    sms_segments,
    tidy,
)


@pytest.mark.parametrize(
    ("body", "values", "says"),
    [
        ("Hello {first_name},", {"first_name": "Anna"}, "Hello Anna,"),
        ("Hello {first_name|there},", {}, "Hello there,"),
        ("Hello {first_name|},", {"first_name": " "}, "Hello,"),
        ("Hello {first_name|},", {"first_name": "Anna"}, "Hello Anna,"),
        ("Hello {first_name},", {}, "Hello {first_name},"),
        ("Hello {nobody_knows},", {"first_name": "Anna"}, "Hello {nobody_knows},"),
        ("{note} {note}", {"note": "{first_name}", "first_name": "Anna"}, "(first_name) (first_name)"),
        ("One thing: {note}.", {"note": "The room is ready."}, "One thing: The room is ready."),
        ("One thing: {note}.", {"note": "The room is ready"}, "One thing: The room is ready."),
        ("{note}", {"note": "stop at [[unsubscribe]] now"}, "stop at [unsubscribe] now"),
        ("{note}", {"note": "[[[[x]]]]"}, "[x]"),
        ("{note}", {"note": "<script>alert(1)</script> <b>bold</b>"}, "alert(1) bold"),
        ("{note}", {"note": "a < b and b > c"}, "a < b and b > c"),
        ("“{question}”", {"question": 'Is "it" open?'}, "“Is 'it' open?”"),
        ("{note}", {"note": "two\r\nlines\x00\x07"}, "two lines"),
        ("line\r\nline  \n\n\n\nend", {}, "line\nline\n\nend"),
        ("{ first_name } {First}", {"first_name": "Anna"}, "{ first_name } {First}"),
    ],
)
def test_render_fills_what_it_knows_and_leaves_the_rest_visible(body: str, values: dict[str, str], says: str) -> None:
    assert render("", body, values).body == says


def test_a_subject_stays_one_line_whatever_is_put_in() -> None:
    subject = render("About {title}\n", "", {"title": "x\r\nBcc: everybody@example.com\u2028y"}).subject
    assert subject == "About x Bcc: everybody@example.com y"


def test_a_long_value_is_cut_at_a_word_and_a_link_never() -> None:
    assert clean("word " * 30) == "word " * 23 + "word…"
    assert clean("word " * 30, SMS_VALUES) == "word " * 13 + "word..."
    assert clean("a" * 400) == "a" * (EMAIL_VALUES.characters - 1) + "…"
    link = "https://example.org/" + "a" * 200
    assert clean(link) == link
    assert clean(link + "a" * 100) == ""


def test_text_messages_get_plain_marks_so_that_they_stay_short() -> None:
    assert render("", "{note}", {"note": "It’s – “ready”…"}, channel="sms").body == "It's - 'ready'..."


@given(st.text(), st.text(), st.text())
def test_no_value_can_bring_a_line_break_a_placeholder_or_our_mark(subject: str, body: str, value: str) -> None:
    for channel in ("email", "sms"):
        rendered = render("{value|}", "{value|}", {"value": value, "first_name": "Anna"}, channel=channel)
        for text in (rendered.subject, rendered.body):
            assert len(text.splitlines()) <= 1
            assert not placeholders(text)
            assert "[[" not in text
        assert len(rendered.body) <= 300
    free = render(subject, body, {"first_name": value})
    assert len(free.subject.splitlines()) <= 1
    assert tidy(free.body) == free.body


@given(st.text())
def test_cleaning_is_stable(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)
    assert tidy(tidy(text)) == tidy(text)


def test_placeholders_are_listed_by_name_and_need() -> None:
    text = "Hello {first_name|}, {note} {note}"
    assert placeholders(text) == {"first_name", "note"}
    assert required_placeholders(text) == {"note"}


def test_a_fingerprint_is_of_exactly_this_message_to_exactly_this_address() -> None:
    base = fingerprint("email", "a@example.com", "Subject", "one\ntwo")
    assert len(base) == 64
    assert fingerprint("email", "a@example.com", "Subject", "one\r\ntwo") == base
    others = [
        fingerprint("sms", "a@example.com", "Subject", "one\ntwo"),
        fingerprint("email", "b@example.com", "Subject", "one\ntwo"),
        fingerprint("email", "a@example.com", "Subject ", "one\ntwo"),
        fingerprint("email", "a@example.com", "Subject", "one\ntwo "),
        fingerprint("email", "a@example.comSubject", "", "one\ntwo"),
        fingerprint("email", "a@example.com", "Subject\none", "two"),
    ]
    assert len({base, *others}) == 7


@pytest.mark.parametrize(
    ("full_name", "first"),
    [
        ("Anna Schmidt", "Anna"),
        ("ANNA SCHMIDT", "Anna"),
        ("anna schmidt", "Anna"),
        ("Schmidt, Anna", "Anna"),
        ("Dr. Anna Schmidt", "Anna"),
        ("Herr Prof. Dr. Tom Berg", "Tom"),
        ("JEAN-LUC PICARD", "Jean-Luc"),
        ("o'neil patrick", "O'Neil"),
        ("McKenzie Smith", "McKenzie"),
        ("JJ Abrams", "JJ"),
        ("Łukasz Nowak", "Łukasz"),
        ("李 明", ""),
        ("<b>Anna</b> Schmidt", "Anna"),
        ('"Anna" Schmidt', "Anna"),
        ("J. Smith", ""),
        ("J Smith", ""),
        ("INFO", ""),
        ("Info Desk", ""),
        ("sales@example.com", ""),
        ("Harbour Dance GmbH", ""),
        ("4you", ""),
        ("n/a", ""),
        ("Dr.", ""),
        ("", ""),
        ("  \r\n ", ""),
        ("x" * 60, ""),
    ],
)
def test_first_name(full_name: str, first: str) -> None:
    assert first_name(full_name) == first


@given(st.text())
def test_first_name_is_one_word_or_nothing(full_name: str) -> None:
    name = first_name(full_name)
    assert len(name.split()) == (1 if name else 0)
    assert len(name) <= 80
    assert not set(name) & set("{}<>[]@\n\r")


@pytest.mark.parametrize(
    ("body", "words", "core"),
    [
        ("Hello Anna,\n\nOne two three.\n\nJane Miller\n\nStop here: [[unsubscribe]]", 5, "One two three."),
        ("Hello Anna,\n\nOne two three.\n\nKind regards,\nJane Miller", 5, "One two three."),
        ("Hello Anna,\n\nOne two three.\n\nKind regards\nJane Miller\nHarbour Dance", 5, "One two three."),
        ("Hello Anna, Jane here. One two three? Reply STOP to stop.", 7, "One two three?"),
        ("One two\n\nhttps://example.org/a-b/c d", 4, "One two\n\nhttps://example.org/a-b/c d"),
        ("One two three", 3, "One two three"),
        ("", 0, ""),
        ("Stop here: [[unsubscribe]]", 0, ""),
        ("One - two!", 2, "One - two!"),
    ],
)
def test_words_and_core_leave_the_frame_out(body: str, words: int, core: str) -> None:
    start, end = core_span(body)
    assert body[start:end] == core
    assert plain_words(body) == words


@given(st.text(alphabet="ab ,:.\nSTOP[]unsubscribe", max_size=80))
def test_the_core_lies_in_the_text(body: str) -> None:
    start, end = core_span(body)
    assert 0 <= start <= end <= len(body)


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 0),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ł" * 70, 1),
        ("ł" * 71, 2),
        ("😀" * 35, 1),
    ],
)
def test_sms_segments(text: str, segments: int) -> None:
    assert sms_segments(text) == segments
