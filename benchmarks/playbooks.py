"""Playbooks: everybody enrolled, ranked and throttled for the first time, and what a sweep costs after that.

All customers are at high risk and fit the playbook, everything they need is known of them, and people have time for few
of them: so all are looked at and ranked, and nearly all of them wait. What that writes (a row for each, with what was
known) is part of it. Then come sweeps that find little to do, or nothing.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks.database import own_database, run, settle
from benchmarks.measure import Rounds, milliseconds, progress, say, table
from contacts.states import EventKind
from outreach.models import Template, TemplateVersion
from outreach.states import TemplateStatus
from retention.models import Playbook, PlaybookStep, PlaybookSweep, PlaybookVersion, ScoreVersion, WorkCapacity
from retention.services.enrolling import Swept, sweep
from retention.states import ModelStatus, StepPurpose, StepReview, WorkKind

GOAL_FIRST_SECONDS, GOAL_NOTHING_SECONDS = 30.0, 0.05
#: Somebody's day of reading, less the head-room of a fifth: 120 messages of a minute and a half.
MINUTES, LET_IN = 225, 120
NOW = datetime(2026, 11, 10, tzinfo=UTC)
FIRST = "everybody enrolled, ranked and throttled"
AGAIN = "the next sweep: all wait, nothing is due"
NEWS = "news of 100 customers"
NOTHING = "nothing due, and nobody waits"
_TABLES = (
    "contacts_contact", "contacts_address", "contacts_consentrecord", "contacts_event", "retention_customer",
    "retention_customervalue", "retention_score", "retention_scorechange",
)  # fmt: skip


def measure(sizes: list[int], rounds: int) -> dict[str, Any]:
    """Measure each number of customers in turn, in a database of its own."""
    found = []
    for size in sizes:
        with own_database():
            found.append(_measure_one(size, rounds))
    _print(found)
    return {
        "goals": {"first_seconds": GOAL_FIRST_SECONDS, "nothing_seconds": GOAL_NOTHING_SECONDS},
        "sizes": found,
    }


def _measure_one(size: int, rounds: int) -> dict[str, Any]:
    progress(f"playbooks: making {size:,} customers at risk")
    _make(size)
    found = Rounds()
    queries: dict[str, int] = {}
    for number in range(rounds):
        progress(f"playbooks: round {number + 1} of {rounds}")
        _begin_anew()
        first = _timed(found, queries, FIRST, NOW)
        if (first.begun, first.waiting) != (LET_IN, size - LET_IN):
            raise AssertionError(f"{first.begun} were let in and {first.waiting} wait, not {LET_IN} and the others.")
        settle("retention_enrolment", "retention_steprun", "outreach_draft")
        again = _timed(found, queries, AGAIN, NOW + timedelta(seconds=30))
        if not again.nothing:
            raise AssertionError("A second sweep without news changed something.")
        run(_NEWS, {"now": NOW})
        _timed(found, queries, NEWS, NOW + timedelta(seconds=60))
        run("DELETE FROM retention_enrolment WHERE status = 'waiting'")
        settle("retention_enrolment")
        nothing = _timed(found, queries, NOTHING, NOW + timedelta(seconds=90))
        if nothing.looked_at:
            raise AssertionError("Something was due in a sweep that was to find nothing.")
    return {
        "customers": size,
        "let_in": LET_IN,
        "rounds": rounds,
        "seconds": {case: found.median(case) for case in found.seconds},
        "spread": {case: found.spread(case) for case in found.seconds},
        "queries": queries,
    }


def _timed(found: Rounds, queries: dict[str, int], case: str, at: datetime) -> Swept:
    begun = time.perf_counter()
    swept = sweep(now=at)
    found.add(case, time.perf_counter() - begun)
    if case in (AGAIN, NOTHING):
        with CaptureQueriesContext(connection) as asked:
            sweep(now=at + timedelta(seconds=1))
        queries[case] = len(asked)
    return swept


def _begin_anew() -> None:
    for name in ("retention_steprun", "retention_enrolment"):
        run(f"DELETE FROM {name}")
    for name in ("outreach_gatefinding", "outreach_policyapproval", "outreach_draft"):
        run(f"DELETE FROM {name}")
    PlaybookSweep.objects.update(seen_change=0, swept_at=None, full_at=None)
    settle("retention_enrolment", "retention_steprun", "outreach_draft")


def _make(many: int) -> None:
    """So many customers at high risk with a dozen visits each, a playbook for them, and somebody who reads."""
    values = {
        "many": many,
        "now": NOW,
        "score": ScoreVersion.objects.filter(status="published").values_list("pk", flat=True)[0],
    }
    run("SELECT setseed(0.4711)")
    for statement in (_CONTACTS, _ADDRESSES, _CONSENTS, _CUSTOMERS, _EVENTS, _VALUES, _SCORES, _CHANGES):
        run(statement, values)
    for name in ("contacts_contact", "retention_customer"):
        run("SELECT setval(pg_get_serial_sequence(%(name)s, 'id'), %(many)s)", values | {"name": name})
    reader = get_user_model().objects.create(username="reader", email="reader@ours.example", name="Reader")
    WorkCapacity.objects.create(
        user=reader, kind=WorkKind.REVIEW, minutes_a_day=MINUTES, weekdays=[1, 2, 3, 4, 5, 6, 7]
    )
    template = Template.objects.create(key="bench", name="Bench", channel="sms", angle="bench")
    TemplateVersion.objects.create(
        template=template, number=1, status=TemplateStatus.APPROVED, approved_at=NOW,
        body="Hello {first_name|there}, your class has a place on Thursday. Reply STOP to end this.",
    )  # fmt: skip
    playbook = Playbook.objects.create(name="bench", title="Bench")
    version = PlaybookVersion.objects.create(
        playbook=playbook, number=1, bands=["high"], goal="A visit", goal_kinds=[EventKind.VISIT_LOGGED]
    )
    PlaybookStep.objects.create(
        version=version, position=1, name="Book again", purpose=StepPurpose.FRICTION, channel="sms", latest_hours=48,
        angle="bench", review=StepReview.ALWAYS,
    )  # fmt: skip
    PlaybookVersion.objects.filter(pk=version.pk).update(
        status=ModelStatus.PUBLISHED, published_at=NOW - timedelta(days=1), publish_reason="To measure."
    )
    settle(*_TABLES)


def _print(found: list[dict[str, Any]]) -> None:
    table(
        f"Playbooks: {LET_IN} let in, all others wait. Medians of {found[0]['rounds']} rounds",
        ["", *(f"{one['customers']:,} customers" for one in found)],
        [
            *([case, *(milliseconds(one["seconds"][case]) for one in found)] for case in (FIRST, AGAIN, NEWS, NOTHING)),
            *([f"queries: {case}", *(str(one["queries"][case]) for one in found)] for case in (AGAIN, NOTHING)),
        ],
    )
    say(f"Goals: {FIRST} below {GOAL_FIRST_SECONDS:.0f} s with 100,000; {NOTHING} below 50 ms.")


_CONTACTS = """
INSERT INTO contacts_contact (id, name, timezone, locale, preferred_channel, customer_since, created_at, updated_at)
SELECT number, 'Given' || number %% 977 || ' Family' || number, '', '', '', %(now)s::date - 400, %(now)s, %(now)s
  FROM generate_series(1, %(many)s) AS number
"""
_ADDRESSES = """
INSERT INTO contacts_address (contact_id, kind, value, is_primary, created_at)
SELECT number, kind,
       CASE kind WHEN 'email' THEN 'c' || number || '@theirs.example' ELSE '+4479' || number + 10000000 END,
       true, %(now)s
  FROM generate_series(1, %(many)s) AS number, (VALUES ('email'), ('phone')) AS kinds (kind)
"""
_CONSENTS = """
INSERT INTO contacts_consentrecord (contact_id, channel, status, source, recorded_at)
SELECT number, channel, 'yes', 'A form', %(now)s - interval '300 days'
  FROM generate_series(1, %(many)s) AS number, (VALUES ('email'), ('sms')) AS channels (channel)
"""
_CUSTOMERS = """
INSERT INTO retention_customer (id, external_id, contact_id, since, plan, tier, currency, created_at, updated_at)
SELECT number, 'C-' || number, number, %(now)s::date - 400, 'monthly', '', 'EUR', %(now)s, %(now)s
  FROM generate_series(1, %(many)s) AS number
"""
_EVENTS = """
INSERT INTO contacts_event (contact_id, name_id, kind, occurred_at, received_at, message_id, machine, flag, currency,
                            reference, properties)
SELECT number, n.id, n.kind, at, at, gen_random_uuid(), false, '', '', '', '{}'::jsonb
  FROM (SELECT number, %(now)s - (31 + random() * 300) * interval '1 day' AS at
          FROM generate_series(1, %(many)s) AS number, generate_series(1, 12)) AS visits,
       (SELECT min(id) AS id, kind FROM contacts_eventname WHERE kind = 1 GROUP BY kind) AS n
 ORDER BY at
"""
_VALUES = """
INSERT INTO retention_customervalue (customer_id, month, months, monthly_revenue, clv, tier, currency, computed_at)
SELECT number, date_trunc('month', %(now)s)::date, 12, amount, amount * 12,
       CASE WHEN amount > 90 THEN 'high' WHEN amount > 40 THEN 'middle' ELSE 'low' END, 'EUR', %(now)s
  FROM (SELECT number, round((random() * 100)::numeric, 2) AS amount FROM generate_series(1, %(many)s) AS number) AS v
"""
_SCORES = """
INSERT INTO retention_score (customer_id, version_id, as_of, band_since, total, recency, frequency, payment, engagement,
                             support, missing, raw_band, band, reasons)
SELECT number, %(score)s, %(now)s, %(now)s, 60 + number %% 40, 30, 25, 0, 5, 0, 0, 'high', 'high', '{quiet_30d}'
  FROM generate_series(1, %(many)s) AS number
"""
_CHANGES = """
INSERT INTO retention_scorechange (customer_id, version_id, at, cause, total_after, band_before, band_after, before,
                                   after, reasons, by_behaviour, by_configuration, by_missing)
SELECT number, %(score)s, %(now)s, 'first', 60 + number %% 40, '', 'high', '{}', '{30,25,0,5,0}', '{quiet_30d}', 0, 0, 0
  FROM generate_series(1, %(many)s) AS number
"""
_NEWS = """
INSERT INTO retention_scorechange (customer_id, version_id, at, cause, total_before, total_after, band_before,
                                   band_after, before, after, reasons, by_behaviour, by_configuration, by_missing)
SELECT customer_id, version_id, %(now)s, 'refresh', total, total, 'high', 'high', '{}', '{30,25,0,5,0}', reasons,
       0, 0, 0
  FROM retention_score ORDER BY customer_id LIMIT 100
"""
