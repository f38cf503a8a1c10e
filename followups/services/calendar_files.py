"""What a calendar says, as entries: strangers wrote it, so everything in it is bounded and nothing is believed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any

from icalendar import Calendar

from contacts.rules.addresses import normalise_email
from followups.rules.recurring import WEEKDAYS, Repeats, days_of, problem_of

LARGEST_CALENDAR = 5_000_000
MOST_ENTRIES = 10_000
MOST_REPEATING = 1_000
MOST_ATTENDEES = 500
#: How far ahead repeating entries are followed. A later import goes on from there.
DAYS_AHEAD = 90
LONGEST_TITLE = 300
_KNOWN_RULE = frozenset(
    {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"}
)  # fmt: skip


class Unreadable(Exception):  # noqa: N818  an answer to a person, not a fault
    """The whole calendar is refused. ``sentence`` says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class _Bad(Exception):  # noqa: N818  one entry of many
    pass


@dataclass(frozen=True, slots=True)
class Entry:
    """One time at which an entry takes place.

    ``series`` stands for what the calendar calls it, ``occurrence`` for which of its times (empty: it has one).
    ``people`` are the addresses of everybody named.
    """

    series: str
    occurrence: str
    sequence: int
    title: str
    at: datetime
    cancelled: bool
    people: frozenset[str]


@dataclass(frozen=True, slots=True)
class ReadCalendar:
    """The entries of a calendar, and those that were refused: their place and why.

    ``series`` has the sequence number of each series that was given as a whole: its other times no longer stand.
    """

    entries: list[Entry]
    refused: list[tuple[int, str]]
    series: dict[str, int]


def read_calendar(content: bytes, *, now: datetime) -> ReadCalendar:
    """Every entry of an iCalendar file (RFC 5545), repeating ones up to 90 days ahead. Times without a zone are UTC.

    One bad entry is refused alone. Raises Unreadable where the whole cannot be read.
    """
    if len(content) > LARGEST_CALENDAR:
        raise Unreadable(f"The calendar is larger than {LARGEST_CALENDAR // 1_000_000} MB. Export fewer days.")
    if content.upper().count(b"BEGIN:VEVENT") > MOST_ENTRIES:
        raise Unreadable(f"There are more than {MOST_ENTRIES:,} entries in it. Export fewer days.")
    try:
        found = Calendar.from_ical(content, multiple=True)
        events = [event for one in found for event in one.walk("VEVENT")]
    except Exception as problem:  # the library raises whatever its parts do
        raise Unreadable("This is no calendar that can be read. Export it again as an .ics file.") from problem
    if not found:
        raise Unreadable("This is no calendar: it has no BEGIN:VCALENDAR. Export it as an .ics file.")
    return _read_events(events, now)


def read_entry(given: Mapping[str, Any]) -> ReadCalendar:
    """One entry as JSON: uid, sequence, title, at (ISO 8601), status, attendees. Raises Unreadable."""
    uid, at = given.get("uid"), given.get("at")
    if not isinstance(uid, str) or not uid.strip():
        raise Unreadable("uid is missing. Give every entry an id of its own, as text.")
    sequence = given.get("sequence", 0)
    if not isinstance(sequence, int) or isinstance(sequence, bool) or not 0 <= sequence < 2**31:
        raise Unreadable("sequence must be a whole number of 0 or more.")
    people = given.get("attendees", [])
    if not isinstance(people, list) or len(people) > MOST_ATTENDEES or not all(isinstance(one, str) for one in people):
        raise Unreadable(f"attendees must be a list of at most {MOST_ATTENDEES} e-mail addresses.")
    status = str(given.get("status", "confirmed")).lower()
    if status not in ("confirmed", "tentative", "cancelled"):
        raise Unreadable("status must be confirmed, tentative or cancelled.")
    try:
        when = datetime.fromisoformat(str(at))
        when = (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        raise Unreadable("at must be a date and time, for instance 2026-05-13T09:00:00+02:00.") from problem
    entry = Entry(
        series=_series(uid),
        occurrence="",
        sequence=sequence,
        title=_title(given.get("title")),
        at=when,
        cancelled=status == "cancelled",
        people=frozenset(_addresses(people)),
    )
    return ReadCalendar([entry], [], {entry.series: sequence})


def _read_events(events: list[Any], now: datetime) -> ReadCalendar:
    entries: list[Entry] = []
    refused: list[tuple[int, str]] = []
    masters: dict[str, int] = {}
    repeating = 0
    own = {_own_place(event) for event in events if event.get("RECURRENCE-ID") is not None}
    for number, event in enumerate(events, start=1):
        try:
            if event.get("RRULE") is not None:
                repeating += 1
                if repeating > MOST_REPEATING:
                    raise _Bad(f"There are more than {MOST_REPEATING:,} repeating entries. Export fewer.")
            found = list(_read_event(event, now, own))
        except _Bad as bad:
            refused.append((number, str(bad)))
            continue
        except Exception:  # noqa: BLE001  the library reads values as they are asked for, and raises whatever its parts do
            refused.append((number, "Something in it cannot be read."))
            continue
        entries.extend(found)
        if event.get("RECURRENCE-ID") is None:
            series = _series(_uid(event))
            masters[series] = max(masters.get(series, 0), _sequence(event))
    return ReadCalendar(entries, refused, masters)


def _read_event(event: Any, now: datetime, own: set[tuple[str, str]]) -> Iterator[Entry]:
    series, start = _series(_uid(event)), _start(event)
    given: dict[str, Any] = {
        "series": series,
        "sequence": _sequence(event),
        "title": _title(event.get("SUMMARY")),
        "cancelled": str(event.get("STATUS", "")).upper() == "CANCELLED",
        "people": _people(event),
    }
    place = _own_place(event)[1] if event.get("RECURRENCE-ID") is not None else ""
    if place or event.get("RRULE") is None:
        yield Entry(**given, occurrence=place, at=_moment(start))
        return
    today = now.astimezone(UTC).date()
    since, last = today - timedelta(days=1), today + timedelta(days=DAYS_AHEAD)
    first = start.date() if isinstance(start, datetime) else start
    rule, until = _rule(event.get("RRULE"))
    if problem := problem_of(rule, first, last):
        raise _Bad(problem)
    left_out = set(_left_out(event))
    for day in days_of(rule, first=first, since=since, last=last):
        at = _moment(datetime.combine(day, start.timetz()) if isinstance(start, datetime) else day)
        name = _name(at)
        if (until is None or at <= until) and name not in left_out and (series, name) not in own:
            yield Entry(**given, occurrence=name, at=at)


def _rule(given: Any) -> tuple[Repeats, datetime | None]:
    """The rule by days, and the moment after which it ends where it names one: the two differ around midnight."""
    if isinstance(given, list):
        raise _Bad("It repeats by more than one rule.")
    values = {str(name).upper(): [str(one) for one in (value if isinstance(value, list) else [value])]
              for name, value in given.items() if name.upper() != "UNTIL"}  # fmt: skip
    if set(map(str.upper, given.keys())) - _KNOWN_RULE:
        raise _Bad("It repeats by a rule that cannot be read. Use days, weeks, months or years.")

    def numbers(name: str) -> tuple[int, ...]:
        return tuple(int(one) for one in values.get(name, ())[:400])

    until = given.get("UNTIL")
    last = (until[0] if isinstance(until, list) else until) if until else None
    ends = _moment(last) if isinstance(last, datetime) else None
    weekdays = []
    for one in values.get("BYDAY", ())[:400]:
        place, name = one[:-2], one[-2:].upper()
        if name not in WEEKDAYS:
            raise _Bad("It repeats on a weekday that is not known.")
        weekdays.append((int(place) if place else 0, WEEKDAYS.index(name)))
    start = values.get("WKST", ["MO"])[0].upper()
    rule = Repeats(
        frequency=values.get("FREQ", [""])[0].upper(),
        interval=(numbers("INTERVAL") or (1,))[0],
        count=(numbers("COUNT") or (0,))[0],
        until=ends.date() + timedelta(days=1) if ends is not None else last,
        weekdays=tuple(weekdays),
        month_days=numbers("BYMONTHDAY"),
        months=numbers("BYMONTH"),
        positions=numbers("BYSETPOS"),
        week_start=WEEKDAYS.index(start) if start in WEEKDAYS else 0,
    )
    return rule, ends


def _left_out(event: Any) -> Iterator[str]:
    given = event.get("EXDATE", [])
    for one in given if isinstance(given, list) else [given]:
        for day in one.dts[:MOST_ENTRIES]:
            yield _name(_moment(day.dt))


def _own_place(event: Any) -> tuple[str, str]:
    try:
        return _series(str(event.get("UID", ""))), _name(_moment(event.decoded("RECURRENCE-ID")))
    except Exception:  # noqa: BLE001  said where the entry itself is read
        return "", ""


def _uid(event: Any) -> str:
    uid = str(event.get("UID", "")).strip()
    if not uid:
        raise _Bad("It has no UID, so it could not be found again.")
    return uid


def _sequence(event: Any) -> int:
    found = int(event.get("SEQUENCE", 0))
    if not 0 <= found < 2**31:
        raise _Bad("Its SEQUENCE is no number from 0 on.")
    return found


def _start(event: Any) -> date | datetime:
    if event.get("DTSTART") is None:
        raise _Bad("It has no DTSTART, so nobody knows when it is.")
    found = event.decoded("DTSTART")
    if not isinstance(found, date):
        raise _Bad("Its DTSTART is no day and no time.")
    return found


def _moment(given: date | datetime) -> datetime:
    """In UTC; a day is its first moment."""
    if not isinstance(given, datetime):
        return datetime.combine(given, time.min, UTC)
    return (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(UTC)


def _people(event: Any) -> frozenset[str]:
    given = event.get("ATTENDEE", [])
    organizer = event.get("ORGANIZER")
    people = [*(given if isinstance(given, list) else [given]), *([organizer] if organizer is not None else [])]
    if len(people) > MOST_ATTENDEES:
        raise _Bad(f"It names more than {MOST_ATTENDEES} people.")
    return frozenset(_addresses(str(one) for one in people))


def _addresses(given: Any) -> Iterator[str]:
    for one in given:
        text = one.strip()
        try:
            yield normalise_email(text[7:] if text[:7].lower() == "mailto:" else text)
        except ValueError:
            continue


def _title(given: Any) -> str:
    words = " ".join(str(given or "").replace("\x00", "").split())
    return words[:LONGEST_TITLE] or "Meeting"


def _series(uid: str) -> str:
    return sha256(uid.strip().encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _name(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}"
