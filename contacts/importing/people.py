"""Finding the contact behind each row, and writing what the rows say about contacts: names, addresses, consent.

A lead or a customer has an id of its own; its contact is found by e-mail address (current or former), else by phone
number, else it is the contact the lead or customer already has, else it is a new one. Rows with one address share one
contact.
"""

from __future__ import annotations

from typing import LiteralString

from psycopg import sql

from contacts.importing.binding import follow_merges, use_contacts_known_by_id
from contacts.importing.staging import Staging
from contacts.states import ANSWER_SOURCE_PATTERN, AddressKind, Channel, Consent, SuppressionReason

#: channel → the field that speaks of consent to it
CONSENT_FIELDS = {Channel.EMAIL: "consent_email", Channel.SMS: "consent_sms"}
ADDRESS_FIELDS = {AddressKind.EMAIL: "email", AddressKind.PHONE: "phone"}
_PLAIN = ("timezone", "locale", "preferred_channel")
_BIRTHDAY = "birthday"


def contacts_behind(staging: Staging, *, table: str, customers: bool) -> None:
    """Make ``import_person`` (line, contact_id, is_new) for rows whose key is the external id of a row in ``table``.

    ``table`` has a ``contact_id``. Where a lead's e-mail address changes and nobody else depends on its contact, the
    contact moves to the new address and keeps the old one as a former address; otherwise the new address gets a contact
    of its own, and refusals follow to it. The contact of a customer is moved by a file of ``customers`` only; and only
    a customer's id is one that sources may call a user by.
    """
    text = {name: sql.Identifier("r", name) if staging.has(name) else sql.SQL("''") for name in ("email", "phone")}
    staging.run(
        """
        CREATE TEMP TABLE import_person ON COMMIT DROP AS
        SELECT r.line, {email}::text AS email, {phone}::text AS phone, t.contact_id AS linked, false AS is_new,
               CASE WHEN {email} <> '' THEN e.contact_id ELSE coalesce(t.contact_id, p.contact_id) END AS contact_id,
               CASE WHEN {email} <> '' THEN 'e:' || {email} WHEN {phone} <> '' THEN 'p:' || {phone}
                    ELSE 'l:' || r.external_id END AS together
          FROM import_rows r
          LEFT JOIN {table} t ON t.external_id = r.external_id
          LEFT JOIN LATERAL (
               SELECT a.contact_id FROM contacts_address a
                WHERE {email} <> '' AND a.kind = 'email' AND a.value = {email}
                ORDER BY a.contact_id IS NOT DISTINCT FROM t.contact_id DESC, a.is_primary DESC, a.id
                LIMIT 1) e ON true
          LEFT JOIN LATERAL (
               SELECT a.contact_id FROM contacts_address a
                WHERE {email} = '' AND {phone} <> '' AND t.contact_id IS NULL AND a.kind = 'phone' AND a.value = {phone}
                ORDER BY a.is_primary DESC, a.id
                LIMIT 1) p ON true
         WHERE r.problem = ''
        """,
        table=sql.Identifier(table),
        email=text["email"],
        phone=text["phone"],
    )
    staging.run("CREATE INDEX ON import_person (contact_id)")
    staging.run("CREATE INDEX ON import_person (together) WHERE contact_id IS NULL")
    staging.run("ANALYZE import_person")
    follow_merges(staging)
    if staging.has("email"):
        _move(staging, table=table, customers_stand_apart=not customers)
    if customers:
        use_contacts_known_by_id(staging, table=table)
    make_new_contacts(staging)
    _carry_refusals(staging)


def _move(staging: Staging, *, table: str, customers_stand_apart: bool) -> None:
    """Let a contact whose only lead has a new address stay that lead's contact. Per address, the first line wins."""
    staging.run(
        """
        WITH movers AS (
            SELECT DISTINCT ON (p.email) p.line, p.email, p.linked
              FROM import_person p JOIN contacts_contact c ON c.id = p.linked
             WHERE p.contact_id IS NULL AND p.email <> '' AND c.external_id IS NULL
               AND NOT ({apart} AND (c.customer_since IS NOT NULL OR c.churned_on IS NOT NULL))
               AND (SELECT count(*) FROM {table} t WHERE t.contact_id = p.linked) = 1
               AND NOT EXISTS (SELECT 1 FROM import_person other WHERE other.contact_id = p.linked)
             ORDER BY p.email, p.line)
        UPDATE import_person p SET contact_id = m.linked
          FROM movers m WHERE p.contact_id IS NULL AND p.email = m.email
        """,
        table=sql.Identifier(table),
        apart=sql.Literal(customers_stand_apart),
    )


def make_new_contacts(staging: Staging) -> None:
    """Give every row without a contact the id of a new one, the same to rows that belong together."""
    # The name of the sequence is asked for in a query of its own, else it would be looked up again for every row.
    staging.run(
        """
        WITH made AS (
            SELECT together, nextval((SELECT pg_get_serial_sequence('contacts_contact', 'id'))) AS id
              FROM (SELECT together FROM import_person WHERE contact_id IS NULL
                     GROUP BY together ORDER BY min(line)) each)
        UPDATE import_person p SET contact_id = made.id, is_new = true
          FROM made WHERE p.contact_id IS NULL AND p.together = made.together
        """
    )
    # Rows and contacts are as good as one to one; saying so once lets every later statement be planned well.
    staging.run("ANALYZE import_person")


def _carry_refusals(staging: Staging) -> None:
    """A lead that gets another contact takes its refusals along, whatever they were tied to: no import lowers them."""
    staging.run(
        """
        INSERT INTO contacts_suppression
               (contact_id, address_kind, address_value, channel, reason, at, source, note, created_by_id, created_at)
        SELECT DISTINCT ON (p.contact_id, s.channel, s.reason)
               p.contact_id, '', '', s.channel, s.reason, s.at, s.source,
               'Carried over from contact ' || p.linked || ', whose address changed', %(by)s, now()
          FROM import_person p
          JOIN contacts_active_suppression v ON v.contact_id = p.linked
          JOIN contacts_suppression s ON s.id = v.suppression_id
         WHERE p.linked <> p.contact_id AND s.account_id IS NULL AND s.reason <> {bounce}
           AND NOT EXISTS (SELECT 1 FROM contacts_active_suppression known
                             JOIN contacts_suppression own ON own.id = known.suppression_id AND own.merge_id IS NULL
                            WHERE known.contact_id = p.contact_id AND known.channel = s.channel
                              AND known.reason = s.reason
                              AND (own.source !~ {answer} OR own.source = s.source))
         ORDER BY p.contact_id, s.channel, s.reason, s.source ~ {answer}, s.at
        """,
        {"by": staging.options.by.pk if staging.options.by else None},
        bounce=sql.Literal(SuppressionReason.HARD_BOUNCE.value),
        answer=sql.Literal(ANSWER_SOURCE_PATTERN),
    )


def write_contacts(staging: Staging, *, fill_account: bool) -> None:
    """Write what the rows say about their contacts, and note in ``import_changed`` which contacts that changed.

    Where several rows share a contact, the last one that has a value counts, and a no to consent outweighs a yes. With
    ``fill_account`` an account is set only where the contact has none.
    """
    _gather(staging)
    staging.run("CREATE TEMP TABLE import_changed (contact_id bigint) ON COMMIT DROP")
    _insert_new(staging)
    _update_known(staging, fill_account=fill_account)
    for kind, name in ADDRESS_FIELDS.items():
        if staging.has(name):
            _write_addresses(staging, kind=kind, field=name)
    for channel, name in CONSENT_FIELDS.items():
        if staging.has(name):
            _write_consent(staging, channel=channel, field=name)
    staging.run("CREATE INDEX ON import_changed (contact_id)")
    staging.run("ANALYZE import_changed")


def mark_by_contact(staging: Staging) -> None:
    """Set ``action`` where the contact itself is what the row is about."""
    staging.run(
        """
        UPDATE import_rows r
           SET action = CASE WHEN p.is_new THEN 'created'
                             WHEN p.contact_id IN (SELECT contact_id FROM import_changed) THEN 'updated'
                             ELSE 'unchanged' END
          FROM import_person p WHERE p.line = r.line AND r.problem = ''
        """
    )


def _gather(staging: Staging) -> None:
    """Table ``import_contact``: one row a contact, with what the file says about it."""
    single: list[sql.Composable] = []
    several: list[sql.Composable] = []
    last: LiteralString = "coalesce((array_agg({0} ORDER BY r.line DESC) FILTER (WHERE {0} <> ''))[1], '') AS {1}"
    for name in ("name", *_PLAIN, "contact_external_id"):
        source = "external_id" if name == "contact_external_id" else name
        if not staging.has(source) or (name == "contact_external_id" and staging.importer.kind != "contacts"):
            continue
        cell = sql.Identifier("r", source)
        single.append(sql.SQL("{} AS {}").format(cell, sql.Identifier(name)))
        several.append(sql.SQL(last).format(cell, sql.Identifier(name)))
    if staging.has(_BIRTHDAY):
        single.append(sql.SQL("r.birthday AS birthday"))
        several.append(sql.SQL("(array_agg(r.birthday ORDER BY r.line DESC) FILTER (WHERE r.birthday IS NOT NULL))[1]"))
    if staging.has("account"):
        single.append(sql.SQL("a.account_id AS account_id"))
        several.append(
            sql.SQL("(array_agg(a.account_id ORDER BY r.line DESC) FILTER (WHERE a.account_id IS NOT NULL))[1]")
        )
    for name in CONSENT_FIELDS.values():
        if staging.has(name):
            cell = sql.Identifier("r", name)
            single.append(sql.SQL("nullif({}, '') AS {}").format(cell, sql.Identifier(name)))
            # “no” sorts before “yes”: the least is the stricter.
            several.append(sql.SQL("min(nullif({}, ''))").format(cell))
    if staging.has("consent_source"):
        single.append(sql.SQL("r.consent_source AS consent_source"))
        several.append(sql.SQL("max(r.consent_source)"))
    joined = sql.SQL(" FROM import_person p JOIN import_rows r ON r.line = p.line {account}").format(
        account=sql.SQL("LEFT JOIN import_accounts a ON a.text = r.account") if staging.has("account") else sql.SQL("")
    )
    staging.run(
        "CREATE TEMP TABLE import_many ON COMMIT DROP AS SELECT contact_id FROM import_person"
        " GROUP BY contact_id HAVING count(*) > 1"
    )
    staging.run("ANALYZE import_many")
    comma = sql.SQL("").join(sql.SQL(", {}").format(one) for one in single)
    commas = sql.SQL("").join(sql.SQL(", {}").format(one) for one in several)
    staging.run(
        "CREATE TEMP TABLE import_contact ON COMMIT DROP AS"
        " SELECT p.contact_id, p.is_new{single}{joined}"
        " WHERE NOT EXISTS (SELECT 1 FROM import_many m WHERE m.contact_id = p.contact_id)"
        " UNION ALL"
        " SELECT p.contact_id, bool_or(p.is_new){several}{joined} JOIN import_many m ON m.contact_id = p.contact_id"
        " GROUP BY p.contact_id",
        single=comma,
        several=commas,
        joined=joined,
    )
    staging.run("ANALYZE import_contact")


def _known_fields(staging: Staging) -> list[str]:
    return [name for name in ("name", *_PLAIN) if staging.has(name)]


def _insert_new(staging: Staging) -> None:
    cells: dict[str, sql.Composable] = {name: sql.SQL("''") for name in ("name", *_PLAIN)}
    cells |= {name: sql.Identifier("i", name) for name in _known_fields(staging)}
    if staging.has(_BIRTHDAY):
        cells[_BIRTHDAY] = sql.Identifier("i", _BIRTHDAY)
    if staging.has("account"):
        cells["account_id"] = sql.SQL("i.account_id")
    if _names_contacts(staging):
        cells["external_id"] = sql.SQL("nullif(i.contact_external_id, '')")
    staging.run(
        "INSERT INTO contacts_contact (id, {columns}, created_at, updated_at)"
        " SELECT i.contact_id, {cells}, now(), now() FROM import_contact i WHERE i.is_new ORDER BY i.contact_id",
        columns=sql.SQL(", ").join(map(sql.Identifier, cells)),
        cells=sql.SQL(", ").join(cells.values()),
    )


def _update_known(staging: Staging, *, fill_account: bool) -> None:
    cells: dict[str, sql.Composable] = {}
    if staging.has("name"):
        cells["name"] = sql.SQL("coalesce(nullif(i.name, ''), c.name)")
    cells |= {name: sql.Identifier("i", name) for name in (*_PLAIN, _BIRTHDAY) if staging.has(name)}
    if staging.has("account"):
        cells["account_id"] = sql.SQL("coalesce(c.account_id, i.account_id)" if fill_account else "i.account_id")
    if _names_contacts(staging):
        # One that is part of another contact since keeps its id, and rows with that id are about the other.
        cells["external_id"] = sql.SQL(
            "CASE WHEN i.contact_external_id IN ('', c.external_id) OR EXISTS (SELECT 1 FROM contacts_contact o"
            " WHERE o.external_id = i.contact_external_id AND o.merged_into_id IS NOT NULL)"
            " THEN c.external_id ELSE i.contact_external_id END"
        )
    if not cells:
        return
    staging.run(
        "WITH changed AS (UPDATE contacts_contact c SET {assignments}, updated_at = now() FROM import_contact i"
        " WHERE c.id = i.contact_id AND NOT i.is_new AND ROW({current}) IS DISTINCT FROM ROW({wanted}) RETURNING c.id)"
        " INSERT INTO import_changed SELECT id FROM changed",
        assignments=sql.SQL(", ").join(
            sql.SQL("{} = {}").format(sql.Identifier(name), what) for name, what in cells.items()
        ),
        current=sql.SQL(", ").join(sql.Identifier("c", name) for name in cells),
        wanted=sql.SQL(", ").join(cells.values()),
    )


def _names_contacts(staging: Staging) -> bool:
    return staging.importer.kind == "contacts" and staging.has("external_id")


def _write_addresses(staging: Staging, *, kind: str, field: str) -> None:
    """Attach the addresses. A contact's current address changes only when no row of the file names it any more.

    So a contact that several rows share with different addresses comes out the same however often the file is read.
    """
    kind_word, field_name = sql.Literal(str(kind)), sql.Identifier(field)
    for table in ("import_address", "import_primary"):
        staging.run("DROP TABLE IF EXISTS {table}", table=sql.Identifier(table))
    staging.run(
        "CREATE TEMP TABLE import_address ON COMMIT DROP AS"
        " SELECT p.contact_id, r.{field} AS value, min(p.line) AS line"
        " FROM import_person p JOIN import_rows r ON r.line = p.line WHERE r.{field} <> '' GROUP BY 1, 2",
        kind=kind_word,
        field=field_name,
    )
    staging.run("ANALYZE import_address")
    staging.run(
        """
        CREATE TEMP TABLE import_primary ON COMMIT DROP AS
        SELECT DISTINCT ON (x.contact_id) x.contact_id, x.value
          FROM import_address x
          LEFT JOIN (SELECT DISTINCT a.contact_id FROM contacts_address a
                       JOIN import_address y ON y.contact_id = a.contact_id AND y.value = a.value
                      WHERE a.kind = {kind} AND a.is_primary) kept ON kept.contact_id = x.contact_id
         WHERE kept.contact_id IS NULL
         ORDER BY x.contact_id, x.line
        """,
        kind=kind_word,
        field=field_name,
    )
    staging.run("ANALYZE import_primary")
    staging.run(
        "UPDATE contacts_address a SET is_primary = false FROM import_primary p"
        " WHERE a.contact_id = p.contact_id AND a.kind = {kind} AND a.is_primary",
        kind=kind_word,
        field=field_name,
    )
    staging.run(
        """
        WITH added AS (
            INSERT INTO contacts_address (contact_id, kind, value, is_primary, created_at)
            SELECT x.contact_id, {kind}, x.value, p.contact_id IS NOT NULL, now()
              FROM import_address x
              LEFT JOIN import_primary p ON p.contact_id = x.contact_id AND p.value = x.value
             WHERE NOT EXISTS (SELECT 1 FROM contacts_address a
                                WHERE a.contact_id = x.contact_id AND a.kind = {kind} AND a.value = x.value)
             -- Of several contacts with one address, the first in the file is found by it at every reading.
             ORDER BY x.line
            RETURNING contact_id)
        INSERT INTO import_changed SELECT contact_id FROM added
        """,
        kind=kind_word,
        field=field_name,
    )
    staging.run(
        """
        WITH raised AS (
            UPDATE contacts_address a SET is_primary = true FROM import_primary p
             WHERE a.contact_id = p.contact_id AND a.kind = {kind} AND a.value = p.value AND NOT a.is_primary
            RETURNING a.contact_id)
        INSERT INTO import_changed SELECT contact_id FROM raised
        """,
        kind=kind_word,
        field=field_name,
    )


def _write_consent(staging: Staging, *, channel: str, field: str) -> None:
    """Add a consent record where the file's answer is another than the latest, and not older than it.

    A yes that was known before two contacts became one is no news: a file that repeats it does not bring back what
    their merge ended.
    """
    source = sql.SQL("coalesce(nullif(i.consent_source, ''), %(source)s)")
    staging.run(
        """
        WITH added AS (
            INSERT INTO contacts_consentrecord (contact_id, channel, status, source, recorded_at, recorded_by_id)
            SELECT i.contact_id, {channel}, i.{field}, {source}, %(now)s, %(by)s
              FROM import_contact i
              LEFT JOIN LATERAL (
                   SELECT k.status, k.recorded_at, k.merge_id FROM contacts_consentrecord k
                    WHERE NOT i.is_new AND k.contact_id = i.contact_id AND k.channel = {channel}
                    ORDER BY k.recorded_at DESC, k.id DESC
                    LIMIT 1) latest ON true
             WHERE i.{field} IN ({yes}, {no})
               AND (latest.status IS NULL OR (latest.status <> i.{field} AND latest.recorded_at <= %(now)s))
               AND NOT (i.{field} = {yes} AND latest.merge_id IS NOT NULL AND EXISTS (
                   SELECT 1 FROM contacts_consentrecord own
                     JOIN contacts_contact c ON c.id = own.contact_id
                    WHERE i.contact_id IN (c.id, c.merged_into_id) AND own.channel = {channel}
                      AND own.status = {yes} AND own.merge_id IS NULL))
             ORDER BY i.contact_id
            RETURNING contact_id)
        INSERT INTO import_changed SELECT contact_id FROM added
        """,
        {
            "source": staging.options.source[:200],
            "now": staging.options.now,
            "by": staging.options.by.pk if staging.options.by else None,
        },
        channel=sql.Literal(str(channel)),
        field=sql.Identifier(field),
        source=source if staging.has("consent_source") else sql.SQL("%(source)s"),
        yes=sql.Literal(Consent.YES.value),
        no=sql.Literal(Consent.NO.value),
    )
