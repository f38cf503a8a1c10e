"""`manage.py export_playbook`: a playbook as a file that can be read and compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from retention.models import PlaybookVersion
from retention.services import playbooks
from retention.states import ModelStatus


class Command(BaseCommand):
    """Writes one version of a playbook as TOML, always in the same order, so that a change shows as changed lines."""

    help = "Write a playbook to a file, or to the screen. import_playbook reads it again."

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        # Here --version is the one of the playbook, and not that of Django.
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **options)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the playbook")
        parser.add_argument("file", nargs="?", default="-", help="where to write it; - is the screen")
        parser.add_argument(
            "--version", dest="number", type=int, metavar="N", help="this version; without it the published one"
        )

    def handle(self, *args: Any, name: str, file: str, number: int | None, **options: Any) -> None:
        text = playbooks.export_playbook(_version(name, number))
        if file == "-":
            self.stdout.write(text, ending="")
            return
        try:
            Path(file).write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{file} could not be written: {error.strerror}.") from error
        self.stderr.write(f"Written to {file}.")


def _version(name: str, number: int | None) -> PlaybookVersion:
    versions = PlaybookVersion.objects.filter(playbook__name=name).order_by("number")
    if not versions:
        raise CommandError(f"There is no playbook “{name}”.")
    wanted = {"status": ModelStatus.PUBLISHED} if number is None else {"number": number}
    version = versions.filter(**wanted).first()
    if version is None:
        there = ", ".join(f"{one.number} ({one.get_status_display().lower()})" for one in versions)
        missing = "no published version" if number is None else f"no version {number}"
        raise CommandError(f"“{name}” has {missing}. It has: {there}. Name one with --version.")
    return version
