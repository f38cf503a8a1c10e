"""What all import and export commands share: their options, progress, summary and exit codes."""

from __future__ import annotations

import json
import sys
import tempfile
from abc import ABC, abstractmethod
from argparse import SUPPRESS
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError
from psycopg.errors import UndefinedTable
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from contacts.importing import parsers
from contacts.importing.cells import SafeWriter
from contacts.importing.describe import Importer, Options, names
from contacts.importing.errors import FileRefused, WrongArguments
from contacts.importing.run import WholeFile, import_stream

REFUSED, WRONG_ARGUMENTS = 1, 2
#: How many refused lines are printed. All are in the file of --refused.
PRINTED = 20


def pairs(texts: Iterable[str], option: str) -> dict[str, str]:
    """NAME=VALUE arguments as a dictionary. Raises WrongArguments."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise WrongArguments(f"{option} takes NAME=VALUE, not “{text}”.")
        if found.get(name, value) != value:
            raise WrongArguments(f"{option} names “{name}” twice.")
        found[name] = value
    return found


def swallowed_file(given: dict[str, Any]) -> str:
    """The FILE that stands last, behind an option of several words that took it too. Raises WrongArguments."""
    for option in ("map", "set", "stage_map"):
        if given[option] and "=" not in given[option][-1]:
            return str(given[option].pop())
    raise WrongArguments("Name the FILE to import; - is standard input.")


def read_map_file(path: Path) -> dict[str, str]:
    """A mapping from a file: a JSON object, or lines of FIELD=COLUMN. Raises WrongArguments."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise WrongArguments(f"The map file {path} cannot be read. It must be a text file in UTF-8.") from problem
    if text.lstrip().startswith("{"):
        try:
            found = json.loads(text)
        except json.JSONDecodeError as problem:
            raise WrongArguments(
                f"The map file {path} is not valid JSON: line {problem.lineno}, {problem.msg}."
            ) from problem
        if not all(isinstance(value, str) for value in found.values()):
            raise WrongArguments(f"The map file {path} must give each field the name of one column.")
        return dict(found)
    lines = [line.strip() for line in text.splitlines()]
    return pairs([line for line in lines if line and not line.startswith("#")], "The map file")


class ImportCommand(BaseCommand):
    """Imports one kind of file. A command is this class with its importer."""

    importer: ClassVar[Importer]
    # The words of a command must not depend on the colours of a terminal, and system checks say nothing about a file.
    requires_system_checks: ClassVar[list[str]] = []  # type: ignore[misc]

    def add_arguments(self, parser: CommandParser) -> None:
        importer = self.importer
        parser.description = f"Import {importer.kind} from a CSV file. Fields: {names(importer.fields)}."
        parser.add_argument(
            "file", nargs="?", metavar="FILE", help="CSV with a header line, UTF-8; - is standard input"
        )
        parser.add_argument(
            "--map", nargs="+", action="extend", default=[], metavar="FIELD=COLUMN", help="which column a field is in"
        )
        parser.add_argument(
            "--map-file", type=Path, metavar="FILE", help="the same as JSON, or as lines of FIELD=COLUMN"
        )
        parser.add_argument(
            "--set", nargs="+", action="extend", default=[], metavar="FIELD=VALUE", help="the same value for every row"
        )
        parser.add_argument(
            "--date-format",
            default="",
            metavar="FORMAT",
            help="how dates are written, for instance %%m/%%d/%%Y; ISO always works",
        )
        parser.add_argument("--delimiter", default=",", metavar="CHARACTER", help="what separates cells; tab for tabs")
        parser.add_argument("--dry-run", action="store_true", help="do everything and write nothing")
        parser.add_argument("--strict", action="store_true", help="write nothing unless every row is good")
        parser.add_argument(
            "--refused", type=Path, metavar="FILE", help="write the refused lines there, with the reason"
        )
        parser.add_argument("--as-of", default="", metavar="T", help="a date or time instead of now")
        # Every option is known to every command, so that a wrong one is refused in words; help shows those that fit.
        stages = "which of our stages theirs are" if importer.has_stages else SUPPRESS
        owners = "make users, who cannot sign in yet, of unknown owners" if importer.has_owners else SUPPRESS
        accounts = "make accounts of unknown ones" if importer.has_accounts else SUPPRESS
        parser.add_argument("--stage-map", nargs="+", action="extend", default=[], metavar="THEIRS=OURS", help=stages)
        parser.add_argument("--create-owners", action="store_true", help=owners)
        parser.add_argument("--create-accounts", action="store_true", help=accounts)

    def handle(self, *args: Any, **given: Any) -> None:
        try:
            given["file"] = given["file"] or swallowed_file(given)
            options = self.options(given)
            with ExitStack() as opened:
                stream = opened.enter_context(open_twice(given["file"]))
                refused = opened.enter_context(WholeFile(given["refused"])) if given["refused"] else None
                tick = opened.enter_context(self.progress(stream))
                report = import_stream(self.importer, stream, options, refused=refused, progress=tick)
        except WrongArguments as problem:
            raise CommandError(str(problem), returncode=WRONG_ARGUMENTS) from problem
        except FileRefused as problem:
            raise CommandError(f"{problem} Nothing was imported.", returncode=REFUSED) from problem
        except OSError as problem:
            raise CommandError(cannot_open(problem), returncode=WRONG_ARGUMENTS) from problem
        except ProgrammingError as problem:
            raise not_set_up(problem) from problem
        for line, sentence in report.refusals[:PRINTED]:
            self.stderr.write(f"line {line}: {sentence}")
        if report.refused > PRINTED:
            where = f"They are in {given['refused']}." if given["refused"] else "--refused FILE writes them all."
            self.stderr.write(f"and {report.refused - PRINTED} more refused lines. {where}")
        self.stdout.write(report.summary())
        if report.nothing_written:
            sys.exit(REFUSED)

    def options(self, given: dict[str, Any]) -> Options:
        mapping = read_map_file(given["map_file"]) if given["map_file"] else {}
        mapping |= pairs(given["map"], "--map")
        path = given["file"]
        return Options(
            now=read_as_of(given["as_of"]),
            source="standard input" if path == "-" else Path(path).name,
            mapping=mapping,
            constants=pairs(given["set"], "--set"),
            stage_map=pairs(given["stage_map"], "--stage-map"),
            date_format=given["date_format"],
            delimiter="\t" if given["delimiter"].lower() in ("tab", "\\t") else given["delimiter"],
            region=settings.DEFAULT_PHONE_REGION,
            create_owners=given["create_owners"],
            create_accounts=given["create_accounts"],
            dry_run=given["dry_run"],
            strict=given["strict"],
        )

    @contextmanager
    def progress(self, stream: BinaryIO) -> Iterator[Any]:
        console = Console(stderr=True)
        if not console.is_terminal:
            yield None
            return
        size = stream.seek(0, 2)
        stream.seek(0)
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        ) as bar:
            task = bar.add_task("Reading", total=size or 1)

            def tick(read: int, rows: int) -> None:
                bar.update(task, completed=read, description="Reading" if rows else "Merging")

            yield tick


def read_as_of(text: str) -> datetime:
    """The moment named, or now. A date is its first moment, UTC. Raises WrongArguments."""
    if not text:
        return datetime.now(UTC)
    try:
        found = parsers.moment(parsers.Ways())(text.strip())
    except ValueError as problem:
        raise WrongArguments(
            "--as-of takes an ISO date or time, for instance 2026-03-01 or 2026-03-01T09:00:00Z."
        ) from problem
    assert isinstance(found, datetime)
    return found


def cannot_open(problem: OSError) -> str:
    return f"{problem.strerror}: {problem.filename}" if problem.filename else str(problem.strerror)


@contextmanager
def tables_expected() -> Iterator[None]:
    """Say plainly that the database is not set up, where our tables are missing. For a command's `handle`."""
    try:
        yield
    except ProgrammingError as problem:
        raise not_set_up(problem) from problem


def not_set_up(problem: ProgrammingError) -> Exception:
    """A plain sentence where our tables are missing; any other mistake is ours and stays what it is."""
    if isinstance(problem.__cause__, UndefinedTable):
        return CommandError("The database is not set up yet. Run manage.py migrate first.", returncode=REFUSED)
    return problem


@contextmanager
def open_twice(name: str) -> Iterator[BinaryIO]:
    """A file that can be read again from its start. Standard input is put aside for that."""
    if name != "-":
        with open(name, "rb") as stream:
            yield stream
        return
    with tempfile.TemporaryFile() as aside:
        while block := sys.stdin.buffer.read(1 << 20):
            aside.write(block)
        aside.seek(0)
        yield aside


class ExportCommand(BaseCommand, ABC):
    """Writes one kind of file, with the columns its import takes. A command is this class with its columns and rows."""

    kind: ClassVar[str]
    columns: ClassVar[tuple[str, ...]]
    requires_system_checks: ClassVar[list[str]] = []  # type: ignore[misc]

    @abstractmethod
    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows to write, in the order of ``columns``, read as they are written."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.description = (
            f"Write all {self.kind} as CSV, safe to open in a spreadsheet. Columns: {', '.join(self.columns)}."
        )
        parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="where to; - is standard output")
        parser.add_argument("--csv", default="", metavar="FILE", help="the same")
        parser.add_argument(
            "--as-of", default="", metavar="T", help="accepted as everywhere; an export is of what is there now"
        )

    def handle(self, *args: Any, **given: Any) -> None:
        try:
            read_as_of(given["as_of"])
            path = given["csv"] or given["file"]
            if path == "-":
                count = self.write(self.stdout._out)
            else:
                with WholeFile(Path(path)) as whole:
                    count = self.write(whole)
        except WrongArguments as problem:
            raise CommandError(str(problem), returncode=WRONG_ARGUMENTS) from problem
        except OSError as problem:
            raise CommandError(cannot_open(problem), returncode=WRONG_ARGUMENTS) from problem
        except ProgrammingError as problem:
            raise not_set_up(problem) from problem
        self.stderr.write(f"{count} {self.kind} written")

    def write(self, sink: Any) -> int:
        writer = SafeWriter(sink, self.columns)
        count = 0
        for row in self.rows():
            writer.write(row)
            count += 1
        return count
