"""`sort_replies`: the same rows with two columns more, or a sentence that says what to do."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command


def run(tmp_path: Path, content: bytes, **options: str) -> tuple[list[dict[str, str]], str]:
    path, out, words = tmp_path / "in.csv", tmp_path / "out.csv", io.StringIO()
    path.write_bytes(content)
    call_command("sort_replies", str(path), csv=str(out), stderr=words, stdout=io.StringIO(), **options)
    with out.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream)), words.getvalue()


def test_rows_come_back_with_label_and_confidence(tmp_path: Path) -> None:
    rows, words = run(tmp_path, b'id,text\n7,STOP\n8,"When do\nwe start?"\n9\n')
    assert [(row["id"], row["label"], row["confidence"]) for row in rows] == [
        ("7", "opt_out", "1.00"), ("8", "question", "0.95"), ("9", "answer", "0.30"),
    ]  # fmt: skip
    assert words == "3 answers sorted: answer 1, question 1, opt_out 1.\n"


def test_standard_output_holds_rows_only(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("text\nSTOP\n")
    out = io.StringIO()
    call_command("sort_replies", str(tmp_path / "in.csv"), stdout=out, stderr=io.StringIO())
    assert out.getvalue().splitlines() == ["text,label,confidence", "STOP,opt_out,1.00"]


def test_other_columns_are_used(tmp_path: Path) -> None:
    rows, words = run(
        tmp_path,
        b"\xef\xbb\xbfBody;Subject;headers;channel;label\nCancel;;;sms;x\n"
        b'We have it.;Re: a;"{""Auto-Submitted"": ""auto-replied""}";;y\n',
        text_column="Body",
        delimiter=";",
    )
    assert [(row["label"], row["confidence"], row["given_label"]) for row in rows] == [
        ("opt_out", "1.00", "x"), ("auto_reply", "0.95", "y"),
    ]  # fmt: skip
    assert "given_" in words


def test_cells_are_safe_to_open_in_a_spreadsheet(tmp_path: Path) -> None:
    rows, _ = run(tmp_path, b'text\n"=HYPERLINK(""x"")"\n')
    assert rows[0]["text"].startswith("'=")


BAD: dict[str, tuple[bytes, dict[str, str], str]] = {
    "no column": (b"id,body\n1,a\n", {}, "There is no column “text”. The columns are “id”, “body”."),
    "empty": (b"", {}, "The file is empty"),
    "not UTF-8": (b"text\nok\nh\xe9llo\n", {}, "Line 3 is not UTF-8"),
    "too many cells": (b"text\na,b\n", {}, "Line 2 has 2 cells, the header 1"),
    "open quote": (b'text\n"a\n', {}, "cannot be read as CSV"),
    "headers": (b"text,headers\na,b\n", {}, "Line 2: headers must be a JSON object"),
}


@pytest.mark.parametrize(("content", "options", "sentence"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_said_and_nothing_is_left(
    tmp_path: Path, content: bytes, options: dict[str, str], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence) as refused:
        run(tmp_path, content, **options)
    assert refused.value.returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_wrong_arguments(tmp_path: Path) -> None:
    for problem in ({"delimiter": ""}, {"as_of": "soon"}):
        with pytest.raises(CommandError) as refused:
            run(tmp_path, b"text\na\n", **problem)
        assert refused.value.returncode == 2
    with pytest.raises(CommandError) as refused:
        call_command("sort_replies", str(tmp_path / "none.csv"))
    assert refused.value.returncode == 2
