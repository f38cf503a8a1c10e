"""The importer of events (files and fields: interface.md, "CSV fields")."""

from __future__ import annotations

from typing import LiteralString

from psycopg import sql

from contacts.importing import parsers
from contacts.importing.binding import bind
from contacts.importing.describe import Field, Importer
from contacts.importing.events import STAGED, make_lines
from contacts.importing.staging import Staging
from contacts.ingest.inbox import take_everything_in
from contacts.ingest.turn import wait_for_turn
from contacts.services.arrivals import announce
from contacts.states import IdentityKind

#: How many names that nobody has mapped yet the summary tells.
NAMES_TOLD = 5
_CONTENT = sql.SQL(
    "ROW(e.name_id, e.occurred_at, e.properties, {}) = ROW(n.id, r.occurred_at, r.properties, r.customer)"
)
#: Whom an event is told to be of, in a file: the id it came by. An event without one is told by its contact.
WHO: LiteralString = (
    "coalesce(i.value, (SELECT c.external_id FROM contacts_contact c WHERE c.id = e.contact_id),"
    " 'contact ' || e.contact_id)"
)


def take_turn() -> None:
    """Nobody else stores events until the import ends, and what came before the file comes before it."""
    wait_for_turn()
    take_everything_in()


def merge_events(staging: Staging) -> None:
    """Events by message id, else by everything they say. One that is there already is unchanged.

    An event never makes a contact: those of ids that nobody is known by wait for somebody to be known by them.
    """
    # Only what is joined by: taking samples of everything takes three times as long, most of it for the properties.
    staging.run("ANALYZE import_rows (line, problem, customer, key, event)")
    _know_names(staging)
    _know_customers(staging)
    there = _count_good(staging) - _insert(staging)
    if there:
        _compare(staging)
    _announce(staging, some=bool(there))
    _tell(staging)


def _know_names(staging: Staging) -> None:
    staging.run(
        "CREATE TEMP TABLE import_name ON COMMIT DROP AS"
        " SELECT key, min(name) AS title, count(*) AS rows FROM import_rows WHERE problem = '' GROUP BY key"
    )
    staging.run(
        """
        INSERT INTO contacts_eventname (key, title, created_at)
        SELECT m.key, m.title, now() FROM import_name m
         WHERE NOT EXISTS (SELECT 1 FROM contacts_eventname n WHERE n.key = m.key)
         ORDER BY m.key
        """
    )


def _know_customers(staging: Staging) -> None:
    """Table ``import_customer``: every id in the file, as an identity, with its contact if anybody is known by it."""
    customer = sql.Literal(IdentityKind.CUSTOMER.value)
    staging.run(
        "CREATE TEMP TABLE import_many ON COMMIT DROP AS"
        " SELECT customer, count(*) AS rows FROM import_rows WHERE problem = '' GROUP BY customer"
    )
    staging.run("ANALYZE import_many")
    staging.run(
        """
        CREATE TEMP TABLE import_ids ON COMMIT DROP AS
        SELECT m.customer AS value, u.contact_id
          FROM import_many m JOIN contacts_identity u ON u.kind = {user} AND u.value = m.customer
          LEFT JOIN contacts_identity i ON i.kind = {customer} AND i.value = m.customer
         WHERE i.contact_id IS NULL AND u.contact_id IS NOT NULL
        """,
        user=sql.Literal(IdentityKind.USER.value),
        customer=customer,
    )
    bind(staging, kind=IdentityKind.CUSTOMER.value)
    staging.run(
        """
        INSERT INTO contacts_identity (kind, value, created_at)
        SELECT {customer}, m.customer, now() FROM import_many m
         WHERE NOT EXISTS (SELECT 1 FROM contacts_identity i WHERE i.kind = {customer} AND i.value = m.customer)
         ORDER BY m.customer
        """,
        customer=customer,
    )
    staging.run(
        """
        CREATE TEMP TABLE import_customer ON COMMIT DROP AS
        SELECT m.customer, m.rows, i.id AS identity_id, i.contact_id
          FROM import_many m JOIN contacts_identity i ON i.kind = {customer} AND i.value = m.customer
        """,
        customer=customer,
    )
    staging.run("ANALYZE import_customer")


def _count_good(staging: Staging) -> int:
    [(good,)] = staging.ask("SELECT coalesce(sum(rows), 0) FROM import_customer")
    return int(good)


def _insert(staging: Staging) -> int:
    """Write the events whose id is not there yet. The first id of ours tells them apart from those that were."""
    staging.run(
        "CREATE TEMP TABLE import_known ON COMMIT DROP AS"
        " SELECT nextval((SELECT pg_get_serial_sequence('contacts_event', 'id'))) AS before"
    )
    return staging.run(
        """
        INSERT INTO contacts_event
               (contact_id, identity_id, name_id, kind, value, occurred_at, received_at, message_id, machine, flag,
                amount, currency, reference, properties)
        SELECT c.contact_id, c.identity_id, n.id, r.kind, r.value, r.occurred_at, %(now)s, r.event, r.machine, r.flag,
               r.amount, r.currency, r.reference, r.properties
          FROM import_rows r
          JOIN import_customer c ON c.customer = r.customer
          JOIN contacts_eventname n ON n.key = r.key
         WHERE r.problem = ''
        ON CONFLICT (message_id) DO NOTHING
        """,
        {"now": staging.options.now},
    )


def _compare(staging: Staging) -> None:
    """Some ids were there, before the file or earlier in it: unchanged where they say the same, else refused."""
    staging.run(
        """
        CREATE TEMP TABLE import_merge ON COMMIT DROP AS
        SELECT r.line, e.id AS event_id, e.id > k.before AS is_new, {same} AS same, r.own_id
          FROM import_rows r
          JOIN contacts_event e ON e.message_id = r.event
          JOIN contacts_eventname n ON n.key = r.key
          LEFT JOIN contacts_identity i ON i.id = e.identity_id
          CROSS JOIN import_known k
         WHERE r.problem = ''
        """,
        same=_CONTENT.format(sql.SQL(WHO)),
    )
    staging.run("ANALYZE import_merge")
    # Of the lines that say what an event of this import says, the first made it.
    staging.run(
        """
        CREATE TEMP TABLE import_first ON COMMIT DROP AS
        SELECT event_id, min(line) AS line FROM import_merge WHERE is_new AND same GROUP BY event_id
        """
    )
    staging.run("ANALYZE import_first")
    staging.run(
        "UPDATE import_rows r SET action = 'unchanged' FROM import_merge m"
        " WHERE r.line = m.line AND m.same AND NOT EXISTS (SELECT 1 FROM import_first f WHERE f.line = m.line)"
    )
    staging.refuse(
        """
        SELECT m.line, CASE WHEN f.line IS NULL
               THEN 'An event with this message_id is there already, and says something else.'
               ELSE 'The message_id is that of line ' || f.line || ', which says something else.' END
               || ' Every event needs an id of its own.' AS problem
          FROM import_merge m LEFT JOIN import_first f ON f.event_id = m.event_id
         WHERE NOT m.same
        """
    )
    [(again,)] = staging.ask(
        "SELECT count(*) FROM import_merge m JOIN import_first f ON f.event_id = m.event_id"
        " WHERE m.same AND NOT m.own_id AND m.line <> f.line"
    )
    if again:
        staging.notes.append(f"rows that say the same as another one and have no message_id, counted once: {again}")


def _announce(staging: Staging, *, some: bool) -> None:
    """Tell whoever computes from events whose there are more of. ``some``: not every good row made one."""
    made = "c.customer IN (SELECT customer FROM import_rows WHERE problem = '' AND action = 'created')"
    concerned = staging.ask(
        "SELECT DISTINCT c.contact_id FROM import_customer c WHERE c.contact_id IS NOT NULL AND {made}",
        made=sql.SQL(made if some else "true"),
    )
    announce(contact_ids=[contact_id for (contact_id,) in concerned], now=staging.options.now)


def _tell(staging: Staging) -> None:
    """Notes on what is kept and does not count, or not yet."""
    [(waiting,)] = staging.ask("SELECT coalesce(sum(rows), 0) FROM import_customer WHERE contact_id IS NULL")
    if waiting:
        staging.notes.append(
            f"{waiting} {'row names a customer' if waiting == 1 else 'rows name customers'} not known yet; "
            f"{'it counts' if waiting == 1 else 'they count'} as soon as those are imported"
        )
    unmapped = staging.ask(
        "SELECT n.title, m.rows FROM import_name m JOIN contacts_eventname n ON n.key = m.key"
        " WHERE n.kind IS NULL ORDER BY m.rows DESC, n.key"
    )
    if unmapped:
        told = ", ".join(f"{title} ({rows})" for title, rows in unmapped[:NAMES_TOLD])
        more = f" and {len(unmapped) - NAMES_TOLD} more" if len(unmapped) > NAMES_TOLD else ""
        staging.notes.append(f"names that have no effect until somebody says what they count as: {told}{more}")
    [(flagged,)] = staging.ask("SELECT count(*) FROM import_rows WHERE problem = '' AND flag <> ''")
    if flagged:
        staging.notes.append(f"rows with a date that cannot be right, kept and never counted: {flagged}")


EVENTS = Importer(
    kind="events",
    title="Events",
    keys=("customer",),
    needs=("name", "occurred_at"),
    merge=merge_events,
    derived=STAGED,
    prepare=take_turn,
    others="properties",
    lines=make_lines,
    fields=(
        Field("customer", parsers.words(most=200), required=True, help="External id of the customer"),
        Field("name", parsers.words(most=100), required=True, help="What happened, for instance visit_logged"),
        Field("occurred_at", parsers.moment, "timestamptz", required=True, help="When it happened"),
        Field("message_id", parsers.words(most=255), help="What your system calls the event; else all of the row"),
        Field("properties", parsers.prose(most=100_000), help="A JSON object with whatever else is known"),
        Field("amount", parsers.amount, "numeric", help="Money, for instance 29.90"),
        Field("currency", parsers.currency, help="Three letters, for instance EUR"),
        Field("score", parsers.words(most=100), help="The answer, for NPS and surveys"),
        Field("severity", parsers.words(most=100), help="Of a ticket: low, normal, high or urgent"),
        Field("ticket_id", parsers.words(most=200), help="Which ticket was opened, resolved or escalated"),
        Field("machine", parsers.words(most=10), help="true for what a scanner or a prefetch did; it never counts"),
    ),
)
