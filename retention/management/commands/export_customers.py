"""`manage.py export_customers`: all customers as CSV."""

from collections.abc import Iterator
from typing import Any

from contacts.exporting import columns
from contacts.importing.commands import ExportCommand
from retention import exports
from retention.imports import CUSTOMERS


class Command(ExportCommand):
    kind = "customers"
    columns = columns(CUSTOMERS)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        return exports.customers()
