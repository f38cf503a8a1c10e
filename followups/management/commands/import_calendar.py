"""`manage.py import_calendar`: meetings from an .ics file become plans with the contacts they name."""

from __future__ import annotations

import sys
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from contacts.importing.commands import (
    PRINTED,
    REFUSED,
    WRONG_ARGUMENTS,
    cannot_open,
    open_twice,
    read_as_of,
    tables_expected,
)
from contacts.importing.errors import WrongArguments
from followups import services
from followups.states import PlannedSource


class Command(BaseCommand):
    """Imports a calendar. A second run changes nothing."""

    help = (
        "Import meetings from an iCalendar file (.ics). A meeting ahead with a contact keeps follow-up from starting. "
        "People are found by e-mail address; nobody is made a contact."
    )
    requires_system_checks: ClassVar[list[str]] = []  # type: ignore[misc]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="an .ics file; - is standard input")
        parser.add_argument("--dry-run", action="store_true", help="do everything and write nothing")
        parser.add_argument("--as-of", default="", metavar="T", help="a date or time instead of now")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            now = read_as_of(options["as_of"])
            with open_twice(options["file"]) as stream:
                content = stream.read(services.LARGEST_CALENDAR + 1)
            with tables_expected():
                done = services.import_calendar(
                    calendar=services.read_calendar(content, now=now),
                    source=PlannedSource.CALENDAR,
                    now=now,
                    dry_run=options["dry_run"],
                )
        except WrongArguments as problem:
            raise CommandError(str(problem), returncode=WRONG_ARGUMENTS) from problem
        except services.Unreadable as problem:
            raise CommandError(f"{problem.sentence} Nothing was imported.", returncode=REFUSED) from problem
        except OSError as problem:
            raise CommandError(cannot_open(problem), returncode=WRONG_ARGUMENTS) from problem
        for number, sentence in done.refused[:PRINTED]:
            self.stderr.write(f"entry {number}: {sentence}")
        if len(done.refused) > PRINTED:
            self.stderr.write(f"and {len(done.refused) - PRINTED} more refused entries.")
        if done.unknown or done.over:
            self.stderr.write(
                f"{done.unknown} entries name no contact, {done.over} are over. Nothing was kept of them."
            )
        self.stdout.write(done.summary())
        if done.refused and not (done.created or done.updated or done.unchanged):
            sys.exit(REFUSED)
