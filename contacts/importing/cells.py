"""CSV cells that a spreadsheet will not run as formulas (promise S9), and the way back. Pure."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Protocol

# A spreadsheet skips leading blanks and knows the full-width signs too. Leading quotes count as well, so that what
# somebody really wrote with a quote in front is told apart from what we protected.
_DANGEROUS = re.compile(r"'*(?:[\t\r\n]|[\s\x00-\x1f\u200b\u2060\ufeff]*[=+\-@%|＝＋－＠％｜])")


def guard(text: str) -> str:
    """The text with a quote in front if a spreadsheet might take it for a formula."""
    return f"'{text}" if _DANGEROUS.match(text) else text


def unguard(text: str) -> str:
    """What `guard` was given. Text that was never guarded comes back as it is, unless it looks as if it had been."""
    return text[1:] if text[:1] == "'" and _DANGEROUS.match(text, 1) else text


def cell(value: object) -> str:
    """How a value is written. Numbers stay numbers; yes and no are words; times carry their offset."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return guard(str(value))


class Sink(Protocol):
    """Anything that text can be written to."""

    def write(self, text: str, /) -> object: ...


class SafeWriter:
    """A CSV writer through which no cell leaves unguarded."""

    def __init__(self, sink: Sink, columns: Iterable[str]) -> None:
        self._writer = csv.writer(sink)
        self.write(columns)

    def write(self, values: Iterable[object]) -> None:
        self._writer.writerow([cell(value) for value in values])
