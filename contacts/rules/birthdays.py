"""Birthdays as files and sources write them. Pure."""

from __future__ import annotations

import re
from datetime import date

#: Where only day and month are known the year is made up: one with a 29 February.
YEAR_UNKNOWN = 2000
_YEARS = range(1900, 2201)
_WRITTEN = re.compile(
    r"(?:(?P<year>\d{4})-|(?:--)?)(?P<month>\d{2})-(?P<day>\d{2})"
    r"(?:[T ][\d:.]+(?:Z|[+-]\d{2}:?\d{2})?)?"
)


def read_birthday(text: str) -> date:
    """A day with its year (1990-12-31), or without (12-31, or --12-31 as in address books). A time of day is ignored.

    Raises ValueError with a sentence that says what to write instead.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError("This is no birthday. Write it as 1990-12-31, or without the year as 12-31.")
    year = int(found["year"] or YEAR_UNKNOWN)
    if year not in _YEARS:
        raise ValueError(f"The year {year} cannot be meant. Write it as 1990-12-31, or without the year as 12-31.")
    try:
        return date(year, int(found["month"]), int(found["day"]))
    except ValueError:
        raise ValueError("There is no such day. Write it as 1990-12-31, or without the year as 12-31.") from None
