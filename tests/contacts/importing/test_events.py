"""Importing events: what is kept of a row, what a second reading finds, and what is refused."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts import exports, services
from contacts.event_imports import EVENTS
from contacts.importing.cells import SafeWriter
from contacts.importing.errors import FileRefused, WrongArguments
from contacts.ingest.kinds import message_uuid
from contacts.models import Arrival, Contact, Event, EventName, Identity
from contacts.states import EventKind, IdentityKind
from tests.contacts.files import NOW, bring, counts, table

pytestmark = pytest.mark.django_db

#: For a file of any size, with those that make and drop temporary tables.
STATEMENTS = 64
ROW = {"customer": "C1", "name": "visit_logged", "occurred_at": "2026-03-01T10:00:00Z"}


def known(external_id: str = "C1") -> Contact:
    return services.create_contact(name="Ada", external_id=external_id)


def test_an_event_with_everything() -> None:
    contact = known()
    row = ROW | {
        "name": "Order Completed", "message_id": "m1", "properties": json.dumps({"order_id": 7, "revenue": "12.50"}),
        "amount": "99", "currency": "eur", "plan": "gold", "seats": "3", "trial": "false", "code": "007", "note": "",
    }  # fmt: skip
    report = bring(EVENTS, table(row))
    assert (counts(report), report.ignored_columns, report.notes) == ((1, 0, 0, 0), [], [])
    event = Event.objects.get()
    assert (event.contact, event.kind, event.name.key) == (contact, EventKind.PURCHASE_MADE, "order_completed")
    assert (event.amount, event.currency, event.reference) == (Decimal("12.50"), "EUR", "7")
    assert (event.occurred_at, event.received_at) == (datetime(2026, 3, 1, 10, tzinfo=UTC), NOW)
    assert event.message_id == message_uuid("m1")
    # The properties say what was paid themselves, so the column is left aside.
    assert event.properties == {
        "order_id": 7, "revenue": "12.50", "currency": "EUR", "plan": "gold", "seats": 3, "trial": False, "code": "007"
    }  # fmt: skip
    assert list(Arrival.objects.values_list("contact_ids", "due_at")) == [([contact.pk], NOW)]
    assert counts(bring(EVENTS, table(row))) == (0, 0, 1, 0)
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "columns", "expected"),
    [
        ("nps_submitted", {"score": "6"}, (EventKind.NPS_SUBMITTED, 6, None, "", "")),
        ("support_ticket_created", {"severity": "High", "ticket_id": "T9"}, (42, 3, None, "", "T9")),
        ("purchase_made", {"amount": "29.33", "currency": "usd"}, (7, None, Decimal("29.33"), "USD", "")),
        ("purchase_made", {"amount": "-5"}, (7, None, Decimal(-5), "", "")),
        ("purchase_made", {"price": "3.10"}, (7, None, Decimal("3.10"), "", "")),
        ("session_ended", {"seconds": "90"}, (55, 90, None, "", "")),
        ("email_opened", {"machine": "TRUE"}, (0, None, None, "", "")),
        ("nps_submitted", {"machine": "1", "score": ""}, (0, None, None, "", "")),
        ("who_knows", {"score": "many"}, (0, None, None, "", "")),
    ],
)
def test_columns_are_properties_and_what_counts_is_read_out_of_them(
    name: str, columns: dict[str, str], expected: tuple[Any, ...]
) -> None:
    assert counts(bring(EVENTS, table(ROW | {"name": name} | columns))) == (1, 0, 0, 0)
    event = Event.objects.get()
    assert (event.kind, event.value, event.amount, event.currency, event.reference) == expected
    assert set(event.properties) == {column for column, text in columns.items() if text}
    assert event.machine == ("machine" in columns)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"customer": " "}, "Column customer: An event needs a customer"),
        ({"customer": "x" * 201}, "longer than 200"),
        ({"name": ""}, "Column name: An event needs a name"),
        ({"name": "--"}, "An event needs a name"),
        ({"occurred_at": ""}, "Column occurred_at is empty"),
        ({"occurred_at": "yesterday"}, "“yesterday” is not a date"),
        ({"occurred_at": "2026-02-30"}, "a date that does not exist"),
        ({"occurred_at": "9999-12-31T23:59:59-05:00"}, "cannot be meant"),
        ({"amount": "1,200.50"}, "Column amount: “1,200.50” has separators"),
        ({"currency": "euros"}, "Column currency"),
        ({"name": "nps_submitted", "score": "11"}, "score must be a whole number from 0 to 10"),
        ({"name": "nps_submitted"}, "score must be a whole number"),
        ({"name": "support_ticket_created", "severity": "awful"}, "severity must be one of"),
        ({"properties": "[1]"}, "Column properties: “[1]” is not a JSON object"),
        ({"properties": "{"}, "is not a JSON object"),
        ({"properties": '{"a": 1e999}'}, "cannot be stored"),
        ({"properties": r'{"a": "\u0000"}'}, "NUL"),
        ({"properties": r'{"a": "\ud800"}'}, "cannot be stored"),
        ({"message_id": "x" * 256}, "Column message_id"),
        ({"customer": "a\0b"}, "NUL"),
    ],
)
def test_refused_rows_say_why(cells: dict[str, str], says: str) -> None:
    first = dict.fromkeys(("message_id", "properties", "amount", "currency", "score", "severity"), "")
    report = bring(EVENTS, table(ROW | first | {"name": "class_attended"}, ROW | first | cells))
    assert counts(report) == (1, 0, 0, 1)
    [(line, problem)] = report.refusals
    assert line == 3
    assert says in problem


def test_text_that_only_looks_like_an_escape_is_kept() -> None:
    properties = {"path": r"C:\u0000\new", "text": "tab\there\nand “there”", "half": 0.5}
    bring(EVENTS, table(ROW | {"customer": r"back\slash", "properties": json.dumps(properties)}))
    event = Event.objects.get()
    assert event.properties == properties
    assert event.identity is not None
    assert event.identity.value == r"back\slash"


def test_a_message_id_belongs_to_one_event() -> None:
    rows = [ROW | {"message_id": "a"}, ROW | {"message_id": "b"}]
    bring(EVENTS, table(*rows))
    again = [
        rows[0],
        rows[1] | {"name": "app_opened"},
        ROW | {"message_id": "c"},
        ROW | {"message_id": "c", "customer": "C2"},
        ROW | {"message_id": "c"},
        ROW | {"message_id": "b", "occurred_at": "2026-03-01T10:00:01Z"},
    ]
    report = bring(EVENTS, table(*again))
    assert counts(report) == (1, 0, 2, 3)
    own = " Every event needs an id of its own."
    there = "An event with this message_id is there already, and says something else." + own
    assert report.refusals == [
        (3, there),
        (5, "The message_id is that of line 4, which says something else." + own),
        (7, there),
    ]
    assert Event.objects.count() == 3


def test_ids_that_are_uuids_stay_what_they_are() -> None:
    bring(EVENTS, table(ROW | {"message_id": "0190163D-8694-739B-AEA5-966C26F8AD91"}))
    assert Event.objects.get().message_id == UUID("0190163d-8694-739b-aea5-966c26f8ad91")


def test_the_same_row_without_an_id_is_one_event() -> None:
    report = bring(EVENTS, table(ROW, ROW, ROW | {"name": "Visit Logged"}, ROW | {"name": "app_opened"}))
    assert counts(report) == (2, 0, 2, 0)
    assert report.notes[0] == "rows that say the same as another one and have no message_id, counted once: 2"
    constant = bring(EVENTS, "who,at\nC1,20260301\n", mapping={"customer": "who", "occurred_at": "at"},
                     constants={"name": "app_opened"}, date_format="%Y%m%d")  # fmt: skip
    assert counts(constant) == (1, 0, 0, 0)


def test_impossible_dates_are_kept_and_never_counted() -> None:
    contact = known()
    dates = {"1970-01-01": "too_old", "2099-01-01": "future", "2026-06-01": "", "2026-03-02T09:00:30": ""}
    report = bring(EVENTS, table(*(ROW | {"occurred_at": at} for at in dates)))
    assert counts(report) == (4, 0, 0, 0)
    assert "rows with a date that cannot be right, kept and never counted: 2" in report.notes
    assert sorted(Event.objects.values_list("flag", "kind")) == [
        ("", EventKind.VISIT_LOGGED), ("", EventKind.VISIT_LOGGED), ("future", 0), ("too_old", 0)
    ]  # fmt: skip
    assert sorted(Arrival.objects.values_list("due_at", "contact_ids")) == [
        (NOW, [contact.pk]),
        (NOW + timedelta(minutes=1), [contact.pk]),
        (datetime(2026, 6, 1, tzinfo=UTC), [contact.pk]),
    ]


def test_events_of_nobody_wait_and_names_nobody_mapped_are_told() -> None:
    report = bring(EVENTS, table(ROW, ROW | {"customer": "C2", "name": "Wheel Spun"}))
    assert report.notes == [
        "2 rows name customers not known yet; they count as soon as those are imported",
        "names that have no effect until somebody says what they count as: Wheel Spun (1)",
    ]
    assert not Event.objects.exclude(contact=None).exists()
    assert set(Event.objects.values_list("identity__kind", "identity__value")) == {
        (IdentityKind.CUSTOMER, "C1"),
        (IdentityKind.CUSTOMER, "C2"),
    }
    assert not Arrival.objects.exists()
    assert EventName.objects.get(key="wheel_spun").kind is None


def test_a_user_of_the_same_id_is_the_customer() -> None:
    contact = known("U1")
    bring(EVENTS, table(ROW | {"customer": "U1"}))
    assert Event.objects.get().contact == contact
    assert Identity.objects.get(kind=IdentityKind.CUSTOMER, value="U1").contact == contact


def test_a_dry_run_and_strict_leave_nothing() -> None:
    bad = table(ROW, ROW | {"name": ""})
    assert counts(bring(EVENTS, bad, dry_run=True)) == (1, 0, 0, 1)
    assert bring(EVENTS, bad, strict=True).nothing_written
    assert not Event.objects.exists()
    assert not Identity.objects.exists()


@pytest.mark.parametrize(
    ("text", "options", "error", "says"),
    [
        ("name,occurred_at\na,2026-01-01\n", {}, FileRefused, "no column for customer"),
        ("customer,name\na,b\n", {}, FileRefused, "no column for occurred_at"),
        ("customer\na\n", {"mapping": {"color": "customer"}}, WrongArguments, "“color” is not a field of events"),
        ("customer\na\n", {"constants": {"amount": "much"}}, WrongArguments, "constant for amount"),
    ],
)
def test_files_that_cannot_be_used(text: str, options: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        bring(EVENTS, text, **options)


@pytest.mark.parametrize("number", [2, 600])
def test_statements_do_not_grow_with_the_file(number: int) -> None:
    text = table(*(ROW | {"customer": f"C{n}", "name": f"name {n}"} for n in range(number)))
    with CaptureQueriesContext(connection) as queries:
        bring(EVENTS, text)
    assert len(queries) == STATEMENTS


def exported() -> str:
    sink = io.StringIO()
    writer = SafeWriter(sink, exports.EVENT_COLUMNS)
    for row in exports.events():
        writer.write(row)
    return sink.getvalue()


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), min_size=1, max_size=8)
values = st.one_of(
    words, st.integers(-(10**9), 10**9), st.booleans(), st.none(), st.lists(st.integers(0, 9), max_size=2)
)
YEARS = (datetime(1980, 1, 1), datetime(2030, 1, 1))  # noqa: DTZ001  without an offset, as files write them
rows = st.fixed_dictionaries(
    {
        "customer": st.sampled_from(["C1", "=2+2", "ü 7"]),
        "name": st.sampled_from(["visit_logged", "Order Completed", "odd"]),
        "occurred_at": st.datetimes(*YEARS).map(lambda at: at.isoformat()),
        "properties": st.dictionaries(words, values, max_size=3).map(lambda found: json.dumps(found)),
        "amount": st.sampled_from(["", "5", "19.90"]),
        "plan": st.sampled_from(["", "gold", "0.50", "-"]),
    }
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(rows, min_size=1, max_size=5))
def test_what_was_imported_or_exported_is_there_already(found: list[dict[str, str]]) -> None:
    Event.objects.all().delete()
    text = table(*found)
    first = bring(EVENTS, text)
    assert first.updated == 0
    assert first.created == Event.objects.count()
    assert counts(bring(EVENTS, text)) == (0, 0, first.created + first.unchanged, first.refused)
    told = exported()
    assert len(list(csv.reader(io.StringIO(told)))) == first.created + 1
    assert counts(bring(EVENTS, told)) == (0, 0, first.created, 0)


def test_events_we_recorded_ourselves_are_exported_and_found_again() -> None:
    services.record_event(contact=known("K"), name="page_viewed", occurred_at=NOW)
    services.record_event(
        contact=services.create_contact(name="B"), name="odd", occurred_at=NOW, properties={"a": 1.50}
    )
    assert counts(bring(EVENTS, exported())) == (0, 0, 2, 0)


def test_the_commands(capsys: pytest.CaptureFixture[str], tmp_path: Any) -> None:
    known()
    path = tmp_path / "events.csv"
    path.write_text(table(ROW, ROW | {"occurred_at": "no"}))
    refused = tmp_path / "refused.csv"
    call_command("import_events", str(path), refused=refused)
    assert capsys.readouterr().out.strip() == "created 1 updated 0 unchanged 0 refused 1"
    assert refused.read_text().splitlines()[1].startswith('C1,visit_logged,no,3,"Column occurred_at: “no”')
    call_command("export_events")
    header, row = capsys.readouterr().out.splitlines()
    assert header == "customer,name,occurred_at,message_id,properties,amount,currency"
    assert row.startswith("C1,visit_logged,2026-03-01T10:00:00+00:00,")
    refused.write_text(refused.read_text().replace("visit_logged,no", "visit_logged,2026-03-02"))
    call_command("import_events", str(refused))
    out = capsys.readouterr().out.strip()
    assert out == "created 1 updated 0 unchanged 0 refused 0; ignored columns: line, problem"
    assert set(map(str, Event.objects.values_list("properties", flat=True))) == {"{}"}
    with pytest.raises(CommandError, match="no column “nobody” for customer"):
        call_command("import_events", str(refused), map=["customer=nobody"])
