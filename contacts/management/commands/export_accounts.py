"""`manage.py export_accounts`: all accounts as CSV."""

from collections.abc import Iterator
from typing import Any

from contacts import exports
from contacts.exporting import columns
from contacts.importing.commands import ExportCommand
from contacts.imports import ACCOUNTS


class Command(ExportCommand):
    kind = "accounts"
    columns = columns(ACCOUNTS)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        return exports.accounts()
