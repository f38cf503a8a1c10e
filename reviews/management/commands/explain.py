"""`manage.py explain CONTACT`: everything that decided about a person."""

from __future__ import annotations

from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.formats import date_format

from contacts.importing.cells import SafeWriter
from contacts.importing.commands import read_as_of, tables_expected
from contacts.importing.errors import WrongArguments
from contacts.ingest.inbox import take_everything_in
from reviews.explaining import Line, explain, find

COLUMNS = ("section", "at", "what", "why")


class Command(BaseCommand):
    """Says who somebody is, what their score and leads come from, and why they were or were not contacted."""

    help = (
        "Say everything that decided about a person, and why they were or were not contacted. CONTACT is the external "
        "id of a contact, customer or lead, an e-mail address, a phone number, or the number of a contact."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("contact", metavar="CONTACT")
        parser.add_argument(
            "--as-of", default="", metavar="T", help="scores and decisions at this moment: an ISO date or time"
        )
        parser.add_argument("--csv", default="", metavar="FILE", help="write rows; - is standard output")

    @tables_expected()
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            at = read_as_of(options["as_of"])
        except WrongArguments as wrong:
            raise CommandError(str(wrong), returncode=2) from wrong
        # What waits in the inbox happened already, so the answer must know it.
        take_everything_in()
        found = find(options["contact"])
        if not found:
            raise CommandError(
                f"Nobody is known by “{options['contact']}”. Give an external id, an e-mail address, a phone number, "
                "or the number of a contact, as its page has it in its address."
            )
        if len(found) > 1:
            names = [f"  contact {one.contact.pk}, {one.contact} (by {one.by})" for one in found]
            raise CommandError(
                "\n".join([f"“{options['contact']}” means {len(found)} contacts. Give the number of one:", *names])
            )
        with transaction.atomic():
            lines = explain(found[0].contact, at=at, found_by=found[0].merged)
        if options["csv"]:
            self._write_rows(options["csv"], lines)
        if options["csv"] != "-":
            self.stdout.write(_as_text(lines))
        words = self.stderr if options["csv"] == "-" else self.stdout
        words.write(f"{len(lines)} things known about contact {found[0].contact.pk}.")

    def _write_rows(self, target: str, lines: list[Line]) -> None:
        rows = StringIO(newline="")
        writer = SafeWriter(rows, COLUMNS)
        for line in lines:
            writer.write((line.section, line.at, line.what, line.why))
        if target == "-":
            self.stdout.write(rows.getvalue(), ending="")
            return
        try:
            Path(target).write_text(rows.getvalue(), encoding="utf-8", newline="")
        except OSError as problem:
            raise CommandError(f"{target} cannot be written: {problem.strerror}.") from problem


def _as_text(lines: list[Line]) -> str:
    """A heading for each section, and a sentence for each line."""
    text: list[str] = []
    section = ""
    for line in lines:
        if line.section != section:
            section = line.section
            text += ["", section[:1].upper() + section[1:]]
        when = f" ({_when(line.at)})" if line.at else ""
        why = f": {line.why}" if line.why else ""
        text.append(f"  {line.what}{when}{why}")
    return "\n".join(text[1:])


def _when(at: Any) -> str:
    return date_format(at, "j F Y, H:i") if isinstance(at, datetime) else date_format(at, "j F Y")
