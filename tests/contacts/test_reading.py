"""Files as they come: torn, misquoted, wrongly encoded. What can be read is read; what cannot is named by its line."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.importing.errors import FileRefused
from contacts.importing.reading import Table


def rows(data: str | bytes, delimiter: str = ",") -> list[tuple[int, list[str], bool]]:
    table = Table(io.BytesIO(data.encode() if isinstance(data, str) else data), delimiter)
    return [(row.line, [] if row.problem else row.cells, bool(row.problem)) for row in table.rows()]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("a,b\n1,2\n", [(2, ["1", "2"], False)]),
        ("a,b\r\n1,2\r\n\r\n3,4", [(2, ["1", "2"], False), (4, ["3", "4"], False)]),
        ("a,b\r1,2\r3,4\r", [(2, ["1", "2"], False), (3, ["3", "4"], False)]),
        (b"\xef\xbb\xbfa,b\n1,2\n", [(2, ["1", "2"], False)]),
        ('a,b\n"x\ny",2\n3,4\n', [(2, ["x\ny", "2"], False), (4, ["3", "4"], False)]),
        ('a,b\n1,2\n"3,4\n5,6\n', [(2, ["1", "2"], False), (3, [], True), (4, ["5", "6"], False)]),
        ('a,b\n1,"2\n3,"4"\n5,6\n', [(2, [], True), (3, ["3", "4"], False), (4, ["5", "6"], False)]),
        ('a,b\n"1"x,2\n3,4\n', [(2, [], True), (3, ["3", "4"], False)]),
        ('a,b\n5" pipe,2\n', [(2, ['5" pipe', "2"], False)]),
        ("a,b\n1\n2,3,4\n5,6", [(2, [], True), (3, [], True), (4, ["5", "6"], False)]),
        ("a,b\n,\n1,2\n", [(3, ["1", "2"], False)]),
        ("a,b\n1,\x00\n3,4\n", [(2, [], True), (3, ["3", "4"], False)]),
        ("a,b\n" + "x" * 140_000 + ",1\n3,4\n", [(2, [], True), (3, ["3", "4"], False)]),
    ],
)
def test_rows_with_their_lines(data: str | bytes, expected: list[tuple[int, list[str], bool]]) -> None:
    assert rows(data) == expected


def test_an_open_quote_does_not_swallow_a_long_file() -> None:
    data = 'a,b\n1,"2\n' + "3,4\n" * 100_000
    found = rows(data)
    assert found[0] == (2, [], True)
    assert len(found) == 100_001


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"a,b\n\xe9,2\n", "Line 2 is not UTF-8: its byte number 1 is 0xE9"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        (b"a,a\n1,2\n", "Two columns are called"),
        (b'"a,b\n1,2\n', "first line"),
        (b"a,b\n" + b"x" * 4_100_000, "Line 2 is longer"),
        (b"a,\x00\n", "NUL"),
    ],
)
def test_what_spoils_the_whole_file(data: bytes, says: str) -> None:
    with pytest.raises(FileRefused, match=says):
        rows(data)


def test_too_many_open_quotes_are_no_csv() -> None:
    with pytest.raises(FileRefused, match="never closed"):
        rows("a,b\n" + 'x,"y\nz,w"q\n' * 1_100)


@given(st.binary(max_size=300) | st.text(st.sampled_from('ab,"\n\r\x00;é'), max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused_in_order(data: bytes) -> None:
    try:
        found = rows(b"a,b\n" + data)
    except FileRefused:
        return
    lines = [line for line, _, _ in found]
    assert lines == sorted(set(lines))


clean = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)


@given(st.lists(st.tuples(clean, clean).filter(any), max_size=8))
def test_what_python_writes_is_read_unchanged(written: list[tuple[str, str]]) -> None:
    sink = io.StringIO(newline="")
    writer = csv.writer(sink)
    writer.writerow(["a", "b"])
    writer.writerows(written)
    assert [cells for _, cells, _ in rows(sink.getvalue())] == [list(pair) for pair in written]
