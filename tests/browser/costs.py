"""How often each page asks the database: counted, and held against docs/queries.md, where it is written down."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from staff.models import User
from tests.conventions.source import ROOT

WRITTEN = ROOT / "docs" / "queries.md"
#: Set to write the numbers down anew instead of holding the pages against them.
WRITE = os.environ.get("REKINDLE_COUNT_QUERIES", "")
#: A page may need fewer than is written, for instance because nobody is held where somebody was. So many fewer mean
#: that the number is out of date, and would let the page grow unnoticed.
SLACK = 12
ROW = re.compile(r"^\| (?P<page>[^|]+) \| (?P<who>[^|]+) \| (?P<queries>\d+) \|$", re.MULTILINE)
Page = tuple[str, str | None, Callable[[], str]]

HEAD = """# What each page costs

How many queries each page of the sample world makes, everything included: the session, the person, what they may do,
the menu and the bell. None of it depends on how many rows there are; the tests of each page hold it to that with more
of them, and `make bench` measures the time at a million. Here the numbers are kept from growing one by one:
`tests/browser` counts each page again and fails when it makes more than is written here.

Write them anew with `REKINDLE_COUNT_QUERIES=1 make test`, and look at what changed before you commit it.

| Page | Who looks | Queries |
| --- | --- | --- |
"""


def count(pages: Iterable[Page]) -> dict[str, tuple[str, int]]:
    """Who looks at each page, and how many queries it makes."""
    clients: dict[str | None, Client] = {}
    found = {}
    for name, who, where in pages:
        if who not in clients:
            clients[who] = Client()
            if who is not None:
                clients[who].force_login(User.objects.get(username=who))
                # The first page after a sign-in writes down that somebody was seen, whichever page it is.
                clients[who].get("/notices/")
        address = where()
        with CaptureQueriesContext(connection) as captured:
            clients[who].get(address)
        found[name] = (who or "nobody", len(captured))
    return found


def written() -> dict[str, int]:
    return {row["page"]: int(row["queries"]) for row in ROW.finditer(WRITTEN.read_text())}


def write(found: dict[str, tuple[str, int]]) -> None:
    """Keep these numbers, and those of other pages as they are."""
    kept = {row["page"]: (row["who"], int(row["queries"])) for row in ROW.finditer(WRITTEN.read_text())}
    rows = "".join(f"| {name} | {who} | {queries} |\n" for name, (who, queries) in sorted((kept | found).items()))
    WRITTEN.write_text(HEAD + rows)


def out_of_date(found: dict[str, tuple[str, int]]) -> dict[str, str]:
    """Pages that make more than is written, far less, or of which nothing is written."""
    said = written()
    return {
        name: f"{queries}, and {said.get(name, 'nothing')} is written"
        for name, (_, queries) in found.items()
        if name not in said or not said[name] - SLACK <= queries <= said[name]
    }
