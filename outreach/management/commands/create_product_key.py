"""`manage.py create_product_key`: a key for the inbox and push API."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from contacts.importing.commands import tables_expected
from outreach import services


class Command(BaseCommand):
    """Makes a key. It goes to standard output alone, so that a script can take it from there."""

    help = "Make a key for the inbox and push API and print it, which is shown this once and not kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what reads with it, for instance Member area")

    @tables_expected()
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made, key = services.create_product_key(name=options["name"])
        except services.Refused as refused:
            raise CommandError(refused.sentence, returncode=1) from refused
        self.stdout.write(key)
        self.stderr.write(
            f"This is the product key {made.name}. Copy it now: it is not kept, and cannot be shown again. "
            "Keep it on a server: whoever has it reads every inbox."
        )
