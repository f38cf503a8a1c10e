"""From the text of a cell to a value. Each parser raises ValueError with a plain sentence. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from typing import TypeVar
from zoneinfo import available_timezones

from contacts.rules import normalise_email, normalise_phone, read_birthday

Parser = Callable[[str], object]
Parsed = TypeVar("Parsed")

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?)?")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:[,.' \u00a0\u202f]\d{3})+(?:[.,]\d+)?", re.ASCII)
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_CENT = Decimal("0.01")
_YEARS = range(1900, 2201)
#: Values repeat down a column: the latest so many are kept parsed.
REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Ways:
    """How the cells of a file are written: its dates, the country of its phone numbers, its words for our stages."""

    date_format: str = ""
    region: str = "US"
    stage_map: Mapping[str, str] = field(default_factory=dict)


def quoted(text: str) -> str:
    """The text in quotes, cut where it is long."""
    return f"“{text if len(text) <= 60 else text[:57] + '…'}”"


def words(*, most: int) -> Callable[[Ways], Parser]:
    """One line of text; line breaks and runs of blanks become one blank. ``most`` is its greatest length."""

    def parse(text: str) -> str:
        text = " ".join(text.split())
        if len(text) > most:
            raise ValueError(f"{quoted(text)} is longer than {most} characters.")
        return text

    return lambda ways: parse


def labels(*, most: int, longest: int) -> Callable[[Ways], Parser]:
    """Short texts in one cell, between bars, semicolons or commas; each once however it is spelled. Kept with bars."""

    def parse(text: str) -> str:
        found: dict[str, str] = {}
        for label in (" ".join(one.split()) for one in re.split(r"[|;,]", text)):
            if len(label) > longest:
                raise ValueError(f"{quoted(label)} is longer than {longest} characters.")
            if label:
                found.setdefault(label.casefold(), label)
        if len(found) > most:
            raise ValueError(f"{quoted(text)} has {len(found)} entries. At most {most} are kept.")
        return "|".join(found.values())

    return lambda ways: parse


def lower_words(*, most: int) -> Callable[[Ways], Parser]:
    """The same in lower case, for domains."""
    plain = words(most=most)

    def make(ways: Ways) -> Parser:
        parse = plain(ways)
        return lambda text: str(parse(text)).lower()

    return make


def prose(*, most: int) -> Callable[[Ways], Parser]:
    """Text with its line breaks."""

    def parse(text: str) -> str:
        if len(text) > most:
            raise ValueError(f"The text is longer than {most:,} characters.")
        return text

    return lambda ways: parse


def email(ways: Ways) -> Parser:
    return _explained(normalise_email)


def phone(ways: Ways) -> Parser:
    return lru_cache(REMEMBERED)(_explained(lambda text: normalise_phone(text, ways.region)))


def _explained(parse: Callable[[str], Parsed]) -> Callable[[str], Parsed]:
    def explained(text: str) -> Parsed:
        try:
            return parse(text)
        except ValueError as problem:
            sentence = str(problem)
            raise ValueError(f"{quoted(text)}: {sentence[0].lower()}{sentence[1:]}") from problem

    return explained


def yes_no(ways: Ways) -> Parser:
    return _truth


_TRUTHS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def _truth(text: str) -> bool:
    try:
        return _TRUTHS[text.lower()]
    except KeyError:
        raise ValueError(f"{quoted(text)} is neither yes nor no.") from None


def consent(ways: Ways) -> Parser:
    """``yes``, ``no``, or None for unknown: an answer nobody gave is not recorded."""

    def parse(text: str) -> str | None:
        if text.lower() == "unknown":
            return None
        try:
            return "yes" if _truth(text) else "no"
        except ValueError:
            raise ValueError(
                f"{quoted(text)} is no answer. Consent is yes, no, or empty where it is unknown."
            ) from None

    return parse


def money(ways: Ways) -> Parser:
    """A plain decimal number of at most twelve digits before the point, rounded to cents."""

    def parse(text: str) -> Decimal:
        if not _NUMBER.fullmatch(text):
            if _THOUSANDS.fullmatch(text):
                raise ValueError(
                    f"{quoted(text)} has separators in it. Write the number with nothing but a point before the cents, "
                    "for instance 1234.50."
                )
            raise ValueError(f"{quoted(text)} is not a plain number such as 1234.50.")
        number = Decimal(text)
        if abs(number) >= 10**12:
            raise ValueError(f"{quoted(text)} is too large a number.")
        if number < 0:
            raise ValueError(f"{quoted(text)} is below zero.")
        return number.quantize(_CENT, ROUND_HALF_UP)

    return parse


def amount(ways: Ways) -> Parser:
    """Money that may also be below zero: what was given back."""
    above = money(ways)

    def parse(text: str) -> Decimal:
        found = above(text.removeprefix("-"))
        assert isinstance(found, Decimal)
        return -found if text[:1] == "-" else found

    return parse


def currency(ways: Ways) -> Parser:
    def parse(text: str) -> str:
        if len(text) != 3 or not text.isascii() or not text.isalpha():
            raise ValueError(f"{quoted(text)} is not a currency code of three letters such as EUR.")
        return text.upper()

    return parse


@cache
def _time_zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


def time_zone(ways: Ways) -> Parser:
    def parse(text: str) -> str:
        try:
            return _time_zones()[text.lower()]
        except KeyError:
            raise ValueError(f"{quoted(text)} is not a time zone. Write it like Europe/Berlin.") from None

    return parse


def language(ways: Ways) -> Parser:
    def parse(text: str) -> str:
        if len(text) > 20 or not _LOCALE.fullmatch(text):
            raise ValueError(f"{quoted(text)} is not a language tag such as de or de-DE.")
        return text.replace("_", "-")

    return parse


def one_of(values: Iterable[str], *, what: str) -> Callable[[Ways], Parser]:
    """One of our words, in upper or lower case."""
    known = list(values)

    def parse(text: str) -> str:
        word = text.lower()
        if word not in known:
            raise ValueError(f"{quoted(text)} is not a {what} here. It must be one of {', '.join(known)}.")
        return word

    return lambda ways: parse


def stage(values: Iterable[str]) -> Callable[[Ways], Parser]:
    """One of our stages, or one of theirs by the stage map. Theirs is looked at first."""
    known = list(values)

    def make(ways: Ways) -> Parser:
        theirs = {name.strip().lower(): ours for name, ours in ways.stage_map.items()}

        def parse(text: str) -> str:
            word = text.lower()
            word = theirs.get(word, word)
            if word not in known:
                raise ValueError(
                    f"{quoted(text)} is not a stage here. The stages are {', '.join(known)}. "
                    f"Say which one it means in the stage map (--stage-map), for instance {text[:30]}=qualified."
                )
            return word

        return parse

    return make


def moment(ways: Ways) -> Parser:
    """A time: ISO, or the date format. Without an offset it is UTC; a day alone is its first moment."""

    def parse(text: str) -> datetime:
        found: datetime | None = None
        if ways.date_format:
            try:
                found = datetime.strptime(text, ways.date_format)  # noqa: DTZ007  the offset is added below
            except ValueError:
                found = None
        if found is None and _ISO.fullmatch(text):
            try:
                found = datetime.fromisoformat(text)
            except ValueError:
                raise ValueError(f"{quoted(text)} is a date that does not exist.") from None
        if found is None:
            expected = f" or, as the date format says, {ways.date_format}" if ways.date_format else ""
            hint = (
                ""
                if ways.date_format
                else " Another way of writing dates is named by --date-format, for instance %m/%d/%Y."
            )
            raise ValueError(f"{quoted(text)} is not a date. Expected 2026-12-31{expected}.{hint}")
        if found.year not in _YEARS:
            raise ValueError(f"{quoted(text)} is in the year {found.year}, which cannot be meant.")
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)

    return lru_cache(REMEMBERED)(parse)


def birthday(ways: Ways) -> Parser:
    """A birthday: with its year or without, or as the date format says."""

    def parse(text: str) -> object:
        if ways.date_format:
            try:
                return read_birthday(datetime.strptime(text, ways.date_format).date().isoformat())  # noqa: DTZ007  no hour
            except ValueError:
                pass
        return read_birthday(text)

    return _explained(parse)


def day(ways: Ways) -> Parser:
    """A day: ISO, or the date format. Of a time, its day in UTC."""
    parse_moment = moment(ways)

    def parse(text: str) -> date:
        found = parse_moment(text)
        assert isinstance(found, datetime)
        return found.date()

    return parse
