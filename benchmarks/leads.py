"""A world of quiet leads for the sweep: set-based, mixed as in a real pipeline.

Of every hundred open leads about 88 may be mailed, 20 have a quote out, 20 a proposal, 15 a next step, 60 a touch that
came with the import, and each has three touches on average, a third of them from the contact; 25 contacts showed
interest, 3 are suppressed, 2 leads share a contact with another, 3 belong to nobody. On top come 15 closed leads.
Some leads have been followed up before, by the sweep itself, and every lead has an earlier decision on record.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from benchmarks.database import ask, run, settle
from benchmarks.people import make_people
from followups.services import sweep

#: The moment decided for: a Monday morning.
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
#: Leads that the sweep has already written to, a week ago. Each of them is a transaction of its own.
SWEPT_BEFORE = 600

TABLES = (
    "contacts_account",
    "contacts_contact",
    "contacts_address",
    "contacts_consentrecord",
    "contacts_suppression",
    "contacts_touch",
    "contacts_event",
    "followups_lead",
    "followups_leadtouch",
    "followups_ownernote",
    "followups_decision",
    "followups_sequence",
    "followups_attempt",
    "outreach_draft",
)

_STATEMENTS = (
    """
    INSERT INTO contacts_account
           (external_id, name, domain, industry, territory, owner_id, strategic, timezone, created_at, updated_at)
    SELECT 'A-' || i, 'Company ' || i, 'company' || i || '.example',
           (ARRAY['retail','health','finance','media','travel','energy','food','software'])[1 + i %% 8],
           (ARRAY['North','South','East','West'])[1 + i %% 4],
           (%(owners)s::bigint[])[1 + i %% %(many)s], random() < 0.03, '', %(now)s, %(now)s
      FROM generate_series(1, %(leads)s / 8 + 1) i
    """,
    """
    INSERT INTO contacts_contact
           (external_id, name, account_id, timezone, locale, preferred_channel, customer_since, created_at, updated_at)
    SELECT 'C-' || i, 'Given' || i %% 977 || ' Family' || i %% 7919, a.id, 'Europe/Berlin', '', '',
           CASE WHEN random() < 0.003 THEN date '2025-01-01' END, %(now)s, %(now)s
      FROM generate_series(1, %(leads)s + %(leads)s * 15 / 100) i
      JOIN contacts_account a ON a.external_id = 'A-' || (1 + i %% (%(leads)s / 8 + 1))
    """,
    """
    INSERT INTO contacts_address (contact_id, kind, value, is_primary, created_at)
    SELECT id, 'email', 'person' || id || '@company.example', true, %(now)s FROM contacts_contact WHERE random() < 0.96
     UNION ALL
    SELECT id, 'phone', '+1415' || lpad((id %% 9000000 + 1000000)::text, 7, '0'), true, %(now)s
      FROM contacts_contact WHERE random() < 0.4
    """,
    """
    INSERT INTO contacts_consentrecord (contact_id, channel, status, source, recorded_at)
    SELECT id, 'email', CASE WHEN random() < 0.96 THEN 'yes' ELSE 'no' END, 'form', %(now)s - interval '200 days'
      FROM contacts_contact WHERE random() < 0.92
     UNION ALL
    SELECT id, 'sms', CASE WHEN random() < 0.8 THEN 'yes' ELSE 'no' END, 'form', %(now)s - interval '100 days'
      FROM contacts_contact WHERE random() < 0.3
    """,
    """
    INSERT INTO contacts_suppression
           (contact_id, address_kind, address_value, channel, reason, at, source, note, created_at)
    SELECT id, '', '', CASE WHEN random() < 0.6 THEN 'all' ELSE 'email' END,
           (ARRAY['opted_out','explicit_no','complaint','manual','hard_bounce'])[1 + floor(random() * 5)::int],
           %(now)s - interval '30 days', 'form', '', %(now)s
      FROM contacts_contact WHERE random() < 0.025
    """,
    """
    INSERT INTO contacts_suppression
           (account_id, address_kind, address_value, channel, reason, at, source, note, created_at)
    SELECT id, '', '', 'all', 'legal', %(now)s - interval '30 days', '', '', %(now)s
      FROM contacts_account WHERE random() < 0.003
    """,
    """
    INSERT INTO contacts_suppression (address_kind, address_value, channel, reason, at, source, note, created_at)
    SELECT kind, value, 'all', 'opted_out', %(now)s - interval '30 days', '', '', %(now)s
      FROM contacts_address WHERE random() < 0.005
    """,
    # Closed leads come last, and with contacts of their own.
    """
    INSERT INTO followups_lead
           (external_id, contact_id, account_id, owner_id, territory, stage, priority, value, currency, source,
            next_step, next_step_on, quote_sent_on, proposal_sent_on, last_touch_at, expires_on, future_fit,
            existing_customer, strategic, paused_at, paused_by_id, paused_reason, disposition, disposition_reason,
            created_at, updated_at)
    SELECT 'L-' || lpad(i::text, 7, '0'), c.id, c.account_id,
           CASE WHEN r[1] < 0.95 THEN a.owner_id WHEN r[1] < 0.97 THEN (%(owners)s::bigint[])[1 + i %% %(many)s] END,
           CASE WHEN r[2] < 0.98 THEN a.territory ELSE 'Elsewhere' END,
           CASE WHEN i > %(leads)s THEN CASE WHEN i %% 12 = 0 THEN 'won' ELSE 'lost' END WHEN r[3] < 0.4 THEN 'new'
                WHEN r[3] < 0.7 THEN 'qualified' WHEN r[3] < 0.9 THEN 'proposal' ELSE 'negotiation' END,
           CASE WHEN r[4] < 0.1 THEN 'high' ELSE '' END,
           CASE WHEN r[5] < 0.7 THEN round((r[5] * 30000)::numeric, 2) END,
           'EUR', 'web', CASE WHEN r[6] < 0.15 THEN 'Call about the details' ELSE '' END,
           CASE WHEN r[6] < 0.15 THEN date '2026-03-02' - (r[6] * 200 - 8)::int END,
           CASE WHEN r[7] < 0.2 THEN date '2026-03-02' - (r[7] * 300)::int END,
           CASE WHEN r[8] < 0.2 THEN date '2026-03-02' - (r[8] * 300)::int END,
           CASE WHEN r[9] < 0.6 THEN %(now)s - r[9] * r[9] * interval '150 days' END,
           CASE WHEN r[10] < 0.03 THEN date '2026-02-20' + (r[10] * 2000)::int END,
           r[11] < 0.05, r[11] > 0.99, r[4] > 0.98,
           CASE WHEN r[2] < 0.01 THEN %(now)s - interval '3 days' END,
           CASE WHEN r[2] < 0.01 THEN (%(owners)s::bigint[])[1] END, '', '', '', %(now)s, %(now)s - interval '40 days'
      FROM (SELECT i, ARRAY[random(), random(), random(), random(), random(), random(), random(), random(), random(),
                            random(), random()] AS r
              FROM generate_series(1, %(leads)s + %(leads)s * 15 / 100) i) each
      JOIN contacts_contact c ON c.external_id = 'C-' || CASE WHEN i %% 50 = 0 AND i <= %(leads)s THEN i - 1 ELSE i END
      JOIN contacts_account a ON a.id = c.account_id
    """,
    """
    WITH said AS (
        SELECT l.id AS lead_id, l.contact_id, number, random() AS r, random() AS s,
               nextval(pg_get_serial_sequence('contacts_touch', 'id')) AS id
          FROM followups_lead l, LATERAL generate_series(1, (l.id * 7919 %% 7)::int) number),
    kept AS (
        INSERT INTO contacts_touch (id, contact_id, at, direction, channel, kind, summary, returns_on, created_at)
        SELECT id, contact_id, %(now)s - r * r * interval '120 days',
               CASE WHEN s < 0.67 OR r < 0.1 THEN 'out' ELSE 'in' END,
               CASE WHEN s < 0.2 THEN 'call' ELSE 'email' END,
               CASE WHEN s < 0.2 THEN 'call' WHEN s < 0.5 THEN 'message' WHEN s < 0.6 THEN 'answer'
                    WHEN s < 0.67 THEN 'quote' WHEN r < 0.1 THEN 'message' WHEN s < 0.8 THEN 'question'
                    WHEN s < 0.95 THEN 'message' ELSE 'auto_reply' END,
               'We spoke about the rollout in the second quarter, who would use it first and what it has to work with.',
               NULL, %(now)s
          FROM said)
    INSERT INTO followups_leadtouch (touch_id, lead_id) SELECT id, lead_id FROM said
    """,
    """
    INSERT INTO contacts_eventname (key, title, created_at)
    SELECT name, name, %(now)s
      FROM unnest(ARRAY['proposal_opened', 'page_viewed', 'pricing_viewed', 'signed_in']) AS one(name)
        ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO contacts_event
           (contact_id, name_id, kind, occurred_at, received_at, machine, flag, currency, reference, properties)
    SELECT c.id, n.id, 0, %(now)s - random() * interval '60 days', %(now)s, random() < 0.2, '', '', '',
           '{"path": "/pricing"}'
      FROM contacts_contact c
     CROSS JOIN generate_series(1, 3) number
      JOIN contacts_eventname n ON n.key = (ARRAY['proposal_opened', 'page_viewed', 'pricing_viewed', 'signed_in'])
                                           [1 + (c.id / 4 + number * 7) %% 4]
     WHERE c.id %% 4 = 0
    """,
    """
    INSERT INTO followups_ownernote (lead_id, text, created_at, created_by_id)
    SELECT id, 'They asked about the audit in spring.', %(now)s - random() * interval '20 days',
           (%(owners)s::bigint[])[1]
      FROM followups_lead WHERE random() < 0.03
    """,
    """
    INSERT INTO followups_asset (title, link, industries, stages, tags, published_at)
    SELECT 'How a ' || name || ' team did it', 'https://ours.example/' || name, ARRAY[name], '{}', '{}',
           %(now)s - place * interval '9 days'
      FROM unnest(ARRAY['retail', 'health', 'media']) WITH ORDINALITY AS one(name, place)
    """,
)
#: A sweep stores a decision where something is new. Of those really made, each remaining lead gets one of its own.
_EARLIER_DECISIONS = """
WITH made AS (SELECT *, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS many FROM followups_decision)
INSERT INTO followups_decision
       (lead_id, cadence_version_id, decided_at, created_at, algorithm, trigger, decision, rule, reasons, attempts,
        step, channel, due_at, review_reasons, evidence, digest, explanation)
SELECT l.id, m.cadence_version_id, m.decided_at, m.created_at, m.algorithm, m.trigger, m.decision, m.rule, m.reasons,
       m.attempts, m.step, m.channel, m.due_at, m.review_reasons, m.evidence, m.digest, m.explanation
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM followups_lead l
         WHERE NOT EXISTS (SELECT 1 FROM followups_decision d WHERE d.lead_id = l.id)) l
  JOIN made m ON m.place = 1 + l.place % m.many
"""


def make_leads(open_leads: int) -> None:
    """Fill an empty database with so many open leads and everything around them."""
    make_undecided_leads(open_leads)
    chosen = ask("SELECT id FROM followups_lead ORDER BY md5(external_id) LIMIT %(most)s", {"most": SWEPT_BEFORE})
    swept_before(lead_id for (lead_id,) in chosen)
    run(_EARLIER_DECISIONS)
    settle(*TABLES)


def make_undecided_leads(open_leads: int) -> None:
    """The same leads, about which nothing was ever decided."""
    owners, _, _ = make_people()
    run("SELECT setseed(0.42)")
    values = {"leads": open_leads, "owners": [owner.pk for owner in owners], "many": len(owners), "now": NOW}
    for statement in _STATEMENTS:
        run(statement, values)
    settle(*TABLES)


def swept_before(lead_ids: Iterable[int]) -> None:
    """Let the sweep itself decide and draft for some leads, as it would have done a week before."""
    for _ in sweep(now=NOW - timedelta(days=7), lead_ids=list(lead_ids)):
        pass
