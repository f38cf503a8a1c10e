"""Importing one file: read, parse, stage, merge, count, all in one transaction."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.db import connection, transaction

from contacts.importing.cells import SafeWriter, Sink, unguard
from contacts.importing.describe import EMPTY_OF_TYPE, Importer, MakeLine, Options, Report, names
from contacts.importing.errors import FileRefused, WrongArguments
from contacts.importing.reading import Layout, Table
from contacts.importing.staging import Staging, escaped
from staff.services import record

#: How many refused lines and previewed rows a report holds. All refused lines are in the refused file.
REPORTED = 50
SAMPLED = 10
_OWN_COLUMNS = ("line", "problem")
_EVERY = 1000

Progress = Callable[[int, int], None]


class Reading:
    """How the rows of one file become staged values: which column or constant each field is taken from.

    Raises WrongArguments for choices that fit no file of this kind, FileRefused for a header that does not fit them.
    """

    def __init__(self, importer: Importer, options: Options, table: Table | None) -> None:
        self.importer = importer
        ways = options.ways()
        for chosen in (options.mapping, options.constants):
            for name in chosen:
                if importer.field(name) is None:
                    raise WrongArguments(
                        f"“{name}” is not a field of {importer.kind}. The fields are {names(importer.fields)}."
                    )
        for name in options.mapping:
            if name in options.constants:
                raise WrongArguments(f"“{name}” is given both a column and a constant. Choose one.")
        self._constants: dict[str, object] = {}
        for name, text in options.constants.items():
            one = importer.field(name)
            assert one is not None
            try:
                self._constants[name] = one.parser(ways)(text.strip()) if text.strip() else EMPTY_OF_TYPE[one.type]
            except ValueError as problem:
                raise WrongArguments(f"The constant for {name}: {problem}") from problem
        stages = importer.field("stage")
        for ours in options.stage_map.values():
            if stages is None:
                raise WrongArguments(f"A file of {importer.kind} has no stages, so a stage map makes no sense.")
            try:
                stages.parser(type(ways)())(ours)
            except ValueError as problem:
                raise WrongArguments(f"The stage map: {str(problem).partition(' Say which')[0]}") from problem
        self._plan: list[tuple[str, int, Callable[[str], object], object, bool, str]] = []
        self.ignored: list[str] = []
        self.present: tuple[str, ...] = ()
        if table is not None:
            self._fit(table, options)

    def _fit(self, table: Table, options: Options) -> None:
        importer, ways = self.importer, options.ways()
        places = {name: place for place, name in enumerate(table.columns) if name}
        listed = ", ".join(places) or "none"
        source: dict[str, str] = {}
        for one in importer.fields:
            if one.name in options.mapping:
                column = options.mapping[one.name].strip()
                if column not in places:
                    raise FileRefused(f"There is no column “{column}” for {one.name}. The columns are {listed}.")
                source[one.name] = column
            elif one.name in places and one.name not in options.constants:
                source[one.name] = one.name
        given = {*source, *self._constants}
        if not given.intersection(importer.keys):
            raise FileRefused(
                f"There is no column for {' or '.join(importer.keys)}. The columns are {listed}. "
                f"Name the right one, for instance --map '{importer.keys[0]}=COLUMN'." + self._delimiter_hint(table)
            )
        missing = [name for name in importer.needs if name not in given]
        if missing:
            raise FileRefused(
                f"There is no column for {' and '.join(missing)}. The columns are {listed}. "
                f"Name the right one, for instance --map '{missing[0]}=COLUMN'."
            )
        used = set(source.values())
        others = [name for name in table.columns if name and name not in used]
        # A file of refused lines, put right, has two columns of ours.
        ours = _OWN_COLUMNS if set(_OWN_COLUMNS) <= {*others} else ()
        self.ignored = [name for name in others if name in ours or not importer.others]
        self.layout = Layout(
            places={name: places[column] for name, column in source.items()},
            labels={name: name if name == column else f"{column} ({name})" for name, column in source.items()},
            constants=options.constants,
            others={name: places[name] for name in others if name not in ours},
            options=options,
        )
        for one in importer.fields:
            if one.name in source:
                place, label = self.layout.places[one.name], self.layout.labels[one.name]
                self._plan.append((one.name, place, one.parser(ways), EMPTY_OF_TYPE[one.type], one.required, label))
        present = () if importer.lines else tuple(one.name for one in importer.fields if one.name in given)
        self.present = (*present, *importer.derived)

    def _delimiter_hint(self, table: Table) -> str:
        if len(table.columns) == 1:
            for other in (";", "\t", "|", ","):
                if other != table.delimiter and other in table.columns[0]:
                    shown = "tab" if other == "\t" else other
                    return f" The cells seem to be separated by “{shown}”: say so with --delimiter '{shown}'."
        return ""

    def parse(self, cells: list[str]) -> tuple[str, tuple[object, ...]]:
        """The sentence that refuses the row (empty if it is good), and its values in the order of ``present``."""
        values: dict[str, Any] = dict(self._constants)
        for name, place, parser, empty, required, label in self._plan:
            text = cells[place]
            if text[:1] == "'":
                text = unguard(text)
            text = text.strip()
            if not text:
                if required:
                    return f"Column {label} is empty.", ()
                values[name] = empty
                continue
            try:
                values[name] = parser(text)
            except ValueError as problem:
                return f"Column {label}: {problem}", ()
        keys = self.importer.keys
        if not any(values.get(key) for key in keys):
            return f"The row has no {' and no '.join(keys)}, so it cannot be told apart from others.", ()
        if self.importer.complete is not None:
            found = self.importer.complete(values)
            if isinstance(found, str):
                return found, ()
            values.update(zip(self.importer.derived, found, strict=True))
        return "", tuple([values[name] for name in self.present])


def check_options(importer: Importer, options: Options) -> None:
    """Raise WrongArguments for choices that fit no file of this kind."""
    if len(options.delimiter) != 1 or options.delimiter in '"\r\n':
        raise WrongArguments("The delimiter must be a single character such as , or ; or the word tab.")
    if options.create_owners and not importer.has_owners:
        raise WrongArguments(f"A file of {importer.kind} names no owners, so none can be created.")
    if options.create_accounts and not importer.has_accounts:
        raise WrongArguments(f"A file of {importer.kind} names no accounts to create.")
    Reading(importer, options, None)


def import_stream(
    importer: Importer,
    stream: BinaryIO,
    options: Options,
    *,
    refused: Sink | None = None,
    progress: Progress | None = None,
) -> Report:
    """Import a file, given as a stream that can be read twice, and say what came of it.

    ``refused`` gets the refused lines as CSV. ``progress`` is told the bytes and rows read so far. Raises FileRefused
    and WrongArguments; then, on a dry run, and where ``strict`` turned a row down, nothing has been written.
    """
    check_options(importer, options)
    table = Table(stream, options.delimiter)
    reading = Reading(importer, options, table)
    report = Report(dry_run=options.dry_run, ignored_columns=reading.ignored)
    with transaction.atomic():
        staging = Staging(importer, options, reading.present)
        staging.create()
        if importer.prepare is not None:
            importer.prepare()
        if importer.lines is not None:
            staging.copy_lines(_lines(table, importer.lines(reading.layout), len(reading.present), progress))
        else:
            staging.copy_in(_parsed(table, reading, progress))
        importer.merge(staging)
        _count(staging, report)
        if refused is not None:
            stream.seek(0)
            _write_refused(Table(stream, options.delimiter), refused)
        report.nothing_written = bool(options.strict and report.refused)
        if options.dry_run or report.nothing_written:
            transaction.set_rollback(True)
        else:
            record(
                action="contacts.import",
                actor=options.by,
                summary=report.counts(),
                detail={"kind": importer.kind, "rows": report.rows},
            )
            _refresh_statistics()
    return report


def _refresh_statistics() -> None:
    """Count the tables that this transaction filled anew, so that the next sweep is planned for what is in them.

    Until the database does so by itself, minutes later, it takes them for as empty as they were, and compares every
    row with every other.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(format('%I.%I', schemaname, relname), ', ') FROM pg_stat_xact_user_tables"
            " WHERE n_tup_ins + n_tup_upd > 0 AND schemaname !~ '^pg_'"
        )
        (tables,) = cursor.fetchone()
        if tables:
            cursor.execute(f"ANALYZE {tables}")


def _parsed(table: Table, reading: Reading, progress: Progress | None) -> Iterator[tuple[object, ...]]:
    nothing = (None,) * len(reading.present)
    for count, row in enumerate(table.rows(), start=1):
        problem, values = (row.problem, ()) if row.problem else reading.parse(row.cells)
        yield (row.line, problem, *(nothing if problem else values))
        if progress is not None and count % _EVERY == 0:
            progress(table.bytes_read, count)
    if progress is not None:
        progress(table.bytes_read, 0)


def _lines(table: Table, make: MakeLine, width: int, progress: Progress | None) -> Iterator[str]:
    """The same as lines for COPY, a block at a time."""
    nothing = "\t\\N" * width
    block: list[str] = []
    for count, row in enumerate(table.rows(), start=1):
        problem = row.problem
        if not problem:
            try:
                block.append(make(row.line, row.cells))
            except ValueError as found:
                problem = str(found)
        if problem:
            block.append(f"{row.line}\t{escaped(problem)}{nothing}\n")
        if count % _EVERY == 0:
            yield "".join(block)
            block.clear()
            if progress is not None:
                progress(table.bytes_read, count)
    yield "".join(block)
    if progress is not None:
        progress(table.bytes_read, 0)


def _count(staging: Staging, report: Report) -> None:
    counts = dict(
        staging.ask(
            "SELECT CASE WHEN problem = '' THEN action ELSE 'refused' END, count(*) FROM import_rows GROUP BY 1"
        )
    )
    report.created = counts.pop("created", 0)
    report.updated = counts.pop("updated", 0)
    report.unchanged = counts.pop("unchanged", 0)
    report.refused = counts.pop("refused", 0)
    if counts:
        raise AssertionError(f"Rows were neither merged nor refused: {counts}")
    report.notes = staging.notes
    report.refusals = [
        (line, problem)
        for line, problem in staging.ask(
            "SELECT line, problem FROM import_rows WHERE problem <> '' ORDER BY line LIMIT %(most)s", {"most": REPORTED}
        )
    ]
    shown = [name for name in staging.columns if staging.importer.field(name) is not None]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM import_rows WHERE problem = '' ORDER BY line LIMIT %s", [SAMPLED])
        columns = [column.name for column in cursor.description]
        for row in cursor.fetchall():
            found = dict(zip(columns, row, strict=True))
            report.sample.append(
                {"line": str(found["line"]), "action": found["action"]}
                | {name: "" if found[name] is None else str(found[name]) for name in shown}
            )


def _write_refused(table: Table, sink: Sink) -> None:
    """The refused lines as they were, with line and problem: read the file again beside the refusals, both in order."""
    kept = [place for place, name in enumerate(table.columns) if name not in _OWN_COLUMNS]
    writer = SafeWriter(sink, [*(table.columns[place] for place in kept), *_OWN_COLUMNS])
    rows = table.rows()
    with connection.cursor() as cursor:
        cursor.execute(
            "DECLARE refused CURSOR FOR SELECT line, problem FROM import_rows WHERE problem <> '' ORDER BY line"
        )
        while True:
            cursor.execute("FETCH 1000 FROM refused")
            found = cursor.fetchall()
            for line, problem in found:
                row = next(row for row in rows if row.line == line)
                cells = [*row.cells, *[""] * len(table.columns)]
                writer.write([*(cells[place].replace("\0", "") for place in kept), line, problem])
            if not found:
                break
        cursor.execute("CLOSE refused")


class WholeFile:
    """A text file that appears under its name only when it is whole, so that nothing half-written is left behind."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._draft = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._file = self._draft.open("w", encoding="utf-8", newline="")

    def write(self, text: str) -> int:
        return self._file.write(text)

    def __enter__(self) -> WholeFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._file.close()
        if kind is None:
            self._draft.replace(self._path)
        else:
            self._draft.unlink(missing_ok=True)
