"""What came of the messages that left: answers, refusals, opt-outs and complaints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from contacts.states import ANSWER_SOURCE_PATTERN
from followups.measures.scope import Period, Scope, ask
from followups.rules.measures import Rate

#: One row per message of a cadence that left in the period, with what came of it. What happens after a message counts
#: for it until the next one to the same lead (answers) or person (refusals), so it never counts twice.
MESSAGES: LiteralString = """
chosen(id) AS ({chosen}),
sent AS (
    SELECT a.id, a.lead_id, a.kind, a.position, a.reason_kind, q.cadence_version_id,
           m.contact_id, m.channel, m.sent_at, m.template_version_id,
           lead(m.sent_at) OVER (PARTITION BY a.lead_id ORDER BY m.sent_at, a.id) AS next_to_lead,
           lead(m.sent_at) OVER (PARTITION BY m.contact_id ORDER BY m.sent_at, a.id) AS next_to_person
      FROM followups_attempt a
      JOIN outreach_draft m ON m.id = a.draft_id
      JOIN followups_sequence q ON q.id = a.sequence_id
     WHERE m.status = 'sent' AND m.sent_at >= %(start)s AND m.sent_at <= %(now)s
),
answered AS (
    SELECT s.id
      FROM sent s
      JOIN followups_leadtouch k ON k.lead_id = s.lead_id
      JOIN contacts_touch t ON t.id = k.touch_id
     WHERE t.direction = 'in' AND t.kind NOT IN ('out_of_office', 'auto_reply')
       AND t.at > s.sent_at AND t.at > %(start)s AND t.at <= %(now)s
       AND (s.next_to_lead IS NULL OR t.at <= s.next_to_lead)
),
-- Few people refuse, and many are written to: these are found first, and then whose messages they followed.
refusals AS MATERIALIZED (
    SELECT coalesce(p.contact_id, a.contact_id) AS contact_id, p.channel, p.reason, p.at
      FROM contacts_suppression p
      LEFT JOIN contacts_address a ON a.kind = p.address_kind AND a.value = p.address_value
     WHERE p.reason IN ('explicit_no', 'opted_out', 'complaint') AND p.at > %(start)s AND p.at <= %(now)s
       AND (p.contact_id IS NOT NULL OR a.contact_id IS NOT NULL)
       AND NOT (p.source ~ %(answer_source)s
                AND EXISTS (SELECT FROM contacts_suppressionlift x WHERE x.suppression_id = p.id))
),
refused AS (
    SELECT s.id, p.reason
      FROM sent s JOIN refusals p ON p.contact_id = s.contact_id
     WHERE p.channel IN ('all', s.channel) AND p.at > s.sent_at
       AND (s.next_to_person IS NULL OR p.at <= s.next_to_person)
),
messages AS MATERIALIZED (
    SELECT s.id, s.lead_id, s.sent_at, s.reason_kind, v.cadence_id,
           CASE s.kind WHEN 'follow_up' THEN 'follow_up:' || s.position ELSE s.kind END AS step,
           coalesce(step.angle, template.angle, '') AS angle,
           s.id IN (SELECT id FROM answered) AS answered,
           s.id IN (SELECT id FROM refused WHERE reason = 'explicit_no') AS said_no,
           s.id IN (SELECT id FROM refused WHERE reason = 'opted_out') AS opted_out,
           s.id IN (SELECT id FROM refused WHERE reason = 'complaint') AS complained
      FROM sent s
      JOIN followups_cadenceversion v ON v.id = s.cadence_version_id
      LEFT JOIN followups_cadencestep step ON step.version_id = v.id AND step.kind = s.kind
                                          AND (step.position = s.position OR step.kind = 'close_loop')
      LEFT JOIN outreach_templateversion written ON written.id = s.template_version_id
      LEFT JOIN outreach_template template ON template.id = written.template_id
     WHERE s.sent_at < %(end)s AND s.lead_id IN (SELECT id FROM chosen)
       AND (%(cadence)s::bigint IS NULL OR v.cadence_id = %(cadence)s)
),
told AS (
    SELECT m.*, part.by, part.key
      FROM messages m
     CROSS JOIN LATERAL (VALUES ('all', ''), ('step', m.step), ('cadence', m.cadence_id::text), ('angle', m.angle),
                                ('reason', m.reason_kind)) AS part(by, key)
)"""

_OUTCOMES: LiteralString = """
WITH {messages}
SELECT t.by, t.key, coalesce(min(c.name), t.key), count(*), count(*) FILTER (WHERE t.answered),
       count(*) FILTER (WHERE t.said_no), count(*) FILTER (WHERE t.opted_out), count(*) FILTER (WHERE t.complained)
  FROM told t
  LEFT JOIN followups_cadence c ON t.by = 'cadence' AND c.id = t.cadence_id
 GROUP BY t.by, t.key
 ORDER BY t.by, CASE WHEN t.by = 'step' THEN t.key NOT LIKE 'follow_up:%%' END, length(t.key), t.key
"""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What came of the messages of one part: ``by`` is all, step, cadence, angle or reason; ``key`` says which one.

    A step is ``follow_up:1``, ``follow_up:2``, …, ``close_loop`` or ``nurture``.
    """

    by: str
    key: str
    label: str
    sent: int
    answers: int
    said_no: int
    opted_out: int
    complained: int

    @property
    def answered(self) -> Rate:
        """The response rate: messages that a person answered, of those that left."""
        return Rate(self.answers, self.sent)

    @property
    def opt_outs(self) -> Rate:
        return Rate(self.opted_out, self.sent)

    @property
    def complaints(self) -> Rate:
        return Rate(self.complained, self.sent)


def arguments(period: Period, now: datetime) -> dict[str, Any]:
    """What `MESSAGES` asks for."""
    return {"start": period.start, "end": period.end, "now": now, "answer_source": ANSWER_SOURCE_PATTERN}


def outcomes_of_messages(scope: Scope, period: Period, *, now: datetime) -> list[Outcomes]:
    """What came of the messages of cadences sent in the period: together, and by step, cadence, angle and reason kind.

    A message is answered when somebody wrote about the lead after it, by ``now`` and before the next message to that
    lead; a no counts, an automatic reply or an out-of-office note does not. An opt-out, a spam complaint or a plain no
    counts for a message when it came after it, by ``now`` and before the next message to that person, and stops the
    channel of the message or all. What a person found to be a mistake, and lifted, does not count. The response rate
    is answers, the opt-out rate opt-outs, and the complaint rate complaints, each of the messages sent.

    The angle is that of the step, else of the template. Where nothing was sent the list is empty.
    """
    return [Outcomes(*row) for row in ask(_OUTCOMES, scope, arguments(period, now), messages=MESSAGES)]
