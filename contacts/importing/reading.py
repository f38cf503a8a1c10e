"""Reading a CSV file strictly, line by line, in bounded memory.

A row that cannot be read is refused by itself, with its line number in the file; reading goes on with the line after
it. Only what spoils the whole file (its encoding, its header) refuses the file.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from contacts.importing.errors import FileRefused

if TYPE_CHECKING:
    from contacts.importing.describe import Options

LONGEST_LINE = 4_000_000
MOST_LINES_IN_A_ROW = 20_000
#: After this many quotes that are never closed it is no CSV file, and looking for the end of each would take for ever.
MOST_OPEN_QUOTES = 1_000
#: Bytes that are read and taken apart at once, where every row of them is a line of its own.
BLOCK = 1 << 17
_UTF8_MARK = b"\xef\xbb\xbf"
_OTHER_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_LF_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class Row(NamedTuple):
    """One row: the line it begins in, and its cells or the sentence that says why it cannot be read."""

    line: int
    cells: list[str]
    problem: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a file has what: field → place of its column, and how a person would call it; constants as text.

    ``others`` are the columns that are no field, by name.
    """

    places: Mapping[str, int]
    labels: Mapping[str, str]
    constants: Mapping[str, str]
    others: Mapping[str, int]
    options: Options


class _Lines:
    """The physical lines of a file, which remembers those of the current row so that they can be handed back."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._waiting: deque[str] = deque()
        self._raw: deque[bytes] = deque()
        self._block = b""
        self._read = 0
        self.bytes_read = 0
        self.number = 0
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MOST_LINES_IN_A_ROW:
            raise csv.Error("too many lines in one row")
        line = self._waiting.popleft() if self._waiting else self._next_line()
        self.number += 1
        self.taken.append(line)
        return line

    def block(self) -> list[str]:
        """The next lines, many at once, if they are plain: text without NUL, each ended as Unix or Windows does.

        None of them where they are not, or the file is read; `take_block` or `leave_block` says what became of them.
        """
        if self._waiting or self._raw:
            return []
        data = self._block = self._stream.read(BLOCK)
        if data[-1:] not in (b"", b"\n"):
            data = self._block = data + self._stream.readline(LONGEST_LINE)
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = "\0"
        if len(data) >= LONGEST_LINE or "\0" in text or text.count("\r") != text.count("\r\n"):
            self.leave_block()
            return []
        return text.removesuffix("\n").split("\n") if text else []

    def take_block(self, lines: list[str]) -> None:
        """Count the lines of the latest block as read."""
        self._read += len(lines)
        self.number += len(lines)
        self.bytes_read += len(self._block)
        self._block = b""

    def leave_block(self) -> None:
        """Have the lines of the latest block read one by one."""
        self._raw.extend(_LF_LINE.findall(self._block))
        self._block = b""

    def hand_back_all_but_the_first(self) -> None:
        self._waiting.extendleft(reversed(self.taken[1:]))
        self.number -= len(self.taken) - 1
        del self.taken[1:]

    def _next_line(self) -> str:
        raw = self._raw.popleft() if self._raw else self._stream.readline(LONGEST_LINE)
        if not raw:
            raise StopIteration
        self._read += 1
        if len(raw) >= LONGEST_LINE:
            raise FileRefused(
                f"Line {self._read} is longer than {LONGEST_LINE:,} bytes. This does not look like a CSV file."
            )
        if self._read == 1:
            if raw[:2] in _OTHER_MARKS:
                raise FileRefused(
                    f"The file is encoded as {_OTHER_MARKS[raw[:2]]}. Save it as “CSV UTF-8” and import it again."
                )
            self.bytes_read += len(raw)
            raw = raw.removeprefix(_UTF8_MARK)
        else:
            self.bytes_read += len(raw)
        try:
            text = raw.decode()
        except UnicodeDecodeError as problem:
            raise FileRefused(
                f"Line {self._read} is not UTF-8: its byte number {problem.start + 1} is 0x{raw[problem.start]:02X}. "
                "Save the file as “CSV UTF-8” and import it again."
            ) from problem
        if text.find("\r", 0, -2) != -1 or (text.endswith("\r")):
            # Carriage returns alone end lines too, as old programs write them.
            parts = _LINE.findall(text)
            self._waiting.extend(parts[1:])
            return str(parts[0])
        return text


class Table:
    """A CSV file: its header, checked, and its rows. Raises FileRefused when the file as a whole cannot be used."""

    def __init__(self, stream: BinaryIO, delimiter: str = ",") -> None:
        self.delimiter = delimiter
        self._lines = _Lines(stream)
        self._reader = csv.reader(self._lines, delimiter=delimiter, strict=True)
        self._open_quotes = 0
        self.columns = self._header()

    @property
    def bytes_read(self) -> int:
        return self._lines.bytes_read

    def rows(self) -> Iterator[Row]:
        """Every row that has anything in it, in the order of the file."""
        width = len(self.columns)
        lines = self._lines
        while True:
            yield from self._plain_rows()
            lines.taken.clear()
            line = lines.number + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as problem:
                yield Row(line, [], self._unreadable(line, str(problem)))
                continue
            if len(lines.taken) == 1 and "\0" not in lines.taken[0]:
                if len(cells) == width:
                    if any(cells):
                        yield Row(line, cells, "")
                    continue
            elif any("\0" in text for text in lines.taken):
                yield Row(line, cells, "The row has a NUL character in it. Remove it and import the row again.")
                continue
            if len(cells) != width:
                if any(text.strip() for text in cells):
                    yield Row(line, cells, self._wrong_width(len(cells)))
                continue
            if any(cells):
                yield Row(line, cells, "")

    def _plain_rows(self) -> Iterator[Row]:
        """The rows of the next blocks, as long as each row is a line of its own: as most are, and ten times as fast."""
        width, lines = len(self.columns), self._lines
        while block := lines.block():
            try:
                rows = list(csv.reader(block, delimiter=self.delimiter, strict=True))
            except csv.Error:
                rows = []
            if len(rows) != len(block):
                lines.leave_block()
                return
            first = lines.number + 1
            lines.take_block(block)
            for line, cells in enumerate(rows, start=first):
                if len(cells) == width:
                    if any(cells):
                        yield Row(line, cells, "")
                elif any(text.strip() for text in cells):
                    yield Row(line, cells, self._wrong_width(len(cells)))

    def _header(self) -> list[str]:
        try:
            for cells in self._reader:
                self._lines.taken.clear()
                if any(name.strip() for name in cells):
                    break
            else:
                raise FileRefused("The file is empty. Its first line must name the columns.")
        except csv.Error as problem:
            raise FileRefused(
                "The first line, which names the columns, cannot be read: a quote in it is not closed, or closes in "
                "the middle of a name."
            ) from problem
        columns = [name.strip() for name in cells]
        if any("\0" in name for name in columns):
            raise FileRefused("The first line has a NUL character in it. This does not look like a CSV file.")
        seen: set[str] = set()
        for name in columns:
            if name and name in seen:
                raise FileRefused(f"Two columns are called “{name}”. Rename one of them.")
            seen.add(name)
        return columns

    def _unreadable(self, line: int, problem: str) -> str:
        """The sentence for a row that is no CSV. The lines after its first are read again as rows of their own."""
        several = len(self._lines.taken) > 1
        if several:
            self._open_quotes += 1
            if self._open_quotes > MOST_OPEN_QUOTES:
                raise FileRefused(
                    f"More than {MOST_OPEN_QUOTES:,} quotes are never closed, the latest in line {line}. "
                    "This does not look like a CSV file with this delimiter."
                )
            self._lines.hand_back_all_but_the_first()
        if "unexpected end" in problem:
            return "A quote opens in this line and is never closed. Close it, or see whether the file was cut off here."
        if "field limit" in problem and not several:
            return f"A cell is longer than {csv.field_size_limit():,} characters."
        if several:
            return "A quote opens in this line and is not closed where its cell ends. Double the quotes inside a cell."
        return "A quote closes in the middle of a cell. Double the quotes inside a quoted cell."

    def _wrong_width(self, found: int) -> str:
        wanted = len(self.columns)
        cells = "cell" if found == 1 else "cells"
        if found < wanted:
            return f"The row has {found} {cells}, the header {wanted}. See whether the file was cut off here."
        return (
            f"The row has {found} {cells}, the header {wanted}. "
            f"Put quotes around a cell that has “{self.delimiter}” in it."
        )
