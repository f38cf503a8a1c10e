"""What the page may give back, when a pause ends, and the words of a confirmation."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from contacts.states import Channel
from outreach.rendering import sms_segments
from outreach.rules.confirming import LANGUAGES, TOO_LATE_AFTER, confirmation, is_too_late
from outreach.rules.preferences import CHANNEL_WORDS, Answer, may_switch_on, pause_until, words_for

YES, NO, NO_HERE, FORGOTTEN = Answer("yes", False), Answer("no", False), Answer("no", True), Answer("unknown", False)
TODAY = date(2026, 5, 20)


@pytest.mark.parametrize(
    ("history", "may"),
    [
        ([], True),
        ([YES], True),
        ([FORGOTTEN, YES], True),
        ([NO_HERE, YES], True),
        ([NO_HERE, YES, NO], True),
        ([NO], False),
        ([NO, NO_HERE], False),
        ([FORGOTTEN, NO], False),
        ([FORGOTTEN, YES, NO], False),
    ],
)
def test_only_what_was_refused_on_the_page_is_given_back_there(history: list[Answer], may: bool) -> None:
    assert may_switch_on(history, suppressed=False, reachable=True) is may
    assert not may_switch_on(history, suppressed=True, reachable=True)
    assert not may_switch_on(history, suppressed=False, reachable=False)


@pytest.mark.parametrize(
    ("choice", "day", "today", "ends"),
    [
        ("1", None, TODAY, date(2026, 6, 20)),
        ("3", None, TODAY, date(2026, 8, 20)),
        ("1", None, date(2026, 1, 31), date(2026, 2, 28)),
        ("3", None, date(2027, 11, 30), date(2028, 2, 29)),
        ("1", None, date(2026, 12, 5), date(2027, 1, 5)),
        ("day", date(2026, 5, 21), TODAY, date(2026, 5, 21)),
        ("day", date(2027, 5, 21), TODAY, date(2027, 5, 21)),
    ],
)
def test_a_pause_ends_when_its_last_day_has_passed_everywhere(
    choice: str, day: date | None, today: date, ends: date
) -> None:
    until = pause_until(choice, day, today=today)
    assert until == datetime(ends.year, ends.month, ends.day, 12, tzinfo=UTC)
    # Twelve hours behind UTC the day before is over at that moment.
    assert (until - timedelta(hours=12)).date() == ends


@pytest.mark.parametrize(
    ("choice", "day", "words"),
    [
        ("day", None, "Enter the day"),
        ("day", TODAY, "after today"),
        ("day", date(2020, 1, 1), "after today"),
        ("day", date(2027, 5, 22), "within a year"),
        ("day", date.max, "within a year"),
        ("12", None, "Choose how long"),
        ("nonsense", TODAY, "Choose how long"),
    ],
)
def test_a_pause_that_cannot_be_is_refused_in_words(choice: str, day: date | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        pause_until(choice, day, today=TODAY)


def test_every_channel_has_words_to_agree_to() -> None:
    assert set(CHANNEL_WORDS) == set(Channel.values)
    assert words_for(Channel.SMS) == "You may reach me: by text message (SMS)"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_confirmation_is_short_and_has_nothing_to_follow_or_to_buy(language: str) -> None:
    name = "Northlight Studio and Friends Ltd"
    sms = confirmation(channel=Channel.SMS, locale=language, name=name)
    mail = confirmation(channel=Channel.EMAIL, locale=language, name=name)
    assert sms.language == mail.language == language
    assert sms_segments(sms.body) == 1
    assert sms.body.startswith("Northlight Studio")
    assert mail.body.endswith(f"\n\n{name}")
    assert mail.subject
    for words in (sms.body, mail.subject, mail.body):
        assert not any(mark in words for mark in ("http", "www", "!", "?", "[[", "{", "}", "%", "@"))


@pytest.mark.parametrize(
    ("locale", "language"),
    [("de-AT", "de"), ("fr_CA", "fr"), ("ES", "es"), ("", "en"), ("ja-JP", "en"), ("den", "en")],
)
def test_a_confirmation_speaks_their_language_where_it_can(locale: str, language: str) -> None:
    assert confirmation(channel=Channel.EMAIL, locale=locale, name="Us").language == language


def test_a_confirmation_is_late_after_a_quarter_of_an_hour() -> None:
    said = datetime(2026, 5, 20, 9, tzinfo=UTC)
    assert not is_too_late(said_at=said, now=said + TOO_LATE_AFTER - timedelta(seconds=1))
    assert is_too_late(said_at=said, now=said + TOO_LATE_AFTER)
