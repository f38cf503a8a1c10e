"""`manage.py export_optouts`: all optouts as CSV."""

from collections.abc import Iterator
from typing import Any

from contacts import exports
from contacts.exporting import columns
from contacts.importing.commands import ExportCommand
from contacts.imports import OPTOUTS


class Command(ExportCommand):
    kind = "optouts"
    columns = columns(OPTOUTS)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        return exports.optouts()
