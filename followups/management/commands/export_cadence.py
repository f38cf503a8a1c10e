"""`manage.py export_cadence`: a cadence as a file that can be read and compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from followups import services
from followups.models import CadenceVersion


class Command(BaseCommand):
    """Writes one version of a cadence as JSON, always in the same order, so that a change shows as changed lines."""

    help = "Write a cadence to a file, or to the screen. import_cadence reads it again."

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        # Here --version is the one of the cadence, and not that of Django.
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **options)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the cadence")
        parser.add_argument("file", nargs="?", default="-", help="where to write it; - is the screen")
        parser.add_argument(
            "--version", dest="number", type=int, metavar="N", help="this version; without it the published one"
        )

    def handle(self, *args: Any, name: str, file: str, number: int | None, **options: Any) -> None:
        text = services.cadence_as_file(_version(name, number))
        if file == "-":
            self.stdout.write(text, ending="")
            return
        try:
            Path(file).write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{file} could not be written: {error.strerror}.") from error
        self.stderr.write(f"Written to {file}.")


def _version(name: str, number: int | None) -> CadenceVersion:
    try:
        if number is None:
            return services.published_version(name)
        return CadenceVersion.objects.select_related("cadence").get(cadence__name=name, number=number)
    except services.Refused as refused:
        raise CommandError(f"{refused.sentence} A draft is exported with --version.") from refused
    except CadenceVersion.DoesNotExist as error:
        known = CadenceVersion.objects.filter(cadence__name=name).order_by("number").values_list("number", flat=True)
        there = f"It has: {', '.join(map(str, known))}." if known else "There is no cadence of that name."
        raise CommandError(f"“{name}” has no version {number}. {there}") from error
