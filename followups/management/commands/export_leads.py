"""`manage.py export_leads`: all leads as CSV."""

from collections.abc import Iterator
from typing import Any

from contacts.exporting import columns
from contacts.importing.commands import ExportCommand
from followups import exports
from followups.imports import LEADS


class Command(ExportCommand):
    kind = "leads"
    columns = columns(LEADS)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        return exports.leads()
