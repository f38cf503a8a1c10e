"""`manage.py score_customers`: total, band, components and reasons for every customer."""

from __future__ import annotations

import csv
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper
from django.db import ProgrammingError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from contacts.importing.commands import (
    REFUSED,
    WRONG_ARGUMENTS,
    cannot_open,
    not_set_up,
    read_as_of,
)
from contacts.importing.errors import WrongArguments
from contacts.importing.run import WholeFile
from contacts.ingest.inbox import take_everything_in
from retention import services
from retention.models import Customer, ScoreVersion
from retention.services.showing import ScoreRow, Shown, shown
from retention.states import Band

COLUMNS = ScoreRow._fields
_LABELS = {band.value: band.label for band in Band}
#: The bar moves once for so many rows.
_STEP = 500

Progressed = Callable[[int, int], None]


class Command(BaseCommand):
    """Scores every customer, or those named, stores what changed, and shows one row for each."""

    help = (
        "Score every customer as of a moment: total, band, five components and the reasons. Stores what changed; with "
        "--dry-run, or by another model, it writes nothing to the database."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--customer", action="append", metavar="ID", help="only this customer; may be given repeatedly"
        )
        parser.add_argument("--as-of", default="", metavar="T", help="score as of this ISO date or time (now)")
        parser.add_argument("--csv", metavar="FILE", help="write a row for each customer; - is standard output")
        parser.add_argument(
            "--model", metavar="NAME", help="score everybody by this version, for instance at-risk-v2; writes nothing"
        )
        parser.add_argument("--dry-run", action="store_true", help="score only, write nothing to the database")

    def handle(self, *args: Any, **options: Any) -> None:
        target: str | None = options["csv"]
        words = self.stderr if target == "-" else self.stdout
        now = timezone.now()
        counts: Counter[str] = Counter()
        try:
            at = read_as_of(options["as_of"])
            version = _version(options["model"]) if options["model"] else None
            customer_ids = _customers(options["customer"]) if options["customer"] else None
            # A score of a day that has not come would keep the scores of all days until then from being stored.
            write = not options["dry_run"] and version is None and at <= timezone.now()
            if not options["dry_run"]:
                take_everything_in()
            with _bar() as progress, shown(at=at, customer_ids=customer_ids, version=version, write=write) as found:
                _write(target, self.stdout, _counted(found.rows, found.customers, counts, progress))
        except WrongArguments as wrong:
            raise CommandError(str(wrong), returncode=WRONG_ARGUMENTS) from wrong
        except services.Refused as refused:
            raise CommandError(refused.sentence, returncode=REFUSED) from refused
        except BrokenPipeError:
            # Whoever read our rows has seen enough, as `head` does. What was stored is stored.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return
        except OSError as problem:
            raise CommandError(cannot_open(problem), returncode=WRONG_ARGUMENTS) from problem
        except ProgrammingError as problem:
            raise not_set_up(problem) from problem
        except KeyboardInterrupt:
            raise CommandError("Interrupted. Scores are stored all or none. Run it again.") from None
        words.write(_summary(found, counts, write=write, version=version, future=at > now))


def _summary(found: Shown, counts: Counter[str], *, write: bool, version: ScoreVersion | None, future: bool) -> str:
    bands = ", ".join(f"{_LABELS[band]} {counts[band]:,}" for band in reversed(Band.values) if counts[band])
    said = [f"{found.customers:,} customers scored{f': {bands}' if bands else ''}."]
    if write:
        said.append(f"{found.changed:,} changed.")
        if found.newer:
            said.append(f"{found.newer:,} have a newer score already, which was kept.")
    elif version is not None:
        said.append(f"Nothing was written: this was {version.name}, to look at.")
    elif future:
        said.append("Nothing was written: scores of a moment to come are only shown.")
    else:
        said.append("Nothing was written: this was a dry run.")
    return " ".join(said)


def _version(name: str) -> ScoreVersion:
    versions = {one.name: one for one in ScoreVersion.objects.select_related("model")}
    if name not in versions:
        raise services.Refused(f"There is no score model {name}. There are: {', '.join(sorted(versions)) or 'none'}.")
    return versions[name]


def _customers(names: Iterable[str]) -> list[int]:
    wanted = list(dict.fromkeys(names))
    known = dict(Customer.objects.filter(external_id__in=wanted).values_list("external_id", "pk"))
    if unknown := [name for name in wanted if name not in known]:
        raise services.Refused(f"There is no customer {', '.join(unknown)}. Give the ids that import_customers took.")
    return sorted(known.values())


def _counted(
    rows: Iterable[ScoreRow], total: int, counts: Counter[str], progress: Progressed | None
) -> Iterator[tuple[object, ...]]:
    """Rows as they are written, counted by band on the way."""
    for done, row in enumerate(rows, 1):
        counts[row.band] += 1
        if progress and (done % _STEP == 0 or done == total):
            progress(done, total)
        yield row.customer, row.total, _LABELS[row.band], *row[3:8], "|".join(row.reasons)


def _write(target: str | None, standard_output: OutputWrapper, rows: Iterator[tuple[object, ...]]) -> None:
    """Write rows where they go. A file appears under its name only when it is whole."""
    if target is None:
        for _ in rows:
            pass
    elif target == "-":
        _writer(standard_output).writerows(rows)
        # Few rows wait in the buffer until here. That the reader is gone must show now, not while Python shuts down.
        standard_output.flush()
    else:
        with WholeFile(Path(target)) as whole:
            _writer(whole).writerows(rows)


def _writer(sink: Any) -> Any:
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(COLUMNS)
    return writer


@contextmanager
def _bar() -> Iterator[Progressed | None]:
    """A progress bar on a terminal, on standard error; nothing anywhere else."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("Scoring customers"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
