"""Customers and half a year of what they did, made by the database itself in seconds.

Not a real shop, but no uniform noise either. How much somebody does is gamma distributed, so that a few do a lot and
many do little; a quarter stop for good at some moment. Mail and SMS go to everybody, also to those who stopped, and
are opened by some more than by others, and less by those who are about to stop. Payments come monthly, and fail now and
then; there are answers to surveys, tickets that are mostly resolved, and bookings missed. A tenth buys rarely and is
judged by the other model. Events lie evenly over the hours of a day, and reach us within the hour.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from benchmarks.database import ask, empty, run, settle
from contacts.states import EventKind

DAYS = 180
_TABLES = (
    "contacts_contact", "contacts_identity", "contacts_event", "contacts_arrival", "retention_customer",
    "retention_score", "retention_scorechange",
)  # fmt: skip


def make_customers(many: int, *, until: datetime, days: int = DAYS) -> int:
    """So many customers with about a hundred events each in the ``days`` until then. Gives the number of events."""
    empty(*_TABLES)
    values = {"many": many, "until": until, "since": until - timedelta(days=days), "days": days}
    run("SELECT setseed(0.4711)")
    for statement in (_CONTACTS, _CUSTOMERS, _IDENTITIES, _TEMPERS):
        run(statement, values)
    for name in ("contacts_contact", "retention_customer", "contacts_identity"):
        run("SELECT setval(pg_get_serial_sequence(%(name)s, 'id'), %(many)s)", values | {"name": name})
    later = _take_indexes_away("contacts_event")
    run(_EVENTS.format(streams="\nUNION ALL\n".join(_STREAMS)), values)
    for statement in later:
        run(statement)
    settle(*_TABLES)
    return int(ask("SELECT count(*) FROM contacts_event")[0][0])


def _take_indexes_away(name: str) -> list[str]:
    """Drop all indexes but the key, so that millions of rows go in quickly. Gives what makes them again."""
    constraints = ask(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = %(name)s::regclass AND contype = 'u'",
        {"name": name},
    )
    for constraint, _ in constraints:
        run(f"ALTER TABLE {name} DROP CONSTRAINT {constraint}")
    indexes = ask(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = %(name)s::regclass AND NOT indisprimary",
        {"name": name},
    )
    for index, _ in indexes:
        run(f"DROP INDEX {index}")
    return [
        *(definition for _, definition in indexes),
        *(f"ALTER TABLE {name} ADD CONSTRAINT {constraint} {definition}" for constraint, definition in constraints),
    ]


_CONTACTS = """
INSERT INTO contacts_contact (id, name, timezone, locale, preferred_channel, customer_since, created_at, updated_at)
SELECT number, 'Given' || number %% 977 || ' Family' || number, '', '', '', %(since)s::date, %(since)s, %(since)s
  FROM generate_series(1, %(many)s) AS number
"""
# Half of them are customers for longer than the events go back.
_CUSTOMERS = """
INSERT INTO retention_customer (id, external_id, contact_id, since, plan, tier, currency, created_at, updated_at)
SELECT number, 'C-' || number, number, (%(since)s + (random() * 2 - 1) * interval '1 day' * %(days)s * 0.8)::date,
       CASE WHEN number %% 10 = 0 THEN 'infrequent' ELSE 'monthly' END, '', 'EUR', %(since)s, %(since)s
  FROM generate_series(1, %(many)s) AS number
"""
_IDENTITIES = """
INSERT INTO contacts_identity (id, kind, value, contact_id, created_at)
SELECT number, 'customer', 'C-' || number, number, %(since)s FROM generate_series(1, %(many)s) AS number
"""
# The sum of two exponentials is gamma distributed with shape 2; halved, its mean is 1.
_TEMPERS = """
CREATE TEMP TABLE temper AS
SELECT id, begins, least(ends, stops) AS stops, ends, rate, opens,
       extract(epoch FROM ends - begins) / 86400 / 180 AS share,
       greatest(0, extract(epoch FROM least(ends, stops) - begins)) / 86400 / 180 AS active
  FROM (SELECT id, greatest(since::timestamptz, %(since)s) AS begins, %(until)s::timestamptz AS ends,
               CASE WHEN random() < 0.25 THEN %(since)s + random() * %(days)s * interval '1 day'
                    ELSE 'infinity'::timestamptz END AS stops,
               CASE WHEN plan = 'infrequent' THEN 0.1 ELSE 1 END * -(ln(1 - random()) + ln(1 - random())) / 2 AS rate,
               0.1 + random() * 0.6 AS opens
          FROM retention_customer) AS one
"""


def _some(how_many: str, when: str, kind: str, *, where: str = "", value: str = "NULL", reference: str = "''") -> str:
    """Events of a kind per customer: ``how_many`` of them on average, each at ``when``."""
    return f"""
SELECT id, at, {kind} AS kind, ({value})::smallint AS value, {reference} AS reference
  FROM (SELECT t.*, {when} AS at, random() AS chance, number
          FROM temper t, generate_series(1, floor({how_many} + random())::int) AS number) AS one
 WHERE at < ends {where}"""


_ACTIVE = "begins + random() * (greatest(stops, begins) - begins)"
_ANY_TIME = "begins + random() * (ends - begins)"
_ACTIVITY = f"""CASE WHEN chance < 0.45 THEN {EventKind.APP_OPENED} WHEN chance < 0.65 THEN {EventKind.CLASS_ATTENDED}
    WHEN chance < 0.85 THEN {EventKind.BOOKING_MADE} ELSE {EventKind.PURCHASE_MADE} END"""
# Whoever is about to stop opens less already.
_OPENED = "AND chance < opens * CASE WHEN at > stops THEN 0.05 WHEN at > stops - interval '21 days' THEN 0.4 ELSE 1 END"
_MONTHLY = "begins + (number - random() * 0.1) * interval '30 days'"
_STREAMS = (
    _some("75 * rate * active", _ACTIVE, _ACTIVITY),
    _some("40 * share", _ANY_TIME, f"{EventKind.EMAIL_SENT}"),
    _some("40 * share", _ANY_TIME, f"{EventKind.EMAIL_OPENED}", where=_OPENED),
    _some("5 * share", _ANY_TIME, f"CASE WHEN chance < 0.8 THEN {EventKind.SMS_SENT} ELSE {EventKind.SMS_CLICKED} END"),
    _some("6 * active", _MONTHLY, f"{EventKind.PAYMENT_SUCCEEDED}"),
    _some("0.3 * active", _ACTIVE, f"{EventKind.PAYMENT_FAILED}"),
    _some("1 * active", _ACTIVE, f"{EventKind.NPS_SUBMITTED}", value="floor(11 * sqrt(chance))"),
    _some(
        "0.8 * active", _ACTIVE, f"{EventKind.SUPPORT_TICKET_CREATED}",
        value="1 + floor(4 * chance * chance)", reference="'T-' || number",
    ),
    _some(
        "0.7 * active", f"{_ACTIVE} + random() * interval '5 days'", f"{EventKind.SUPPORT_TICKET_RESOLVED}",
        reference="'T-' || number",
    ),
    _some("2 * rate * active", _ACTIVE, f"{EventKind.BOOKING_MISSED}"),
    _some("1 * active", _ACTIVE, f"{EventKind.FEATURE_USED}", reference="'export'"),
)  # fmt: skip
_EVENTS = """
INSERT INTO contacts_event (contact_id, identity_id, name_id, kind, value, occurred_at, received_at, message_id,
                            machine, flag, amount, currency, reference, properties)
SELECT e.id, e.id, n.id, e.kind, e.value, e.at, e.at + e.delay, gen_random_uuid(), false, '',
       CASE WHEN e.kind IN (7, 20, 21) THEN 49 END, CASE WHEN e.kind IN (7, 20, 21) THEN 'EUR' ELSE '' END, e.reference,
       '{{"place": "Studio 12", "campaign": "autumn", "device": "phone"}}'::jsonb
  FROM (SELECT *, power(random(), 4) * interval '1 hour' AS delay FROM ({streams}) AS streams) AS e
  JOIN (SELECT kind, min(id) AS id FROM contacts_eventname GROUP BY kind) AS n USING (kind)
 ORDER BY e.at + e.delay
"""
