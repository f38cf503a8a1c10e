"""`manage.py create_source`: a write key for the event API."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from contacts import services
from contacts.importing.commands import tables_expected


class Command(BaseCommand):
    """Makes a source of events. Its key goes to standard output alone, so that a script can take it from there."""

    help = "Make a source of events and print its write key, which is shown this once and not kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what sends the events, for instance Studio app")

    @tables_expected()
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            source, key = services.create_source(name=options["name"])
        except services.Refused as refused:
            raise CommandError(refused.sentence, returncode=1) from refused
        self.stdout.write(key)
        self.stderr.write(
            f"This is the write key of {source.name}. Copy it now: it is not kept, and cannot be shown again."
        )
