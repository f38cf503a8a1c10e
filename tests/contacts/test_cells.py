"""No cell leaves that a spreadsheet would run, and every cell comes back as it was (promise S9)."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.importing.cells import SafeWriter, cell, guard, unguard

SIGNS = "=+-@%|＝＋－＠％｜"
dangerous = st.builds(
    "".join,
    st.tuples(st.text("' \t\r\n\u00a0\u3000\u200b", max_size=4), st.sampled_from([*SIGNS, ""]), st.text(max_size=8)),
)


@pytest.mark.parametrize(
    "text", ["=1", " =1", "\t=1", "\r=1", "-5", "+1", "@SUM(A1)", "%1", "|calc", "＝1", "\tplain", "'=1"]
)
def test_what_a_spreadsheet_might_run_gets_a_quote(text: str) -> None:
    assert guard(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "plain", "O'Brien", "'quoted'", "a=b", "1-2", "<b>name</b>"])
def test_other_text_is_left_alone(text: str) -> None:
    assert guard(text) == text == unguard(text)


@given(dangerous | st.text())
def test_no_text_stays_dangerous_and_every_text_comes_back(text: str) -> None:
    guarded = guard(text)
    assert guarded.lstrip()[:1] not in {*SIGNS}
    assert guarded[:1] not in {"\t", "\r"}
    assert unguard(guarded) == text


@given(
    st.lists(
        st.lists(dangerous | st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2), max_size=5
    )
)
def test_a_written_file_reads_back(rows: list[list[str]]) -> None:
    sink = io.StringIO()
    writer = SafeWriter(sink, ["a", "b"])
    for row in rows:
        writer.write(row)
    read = list(csv.reader(io.StringIO(sink.getvalue(), newline=""), strict=True))[1:]
    assert [[unguard(text) for text in row] for row in read] == rows


def test_numbers_stay_numbers_and_the_rest_has_one_way_of_being_written() -> None:
    values = [None, True, False, -5, Decimal("-1.50"), date(2026, 3, 1), datetime(2026, 3, 1, 9, tzinfo=UTC), "-5"]
    assert [cell(value) for value in values] == [
        "",
        "yes",
        "no",
        "-5",
        "-1.50",
        "2026-03-01",
        "2026-03-01T09:00:00+00:00",
        "'-5",
    ]
