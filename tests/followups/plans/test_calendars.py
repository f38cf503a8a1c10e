"""Calendars: what is read, what is refused, and how an entry finds its plan again however often it comes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from time import time
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from contacts.models import Contact
from contacts.services.merging import merge
from contacts.states import MergeKey
from followups import services
from followups.models import PlannedTouch
from followups.services.calendar_files import ReadCalendar
from followups.services.calendars import Imported
from outreach.inbound.webhooks.signatures import HEADER, signature
from tests.factories import make_user
from tests.followups.making import NOW, drafts_of, make_contact, make_lead, swept

MARTA = "marta@client.example"
BERLIN = """BEGIN:VTIMEZONE
TZID:Amt
BEGIN:DAYLIGHT
DTSTART:19700329T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
"""


def event(*lines: str, uid: str = "one", start: str = "DTSTART:20260520T090000Z", who: str = MARTA) -> str:
    return "\n".join(
        ["BEGIN:VEVENT", f"UID:{uid}", start, "SUMMARY:Demo", f"ATTENDEE;CN=Marta:mailto:{who}", *lines, "END:VEVENT\n"]
    )


def calendar(*events: str, before: str = "") -> bytes:
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{before}{''.join(events)}END:VCALENDAR\n".encode()


def read(*events: str, now: datetime = NOW, before: str = "") -> ReadCalendar:
    return services.read_calendar(calendar(*events, before=before), now=now)


def times(*events: str, **more: Any) -> list[str]:
    return [f"{entry.at:%m-%d %H:%M}" for entry in read(*events, **more).entries]


# --- reading, without a database ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "at"),
    [
        ("DTSTART:20260520T090000Z", "05-20 09:00"),
        ("DTSTART:20260520T090000", "05-20 09:00"),
        ("DTSTART;TZID=Europe/Berlin:20260520T090000", "05-20 07:00"),
        ("DTSTART;TZID=America/New_York:20260520T230000", "05-21 03:00"),
        ("DTSTART;TZID=Amt:20260520T090000", "05-20 07:00"),
        ("DTSTART;VALUE=DATE:20260520", "05-20 00:00"),
    ],
    ids=["UTC", "floating", "a zone", "another", "the file's own zone", "the whole day"],
)
def test_times_are_in_utc(start: str, at: str) -> None:
    assert times(event(start=start), before=BERLIN) == [at]


@pytest.mark.parametrize(
    ("rule", "at"),
    [
        ("RRULE:FREQ=WEEKLY;COUNT=3", ["05-13 07:00", "05-20 07:00", "05-27 07:00"]),
        ("RRULE:FREQ=WEEKLY;UNTIL=20260520T070000Z", ["05-13 07:00", "05-20 07:00"]),
        ("RRULE:FREQ=WEEKLY;UNTIL=20260520T065959Z", ["05-13 07:00"]),
        ("RRULE:FREQ=MONTHLY;BYDAY=2WE", ["05-13 07:00", "06-10 07:00", "07-08 07:00"]),
        ("RRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;TZID=Europe/Berlin:20260520T090000", ["05-13 07:00", "05-27 07:00"]),
    ],
)
def test_repeating_entries_are_followed_for_ninety_days(rule: str, at: list[str]) -> None:
    assert times(event(rule, start="DTSTART;TZID=Europe/Berlin:20260513T090000")) == at


def test_a_summer_time_that_ends_keeps_the_hour_of_the_clock() -> None:
    now = datetime(2026, 10, 20, tzinfo=UTC)
    weekly = event("RRULE:FREQ=WEEKLY;COUNT=2", start="DTSTART;TZID=Europe/Berlin:20261021T090000")
    assert times(weekly, now=now) == ["10-21 07:00", "10-28 08:00"]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (event(uid=""), "no UID"),
        (event(start="DTSTAMP:20260520T090000Z"), "no DTSTART"),
        (event(start="DTSTART:tomorrow"), ""),
        (event("SEQUENCE:-4"), "SEQUENCE"),
        (event("RRULE:FREQ=SECONDLY"), "more often than daily"),
        (event("RRULE:FREQ=DAILY;BYHOUR=1,2,3"), "cannot be read"),
        (event(*[f"ATTENDEE:mailto:a{n}@x.example" for n in range(501)]), "more than 500 people"),
    ],
    ids=["no id", "no start", "no time", "sequence", "each second", "by the hour", "a crowd"],
)  # fmt: skip
def test_one_bad_entry_is_refused_alone(entry: str, words: str) -> None:
    found = read(entry, event(uid="good"))
    assert [number for number, _ in found.refused] == [1]
    assert words in found.refused[0][1]
    assert len(found.entries) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no calendar"),
        (b"id,name\n1,Marta\n", "no calendar"),
        (b"\x00\xff\xfe" * 100, "no calendar"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\n", "no calendar"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nEND:VEVENT\n" * 10_001 + b"END:VCALENDAR", "more than 10,000"),
        (b"x" * 5_000_001, "larger than 5 MB"),
    ],
    ids=["empty", "a table", "bytes", "cut off", "too many", "too large"],
)
def test_what_is_no_calendar_is_refused_as_a_whole(content: bytes, words: str) -> None:
    with pytest.raises(services.Unreadable) as refused:
        services.read_calendar(content, now=NOW)
    assert words in refused.value.sentence


# --- keeping ------------------------------------------------------------------------------------------------------


def imported(*events: str, now: datetime = NOW, source: str = "calendar") -> Imported:
    return services.import_calendar(calendar=read(*events, now=now), source=source, now=now)


def standing() -> list[str]:
    open_ones = PlannedTouch.objects.open().order_by("at", "pk")
    return [f"{plan.at:%m-%d %H:%M}" for plan in open_ones if plan.at is not None]


@pytest.mark.django_db
def test_a_meeting_stands_a_lead_down_and_says_for_whom() -> None:
    lead, owner = make_lead(contact=make_contact(email=MARTA)), make_user("Account owner")
    swept()
    done = imported(event(f"ORGANIZER:MAILTO:{owner.email.upper()}"), event(uid="two", who="stranger@client.example"))
    assert (done.summary(), done.unknown) == ("created=1 updated=0 unchanged=0 refused=0", 1)
    plan = PlannedTouch.objects.get()
    assert (plan.contact, plan.lead, plan.for_whom, plan.kind, plan.title) == (
        lead.contact,
        None,
        owner,
        "meeting",
        "Demo",
    )
    assert drafts_of(lead) == ["withdrawn"]
    assert swept(now=NOW + timedelta(hours=1))[lead.external_id].decision.rule == 6
    assert Contact.objects.count() == 1


@pytest.mark.django_db
def test_the_same_entry_moved_cancelled_and_old() -> None:
    lead = make_lead(contact=make_contact(email=MARTA))
    moved = event("SEQUENCE:1", start="DTSTART:20260522T090000Z")
    assert imported(event()).created == 1
    assert imported(event()).summary() == "created=0 updated=0 unchanged=1 refused=0"
    assert imported(moved, source="webhook").updated == 1
    assert standing() == ["05-22 09:00"]
    assert imported(event()).unchanged == 1
    assert standing() == ["05-22 09:00"]
    assert imported(event("SEQUENCE:2", "STATUS:CANCELLED")).updated == 1
    assert (standing(), swept()[lead.external_id].decision.kind) == ([], "continue")
    assert imported(moved).unchanged == 1
    assert imported(event("SEQUENCE:3")).updated == 1
    assert standing() == ["05-20 09:00"]
    assert PlannedTouch.objects.count() == 1


@pytest.mark.django_db
def test_a_cancellation_that_overtook_the_invitation_counts() -> None:
    make_contact(email=MARTA)
    imported(event("SEQUENCE:1", "STATUS:CANCELLED"))
    assert imported(event()).unchanged == 1
    assert standing() == []


@pytest.mark.django_db
def test_of_a_series_one_moves_one_is_cancelled_and_then_it_has_another_day() -> None:
    make_contact(email=MARTA)
    start = "DTSTART:20260514T090000Z"
    series = event("RRULE:FREQ=WEEKLY;COUNT=4", start=start)
    assert imported(series).created == 4
    changed = event("SEQUENCE:1", "RECURRENCE-ID:20260521T090000Z", start="DTSTART:20260522T150000Z")
    assert imported(changed).updated == 1
    assert imported(event("SEQUENCE:1", "RECURRENCE-ID:20260528T090000Z", "STATUS:CANCELLED", start=start)).updated == 1
    assert standing() == ["05-14 09:00", "05-22 15:00", "06-04 09:00"]
    again = imported(event("SEQUENCE:2", "RRULE:FREQ=WEEKLY;COUNT=2", start="DTSTART:20260515T090000Z"))
    assert (again.created, standing()) == (2, ["05-15 09:00", "05-22 09:00"])


@pytest.mark.django_db
def test_who_is_not_invited_any_more_has_no_meeting() -> None:
    make_contact(email=MARTA), make_contact(email="ben@client.example")
    both = event("ATTENDEE:mailto:Ben@client.example")
    assert imported(both).created == 2
    assert imported(event("SEQUENCE:1")).updated == 2
    assert [plan.contact.addresses.get().value for plan in PlannedTouch.objects.open()] == [MARTA]


@pytest.mark.django_db
def test_two_at_one_meeting_may_turn_out_to_be_one_person() -> None:
    kept, other = make_contact(email=MARTA), make_contact(email="m.lind@client.example")
    lead = make_lead(contact=kept)
    both = event("ATTENDEE:mailto:m.lind@client.example")
    imported(both)
    merge(survivor=kept, merged=other, key=MergeKey.ALIAS, at=NOW)
    imported(both)
    assert {plan.contact for plan in PlannedTouch.objects.open()} == {kept}
    imported(event("SEQUENCE:1", "STATUS:CANCELLED", "ATTENDEE:mailto:m.lind@client.example"))
    assert (standing(), swept()[lead.external_id].decision.kind) == ([], "continue")


@pytest.mark.django_db
def test_what_is_over_is_not_kept_and_a_dry_run_writes_nothing() -> None:
    make_contact(email=MARTA)
    done = imported(event(start="DTSTART:20260512T235959Z"))
    assert (done.over, done.created) == (1, 0)
    tried = services.import_calendar(calendar=read(event()), source="calendar", now=NOW, dry_run=True)
    assert (tried.created, PlannedTouch.objects.count()) == (1, 0)


@pytest.mark.django_db
def test_the_command_says_what_came_of_it(tmp_path: Path) -> None:
    make_contact(email=MARTA)
    file, out, err = tmp_path / "out.ics", StringIO(), StringIO()
    file.write_bytes(calendar(event(), event(uid="")))
    call_command("import_calendar", str(file), "--as-of", NOW.isoformat(), stdout=out, stderr=err)
    assert out.getvalue().strip() == "created=1 updated=0 unchanged=0 refused=1"
    assert "entry 2: It has no UID" in err.getvalue()
    file.write_bytes(b"nothing")
    with pytest.raises(CommandError, match="Nothing was imported"):
        call_command("import_calendar", str(file))


# --- the webhook --------------------------------------------------------------------------------------------------

HOOK = "/hooks/calendar/generic/"
SECRET = "calendar:0123456789"
AHEAD = (datetime.now(UTC) + timedelta(days=3)).replace(microsecond=0)


@pytest.fixture
def tell(client: Client, settings: Any) -> Callable[..., Any]:
    settings.WEBHOOK_SECRET = [SECRET]

    def send(given: Any, *, kind: str = "application/json", secret: str = SECRET, late: int = 0) -> Any:
        body = given if isinstance(given, bytes) else json.dumps(given).encode()
        header = signature(body, at=int(time()) - late, secret=secret)
        return client.post(HOOK, body, content_type=kind, headers={HEADER: header})

    return send


@pytest.mark.django_db
def test_a_calendar_system_tells_of_one_entry_and_again(tell: Callable[..., Any]) -> None:
    make_contact(email=MARTA)
    entry = {"uid": "a-1", "sequence": 0, "title": "Demo", "at": AHEAD.isoformat(), "attendees": [MARTA]}
    assert tell(entry).json() == {"created": 1, "updated": 0, "unchanged": 0, "refused": []}
    assert tell(entry).json()["unchanged"] == 1
    assert tell({**entry, "sequence": 1, "status": "cancelled"}).json()["updated"] == 1
    assert tell(entry).json()["unchanged"] == 1
    assert not PlannedTouch.objects.open().exists()
    start = f"DTSTART:{AHEAD:%Y%m%dT%H%M%SZ}"
    assert tell(calendar(event(start=start)), kind="text/calendar").json()["created"] == 1


@pytest.mark.django_db
@pytest.mark.parametrize("forged", [{"secret": "wrong"}, {"late": 301}, {"late": -301}])
def test_forged_or_stale_nothing_is_kept(tell: Callable[..., Any], forged: dict[str, Any]) -> None:
    make_contact(email=MARTA)
    entry = {"uid": "a-1", "at": AHEAD.isoformat(), "attendees": [MARTA]}
    assert tell(entry, **forged).status_code == 401
    assert not PlannedTouch.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"at": "2026-05-13"}, "uid is missing"),
        ({"uid": "a", "at": "soon"}, "at must be a date"),
        ({"uid": "a", "at": "2026-05-13", "sequence": -1}, "sequence must be"),
        ({"uid": "a", "at": "2026-05-13", "attendees": "all"}, "attendees must be"),
        ({"uid": "a", "at": "2026-05-13", "status": "maybe"}, "status must be"),
        ([1], "not one entry"),
        (b"{", "no JSON"),
    ],
)
def test_what_cannot_be_read_is_answered_in_words(tell: Callable[..., Any], given: Any, words: str) -> None:
    answer = tell(given)
    assert answer.status_code == 400
    assert words in answer.content.decode()


@pytest.mark.django_db
def test_without_a_secret_there_is_no_such_address(client: Client, settings: Any) -> None:
    settings.WEBHOOK_SECRET = []
    assert client.post(HOOK, b"{}", content_type="application/json").status_code == 404
