"""`manage.py check_silence`: trigger, evidence, decision and draft for every open lead."""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from followups import services
from followups.rules import CSV_COLUMNS
from followups.states import DecisionKind


def moment(text: str) -> datetime:
    """An ISO date (its first moment, UTC) or an ISO time; one without a zone is UTC."""
    try:
        if len(text) <= 10:
            return datetime.combine(date.fromisoformat(text), time.min, UTC)
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"“{text}” is not a date or time. Write for instance 2026-03-01 or 2026-03-01T09:00:00+00:00."
        ) from error
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


class Command(BaseCommand):
    """Decides about every open lead, writes drafts, and shows one row for each lead."""

    help = (
        "Look at every open lead: is it quiet, what is known, what happens next. Writes drafts for review; with "
        "--dry-run it decides and writes nothing. A second run changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as-of", type=moment, metavar="T", help="decide for this moment: an ISO date or time")
        parser.add_argument("--csv", metavar="FILE", help="write a row for each lead; - is standard output")
        parser.add_argument("--dry-run", action="store_true", help="decide only, write nothing to the database")
        parser.add_argument(
            "--cadence",
            metavar="NAME",
            help="decide leads without an open sequence by this cadence, whomever it is for (see clone_cadence)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now: datetime = options["as_of"] or timezone.now()
        target: str | None = options["csv"]
        words = self.stderr if target == "-" else self.stdout
        counts: Counter[str] = Counter()
        changed = 0
        try:
            with _rows_to(target, self.stdout) as write, _bar() as progress:
                for row in services.sweep(
                    now=now, dry_run=options["dry_run"], cadence=options["cadence"], progress=progress
                ):
                    counts[row.decision.kind.value] += 1
                    changed += row.changed
                    write(row.as_csv())
        except services.Refused as refused:
            raise CommandError(refused.sentence) from refused
        except BrokenPipeError:
            # Whoever read our rows has seen enough, as `head` does. What was decided so far is kept.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return
        except KeyboardInterrupt:
            raise CommandError(
                f"Interrupted after {counts.total():,} leads. What was decided so far is kept whole. "
                "Run it again to go on."
            ) from None
        done = "Nothing was written: this was a dry run." if options["dry_run"] else f"{changed:,} changed."
        found = ", ".join(f"{kind.value} {counts[kind.value]:,}" for kind in DecisionKind if counts[kind.value])
        words.write(f"{counts.total():,} leads looked at{': ' + found if found else ''}. {done}")


@contextmanager
def _rows_to(target: str | None, standard_output: OutputWrapper) -> Iterator[Callable[[dict[str, str]], None]]:
    """Where rows go. A file appears under its name only when it is whole, so that nothing half-done is left behind."""
    if target is None:
        yield lambda row: None
        return
    if target == "-":
        yield _writer(standard_output)
        # Few rows wait in the buffer until here. That the reader is gone must show now, not while Python shuts down.
        standard_output.flush()
        return
    path = Path(target)
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        file = unfinished.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise CommandError(f"{target} cannot be written: {error.strerror}.") from error
    try:
        with file:
            yield _writer(file)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _writer(stream: OutputWrapper | TextIO) -> Callable[[dict[str, str]], None]:
    rows = csv.DictWriter(stream, CSV_COLUMNS, lineterminator="\n")
    rows.writeheader()
    return rows.writerow


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar on a terminal, on standard error; nothing anywhere else."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("Looking at leads"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
