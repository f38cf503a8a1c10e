"""What a month's review of exceptions looks at, each read in a fixed number of statements.

An exception is a lead with what happened to it: decided otherwise by a person, stopped, or waiting longest. For a month
that is over, what waits is what waited at its end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection

from followups.states import DecisionKind, DecisionReason, Disposition, ExceptionKind
from staff.models import User

#: Who waits less long does not wait longest.
LONG = timedelta(days=14)

# Each gives lead, moment, what happened (a code), words, and by whom. What a sweep decided the same way is no override.
_OVERRIDDEN = """
SELECT c.lead_id, c.closed_at AS at, 'closed:' || c.disposition || ':' || coalesce(d.decision, '') AS what,
       c.reason AS words, c.closed_by_id AS by_id
  FROM followups_closing c
  LEFT JOIN LATERAL (SELECT decision FROM followups_decision d
                      WHERE d.lead_id = c.lead_id AND d.decided_at < c.closed_at ORDER BY d.id DESC LIMIT 1) d ON true
 WHERE c.closed_by_id IS NOT NULL AND c.closed_at >= %(start)s AND c.closed_at < %(end)s
   AND NOT coalesce((d.decision, c.disposition) IN (('close_out', 'no_response'), ('nurture', 'nurture'),
       ('recycle', 'recycle'), ('stand_down', 'handed_over'), ('stop', 'stopped'), ('stop', 'won'), ('stop', 'lost'),
       ('stop', 'expired')), false)
UNION ALL
SELECT t.lead_id, m.decided_at, 'not_sent:' || m.status, m.status_reason, m.decided_by_id
  FROM outreach_draft m JOIN followups_attempt t ON t.draft_id = m.id
 WHERE m.status IN ('suppressed', 'closed_out') AND m.approved_fingerprint = '' AND m.decided_by_id IS NOT NULL
   AND m.decided_at >= %(start)s AND m.decided_at < %(end)s
   AND NOT EXISTS (SELECT 1 FROM followups_closing c WHERE c.lead_id = t.lead_id AND c.closed_at = m.decided_at)
UNION ALL
SELECT t.lead_id, m.decided_at, 'rewritten', m.reason_text, m.decided_by_id
  FROM outreach_draft m JOIN followups_attempt t ON t.draft_id = m.id
 CROSS JOIN LATERAL (
       SELECT tsvector_to_array(to_tsvector('english', m.approved_text)) AS before,
              tsvector_to_array(to_tsvector('english', m.subject || ' ' || m.body)) AS after) said
 CROSS JOIN LATERAL (
       SELECT count(*) AS were, count(*) FILTER (WHERE word = ANY(said.after)) AS are
         FROM unnest(tsvector_to_array(to_tsvector('english', m.reason_text))) AS word
        WHERE word = ANY(said.before)) kept
 WHERE m.writer = 'person' AND m.decided_by_id IS NOT NULL AND m.decided_at >= %(start)s AND m.decided_at < %(end)s
   AND kept.are * 2 < kept.were
UNION ALL
SELECT r.lead_id, r.ruled_at, 'ruled:' || split_part(r.key, ':', 1), r.note, r.ruled_by_id
  FROM followups_ruling r WHERE r.ruled_at >= %(start)s AND r.ruled_at < %(end)s
UNION ALL
SELECT l.id, l.paused_at, 'paused', l.paused_reason, l.paused_by_id
  FROM followups_lead l WHERE l.paused_by_id IS NOT NULL AND l.paused_at >= %(start)s AND l.paused_at < %(end)s
UNION ALL
SELECT l.id, e.moment, 'reopened', '', e.actor_id
  FROM (SELECT coalesce((detail->>'at')::timestamptz, at) AS moment, object_id, actor_id FROM staff_auditentry
         WHERE action = 'followups.reopen' AND actor_id IS NOT NULL) e
  JOIN followups_lead l ON l.id = e.object_id::bigint
 WHERE e.moment >= %(start)s AND e.moment < %(end)s
"""
# The ends that a cadence does not aim at. A closing note, nurture and coming back later are its regular ones.
_STOPPED = """
SELECT c.lead_id, c.closed_at AS at, 'ended:' || c.disposition AS what,
       coalesce(nullif(c.reason, ''), o.label, '') AS words, c.closed_by_id AS by_id
  FROM followups_closing c LEFT JOIN followups_outcome o ON o.id = c.outcome_id
 WHERE c.disposition IN ('stopped', 'expired', 'documented') AND c.closed_at >= %(start)s AND c.closed_at < %(end)s
"""
_WAITS = """
SELECT i.lead_id, i.opened_at AS at, 'intake' AS what, array_to_string(i.reasons, '|') AS words, NULL::bigint AS by_id
  FROM followups_intakecase i
 WHERE i.opened_at <= %(long)s AND (i.settled_at IS NULL OR i.settled_at >= %(end)s)
UNION ALL
SELECT t.lead_id, t.created_at, 'review', m.why_now, m.owner_id
  FROM followups_attempt t JOIN outreach_draft m ON m.id = t.draft_id
 WHERE t.created_at <= %(long)s
   AND (t.withdrawn_at >= %(end)s
        OR t.withdrawn_at IS NULL AND (m.status = 'awaiting_review' OR m.decided_at >= %(end)s))
UNION ALL
SELECT d.lead_id, d.decided_at, 'wait', array_to_string(d.reasons, '|'), l.paused_by_id
  FROM followups_decision d JOIN followups_lead l ON l.id = d.lead_id
 WHERE d.decision = 'wait' AND d.decided_at <= %(long)s AND l.disposition = '' AND l.stage NOT IN ('won', 'lost')
   AND NOT EXISTS (SELECT 1 FROM followups_decision later
                    WHERE later.lead_id = d.lead_id AND later.id > d.id AND later.decided_at < %(end)s)
"""
_FOUND: dict[str, str] = {
    ExceptionKind.OVERRIDDEN: _OVERRIDDEN,
    ExceptionKind.STOPPED: _STOPPED,
    ExceptionKind.WAITS_LONGEST: _WAITS,
}
_SEEN = """EXISTS (SELECT 1 FROM followups_seenexception s JOIN followups_exceptionsreview v ON v.id = s.review_id
                    WHERE v.month = %(month)s AND s.kind = '{kind}' AND s.lead_id = found.lead_id)"""
_TALLY = """
SELECT '{kind}', count(DISTINCT lead_id), count(DISTINCT lead_id) FILTER (WHERE {seen}) FROM ({sql}) found
"""
_TALLIES = " UNION ALL ".join(
    _TALLY.format(kind=kind, seen=_SEEN.format(kind=kind), sql=sql) for kind, sql in _FOUND.items()
)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many leads there are to look at, and at how many somebody has."""

    kind: str
    total: int
    seen: int

    @property
    def label(self) -> str:
        return ExceptionKind(self.kind).label

    @property
    def left(self) -> int:
        return self.total - self.seen


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that makes a lead an exception. ``by_id`` is whoever did it, or whose turn it is."""

    at: datetime
    what: str
    words: str
    by_id: int | None


@dataclass(frozen=True, slots=True)
class Month:
    """A month in UTC, from its first moment to the first of the next one."""

    first: date

    @classmethod
    def of(cls, text: str) -> Month | None:
        """Read yyyy-mm; None for anything else and for years that no database keeps."""
        try:
            first = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
        except ValueError:
            return None
        return cls(first) if len(text) == len("2026-05") and 2000 <= first.year <= 9000 else None

    @classmethod
    def at(cls, now: datetime) -> Month:
        return cls(now.astimezone(UTC).date().replace(day=1))

    @property
    def start(self) -> datetime:
        return datetime(self.first.year, self.first.month, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        later = self.first + timedelta(days=31)
        return datetime(later.year, later.month, 1, tzinfo=UTC)

    def before(self) -> Month:
        return Month((self.first - timedelta(days=1)).replace(day=1))

    def is_over(self, now: datetime) -> bool:
        return self.end <= now

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"


def tallies(month: Month, now: datetime) -> list[Tally]:
    """How much there is of each kind, and how much of it was looked at. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_TALLIES, _arguments(month, now))
        return [Tally(*row) for row in cursor.fetchall()]


def places_of(
    month: Month, kind: str, now: datetime, *, unseen: bool, after: tuple[datetime, int] | None, most: int
) -> list[tuple[int, datetime]]:
    """Leads of one kind with the first moment that something happened to them, in that order, from a place on.

    With `unseen` only those nobody has looked at.
    """
    left = f"WHERE NOT {_SEEN.format(kind=kind)}" if unseen else ""
    sql = f"""
        SELECT lead_id, min(at) FROM ({_FOUND[kind]}) found {left} GROUP BY lead_id
        HAVING %(after)s::timestamptz IS NULL OR (min(at), lead_id) > (%(after)s::timestamptz, %(lead)s::bigint)
         ORDER BY min(at), lead_id LIMIT %(most)s
    """  # noqa: S608  only our own text is put together
    place = {"after": after[0] if after else None, "lead": after[1] if after else None, "most": most}
    with connection.cursor() as cursor:
        cursor.execute(sql, {**_arguments(month, now), **place})
        return [(lead, at) for lead, at in cursor.fetchall()]


def happened(month: Month, kind: str, now: datetime, lead_ids: Iterable[int]) -> dict[int, list[Happened]]:
    """What happened to these leads, in the order of time. Leads of which nothing is found are not in it."""
    sql = f"""
        SELECT lead_id, at, what, words, by_id FROM ({_FOUND[kind]}) found
         WHERE lead_id = ANY(%(leads)s) ORDER BY at, what
    """  # noqa: S608  only our own text is put together
    found: dict[int, list[Happened]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(sql, {**_arguments(month, now), "leads": list(lead_ids)})
        for lead, *rest in cursor.fetchall():
            found[lead].append(Happened(*rest))
    return dict(found)


def say(one: Happened, people: dict[int, User]) -> str:
    """What happened, in one sentence or two."""
    what, _, more = one.what.partition(":")
    who = str(people[one.by_id]) if one.by_id in people else ""
    words = f" {one.words.rstrip('.')}." if one.words and what not in ("intake", "wait", "review") else ""
    if what == "closed":
        ending, _, decision = more.partition(":")
        meant = f", where Rekindle had decided: {DecisionKind(decision).label.lower()}" if decision else ""
        return f"{who} closed it as “{Disposition(ending).label}”{meant}.{words}"
    if what == "ended":
        by = f"{who} ended it" if who else "It ended"
        return f"{by} as “{Disposition(more).label}”.{words}"
    if what == "ruled":
        return f"{who} settled “{_reasons(more)}” by hand.{words}"
    plain = {
        "not_sent": f"{who} did not let a message leave.{words}",
        "rewritten": f"{who} rewrote a message so that it says little of its reason any more. The reason was:{words}",
        "paused": f"{who} paused it.{words}",
        "reopened": f"{who} opened it again.",
        "intake": f"Waits in intake: {_reasons(one.words)}.",
        "review": f"A message waits for {who or 'somebody'} to review it.",
        "wait": f"Waits: {_reasons(one.words)}.",
    }
    return plain[what]


def _reasons(codes: str) -> str:
    known = dict(DecisionReason.choices)
    return ", ".join(known.get(code, code.replace("_", " ")) for code in codes.split("|"))


def people_of(found: Iterable[Sequence[Happened]]) -> dict[int, User]:
    """Everybody who is named, in one query."""
    return User.objects.in_bulk({one.by_id for each in found for one in each if one.by_id is not None})


def _arguments(month: Month, now: datetime) -> dict[str, Any]:
    end = min(month.end, now)
    return {"month": month.first, "start": month.start, "end": end, "long": end - LONG}
