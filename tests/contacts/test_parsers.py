"""Cells to values: what is taken, what is refused, and in which words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from contacts.importing import parsers
from contacts.importing.parsers import Parser, Ways

US = Ways("%m/%d/%Y")
PLAIN = Ways()


@pytest.mark.parametrize(
    ("make", "ways", "text", "expected"),
    [
        (parsers.day, PLAIN, "2026-03-01", date(2026, 3, 1)),
        (parsers.day, PLAIN, "2026-03-01T23:30:00-02:00", date(2026, 3, 2)),
        (parsers.day, US, "12/31/2017", date(2017, 12, 31)),
        (parsers.day, US, "2017-12-31", date(2017, 12, 31)),
        (parsers.moment, PLAIN, "2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        (parsers.moment, PLAIN, "2026-03-01 09:30", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        (parsers.moment, PLAIN, "2026-03-01T09:30:00Z", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        (parsers.moment, US, "1/2/2017", datetime(2017, 1, 2, tzinfo=UTC)),
        (parsers.moment, Ways("%d.%m.%Y %H:%M %z"), "01.03.2026 10:00 +0100", datetime(2026, 3, 1, 9, tzinfo=UTC)),
        (parsers.yes_no, PLAIN, "YES", True),
        (parsers.yes_no, PLAIN, "0", False),
        (parsers.consent, PLAIN, "No", "no"),
        (parsers.consent, PLAIN, "true", "yes"),
        (parsers.consent, PLAIN, "unknown", None),
        (parsers.money, PLAIN, "1054", Decimal("1054.00")),
        (parsers.money, PLAIN, "0.125", Decimal("0.13")),
        (parsers.money, PLAIN, "1100.04000", Decimal("1100.04")),
        (parsers.currency, PLAIN, "eur", "EUR"),
        (parsers.time_zone, PLAIN, "europe/berlin", "Europe/Berlin"),
        (parsers.language, PLAIN, "de_DE", "de-DE"),
        (parsers.words(most=10), PLAIN, "a  b\nc", "a b c"),
        (parsers.words(most=30), PLAIN, "<b>=1</b>", "<b>=1</b>"),
        (parsers.prose(most=10), PLAIN, "a\nb", "a\nb"),
        (parsers.labels(most=3, longest=9), PLAIN, "Fair  26| press;;FAIR 26 , x", "Fair 26|press|x"),
        (parsers.labels(most=3, longest=9), PLAIN, " | ;", ""),
        (parsers.one_of(["in", "out"], what="direction"), PLAIN, "OUT", "out"),
        (parsers.stage(["new", "won"]), Ways(stage_map={"Closed": "won"}), "closed", "won"),
        (parsers.stage(["new", "won"]), Ways(stage_map={"new": "won"}), "New", "won"),
        (parsers.phone, Ways(region="GB"), "020 7946 0958", "+442079460958"),
    ],
)
def test_taken(make: Callable[[Ways], Parser], ways: Ways, text: str, expected: object) -> None:
    found = make(ways)(text)
    assert found == expected
    assert type(found) is type(expected)


def test_times_come_out_in_utc() -> None:
    found = parsers.moment(PLAIN)("2026-03-01T09:30:00+05:00")
    assert found == datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=5)))
    assert isinstance(found, datetime)
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("make", "ways", "text", "says"),
    [
        (parsers.day, PLAIN, "2026-02-30", "does not exist"),
        (parsers.day, US, "2/30/2017", "%m/%d/%Y"),
        (parsers.day, PLAIN, "12/31/2017", "--date-format"),
        (parsers.day, PLAIN, "0017-01-01", "year 17"),
        (parsers.day, PLAIN, "20260301", "not a date"),
        (parsers.day, PLAIN, "2026-W01-1", "not a date"),
        (parsers.moment, PLAIN, "2026-03-01T25:00", "does not exist"),
        (parsers.moment, PLAIN, "soon", "not a date"),
        (parsers.yes_no, PLAIN, "maybe", "neither yes nor no"),
        (parsers.consent, PLAIN, "perhaps", "yes, no, or empty"),
        (parsers.money, PLAIN, "1,234.50", "separators"),
        (parsers.money, PLAIN, "1.234,50", "separators"),
        (parsers.money, PLAIN, "$5", "plain number"),
        (parsers.money, PLAIN, "1e5", "plain number"),
        (parsers.money, PLAIN, "NaN", "plain number"),
        (parsers.money, PLAIN, "٣", "plain number"),
        (parsers.money, PLAIN, "9" * 13, "too large"),
        (parsers.money, PLAIN, "-1", "below zero"),
        (parsers.currency, PLAIN, "euro", "three letters"),
        (parsers.time_zone, PLAIN, "Mars/Olympus", "Europe/Berlin"),
        (parsers.language, PLAIN, "Deutsch!", "language tag"),
        (parsers.words(most=3), PLAIN, "four", "longer than 3"),
        (parsers.prose(most=3), PLAIN, "four", "longer than 3"),
        (parsers.labels(most=3, longest=3), PLAIN, "a|four", "longer than 3"),
        (parsers.labels(most=1, longest=3), PLAIN, "a|b", "At most 1"),
        (parsers.one_of(["in", "out"], what="direction"), PLAIN, "up", "in, out"),
        (parsers.stage(["new", "won"]), PLAIN, "Engaging", "new, won"),
        (parsers.email, PLAIN, "nobody", "“nobody”"),
        (parsers.phone, PLAIN, "12", "country code"),
    ],
)
def test_refused_in_words(make: Callable[[Ways], Parser], ways: Ways, text: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)) as refused:
        make(ways)(text)
    assert "!" not in str(refused.value).replace(text, "")
