"""The exports of leads and touches. What they write, their imports take, and find unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contacts.exporting import CONTACT_CELLS, rows
from followups.imports import LEADS, TOUCHES


def leads() -> Iterator[tuple[Any, ...]]:
    """Every lead, with the contact behind and the lead's own account."""
    return rows(
        "SELECT {fields} FROM followups_lead t JOIN contacts_contact c ON c.id = t.contact_id"
        " LEFT JOIN contacts_account account ON account.id = t.account_id LEFT JOIN staff_user u ON u.id = t.owner_id"
        ' ORDER BY t.external_id COLLATE "C"',
        LEADS,
        CONTACT_CELLS | {"owner": "u.username", "tags": "array_to_string(t.tags, '|')"},
    )


def touches() -> Iterator[tuple[Any, ...]]:
    """Touches that belong to a lead: the others have nothing in the file to belong to."""
    return rows(
        "SELECT {fields} FROM followups_leadtouch lt"
        " JOIN followups_lead l ON l.id = lt.lead_id JOIN contacts_touch t ON t.id = lt.touch_id"
        ' ORDER BY l.external_id COLLATE "C", t.at, t.id',
        TOUCHES,
        {"lead": "l.external_id"},
    )
