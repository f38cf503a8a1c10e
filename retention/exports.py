"""The export of customers. What it writes, the import takes, and finds unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contacts.exporting import CONTACT_CELLS, rows
from retention.imports import CUSTOMERS


def customers() -> Iterator[tuple[Any, ...]]:
    """Every customer, with the contact behind."""
    return rows(
        "SELECT {fields} FROM retention_customer t JOIN contacts_contact c ON c.id = t.contact_id"
        " LEFT JOIN contacts_account account ON account.id = c.account_id LEFT JOIN staff_user u ON u.id = t.owner_id"
        ' ORDER BY t.external_id COLLATE "C"',
        CUSTOMERS,
        CONTACT_CELLS | {"owner": "u.username"},
    )
