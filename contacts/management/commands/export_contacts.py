"""`manage.py export_contacts`: all contacts as CSV."""

from collections.abc import Iterator
from typing import Any

from contacts import exports
from contacts.exporting import columns
from contacts.importing.commands import ExportCommand
from contacts.imports import CONTACTS


class Command(ExportCommand):
    kind = "contacts"
    columns = columns(CONTACTS)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        return exports.contacts()
