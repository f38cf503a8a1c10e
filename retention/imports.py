"""The importer of customers (files and fields: interface.md, "CSV fields")."""

from __future__ import annotations

from psycopg import sql

from contacts.importing import parsers
from contacts.importing.binding import bind
from contacts.importing.describe import Field, Importer, person_fields
from contacts.importing.people import contacts_behind, write_contacts
from contacts.importing.staging import Staging
from contacts.ingest.turn import wait_for_turn
from contacts.services.arrivals import announce
from contacts.states import IdentityKind


def merge_customers(staging: Staging) -> None:
    """Customers by external id, with the contact behind each. The contact is told since when and until when."""
    staging.refuse_repeated("external_id")
    _refuse_churn_before_start(staging)
    staging.resolve_owners()
    staging.resolve_accounts()
    contacts_behind(staging, table="retention_customer", customers=True)
    write_contacts(staging, fill_account=False)
    plain = ("since", "churned_on", "plan", "tier", "mrr", "currency", "renewal_on")
    values: dict[str, sql.Composable] = {"contact_id": sql.SQL("p.contact_id")}
    values |= {name: sql.Identifier("r", name) for name in plain if staging.has(name)}
    joins = "JOIN import_person p ON p.line = r.line"
    if staging.has("owner"):
        values["owner_id"] = sql.SQL("o.user_id")
    staging.upsert(
        table="retention_customer",
        values=values,
        defaults={name: sql.SQL("''") for name in ("plan", "tier", "currency")},
        joins=sql.SQL(joins + " LEFT JOIN import_owners o ON o.text = r.owner" if staging.has("owner") else joins),
        changed=sql.SQL("p.contact_id IN (SELECT contact_id FROM import_changed)"),
    )
    _tell_contacts(staging)
    staging.run(
        "CREATE TEMP TABLE import_ids ON COMMIT DROP AS SELECT r.external_id AS value, p.contact_id"
        " FROM import_rows r JOIN import_person p ON p.line = r.line WHERE r.problem = ''"
    )
    staging.run("ANALYZE import_ids")
    bind(staging, kind=IdentityKind.CUSTOMER.value)
    changed = staging.ask(
        "SELECT DISTINCT p.contact_id FROM import_rows r JOIN import_person p ON p.line = r.line"
        " WHERE r.problem = '' AND r.action <> 'unchanged'"
    )
    announce(contact_ids=[contact_id for (contact_id,) in changed], now=staging.options.now)


def _refuse_churn_before_start(staging: Staging) -> None:
    """A day on which a customer left before it came is a mistake, whichever of the two days is in the file."""
    if not (staging.has("since") or staging.has("churned_on")):
        return
    staging.refuse(
        """
        SELECT r.line, 'The customer left on ' || {churned} || ', before it came on ' || {since} || '.' AS problem
          FROM import_rows r LEFT JOIN retention_customer t ON t.external_id = r.external_id
         WHERE r.problem = '' AND {churned} < {since}
        """,
        since=sql.Identifier("r" if staging.has("since") else "t", "since"),
        churned=sql.Identifier("r" if staging.has("churned_on") else "t", "churned_on"),
    )


def _tell_contacts(staging: Staging) -> None:
    """Leads must know who buys from us, and may not look at customers: so their contacts say it.

    A contact with several customers counts from the first one's start to the last one's end. Without a start we know
    only that it is a customer now.
    """
    staging.run(
        """
        UPDATE contacts_contact c
           SET customer_since = coalesce(n.since, c.customer_since, %(today)s),
               churned_on = n.churned, updated_at = now()
          FROM (SELECT contact_id, min(since) AS since,
                       CASE WHEN bool_and(churned_on IS NOT NULL) THEN max(churned_on) END AS churned
                  FROM retention_customer WHERE contact_id IN (SELECT contact_id FROM import_person)
                 GROUP BY contact_id) n
         WHERE n.contact_id = c.id
           AND ROW(c.customer_since, c.churned_on)
               IS DISTINCT FROM ROW(coalesce(n.since, c.customer_since, %(today)s::date), n.churned)
        """,
        {"today": staging.options.now.date()},
    )


CUSTOMERS = Importer(
    kind="customers",
    title="Customers",
    keys=("external_id",),
    merge=merge_customers,
    prepare=wait_for_turn,
    fields=(
        Field("external_id", parsers.words(most=200), required=True, help="What your system calls the customer"),
        *person_fields(),
        Field("since", parsers.day, "date", help="The day they became a customer"),
        Field("churned_on", parsers.day, "date", help="The day they left; empty while they are a customer"),
        Field("plan", parsers.words(most=100)),
        Field("tier", parsers.words(most=100)),
        Field("mrr", parsers.money, "numeric", help="Monthly recurring revenue, for instance 49.90"),
        Field("currency", parsers.currency, help="Three letters, for instance EUR"),
        Field("renewal_on", parsers.day, "date", help="The day the contract renews"),
        Field("owner", parsers.words(most=150), help="User name, e-mail address or full name of one of us"),
    ),
)
