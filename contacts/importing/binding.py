"""Ids that events name people by: whose they are, now that an import says so, and what follows from it.

Needs `contacts.ingest.turn.wait_for_turn`, so that no event is stored as nobody's while its person becomes known.
"""

from __future__ import annotations

from psycopg import sql

from contacts.importing.staging import NOTHING, Staging
from contacts.services.arrivals import announce
from contacts.services.identities import bind_linked
from contacts.states import IdentityKind


def follow_merges(staging: Staging) -> None:
    """Let every row that found a contact which is part of another one since be about that other one."""
    staging.run(
        """
        CREATE TEMP TABLE import_merged ON COMMIT DROP AS
        WITH RECURSIVE merged AS (
            SELECT id, merged_into_id AS survivor_id FROM contacts_contact WHERE merged_into_id IS NOT NULL
            UNION
            SELECT m.id, c.merged_into_id FROM merged m JOIN contacts_contact c ON c.id = m.survivor_id
             WHERE c.merged_into_id IS NOT NULL)
        SELECT m.id, m.survivor_id FROM merged m JOIN contacts_contact c ON c.id = m.survivor_id
         WHERE c.merged_into_id IS NULL
        """
    )
    staging.run("ANALYZE import_merged")
    staging.run("UPDATE import_person p SET contact_id = m.survivor_id FROM import_merged m WHERE m.id = p.contact_id")


def use_contacts_known_by_id(staging: Staging, *, table: str) -> None:
    """A new row of ``table`` whose id is one that sources call a user by is about that user, if nothing is against it.

    The row found nobody by address, the user's contact has no id of its own and no row of ``table``, and one of the two
    has no address, so that they do not contradict each other. Of rows that belong together, the first one's id counts.
    """
    staging.run(
        """
        WITH known AS (
            SELECT DISTINCT ON (i.contact_id) p.together, i.contact_id
              FROM (SELECT DISTINCT ON (p.together) p.*, r.external_id
                      FROM import_person p JOIN import_rows r ON r.line = p.line
                     WHERE p.contact_id IS NULL AND p.linked IS NULL
                     ORDER BY p.together, p.line) p
              JOIN contacts_identity i ON i.kind = {user} AND i.value = p.external_id
              JOIN contacts_contact c ON c.id = i.contact_id AND c.external_id IS NULL AND c.merged_into_id IS NULL
             WHERE NOT EXISTS (SELECT 1 FROM {table} t WHERE t.contact_id = c.id)
               AND NOT EXISTS (SELECT 1 FROM contacts_identity o WHERE o.contact_id = c.id AND o.kind = {customer}
                                                                   AND o.value <> p.external_id)
               AND NOT EXISTS (SELECT 1 FROM import_person other WHERE other.contact_id = c.id)
               AND (p.together LIKE 'l:%' OR NOT EXISTS (SELECT 1 FROM contacts_address a WHERE a.contact_id = c.id))
             ORDER BY i.contact_id, p.line)
        UPDATE import_person p SET contact_id = known.contact_id
          FROM known WHERE p.contact_id IS NULL AND p.together = known.together
        """,
        table=sql.Identifier(table),
        user=sql.Literal(IdentityKind.USER.value),
        customer=sql.Literal(IdentityKind.CUSTOMER.value),
    )


def bind(staging: Staging, *, kind: str) -> None:
    """Make the ids in ``import_ids`` (value, contact_id) those contacts', and let events follow their ids.

    Events that came by such an id and waited are the contact's from now on; those of an id that was another contact's
    move. With an id of a customer goes the user's id of the same text, if it is nobody's or was the same contact's.
    Leaves ``import_bound`` (identity_id, was, contact_id), and tells whoever computes from events.
    """
    own = sql.Literal(kind)
    also = sql.SQL(
        " UNION ALL SELECT u.id, u.contact_id, n.contact_id FROM import_ids n"
        " JOIN contacts_identity u ON u.kind = {user} AND u.value = n.value"
        " LEFT JOIN contacts_identity i ON i.kind = {own} AND i.value = n.value"
        " WHERE u.contact_id IS NULL OR (u.contact_id = i.contact_id AND u.contact_id <> n.contact_id)"
    ).format(user=sql.Literal(IdentityKind.USER.value), own=own)
    staging.run(
        "CREATE TEMP TABLE import_bound ON COMMIT DROP AS"
        " SELECT i.id AS identity_id, i.contact_id AS was, n.contact_id FROM import_ids n"
        " JOIN contacts_identity i ON i.kind = {own} AND i.value = n.value"
        " WHERE i.contact_id IS DISTINCT FROM n.contact_id{also}",
        own=own,
        also=also if kind == IdentityKind.CUSTOMER else NOTHING,
    )
    staging.run(
        """
        INSERT INTO contacts_identity (kind, value, contact_id, created_at)
        SELECT {own}, n.value, n.contact_id, now() FROM import_ids n
         WHERE NOT EXISTS (SELECT 1 FROM contacts_identity i WHERE i.kind = {own} AND i.value = n.value)
         ORDER BY n.value
        """,
        own=own,
    )
    staging.run("ANALYZE import_bound")
    staging.run(
        "UPDATE contacts_identity i SET contact_id = b.contact_id FROM import_bound b WHERE i.id = b.identity_id"
    )
    for whose in (sql.SQL("e.contact_id IS NULL"), sql.SQL("e.contact_id = b.was")):
        staging.run(
            "UPDATE contacts_event e SET contact_id = b.contact_id FROM import_bound b"
            " WHERE e.identity_id = b.identity_id AND {whose}",
            whose=whose,
        )
    concerned = staging.ask("SELECT contact_id, was FROM import_bound")
    announce(
        contact_ids={contact for pair in concerned for contact in pair if contact is not None},
        now=staging.options.now,
    )
    bind_linked(now=staging.options.now)
