"""The exports of accounts, contacts and opt-outs. What they write, their imports take, and find unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contacts.event_imports import WHO
from contacts.exporting import CONTACT_CELLS, rows
from contacts.imports import ACCOUNTS, CONTACTS


def accounts() -> Iterator[tuple[Any, ...]]:
    """Every account."""
    return rows(
        "SELECT {fields} FROM contacts_account t LEFT JOIN staff_user u ON u.id = t.owner_id"
        ' ORDER BY t.external_id COLLATE "C"',
        ACCOUNTS,
        {"owner": "u.username"},
    )


def contacts() -> Iterator[tuple[Any, ...]]:
    """Contacts with an external id or an e-mail address.

    Anybody else is known as a lead or a customer only, and is in their export.
    """
    return rows(
        "SELECT {fields} FROM contacts_contact c LEFT JOIN contacts_account account ON account.id = c.account_id"
        " WHERE c.external_id IS NOT NULL OR EXISTS"
        " (SELECT 1 FROM contacts_address a WHERE a.contact_id = c.id AND a.kind = 'email' AND a.is_primary)"
        " ORDER BY c.id",
        CONTACTS,
        CONTACT_CELLS | {"external_id": "c.external_id"},
    )


def optouts() -> Iterator[tuple[Any, ...]]:
    """What holds now, by address: that of the refusal, or those of the contacts it is for."""
    return rows(
        """
        WITH active AS (
            SELECT s.* FROM contacts_suppression s
             WHERE NOT EXISTS (SELECT 1 FROM contacts_suppressionlift l WHERE l.suppression_id = s.id))
        SELECT DISTINCT ON (kind, value, channel, reason)
               CASE kind WHEN 'email' THEN value END, CASE kind WHEN 'phone' THEN value END, channel, reason, at, source
          FROM (SELECT address_kind AS kind, address_value AS value, channel, reason, at, source, 0 AS derived
                  FROM active WHERE address_value <> ''
                UNION ALL
                SELECT a.kind, a.value, s.channel, s.reason, s.at, s.source, 1
                  FROM active s JOIN contacts_contact c ON c.id = s.contact_id OR c.account_id = s.account_id
                  JOIN contacts_address a ON a.contact_id = c.id) each
         ORDER BY kind, value, channel, reason, derived, at
        """
    )


#: The columns of an export of events. Of everything else that an event says, the properties tell.
EVENT_COLUMNS = ("customer", "name", "occurred_at", "message_id", "properties", "amount", "currency")


def events() -> Iterator[tuple[Any, ...]]:
    """Every event, in the order in which they came, with the id of the person as it came."""
    return rows(
        "SELECT " + WHO + ", n.title, e.occurred_at, e.message_id, e.properties::text, e.amount,"  # noqa: S608  our words
        " e.currency FROM contacts_event e JOIN contacts_eventname n ON n.id = e.name_id"
        " LEFT JOIN contacts_identity i ON i.id = e.identity_id ORDER BY e.id"
    )
