"""The importers of accounts, contacts and opt-outs (files and fields: interface.md, "CSV fields")."""

from __future__ import annotations

from psycopg import sql

from contacts.importing import parsers
from contacts.importing.binding import bind, follow_merges
from contacts.importing.describe import Field, Importer, person_fields
from contacts.importing.people import make_new_contacts, mark_by_contact, write_contacts
from contacts.importing.staging import Staging
from contacts.ingest.turn import wait_for_turn
from contacts.states import ANSWER_SOURCE_PATTERN, IdentityKind, SuppressionChannel, SuppressionReason

_EMPTY = sql.SQL("''")


def merge_accounts(staging: Staging) -> None:
    """Accounts by external id. An account without a name is called by its external id."""
    staging.refuse_repeated("external_id")
    staging.resolve_owners()
    values: dict[str, sql.Composable] = {}
    if staging.has("name"):
        values["name"] = sql.SQL("coalesce(nullif(r.name, ''), t.name, r.external_id)")
    plain = ("domain", "industry", "territory", "timezone")
    values |= {name: sql.Identifier("r", name) for name in plain if staging.has(name)}
    if staging.has("strategic"):
        values["strategic"] = sql.SQL("coalesce(r.strategic, false)")
    if staging.has("owner"):
        values["owner_id"] = sql.SQL("o.user_id")
    # A file may hold nothing but keys. Then each account is at least there afterwards.
    values = values or {"name": sql.SQL("coalesce(t.name, r.external_id)")}
    staging.upsert(
        table="contacts_account",
        values=values,
        defaults={
            "name": sql.SQL("m.external_id"),
            "domain": _EMPTY,
            "industry": _EMPTY,
            "territory": _EMPTY,
            "timezone": _EMPTY,
            "strategic": sql.SQL("false"),
        },
        joins=sql.SQL("LEFT JOIN import_owners o ON o.text = r.owner") if staging.has("owner") else sql.SQL(""),
    )


def merge_contacts(staging: Staging) -> None:
    """Contacts by external id, else by e-mail address.

    One known by its address only takes the first external id that names it.
    """
    key = sql.Identifier("r", "external_id") if staging.has("external_id") else _EMPTY
    email = sql.Identifier("r", "email") if staging.has("email") else _EMPTY
    staging.resolve_accounts()
    if staging.has("external_id"):
        staging.refuse(
            "SELECT line, 'external_id “' || left(external_id, 60) || '” is in line ' || first || ' already. "
            "Only the first is imported.' AS problem"
            " FROM (SELECT line, external_id, min(line) OVER (PARTITION BY external_id) AS first"
            " FROM import_rows WHERE problem = '' AND external_id <> '') each WHERE line > first"
        )
    staging.run(
        """
        CREATE TEMP TABLE import_person ON COMMIT DROP AS
        SELECT r.line, {key}::text AS key, {email}::text AS email, false AS is_new, c.id AS by_key,
               coalesce(c.id, a.contact_id) AS contact_id,
               CASE WHEN {key} <> '' THEN 'x:' || {key} ELSE 'e:' || {email} END AS together
          FROM import_rows r
          LEFT JOIN contacts_contact c ON c.external_id = {key}
          LEFT JOIN LATERAL (
               SELECT a.contact_id FROM contacts_address a JOIN contacts_contact k ON k.id = a.contact_id
                WHERE {email} <> '' AND c.id IS NULL AND a.kind = 'email' AND a.value = {email}
                  AND ({key} = '' OR k.external_id IS NULL)
                ORDER BY a.is_primary DESC, k.external_id IS NULL DESC, a.id
                LIMIT 1) a ON true
         WHERE r.problem = ''
        """,
        key=key,
        email=email,
    )
    staging.run("ANALYZE import_person")
    follow_merges(staging)
    # Two people with ids of their own may share a mailbox: only the first takes over the contact known by it.
    staging.run(
        "UPDATE import_person p SET contact_id = NULL WHERE p.key <> '' AND p.by_key IS NULL AND EXISTS"
        " (SELECT 1 FROM import_person first WHERE first.contact_id = p.contact_id AND first.key <> ''"
        " AND (first.by_key IS NOT NULL OR first.line < p.line) AND first.line <> p.line)"
    )
    # A row without an id is about the same person as a row with one and the same address.
    staging.run(
        """
        UPDATE import_person p SET together = q.together, contact_id = q.contact_id
          FROM (SELECT DISTINCT ON (email) email, together, contact_id FROM import_person
                 WHERE key <> '' AND email <> '' ORDER BY email, line) q
         WHERE p.key = '' AND p.contact_id IS NULL AND p.email = q.email
        """
    )
    staging.refuse(
        "SELECT line, 'The contact in this row is in line ' || first || ' already. Only the first is imported.'"
        " AS problem"
        " FROM (SELECT line, min(line) OVER (PARTITION BY coalesce('c:' || contact_id, together)) AS first"
        " FROM import_person) each WHERE line > first"
    )
    staging.run("DELETE FROM import_person p USING import_rows r WHERE r.line = p.line AND r.problem <> ''")
    make_new_contacts(staging)
    write_contacts(staging, fill_account=False)
    mark_by_contact(staging)
    if staging.has("external_id"):
        staging.run(
            "CREATE TEMP TABLE import_ids ON COMMIT DROP AS"
            " SELECT key AS value, contact_id FROM import_person WHERE key <> ''"
        )
        staging.run("ANALYZE import_ids")
        bind(staging, kind=IdentityKind.USER.value)


def merge_optouts(staging: Staging) -> None:
    """Refusals by address, whether or not anybody has it. One that holds already, or was lifted since, is unchanged.

    What an answer of theirs brought about does not count as one that holds: a person may release that.

    The contacts concerned are locked first, so that a send being claimed and the refusal exclude each other.
    """
    kinds = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT line, {} AS kind, {} AS value FROM import_rows WHERE problem = '' AND {} <> ''").format(
            sql.Literal(name), sql.Identifier(name), sql.Identifier(name)
        )
        for name in ("email", "phone")
        if staging.has(name)
    )
    channel, reason, source = (
        sql.SQL("coalesce(nullif({}, ''), {})").format(
            sql.Identifier("r", name) if staging.has(name) else _EMPTY, sql.Literal(default)
        )
        for name, default in (
            ("channel", SuppressionChannel.ALL.value),
            ("reason", SuppressionReason.OPTED_OUT.value),
            ("source", staging.options.source[:200]),
        )
    )
    staging.run(
        """
        CREATE TEMP TABLE import_optout ON COMMIT DROP AS
        SELECT k.line, k.kind, k.value, {channel} AS channel, {reason} AS reason, {at} AS at, {source} AS source
          FROM ({kinds}) k JOIN import_rows r ON r.line = k.line
        """,
        kinds=kinds,
        channel=channel,
        reason=reason,
        source=source,
        at=sql.SQL("r.at") if staging.has("at") else sql.SQL("NULL::timestamptz"),
    )
    staging.run("ANALYZE import_optout")
    staging.run(
        "SELECT c.id FROM contacts_contact c WHERE c.id IN (SELECT a.contact_id FROM contacts_address a"
        " JOIN import_optout o ON o.kind = a.kind AND o.value = a.value) ORDER BY c.id FOR UPDATE"
    )
    staging.run(
        """
        CREATE TEMP TABLE import_merge ON COMMIT DROP AS
        SELECT DISTINCT ON (o.kind, o.value, o.channel, o.reason) o.*
          FROM import_optout o
         WHERE NOT EXISTS (
               SELECT 1 FROM contacts_suppression s
                WHERE s.address_kind = o.kind AND s.address_value = o.value AND s.address_value <> ''
                  AND s.channel = o.channel AND s.reason = o.reason
                  AND (s.source !~ {answer} OR s.source = o.source)
                  AND (s.at = o.at OR NOT EXISTS (
                       SELECT 1 FROM contacts_suppressionlift l WHERE l.suppression_id = s.id)))
         ORDER BY o.kind, o.value, o.channel, o.reason, o.line
        """,
        answer=sql.Literal(ANSWER_SOURCE_PATTERN),
    )
    staging.run(
        """
        INSERT INTO contacts_suppression
               (address_kind, address_value, channel, reason, at, source, note, created_by_id, created_at)
        SELECT kind, value, channel, reason, coalesce(at, %(now)s), source, '', %(by)s, now()
          FROM import_merge ORDER BY line
        """,
        {"now": staging.options.now, "by": staging.options.by.pk if staging.options.by else None},
    )
    staging.run(
        "UPDATE import_rows r SET action = CASE WHEN r.line IN (SELECT line FROM import_merge) THEN 'created'"
        " ELSE 'unchanged' END WHERE r.problem = ''"
    )


ACCOUNTS = Importer(
    kind="accounts",
    title="Accounts",
    keys=("external_id",),
    merge=merge_accounts,
    fields=(
        Field("external_id", parsers.words(most=200), required=True, help="What your system calls the account"),
        Field("name", parsers.words(most=300), help="Empty leaves the name as it is"),
        Field("domain", parsers.lower_words(most=255), help="For instance example.com"),
        Field("industry", parsers.words(most=100)),
        Field("territory", parsers.words(most=100)),
        Field("owner", parsers.words(most=150), help="User name, e-mail address or full name of one of us"),
        Field("strategic", parsers.yes_no, "boolean", help="yes or no"),
        Field("timezone", parsers.time_zone, help="For instance Europe/Berlin. For people whose own is not known"),
    ),
)

CONTACTS = Importer(
    kind="contacts",
    title="Contacts",
    keys=("external_id", "email"),
    merge=merge_contacts,
    prepare=wait_for_turn,
    fields=(
        Field("external_id", parsers.words(most=200), help="What your system calls the contact"),
        *person_fields(),
    ),
)

OPTOUTS = Importer(
    kind="optouts",
    title="Opt-outs",
    keys=("email", "phone"),
    merge=merge_optouts,
    fields=(
        Field("email", parsers.email, help="The address that must not be written to"),
        Field("phone", parsers.phone, help="The number that must not be written to or called"),
        Field(
            "channel",
            parsers.one_of(SuppressionChannel.values, what="channel"),
            help="Empty means every channel. One of " + ", ".join(SuppressionChannel.values),
        ),
        Field(
            "reason",
            parsers.one_of(SuppressionReason.values, what="reason"),
            help="Empty means opted_out. One of " + ", ".join(SuppressionReason.values),
        ),
        Field("at", parsers.moment, "timestamptz", help="When they said so. Empty means now"),
        Field("source", parsers.words(most=200), help="Where it comes from; else the name of the file"),
    ),
)
