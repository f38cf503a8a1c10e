"""`manage.py sort_replies FILE`: what the rules take each answer for, to try them on your own mail first."""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from contacts.importing.cells import SafeWriter, Sink
from contacts.importing.commands import REFUSED, WRONG_ARGUMENTS, cannot_open, open_twice, read_as_of
from contacts.importing.errors import FileRefused, WrongArguments
from contacts.importing.run import WholeFile
from outreach.rules.replies import Sorted, sort
from outreach.states import ReplyLabel

LONGEST_CELL = 10_000_000
_BLOCK = 1 << 20
_OURS = ("label", "confidence")


class Command(BaseCommand):
    """Sorts the answers in a CSV file. Needs no database and writes nothing but the rows."""

    help = (
        "Sort answers: the rows of a CSV file with a column “text” come back with “label” and “confidence”. Columns "
        "subject, headers (JSON), locale and channel are used where they are there. Nothing is stored."
    )
    # The rules ask nobody.
    requires_system_checks: ClassVar[list[str]] = []  # type: ignore[misc]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="CSV with a header line, UTF-8; - is standard input")
        parser.add_argument("--csv", default="-", metavar="FILE", help="where the rows go; - is standard output")
        parser.add_argument("--text-column", default="text", metavar="NAME", help="the column that holds the answer")
        parser.add_argument("--delimiter", default=",", metavar="CHARACTER", help="what separates cells; tab for tabs")
        parser.add_argument("--as-of", default="", metavar="T", help="a date or time instead of now")

    def handle(self, *args: Any, **given: Any) -> None:
        delimiter = "\t" if given["delimiter"].lower() in ("tab", "\\t") else given["delimiter"]
        counts: Counter[str] = Counter()
        try:
            today = read_as_of(given["as_of"]).date()
            if len(delimiter) != 1 or delimiter in '"\r\n':
                raise WrongArguments("--delimiter takes one character, for instance ; or tab.")
            with ExitStack() as opened:
                stream = opened.enter_context(open_twice(given["file"]))
                _must_be_utf8(stream)
                rows = _Rows(stream, delimiter, given["text_column"])
                tick = opened.enter_context(_bar(stream))
                sink: Sink = cast(Sink, self.stdout._out)
                if given["csv"] != "-":
                    sink = opened.enter_context(WholeFile(Path(given["csv"])))
                writer = SafeWriter(sink, rows.columns)
                for row in rows:
                    found = sort(row.text, today=today, **row.known)
                    counts[found.label] += 1
                    writer.write([*row.cells, *_cells(found)])
                    tick()
        except WrongArguments as problem:
            raise CommandError(str(problem), returncode=WRONG_ARGUMENTS) from problem
        except FileRefused as problem:
            raise CommandError(str(problem), returncode=REFUSED) from problem
        except BrokenPipeError:
            # Whoever read our rows has seen enough, as `head` does.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return
        except OSError as problem:
            raise CommandError(cannot_open(problem), returncode=WRONG_ARGUMENTS) from problem
        if rows.renamed:
            self.stderr.write(
                f"Your column {' and '.join(rows.renamed)} is called given_… in the rows, ours has the name."
            )
        said = ", ".join(f"{label} {counts[label]:,}" for label in ReplyLabel.values if counts[label])
        self.stderr.write(f"{counts.total():,} answers sorted{f': {said}' if said else ''}.")


class _Row:
    def __init__(self, cells: list[str], text: str, known: dict[str, Any]) -> None:
        self.cells = cells
        self.text = text
        self.known = known


class _Rows:
    """The rows of a file, one at a time. Raises FileRefused with the place and the remedy."""

    def __init__(self, stream: BinaryIO, delimiter: str, text_column: str) -> None:
        csv.field_size_limit(LONGEST_CELL)
        self._reader = csv.reader(
            io.TextIOWrapper(stream, encoding="utf-8-sig", newline=""), delimiter=delimiter, strict=True
        )
        header = [name.strip() for name in next(self._lines(), [])]
        if not any(header):
            raise FileRefused(f"The file is empty. It needs a header line with a column “{text_column}”.")
        places = {name.casefold(): place for place, name in reversed(list(enumerate(header)))}
        if text_column.casefold() not in places:
            there = ", ".join(f"“{name}”" for name in header if name)
            raise FileRefused(
                f"There is no column “{text_column}”. The columns are {there}. "
                "Name the one with the answers with --text-column."
            )
        self._width = len(header)
        self._text = places[text_column.casefold()]
        self._known = {name: places[name] for name in ("subject", "locale", "channel", "headers") if name in places}
        self.renamed = [f"“{name}”" for name in header if name.casefold() in _OURS]
        self.columns = [*(f"given_{name}" if name.casefold() in _OURS else name for name in header), *_OURS]

    def __iter__(self) -> Iterator[_Row]:
        for cells in self._lines():
            if not cells:
                continue
            line = self._reader.line_num
            if len(cells) > self._width:
                raise FileRefused(
                    f"Line {line} has {len(cells)} cells, the header {self._width}. "
                    "Put a text that holds the separator in quotes."
                )
            cells += [""] * (self._width - len(cells))
            known: dict[str, Any] = {name: cells[place].strip() for name, place in self._known.items()}
            known["channel"] = known.get("channel") or "email"
            if "headers" in known:
                known["headers"] = _headers(known["headers"], line)
            yield _Row(cells, cells[self._text], known)

    def _lines(self) -> Iterator[list[str]]:
        try:
            yield from self._reader
        except csv.Error as problem:
            line = self._reader.line_num
            raise FileRefused(
                f"Line {line} cannot be read as CSV: {problem}. Look for a quote that is never closed."
            ) from problem


def _must_be_utf8(stream: BinaryIO) -> None:
    """Read the file once, so that nothing is written when its encoding is wrong further down. Raises FileRefused."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    while block := stream.read(_BLOCK):
        try:
            decoder.decode(block)
        except UnicodeDecodeError as problem:
            line += problem.object[: problem.start].count(b"\n")
            raise _not_utf8(line) from problem
        line += block.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as problem:
        raise _not_utf8(line) from problem
    stream.seek(0)


def _not_utf8(line: int) -> FileRefused:
    return FileRefused(f"Line {line} is not UTF-8. Save the file as “CSV UTF-8” and try again.")


def _headers(text: str, line: int) -> Mapping[str, str]:
    if not text:
        return {}
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise FileRefused(f'Line {line}: headers must be a JSON object such as {{"Auto-Submitted": "auto-replied"}}.')
    return {str(name): str(value) for name, value in found.items()}


def _cells(found: Sorted) -> tuple[str, str]:
    return found.label.value, f"{found.confidence:.2f}"


@contextmanager
def _bar(stream: BinaryIO) -> Iterator[Any]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda: None
        return
    place = stream.tell()
    size = stream.seek(0, io.SEEK_END)
    stream.seek(place)
    with Progress(
        TextColumn("Sorting"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), console=console, transient=True
    ) as bar:
        task = bar.add_task("Sorting", total=size or 1)
        yield lambda: bar.update(task, completed=stream.tell())
