"""`manage.py run_playbooks`: who is let in, who goes on, who ends, and what is put before people."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper
from django.db import ProgrammingError
from django.utils import timezone

from contacts.importing.commands import REFUSED, WRONG_ARGUMENTS, cannot_open, not_set_up, read_as_of
from contacts.importing.errors import WrongArguments
from contacts.importing.run import WholeFile
from retention import services
from retention.models import Customer
from retention.services.enrolling import Row, Swept, sweep
from retention.states import StepOutcome


class Command(BaseCommand):
    """Does what the clock does every half minute, and shows what came of it."""

    help = (
        "Enrol customers in playbooks, take every step that is due, and draft what it says. A second run changes "
        "nothing; with --dry-run it decides and writes nothing to the database."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as-of", default="", metavar="T", help="decide for this ISO date or time (now)")
        parser.add_argument("--csv", metavar="FILE", help="write a row for all that came of it; - is standard output")
        parser.add_argument("--dry-run", action="store_true", help="decide only, write nothing to the database")
        parser.add_argument(
            "--customer", action="append", metavar="ID", help="look at this customer only; may be given repeatedly"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        target: str | None = options["csv"]
        words = self.stderr if target == "-" else self.stdout
        dry_run: bool = options["dry_run"]
        try:
            now = read_as_of(options["as_of"])
            if now > timezone.now() and not dry_run:
                # Messages of a day that has not come would leave today.
                raise WrongArguments("That moment has not come yet. Give an earlier one, or add --dry-run.")
            customer_ids = _customers(options["customer"]) if options["customer"] else None
            # A file that cannot be written is found out before anything is done.
            with _rows_to(target, self.stdout) as sink:
                swept = sweep(now=now, customer_ids=customer_ids, dry_run=dry_run, listed=sink is not None)
                if swept.skipped:
                    raise services.Refused("Another sweep is under way. Run it again in a minute.")
                if sink is not None:
                    writer = csv.writer(sink, lineterminator="\n")
                    writer.writerow(Row._fields)
                    writer.writerows(swept.rows)
        except WrongArguments as wrong:
            raise CommandError(str(wrong), returncode=WRONG_ARGUMENTS) from wrong
        except services.Refused as refused:
            raise CommandError(refused.sentence, returncode=REFUSED) from refused
        except BrokenPipeError:
            # Whoever read our rows has seen enough, as `head` does. What was decided is kept.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return
        except OSError as problem:
            raise CommandError(cannot_open(problem), returncode=WRONG_ARGUMENTS) from problem
        except ProgrammingError as problem:
            raise not_set_up(problem) from problem
        except KeyboardInterrupt:
            raise CommandError("Interrupted. What was decided so far is kept whole. Run it again to go on.") from None
        words.write(summary(swept, dry_run=dry_run))


def summary(swept: Swept, *, dry_run: bool) -> str:
    """One line that says what came of it."""
    steps = [
        f"{StepOutcome(outcome).value.replace('_', ' ')} {count:,}" for outcome, count in sorted(swept.steps.items())
    ]
    said = [
        f"{swept.looked_at:,} customers looked at: {swept.begun:,} let in, {swept.held_out:,} held out, "
        f"{swept.waiting:,} wait, {swept.ended:,} ended, {swept.refused:,} fit no playbook.",
        f"Steps: {', '.join(steps)}." if steps else "No step was due.",
    ]
    if dry_run:
        said.append("Nothing was written: this was a dry run.")
    return " ".join(said)


def _customers(names: list[str]) -> list[int]:
    wanted = list(dict.fromkeys(names))
    known = dict(Customer.objects.filter(external_id__in=wanted).values_list("external_id", "pk"))
    if unknown := [name for name in wanted if name not in known]:
        raise services.Refused(f"There is no customer {', '.join(unknown)}. Give the ids that import_customers took.")
    return sorted(known.values())


@contextmanager
def _rows_to(target: str | None, standard_output: OutputWrapper) -> Iterator[Any]:
    """Where rows go. A file appears under its name only when it is whole."""
    if target is None:
        yield None
    elif target == "-":
        yield standard_output
        standard_output.flush()
    else:
        with WholeFile(Path(target)) as whole:
            yield whole
