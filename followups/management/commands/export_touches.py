"""`manage.py export_touches`: all touches as CSV."""

from collections.abc import Iterator
from typing import Any

from contacts.exporting import columns
from contacts.importing.commands import ExportCommand
from followups import exports
from followups.imports import TOUCHES


class Command(ExportCommand):
    kind = "touches"
    columns = columns(TOUCHES)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        return exports.touches()
