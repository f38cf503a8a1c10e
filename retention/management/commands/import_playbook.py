"""`manage.py import_playbook`: a draft of a playbook, from a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from retention.rules.playbooks.checks import Grade
from retention.services import playbooks
from retention.services.refusals import Refused


class Command(BaseCommand):
    """Reads what export_playbook wrote. Nothing begins before somebody publishes the draft."""

    help = "Make a draft of a playbook from a file. Anything unknown or wrong in it is refused, with its place."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="the file; - reads what is piped in")
        parser.add_argument(
            "--name", default="", help="the name it gets here; without it the one in the file. In use: its next version"
        )

    def handle(self, *args: Any, file: str, name: str, **options: Any) -> None:
        try:
            text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
        except OSError as error:
            raise CommandError(f"{file} could not be read: {error.strerror}.", returncode=2) from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{file} is not text in UTF-8. Choose the file of a playbook.", returncode=2) from error
        try:
            version = playbooks.import_playbook(text=text, name=name, by=None)
        except playbooks.PlaybookHasProblems as refused:
            lines = "\n".join(f"  {problem.where}: {problem.sentence}" for problem in refused.problems)
            raise CommandError(f"Nothing was made. In {file}:\n{lines}") from refused
        except Refused as refused:
            raise CommandError(refused.sentence) from refused
        self.stdout.write(f"{version.name} is a draft now. Publish it in the admin.")
        for problem in playbooks.problems_of(version):
            before = "Note" if problem.grade is Grade.NOTE else "Before it can be published"
            self.stdout.write(f"  {before}: {problem.said}")
