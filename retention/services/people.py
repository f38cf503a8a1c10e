"""Customers as playbooks see them, for one or for thousands, and what those in a playbook did since it began."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Protocol

from django.db import connection, transaction

from contacts.permission import id_array
from contacts.states import ACTIVITY_KINDS, Channel, EventKind
from outreach.reach import Openness, answers_of, openness_of
from retention.rules.playbooks.channels import DAYS
from retention.rules.playbooks.facts import Person, Reach
from retention.states import Band, ValueTier

#: So many customers are read in one go.
CHUNK = 5000
#: Whoever opened the app in the last so many days uses it.
APP_DAYS = 60

_CHANNELS = tuple(channel.value for channel in Channel)
_BANDS: Mapping[str, Band] = {band.value: band for band in Band}
_TIERS: Mapping[str, ValueTier] = {tier.value: tier for tier in ValueTier}
_NOTHING = Decimal(0)


class Standing(Protocol):
    """What of a score matters here (`retention.rules.score.Scored` and `retention.models.Score` have it)."""

    @property
    def total(self) -> int: ...
    @property
    def band(self) -> str: ...
    @property
    def reasons(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Since:
    """What somebody did since a playbook began: the first event of a goal kind, and the first activity of any kind."""

    goal_at: datetime | None = None
    active_at: datetime | None = None


def people(
    customer_ids: Iterable[int], at: datetime, *, scores: Mapping[int, Standing] | None = None
) -> dict[int, Person]:
    """These customers at a moment, in a number of queries that depends only on how many chunks there are.

    Scores are those that are stored, with what one of us set instead while that holds; or ``scores``, for a moment that
    is over. Whoever has none counts as 0 and low. Events count up to the moment, consent and refusals whenever they
    were said. Who does not exist is left out.
    """
    wanted = list(dict.fromkeys(customer_ids))
    found: dict[int, Person] = {}
    for start in range(0, len(wanted), CHUNK):
        found |= _chunk(wanted[start : start + CHUNK], at, scores)
    return found


def goals(enrolment_ids: Iterable[int], at: datetime) -> dict[int, Since]:
    """What these customers did after they were let in, up to a moment; one query. Who waits has not begun: left out."""
    with connection.cursor() as cursor:
        values: dict[str, Any] = {**_KINDS, "ids": id_array(enrolment_ids), "at": at}
        cursor.execute(_GOALS, values)
        return {pk: Since(goal_at, active_at) for pk, goal_at, active_at in cursor.fetchall()}


def goals_since(begun: Mapping[int, datetime], goal_kinds: Iterable[int], at: datetime) -> dict[int, Since]:
    """As `goals`, for enrolments without a row: when each customer began, and what kinds of events are the goal."""
    ids = sorted(begun)
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            **_KINDS,
            "ids": id_array(ids),
            "starts": [begun[pk] for pk in ids],
            "goals": sorted(int(kind) for kind in goal_kinds),
            "at": at,
        }
        cursor.execute(_GOALS_SINCE, values)
        return {pk: Since(goal_at, active_at) for pk, goal_at, active_at in cursor.fetchall()}


def _chunk(ids: list[int], at: datetime, scores: Mapping[int, Standing] | None) -> dict[int, Person]:
    values: dict[str, Any] = {**_KINDS, "ids": id_array(ids), "at": at, "today": at.astimezone(UTC).date()}
    with transaction.atomic(), connection.cursor() as cursor:
        # Compiling the statement costs more than it saves; a range of the index for each is always right here.
        cursor.execute("SET LOCAL jit = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(_PEOPLE, values)
        rows = cursor.fetchall()
        cursor.execute("SET LOCAL enable_bitmapscan = on")
    contacts = [row[1] for row in rows]
    openness = openness_of(contacts)
    answers = answers_of(contacts, since=at - timedelta(days=DAYS), until=at)
    reach = _reach_of_all(openness, answers)
    return {row[0]: _person(row, at, scores, openness[row[1]].stopped, reach[row[1]]) for row in rows}


def _person(
    row: tuple[Any, ...],
    at: datetime,
    scores: Mapping[int, Standing] | None,
    stopped: bool,
    reach: Mapping[str, Reach],
) -> Person:
    (
        customer_id, contact_id, external_id, owner_id, plan, tier, mrr, own_currency, churned_on, name, preferred,
        birthday, total, band, reasons, set_band, value_tier, monthly, clv, currency, last_at, activities, app_at,
        failed_at, succeeded_at,
    ) = row  # fmt: skip
    if scores is not None:
        given = scores.get(customer_id)
        total, band, reasons = (given.total, given.band, given.reasons) if given is not None else (None, None, None)
    return Person(
        customer_id=customer_id,
        contact_id=contact_id,
        external_id=external_id,
        owner_id=owner_id,
        name=name,
        plan=plan,
        tier=tier,
        total=total or 0,
        band=_BANDS[set_band or band or Band.LOW],
        reasons=tuple(reasons or ()),
        value_tier=_TIERS[value_tier or ValueTier.NONE],
        monthly_revenue=monthly if monthly is not None else mrr if mrr is not None else _NOTHING,
        clv=clv if clv is not None else _NOTHING,
        currency=currency or own_currency,
        app_user=app_at is not None and app_at > at - timedelta(days=APP_DAYS),
        last_activity_at=last_at,
        payment_failed_at=failed_at if succeeded_at is None or (failed_at and succeeded_at < failed_at) else None,
        activities=activities,
        birthday=birthday,
        left=_left(churned_on, at),
        suppressed=stopped,
        preferred_channel=preferred,
        reach=reach,
    )


def _reach_of_all(
    openness: Mapping[int, Openness], answers: Mapping[tuple[int, str], tuple[int, int]]
) -> dict[int, Mapping[str, Reach]]:
    """Every channel of every contact. Those of whom the same is known, and who got nothing from us yet, share it."""
    written_to = {contact for contact, _ in answers}
    shared: dict[int, Mapping[str, Reach]] = {}
    found: dict[int, Mapping[str, Reach]] = {}
    for contact, known in openness.items():
        if contact in written_to:
            found[contact] = _reach(contact, known.closed, answers)
            continue
        # By who it is: what is known of most people is one and the same object.
        usual = shared.get(id(known))
        if usual is None:
            usual = shared[id(known)] = _reach(contact, known.closed, {})
        found[contact] = usual
    return found


def _reach(
    contact_id: int, closed: Mapping[str, str], answers: Mapping[tuple[int, str], tuple[int, int]]
) -> Mapping[str, Reach]:
    found = {}
    for channel in _CHANNELS:
        why_not = closed.get(channel, "")
        sent, answered = answers.get((contact_id, channel), (0, 0))
        found[channel] = Reach(not why_not, why_not, sent, answered)
    return MappingProxyType(found)


def _left(churned_on: date | None, at: datetime) -> bool:
    """A day is its first moment, as everywhere in scoring."""
    return churned_on is not None and datetime.combine(churned_on, time.min, UTC) < at


_KINDS = {
    "first": min(ACTIVITY_KINDS),
    "last": max(ACTIVITY_KINDS),
    "app": EventKind.APP_OPENED.value,
}
# The ids by which events name another customer who shares the contact: what names that one is not this one's doing.
_OTHERS = """
SELECT k.id AS customer_id, array_agg(i.id) AS ids
  FROM retention_customer k
  JOIN retention_customer other ON other.contact_id = k.contact_id AND other.id <> k.id
  JOIN contacts_identity i ON i.kind IN ('customer', 'user') AND i.value = other.external_id
 WHERE k.id IN (SELECT customer_id FROM asked) GROUP BY k.id
"""
_THEIRS = "(a.others IS NULL OR e.identity_id IS NULL OR e.identity_id <> ALL (a.others))"
# The kinds of payments stand here as they are, so that the small index of notable events serves.
_PAYMENTS = f"{EventKind.PAYMENT_FAILED.value}, {EventKind.PAYMENT_SUCCEEDED.value}"
_PEOPLE = f"""
WITH asked AS MATERIALIZED (
    SELECT unnest(%(ids)s::bigint[]) AS customer_id
), who AS MATERIALIZED (
    SELECT k.*, many.ids AS others
      FROM asked JOIN retention_customer k ON k.id = asked.customer_id
      LEFT JOIN ({_OTHERS}) many ON many.customer_id = k.id
)
SELECT a.id, a.contact_id, a.external_id, a.owner_id, a.plan, a.tier, a.mrr, a.currency, a.churned_on,
       c.name, c.preferred_channel, c.birthday, s.total, s.band, s.reasons, o.band,
       v.tier, v.monthly_revenue, v.clv, v.currency,
       act.last_at, act.times, act.app_at, paid.failed_at, paid.succeeded_at
  FROM who a
  JOIN contacts_contact c ON c.id = a.contact_id
  LEFT JOIN retention_score s ON s.customer_id = a.id
  LEFT JOIN retention_scoreoverride o
    ON o.customer_id = a.id AND o.created_at <= %(at)s AND o.expires_at > %(at)s
   AND (o.ended_at IS NULL OR o.ended_at > %(at)s)
  LEFT JOIN LATERAL (
       SELECT w.tier, w.monthly_revenue, w.clv, w.currency FROM retention_customervalue w
        WHERE w.customer_id = a.id AND w.month <= %(today)s ORDER BY w.month DESC LIMIT 1) v ON true
 CROSS JOIN LATERAL (
       SELECT max(e.occurred_at) AS last_at, count(*) AS times,
              max(e.occurred_at) FILTER (WHERE e.kind = %(app)s) AS app_at
         FROM contacts_event e
        WHERE e.contact_id = a.contact_id AND e.occurred_at <= %(at)s AND e.kind BETWEEN %(first)s AND %(last)s
          AND {_THEIRS}) act
 CROSS JOIN LATERAL (
       SELECT max(e.occurred_at) FILTER (WHERE e.kind = {EventKind.PAYMENT_FAILED.value}) AS failed_at,
              max(e.occurred_at) FILTER (WHERE e.kind = {EventKind.PAYMENT_SUCCEEDED.value}) AS succeeded_at
         FROM contacts_event e
        WHERE e.contact_id = a.contact_id AND e.occurred_at <= %(at)s AND e.kind IN ({_PAYMENTS})
          AND {_THEIRS}) paid
"""  # noqa: S608  our own parts
_BY_ROWS = """
SELECT n.id, n.customer_id, n.contact_id, n.started_at, v.goal_kinds
  FROM retention_enrolment n JOIN retention_playbookversion v ON v.id = n.version_id
 WHERE n.id = ANY(%(ids)s::bigint[]) AND n.started_at IS NOT NULL
"""
_AS_GIVEN = """
SELECT k.id, k.id AS customer_id, k.contact_id, given.started_at, %(goals)s::smallint[] AS goal_kinds
  FROM unnest(%(ids)s::bigint[], %(starts)s::timestamptz[]) AS given(id, started_at)
  JOIN retention_customer k ON k.id = given.id
"""
_SINCE = f"""
WITH mine AS MATERIALIZED (
    {{mine}}
), asked AS (
    SELECT DISTINCT customer_id FROM mine
), who AS MATERIALIZED (
    SELECT mine.*, many.ids AS others FROM mine LEFT JOIN ({_OTHERS}) many ON many.customer_id = mine.customer_id
)
SELECT a.id,
       (SELECT min(e.occurred_at) FROM contacts_event e
         WHERE e.contact_id = a.contact_id AND e.occurred_at > a.started_at AND e.occurred_at <= %(at)s
           AND e.kind = ANY (a.goal_kinds) AND {_THEIRS}),
       (SELECT min(e.occurred_at) FROM contacts_event e
         WHERE e.contact_id = a.contact_id AND e.occurred_at > a.started_at AND e.occurred_at <= %(at)s
           AND e.kind BETWEEN %(first)s AND %(last)s AND {_THEIRS})
  FROM who a
"""  # noqa: S608  our own parts
_GOALS = _SINCE.format(mine=_BY_ROWS)
_GOALS_SINCE = _SINCE.format(mine=_AS_GIVEN)
