"""A review queue of many drafts, by set-based SQL: valid rows, spread over owners and teams.

Of a hundred drafts 80 wait for review, 12 were sent, 2 are approved and 6 were given up. 2 belong to nobody, 6 to one
owner who has more than anybody, the others to the remaining owners alike.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from benchmarks.database import run, settle
from benchmarks.people import make_people
from contacts.models import Contact
from staff.models import User

_CONTACTS = """
INSERT INTO contacts_contact (external_id, name, timezone, locale, preferred_channel, created_at, updated_at)
SELECT 'C-' || i, 'Given' || i %% 977 || ' Family' || i %% 7919, '', '', '', now(), now()
  FROM generate_series(1, %(contacts)s) i
"""
_DRAFTS = """
INSERT INTO outreach_draft
       (contact_id, owner_id, kind, channel, address, language, subject, body, approved_text, fingerprint, word_limit,
        pressure, reason_kind, reason_text, why_now, evidence, review_reasons, status, status_reason, priority,
        priority_reasons, snoozed_until, snooze_reason, value,
        currency, account_name, due_at, created_at, approved_fingerprint, decided_at, decided_by_id, tries, sent_at,
        provider_message_id, unsubscribe_token, flow, writer, writing_note, first_message, held_by, provider)
SELECT %(first_contact)s + i %% %(contacts)s, owner_id,
       CASE WHEN r[1] < 0.1 THEN 'close_loop' ELSE 'follow_up' END, 'email',
       'person' || i %% %(contacts)s || '@company.example', 'en', 'Your question about the rollout, message ' || i,
       body, body, print, 80, 2, reason, 'You asked on 3 February who would use it first, and nobody answered.',
       'No reply. Quiet since 3 February 2026.',
       '[{"at": "2026-02-03T10:00:00+00:00", "what": "question", "detail": "Who would use it first?", '
       '"direction": "in", "key": true}]',
       CASE WHEN r[2] < 0.6 THEN ARRAY['first_message'] WHEN r[2] < 0.8 THEN ARRAY['high_value', 'first_message']
            WHEN r[2] < 0.9 THEN ARRAY['strategic'] ELSE ARRAY['policy'] END,
       status, '',
       strategic + worth + asked,
       (SELECT jsonb_agg(jsonb_build_object('points', points, 'what', what))
          FROM (VALUES (strategic, 'A strategic account'), (worth, 'High value'), (asked, 'An unanswered quote'))
               AS one (points, what) WHERE points > 0),
       CASE WHEN r[6] < 0.02 THEN %(now)s + interval '1 day' + r[6] * interval '300 days' END,
       CASE WHEN r[6] < 0.02 THEN 'They are away' ELSE '' END,
       CASE WHEN r[4] < 0.8 THEN round((30000 * r[4])::numeric, 2) END, 'EUR', 'Company ' || i %% 4000,
       %(now)s - r[7] * interval '60 days', %(now)s - r[7] * interval '60 days',
       CASE WHEN status IN ('approved', 'sent') THEN print ELSE '' END,
       CASE WHEN status IN ('approved', 'sent') THEN %(now)s END,
       CASE WHEN status IN ('approved', 'sent') THEN coalesce(owner_id, %(heavy)s) END, 0,
       CASE WHEN status = 'sent' THEN %(now)s END, '', md5('token ' || i), 'cadence', 'template', '', false, '', ''
  FROM (SELECT i, r, CASE WHEN r[3] < 0.03 THEN 400 ELSE 0 END AS strategic,
               CASE WHEN r[4] < 0.2 THEN 200 WHEN r[4] < 0.4 THEN 100 ELSE 0 END AS worth,
               10 * (1 + floor(r[5] * 5)::int) AS asked, encode(sha256(i::text::bytea), 'hex') AS print,
               CASE WHEN r[8] < 0.02 THEN NULL WHEN r[8] < 0.08 THEN %(heavy)s
                    ELSE (%(owners)s::bigint[])[1 + i %% %(many)s] END AS owner_id,
               CASE WHEN r[9] < 0.8 THEN 'awaiting_review' WHEN r[9] < 0.92 THEN 'sent' WHEN r[9] < 0.94 THEN 'approved'
                    ELSE 'withdrawn' END AS status,
               (ARRAY['unanswered_question', 'open_next_step', 'quote_unanswered'])[1 + i %% 3] AS reason,
               'Hello Given' || i %% 977 || ', you asked who would use it first. In teams like yours it is mostly '
               'the people who answer customers, two or three to begin with, and the others once they saw it work. '
               'I can show you how one of them set it up. Would Thursday suit you, or shall I ask another?' AS body
          FROM (SELECT i, ARRAY[random(), random(), random(), random(), random(), random(), random(), random(),
                                random()] AS r
                  FROM generate_series(%(from)s, %(to)s) i) each) made
"""
_AT_A_TIME = 100_000


@dataclass(frozen=True)
class Desk:
    """Who sits before the queue: owners with drafts, one with very many, owners without any, and a manager of all."""

    owners: list[User]
    heavy: User
    idle: list[User]
    managers: list[User]


def make_drafts(many: int) -> Desk:
    """Fill an empty database with so many drafts."""
    owners, managers, idle = make_people()
    contacts = max(many // 10, 1)
    run("SELECT setseed(0.42)")
    run(_CONTACTS, {"contacts": contacts})
    values = {
        "contacts": contacts,
        "first_contact": _first_contact(),
        "owners": [owner.pk for owner in owners[1:]],
        "many": len(owners) - 1,
        "heavy": owners[0].pk,
        "now": timezone.now(),
    }
    for start in range(1, many + 1, _AT_A_TIME):
        run(_DRAFTS, values | {"from": start, "to": min(start + _AT_A_TIME - 1, many)})
    settle("contacts_contact", "outreach_draft", "staff_user")
    return Desk(owners[1:], owners[0], idle, managers)


def _first_contact() -> int:
    return Contact.objects.order_by("pk").values_list("pk", flat=True)[0]
