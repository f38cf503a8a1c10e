"""The rows of every export: read through a cursor on the server, so that memory does not grow with the list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, LiteralString
from uuid import uuid4

from django.db import connection, transaction
from psycopg import sql

from contacts.importing.describe import Importer

_CHUNK = 2000

#: What the columns about a person are, for a contact called ``c`` and an account called ``account``.
CONTACT_CELLS: dict[str, LiteralString] = {
    "name": "c.name",
    "email": "(SELECT a.value FROM contacts_address a WHERE a.contact_id = c.id AND a.kind = 'email' AND a.is_primary)",
    "phone": "(SELECT a.value FROM contacts_address a WHERE a.contact_id = c.id AND a.kind = 'phone' AND a.is_primary)",
    "timezone": "c.timezone",
    "locale": "c.locale",
    "account": "account.external_id",
    "preferred_channel": "c.preferred_channel",
    "birthday": "c.birthday",
    "consent_email": (
        "(SELECT k.status FROM contacts_consentrecord k WHERE k.contact_id = c.id AND k.channel = 'email'"
        " ORDER BY k.recorded_at DESC, k.id DESC LIMIT 1)"
    ),
    "consent_sms": (
        "(SELECT k.status FROM contacts_consentrecord k WHERE k.contact_id = c.id AND k.channel = 'sms'"
        " ORDER BY k.recorded_at DESC, k.id DESC LIMIT 1)"
    ),
    "consent_source": (
        "(SELECT k.source FROM contacts_consentrecord k WHERE k.contact_id = c.id AND k.channel IN ('email', 'sms')"
        " ORDER BY k.recorded_at DESC, k.id DESC LIMIT 1)"
    ),
}


def columns(importer: Importer) -> tuple[str, ...]:
    """The columns of an export are the fields of its import, in the same order."""
    return tuple(one.name for one in importer.fields)


def rows(
    query: LiteralString, importer: Importer | None = None, cells: Mapping[str, LiteralString] = MappingProxyType({})
) -> Iterator[tuple[Any, ...]]:
    """The rows of a query, a chunk at a time, all from one moment.

    ``{fields}`` in the query stands for the fields of the importer: each its cell, or else a column of the table ``t``.
    """
    listed = sql.SQL(", ").join(
        sql.SQL(cells[name]) if name in cells else sql.Identifier("t", name)
        for name in (columns(importer) if importer else ())
    )
    name = sql.Identifier(f"export_{uuid4().hex}")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.SQL("DECLARE {} NO SCROLL CURSOR FOR ").format(name) + sql.SQL(query).format(fields=listed))
        fetch = sql.SQL("FETCH {} FROM {}").format(sql.Literal(_CHUNK), name)
        while True:
            cursor.execute(fetch)
            found = cursor.fetchall()
            yield from found
            if len(found) < _CHUNK:
                break
        cursor.execute(sql.SQL("CLOSE {}").format(name))
