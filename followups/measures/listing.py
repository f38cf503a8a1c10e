"""The leads behind a number, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from followups.measures import disposition, endings, messages
from followups.measures.scope import Period, Scope, ask
from followups.models import Decision, Lead

PAGE = 50

_TOLD: LiteralString = "SELECT lead_id, min(sent_at) AS at FROM told WHERE by || ':' || key = %(key)s"
_BY_LEAD: LiteralString = "GROUP BY lead_id"

#: What a number counts, and the leads behind it with the moment they are sorted by. `%(key)s` says which part.
_BEHIND: dict[str, tuple[LiteralString, LiteralString]] = {
    "silent": (disposition.RATED, "SELECT lead_id, entered_at AS at FROM rated"),
    "open": (disposition.RATED, "SELECT lead_id, entered_at AS at FROM rated WHERE disposed IS NOT TRUE"),
    "done": (disposition.RATED, "SELECT lead_id, entered_at AS at FROM rated WHERE disposed"),
    "stopped": (
        endings.TURNED,
        "SELECT lead_id, min(at) AS at FROM (SELECT lead_id, condition, at FROM turned WHERE decision = 'stop'"
        " UNION ALL SELECT lead_id, 'by_hand', at FROM ended WHERE disposition = 'stopped') s(lead_id, condition, at)"
        " WHERE condition = %(key)s GROUP BY lead_id",
    ),
    "nurture": (endings.TURNED, endings.NURTURED),
    "closing": (endings.CLOSING, "SELECT lead_id, min(at) AS at FROM closing GROUP BY lead_id"),
    "closing_waiting": (
        endings.CLOSING,
        "SELECT lead_id, min(at) AS at FROM closing WHERE NOT decided AND waits GROUP BY lead_id",
    ),
    "closing_decided": (
        endings.CLOSING,
        "SELECT lead_id, min(at) AS at FROM closing WHERE decided GROUP BY lead_id",
    ),
    "closing_unread": (
        endings.CLOSING,
        "SELECT lead_id, min(at) AS at FROM closing WHERE NOT decided AND NOT waits AND NOT given_up GROUP BY lead_id",
    ),
    "closing_overtaken": (
        endings.CLOSING,
        "SELECT lead_id, min(at) AS at FROM closing WHERE NOT decided AND given_up GROUP BY lead_id",
    ),
    "stale_before": (endings.SILENT, "SELECT lead_id, at FROM silent WHERE stale AND NOT after"),
    "stale_after": (endings.SILENT, "SELECT lead_id, at FROM silent WHERE stale AND after"),
    "sent": (messages.MESSAGES, _TOLD + " " + _BY_LEAD),
    "answered": (messages.MESSAGES, _TOLD + " AND answered " + _BY_LEAD),
    "said_no": (messages.MESSAGES, _TOLD + " AND said_no " + _BY_LEAD),
    "opted_out": (messages.MESSAGES, _TOLD + " AND opted_out " + _BY_LEAD),
    "complained": (messages.MESSAGES, _TOLD + " AND complained " + _BY_LEAD),
}
WHAT = frozenset(_BEHIND)

_PAGED: LiteralString = """
WITH {before}, behind AS ({behind})
SELECT lead_id, at FROM behind
 WHERE %(after_at)s::timestamptz IS NULL OR (at, lead_id) > (%(after_at)s::timestamptz, %(after_lead)s::bigint)
 ORDER BY at, lead_id
 LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Behind:
    """One lead behind a number: since when it counts, and what was decided about it last."""

    lead: Lead
    at: datetime
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class BehindPage:
    """Some leads, the longest counted first, and the place after which the next page begins (empty: none)."""

    rows: list[Behind]
    following: str


def leads_behind(
    what: str, scope: Scope, period: Period, *, now: datetime, key: str = "", after: str = "", size: int = PAGE
) -> BehindPage:
    """The leads that a number counts: one of `WHAT`, and for stops and messages the ``key`` of the part.

    Three statements, however many leads there are. Raises KeyError for anything that is not counted.
    """
    before, behind = _BEHIND[what]
    at, lead = _place(after)
    arguments: dict[str, Any] = {
        **disposition.moments(period, now),
        **messages.arguments(period, now),
        "key": key,
        "after_at": at,
        "after_lead": lead,
        "most": size + 1,
    }
    rows = ask(_PAGED, scope, arguments, before=before, behind=behind)
    ids = [lead_id for lead_id, _ in rows[:size]]
    leads = Lead.objects.select_related("contact", "account", "owner").in_bulk(ids)
    latest = {
        one.lead_id: one
        for one in Decision.objects.filter(lead__in=ids)
        .order_by("lead_id", "-id")
        .distinct("lead_id")
        .defer("evidence")
    }
    shown = [Behind(leads[lead_id], at, latest.get(lead_id)) for lead_id, at in rows[:size]]
    following = f"{shown[-1].at.isoformat()}_{shown[-1].lead.pk}" if len(rows) > size else ""
    return BehindPage(shown, following)


def _place(text: str) -> tuple[datetime | None, int]:
    """The place a page begins after; the start where it makes no sense."""
    at, _, lead = text.partition("_")
    try:
        moment, number = datetime.fromisoformat(at), int(lead)
    except ValueError:
        return None, 0
    return (moment, number) if moment.tzinfo is not None and 0 <= number < 2**63 else (None, 0)
