"""The importers, fed with rows as if they had come in a file."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

#: How many refused lines an error shows.
SHOWN = 20


class RowsRefusedError(Exception):
    """An importer refused rows of the sample world: the data files are wrong. The text is what it said."""


def import_rows(command: str, rows: Iterable[Mapping[str, Any]], *, now: datetime) -> None:
    """Import rows, all of the same columns, with the command that people use for their own files."""
    rows = list(rows)
    with tempfile.TemporaryDirectory() as folder:
        path, refused = Path(folder) / "rows.csv", Path(folder) / "refused.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        said = StringIO()
        call_command(command, str(path), as_of=now.isoformat(), refused=refused, stdout=said, stderr=said)
        if refused.exists() and len(lines := refused.read_text("utf-8").splitlines()) > 1:
            raise RowsRefusedError("\n".join([f"{command}: {said.getvalue()}", *lines[:SHOWN]]))
