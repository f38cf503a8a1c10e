"""The shelf of material, how often it was used and with what answer, and what has been spent on a lead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import connection, transaction
from django.db.models import QuerySet

from contacts.states import Channel
from followups.models import Asset, Lead
from followups.services.refusals import Refused
from followups.states import ReasonKind, Stage
from outreach.states import DraftStatus, ReplyLabel
from staff.models import User
from staff.services import record

#: How a piece of evidence that is an asset is named (`followups.rules.reasons`).
KEY = "asset:"
LONGEST_TITLE = 200
LONGEST_NAME = 100
LONGEST_TAG = 60

# An answer is the first thing they said after a message and before our next one. What a machine sent is none.
_USES = """
SELECT t.lead_id, t.evidence_key, t.reason_kind, d.id, d.status, d.channel, d.reason_text,
       coalesce(d.sent_at, d.claimed_at), answer.at, answer.label
  FROM followups_attempt t
  JOIN outreach_draft d ON d.id = t.draft_id
  LEFT JOIN LATERAL (
       SELECT n.at, r.label
         FROM contacts_touch n LEFT JOIN outreach_reply r ON r.touch_id = n.id
        WHERE n.contact_id = d.contact_id AND n.direction = 'in' AND n.kind NOT IN ('out_of_office', 'auto_reply')
          AND n.at > coalesce(d.sent_at, d.claimed_at)
          AND NOT EXISTS (SELECT 1 FROM outreach_draft later
                           WHERE later.contact_id = d.contact_id AND later.status = 'sent'
                             AND later.sent_at > coalesce(d.sent_at, d.claimed_at) AND later.sent_at <= n.at)
        ORDER BY n.at, n.id LIMIT 1) answer ON d.status IN ('sent', 'sending', 'unknown')
 WHERE t.withdrawn_at IS NULL AND {which}
   AND d.status IN ('sent', 'sending', 'unknown', 'awaiting_review', 'approved')
"""
_OF_LEAD = _USES.format(which="t.lead_id = %s AND t.evidence_key <> ''") + " ORDER BY t.id DESC"
_OF_ASSET = _USES.format(which="t.evidence_key = %s AND d.id < %s AND t.lead_id IN ({leads})")
_COUNTS = f"""
SELECT evidence_key, count(*) FILTER (WHERE status IN ('sent', 'sending', 'unknown')), count(at),
       count(at) FILTER (WHERE label IN ('explicit_no', 'opt_out'))
  FROM ({_USES.format(which="t.evidence_key = ANY(%s)")}) AS use(lead_id, evidence_key, reason_kind, id, status,
                                                               channel, reason_text, sent_at, at, label)
 GROUP BY evidence_key
"""  # noqa: S608  only our own text is put together


@dataclass(frozen=True, slots=True)
class Spent:
    """One piece of evidence that a message used up. ``sent_at`` is empty while the message waits and only holds it."""

    lead_id: int
    key: str
    kind: str
    what: str
    draft_id: int
    channel: str
    sent_at: datetime | None
    answered_at: datetime | None
    answer: str


@dataclass(frozen=True, slots=True)
class Used:
    """How often an asset went out, how many answered, and how many of those said no or stop."""

    sent: int = 0
    answered: int = 0
    refused: int = 0


def spent_on(lead: Lead) -> list[Spent]:
    """What was spent on a lead, the latest first, with when and what came back. One query."""
    return _read(_OF_LEAD, [lead.pk])


def how_used(asset_ids: Iterable[int]) -> dict[int, Used]:
    """How often each of these assets was used and with what answers. One query; never used is not in it."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [[f"{KEY}{asset}" for asset in asset_ids]])
        return {int(key.removeprefix(KEY)): Used(*counts) for key, *counts in cursor.fetchall()}


def is_expired(asset: Asset, today: date) -> bool:
    """Whether it is a reason to write no more."""
    return asset.valid_until is not None and asset.valid_until < today


@transaction.atomic
def create_asset(
    *,
    title: str,
    link: str,
    published_at: datetime,
    industries: Iterable[str] | None = None,
    stages: Iterable[str] | None = None,
    tags: Iterable[str] | None = None,
    valid_until: date | None = None,
    by: User | None = None,
) -> Asset:
    """Material worth sending. Refuses one that no lead could ever get, because it has no industry and no stage."""
    asset = Asset.objects.create(
        **_checked(title, link, industries, stages, tags), published_at=published_at, valid_until=valid_until
    )
    record(action="followups.create_asset", actor=by, on=asset, summary="Asset created")
    return asset


@transaction.atomic
def change_asset(
    *,
    asset: Asset,
    title: str,
    link: str,
    industries: Iterable[str],
    stages: Iterable[str],
    tags: Iterable[str],
    valid_until: date | None,
    by: User,
) -> Asset:
    """Correct what is said about an asset. It stays as old as it is: a correction is no new reason to write."""
    current = Asset.objects.select_for_update().get(pk=asset.pk)
    fields = {**_checked(title, link, industries, stages, tags), "valid_until": valid_until}
    changed = sorted(name for name, value in fields.items() if getattr(current, name) != value)
    for name in changed:
        setattr(current, name, fields[name])
    if changed:
        current.save(update_fields=changed)
        record(
            action="followups.change_asset", actor=by, on=current, summary="Asset changed", detail={"fields": changed}
        )
    return current


@transaction.atomic
def retire_asset(*, asset: Asset, by: User, now: datetime) -> Asset:
    """Take it off the shelf: from today on it is no reason to write. Refuses one that is off it already."""
    current = Asset.objects.select_for_update().get(pk=asset.pk)
    today = now.astimezone(UTC).date()
    if is_expired(current, today):
        raise Refused(f"“{current.title}” is off the shelf already. To use it again, change the day until it is valid.")
    current.valid_until = today - timedelta(days=1)
    current.save(update_fields=["valid_until"])
    record(action="followups.retire_asset", actor=by, on=current, summary="Asset taken off the shelf")
    return current


def uses_of(asset: Asset, leads: QuerySet[Lead], *, before: int | None, most: int) -> list[Spent]:
    """On which of these leads an asset was spent, the latest message first. ``before`` is the draft to go on from."""
    which, arguments = leads.order_by().values("pk").query.sql_with_params()
    sql = _OF_ASSET.format(leads=which) + " ORDER BY d.id DESC LIMIT %s"
    return _read(sql, [f"{KEY}{asset.pk}", before or 2**62, *arguments, most])


def _read(sql: str, arguments: list[Any]) -> list[Spent]:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return [
            Spent(
                lead_id=lead,
                key=key,
                kind=ReasonKind(kind).label if kind in ReasonKind.values else kind,
                what=what,
                draft_id=draft,
                channel=Channel(channel).label,
                sent_at=None if status in (DraftStatus.AWAITING_REVIEW, DraftStatus.APPROVED) else left_at,
                answered_at=answered_at,
                answer=ReplyLabel(label).label if label else "They wrote" if answered_at else "",
            )
            for lead, key, kind, draft, status, channel, what, left_at, answered_at, label in cursor.fetchall()
        ]


def _checked(
    title: str,
    link: str,
    industries: Iterable[str] | None,
    stages: Iterable[str] | None,
    tags: Iterable[str] | None,
) -> dict[str, Any]:
    """The fields as they are kept. Refuses what is missing, too long or unknown, by name."""
    title, link = " ".join(title.split()), link.strip()
    if not title or len(title) > LONGEST_TITLE:
        raise Refused(f"Give it a title of at most {LONGEST_TITLE} characters.")
    if urlsplit(link).scheme not in ("https", "http") or not urlsplit(link).hostname:
        raise Refused("The link must be a whole address, such as https://your.site/guide.")
    named, known = _listed(industries, LONGEST_NAME, "industry"), list(stages or [])
    if not named and not known:
        raise Refused("Name at least one industry or stage that this is for.")
    unknown = [stage for stage in known if stage not in Stage.values]
    if unknown:
        raise Refused(f"“{unknown[0]}” is not a stage. Choose from {', '.join(Stage.values)}.")
    return {
        "title": title,
        "link": link,
        "industries": named,
        "stages": known,
        "tags": _listed(tags, LONGEST_TAG, "tag"),
    }


def _listed(words: Iterable[str] | None, longest: int, what: str) -> list[str]:
    """Each once, without the space around it."""
    found = list(dict.fromkeys(" ".join(word.split()) for word in words or [] if word.strip()))
    for word in found:
        if len(word) > longest:
            raise Refused(f"The {what} “{word[:30]}…” has {len(word)} characters. Shorten it to {longest}.")
    return found
