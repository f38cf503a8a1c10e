"""Rows are read many at a time where they are plain. It must never show."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.importing import reading
from contacts.importing.errors import FileRefused
from contacts.importing.reading import Row, Table

cell = st.text(st.sampled_from('ab ,"é'), max_size=4)
line = st.one_of(
    st.tuples(cell, cell).map(",".join), st.sampled_from(["x,y", '"a\nb",c', '"q",r', "", "a,b,c", ",", "\0,b"])
)
ends = st.sampled_from(["\n", "\r\n", "\r"])


def read(data: bytes, *, block: int) -> tuple[list[Row], int] | str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "BLOCK", block)
        table = Table(io.BytesIO(b"one,two\n" + data))
        try:
            return list(table.rows()), table.bytes_read
        except FileRefused as problem:
            return str(problem)


@given(st.lists(st.tuples(line, ends)), st.sampled_from([7, 30, 1000]))
def test_blocks_of_any_size_give_the_same_rows(lines: list[tuple[str, str]], block: int) -> None:
    data = "".join(text + end for text, end in lines).encode()
    assert read(data, block=block) == read(data, block=1)


@pytest.mark.parametrize("block", [1, 20, 4096])
def test_what_is_no_text_is_named_by_its_line(block: int) -> None:
    found = read(b"a,b\n" * 9 + b"a,\xff\n" + b"a,b\n", block=block)
    assert isinstance(found, str)
    assert "Line 11 is not UTF-8: its byte number 3 is 0xFF" in found
