"""Imported rows in a second, against raw COPY of the same rows into bare copies of the same tables.

Ours is `contacts.importing.run.import_stream`, as the commands use it: each file is read strictly, every cell parsed,
the rows staged, owners and accounts looked up, people found or made, and everything written in one transaction that is
committed. The floor is what PostgreSQL needs to take the finished rows: COPY of what the import wrote, into tables made
with LIKE … INCLUDING ALL, which have the same indexes and checks but no foreign keys; once into the table of that kind
alone, once into every table that the file's rows ended up in (a lead is also a contact, an address and a consent). Each
round begins with empty tables; imports and floors take turns within it. The same file once more, which must change
nothing, is measured as well. Of events there are ten times as many, and a known customer for each hundred of those.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from benchmarks.database import empty, own_database, run, settle
from benchmarks.measure import Rounds, progress, table, timed, times, whole
from benchmarks.people import make_people
from contacts.event_imports import EVENTS
from contacts.importing.describe import Importer, Options, Report
from contacts.importing.run import import_stream
from contacts.imports import ACCOUNTS
from followups.imports import LEADS, TOUCHES

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
#: Each kind of file, with the table it is about first and then the others that its rows end up in.
KINDS: dict[str, tuple[Importer, tuple[str, ...]]] = {
    "accounts": (ACCOUNTS, ("contacts_account",)),
    "leads": (LEADS, ("followups_lead", "contacts_contact", "contacts_address", "contacts_consentrecord")),
    "touches": (TOUCHES, ("contacts_touch", "followups_leadtouch")),
    "events": (EVENTS, ("contacts_event",)),
}
#: So many events for each row of the other files, and so many customers for each.
EVENTS_A_ROW, ROWS_A_CUSTOMER = 10, 10
_TABLES = tuple(name for _, names in KINDS.values() for name in names)


def measure(rows: int, rounds: int) -> dict[str, Any]:
    """Import files of so many rows: accounts, then the leads of those accounts, then the touches of those leads."""
    progress(f"import: writing files of {rows:,} rows")
    with own_database():
        make_people()
        files = {
            "accounts": _file(_accounts(rows)),
            "leads": _file(_leads(rows)),
            "touches": _file(_touches(rows)),
            "events": _file(_events(rows * EVENTS_A_ROW, max(1, rows // ROWS_A_CUSTOMER))),
        }
        found = Rounds()
        for number in range(-1, rounds):
            progress(f"import: round {number + 1} of {rounds}")
            empty(*_TABLES)
            _make_customers(max(1, rows // ROWS_A_CUSTOMER))
            for kind, content in files.items():
                _one_round(kind, content, _rows_of(kind, rows), found if number >= 0 else Rounds())
    results = {kind: _result(kind, _rows_of(kind, rows), found) for kind in KINDS}
    _print(results, rows)
    return {"rows": rows, "rounds": rounds, "kinds": results}


def _make_customers(count: int) -> None:
    run(
        "WITH made AS (INSERT INTO contacts_contact"
        " (external_id, name, timezone, locale, preferred_channel, created_at, updated_at)"
        " SELECT 'C-' || i, 'Customer ' || i, '', '', '', now(), now() FROM generate_series(0, %(last)s) i"
        " RETURNING id, external_id) INSERT INTO contacts_identity (kind, value, contact_id, created_at)"
        " SELECT 'customer', external_id, id, now() FROM made",
        {"last": count - 1},
    )


def _rows_of(kind: str, rows: int) -> int:
    return rows * EVENTS_A_ROW if kind == "events" else rows


def _one_round(kind: str, content: bytes, rows: int, found: Rounds) -> None:
    importer, tables = KINDS[kind]
    found.add(f"{kind}: import", timed(lambda: _expect(_import(importer, content), created=rows)))
    settle(*tables)
    floors = {"the table alone": tables[:1]} | ({"every table": tables} if len(tables) > 1 else {})
    for case, names in floors.items():
        copies = [_bare_copy(name) for name in names]
        found.add(f"{kind}: COPY into {case}", sum(timed(_raw_copy(*copy)) for copy in copies))
    found.add(f"{kind}: import again", timed(lambda: _expect(_import(importer, content), unchanged=rows)))


def _import(importer: Importer, content: bytes) -> Report:
    return import_stream(importer, io.BytesIO(content), Options(now=NOW, source="benchmark.csv"))


def _expect(report: Report, *, created: int = 0, unchanged: int = 0) -> None:
    if (report.created, report.unchanged, report.refused) != (created, unchanged, 0):
        raise AssertionError(f"The import went another way than it should: {report.summary()} {report.refusals[:3]}")


def _bare_copy(name: str) -> tuple[str, bytes]:
    """An empty table like this one, and the rows of this one as COPY wants them."""
    run(f"DROP TABLE IF EXISTS bare_{name}")
    run(f"CREATE TABLE bare_{name} (LIKE {name} INCLUDING ALL)")
    with connection.cursor() as cursor, cursor.copy(f"COPY {name} TO STDOUT") as copy:
        return f"bare_{name}", b"".join(bytes(piece) for piece in copy)


def _raw_copy(name: str, rows: bytes) -> Callable[[], None]:
    def copy_in() -> None:
        with connection.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN") as copy:
            copy.write(rows)

    return copy_in


def _file(rows: Iterator[list[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _accounts(rows: int) -> Iterator[list[object]]:
    yield ["external_id", "name", "domain", "industry", "territory", "owner", "strategic"]
    for number in range(rows):
        yield [
            f"A-{number}", f"Company {number}", f"company{number}.example", ("retail", "health", "media")[number % 3],
            ("North", "South")[number % 2], f"owner{number % 50}", "yes" if number % 40 == 0 else "no",
        ]  # fmt: skip


def _leads(rows: int) -> Iterator[list[object]]:
    yield [
        "external_id", "name", "email", "account", "owner", "territory", "stage", "value", "currency", "quote_sent_on",
        "last_touch_at", "consent_email", "consent_source",
    ]  # fmt: skip
    for number in range(rows):
        yield [
            f"L-{number}", f"Given{number % 977} Family{number % 7919}", f"person{number}@company{number}.example",
            f"A-{number}", f"owner{number % 50}", ("North", "South")[number % 2],
            ("new", "qualified", "proposal", "negotiation")[number % 4], f"{number % 30_000}.50", "EUR",
            (NOW - timedelta(days=number % 60)).date().isoformat() if number % 5 == 0 else "",
            (NOW - timedelta(minutes=number)).isoformat(), "yes", "form",
        ]  # fmt: skip


def _touches(rows: int) -> Iterator[list[object]]:
    yield ["lead", "at", "direction", "channel", "kind", "summary", "returns_on"]
    for number in range(rows):
        yield [
            f"L-{number // 3}", (NOW - timedelta(minutes=number)).isoformat(), ("out", "in", "out")[number % 3],
            "email", ("message", "question", "answer")[number % 3],
            f"We spoke about the rollout, and {number} more things.", "",
        ]  # fmt: skip


def _events(rows: int, customers: int) -> Iterator[list[object]]:
    """What a studio's product sends: mostly visits and mail, some purchases and answers, one name nobody mapped."""
    names = (
        "visit_logged", "email_sent", "email_opened", "class_attended", "feature_used", "visit_logged",
        "purchase_made", "app_opened", "session_ended", "nps_submitted", "visit_logged", "Wheel Spun", "email_sent",
    )  # fmt: skip
    yield ["message_id", "customer", "name", "occurred_at", "amount", "score", "plan"]
    for number in range(rows):
        name = names[number % len(names)]
        yield [
            str(UUID(bytes=hashlib.md5(str(number).encode(), usedforsecurity=False).digest())),
            f"C-{number * 7919 % customers}", name, (NOW - timedelta(seconds=37 * number)).isoformat(),
            f"{number % 90}.50" if name == "purchase_made" else "", number % 11 if name == "nps_submitted" else "",
            "gold",
        ]  # fmt: skip


def _result(kind: str, rows: int, found: Rounds) -> dict[str, Any]:
    cases = {case.partition(": ")[2]: case for case in found.seconds if case.startswith(f"{kind}: ")}
    return {
        "seconds": {short: found.median(case) for short, case in cases.items()},
        "spread": {short: found.spread(case) for short, case in cases.items()},
        "rows_a_second": {short: rows / found.median(case) for short, case in cases.items()},
        "times_copy": {short: found.ratio(case, f"{kind}: COPY into the table alone") for short, case in cases.items()},
    }


def _print(results: dict[str, Any], rows: int) -> None:
    shown = []
    for kind, one in results.items():
        for case, seconds in one["seconds"].items():
            low, high = one["spread"][case]
            ratio = times(one["times_copy"][case])
            per_second = whole(one["rows_a_second"][case])
            shown.append([f"{kind}: {case}", f"{seconds:.2f}", f"{low:.2f}–{high:.2f}", per_second, ratio])
    table(
        f"Import of {rows:,} rows a file, events {rows * EVENTS_A_ROW:,}",
        ["case", "seconds", "range", "rows/s", "÷ COPY"],
        shown,
    )
