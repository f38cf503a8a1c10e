"""Files to import in tests."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from contacts.importing.describe import Importer, Options, Report
from contacts.importing.run import import_stream

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def bring(importer: Importer, text: str | bytes, **options: Any) -> Report:
    """Import a text as if it were a file."""
    data = text.encode() if isinstance(text, str) else text
    chosen: dict[str, Any] = {"now": NOW, "source": "test.csv"} | options
    refused = chosen.pop("refused_to", None)
    return import_stream(importer, io.BytesIO(data), Options(**chosen), refused=refused)


def table(*rows: Mapping[str, object]) -> str:
    """A CSV text with these rows, and the columns of the first."""
    sink = io.StringIO()
    writer = csv.DictWriter(sink, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return sink.getvalue()


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, report.refused
