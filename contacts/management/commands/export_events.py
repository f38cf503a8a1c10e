"""`manage.py export_events`: all events as CSV."""

from collections.abc import Iterator
from typing import Any

from contacts import exports
from contacts.importing.commands import ExportCommand


class Command(ExportCommand):
    kind = "events"
    columns = exports.EVENT_COLUMNS

    def rows(self) -> Iterator[tuple[Any, ...]]:
        return exports.events()
