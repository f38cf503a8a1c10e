"""The list of customers: who is at risk, in which order, page by page, with what changed in a week."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import connection
from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    DateTimeField,
    DecimalField,
    Expression,
    F,
    FilteredRelation,
    IntegerField,
    Max,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from contacts.states import ACTIVITY_KINDS
from retention.models import Customer, CustomerValue, Score
from retention.rules.words import Facts, said, signed
from retention.states import Band
from staff.models import User

PAGE = 50
#: The tabs: key in the address, word, and the band in force ("" is not scored, None is every customer).
TABS: dict[str, tuple[str, str | None]] = {
    "all": ("Everyone", None),
    Band.HIGH: ("High", Band.HIGH),
    Band.MEDIUM: ("Medium", Band.MEDIUM),
    Band.LOW: ("Low", Band.LOW),
    "none": ("Not scored", ""),
}
SORTS = {
    "risk": "Most at risk first",
    "value": "Most valuable first",
    "renewal": "Next renewal first",
    "changed": "Latest change of band first",
}
#: Of so many reasons a line of the list speaks.
REASONS_SHOWN = 2
BADGES: dict[str, str] = {Band.HIGH: "badge-stop", Band.MEDIUM: "badge-warn", Band.LOW: "badge-ok", "": "badge-quiet"}
_NEVER = date(9999, 12, 31)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def customers(user: User, now: datetime) -> QuerySet[Any]:
    """The customers this person may see, each with what the list sorts and narrows by.

    ``in_force`` is the band that holds now: the one somebody set for a while, else that of the score; "" for those
    who are not scored, among them whoever has left. ``held`` is the override, ``worth`` the value of the last month.
    """
    today = now.astimezone(UTC).date()
    month = CustomerValue.objects.aggregate(latest=Max("month"))["latest"]
    return Customer.objects.visible_to(user).annotate(
        held=FilteredRelation(
            "overrides", condition=Q(overrides__ended_at__isnull=True, overrides__expires_at__gt=now)
        ),
        worth=FilteredRelation("values", condition=Q(values__month=month)),
        in_force=Case(
            When(churned_on__lte=today, then=Value("")),
            default=Coalesce("held__band", "score__band", Value("")),
            output_field=CharField(),
        ),
    )


def tallies(found: QuerySet[Any]) -> dict[str, int]:
    """How many customers are under each tab, in one query."""
    by_band = dict(
        found.order_by().values_list("in_force").annotate(number=Count("pk")).values_list("in_force", "number")
    )
    return {key: sum(by_band.values()) if band is None else by_band.get(band, 0) for key, (_, band) in TABS.items()}


@dataclass(frozen=True, slots=True)
class Sort:
    """What the list is ordered by, so that a place in it fits into an address."""

    expression: Expression
    descending: bool
    kind: type[Any]


def sort_of(name: str) -> Sort:
    money = DecimalField(max_digits=14, decimal_places=2)
    return {
        "value": Sort(Coalesce("worth__clv", "mrr", Value(Decimal(-1)), output_field=money), True, Decimal),
        "renewal": Sort(Coalesce("renewal_on", Value(_NEVER), output_field=DateField()), False, date),
        "changed": Sort(Coalesce("score__band_since", Value(_LONG_AGO), output_field=DateTimeField()), True, datetime),
    }.get(name, Sort(Coalesce("score__total", Value(-1), output_field=IntegerField()), True, int))


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list."""

    customer: Customer
    band: str
    badge: str
    overridden: bool
    score: Score | None
    because: str
    since_last_week: str
    worth: CustomerValue | None
    left: bool
    scored_today: bool

    @property
    def band_label(self) -> str:
        return Band(self.band).label if self.band else "Not scored"


@dataclass(frozen=True, slots=True)
class Page:
    """Some customers, and the place after which the next page begins (empty: none)."""

    rows: list[Listed]
    following: str


def page(found: QuerySet[Any], *, among: QuerySet[Any], sort: str, after: str, now: datetime, size: int = PAGE) -> Page:
    """The customers after a place (none is the start), by keyset, in a fixed number of queries.

    Only ids are put in order, since that may be a hundred thousand of them; ``among`` (`customers`) gives the rest for
    those of the page.
    """
    by = sort_of(sort)
    found = found.annotate(place=by.expression)
    if (place := _place(after, by.kind)) is not None:
        value, pk = place
        beyond = Q(place__lt=value) if by.descending else Q(place__gt=value)
        found = found.filter(beyond | Q(place=value, pk__gt=pk))
    order = ("-place" if by.descending else "place", "pk")
    places = list(found.order_by(*order).values_list("pk", "place")[: size + 1])
    following = f"{_text(places[size - 1][1])}_{places[size - 1][0]}" if len(places) > size else ""
    whole = among.annotate(held_band=F("held__band"), worth_id=F("worth__id"))
    known = whole.select_related("contact__account", "owner", "score").in_bulk([pk for pk, _ in places[:size]])
    return Page(_rows([known[pk] for pk, _ in places[:size] if pk in known], now), following)


def _rows(some: list[Any], now: datetime) -> list[Listed]:
    today = now.astimezone(UTC).date()
    quiet = quiet_days([(one.pk, one.contact_id) for one in some], now)
    before = totals_at([one.pk for one in some], now - timedelta(days=7))
    worth = CustomerValue.objects.in_bulk([one.worth_id for one in some if one.worth_id])
    rows = []
    for one in some:
        score = getattr(one, "score", None)
        left = one.churned_on is not None and one.churned_on <= today
        facts = Facts(quiet_days=quiet.get(one.pk))
        reasons = [] if score is None or left else score.reasons[:REASONS_SHOWN]
        was = before.get(one.pk)
        rows.append(
            Listed(
                customer=one,
                band=one.in_force,
                badge=BADGES[one.in_force],
                overridden=one.held_band is not None,
                score=None if left else score,
                because=_capital(", ".join(said(code, facts) for code in reasons)),
                since_last_week="" if score is None or was is None or left else signed(score.total - was),
                worth=worth.get(one.worth_id),
                left=left,
                scored_today=score is not None and score.as_of.astimezone(UTC).date() == today,
            )
        )
    return rows


def quiet_days(of: Iterable[tuple[int, int]], now: datetime) -> dict[int, int]:
    """For customers (id and id of the contact): whole days since the last activity. Those without one are left out.

    One query that steps backwards along the index of each contact to the first activity. Where several customers
    share a contact, what came by another customer's id is another customer's (the score counts it so too).
    """
    pairs = list(of)
    if not pairs:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT asked.customer_id, last.occurred_at
              FROM unnest(%s::bigint[], %s::bigint[]) AS asked(customer_id, contact_id)
             CROSS JOIN LATERAL (
                   SELECT e.occurred_at FROM contacts_event e
                    WHERE e.contact_id = asked.contact_id AND e.occurred_at <= %s AND e.kind = ANY(%s)
                      AND NOT EXISTS (
                          SELECT FROM contacts_identity i
                            JOIN retention_customer other ON other.external_id = i.value
                           WHERE i.id = e.identity_id AND i.kind IN ('customer', 'user')
                             AND other.contact_id = asked.contact_id AND other.id <> asked.customer_id
                      )
                    ORDER BY e.occurred_at DESC LIMIT 1
                   ) last
            """,
            [[one for one, _ in pairs], [contact for _, contact in pairs], now, list(ACTIVITY_KINDS)],
        )
        return {customer: (now - at).days for customer, at in cursor.fetchall()}


def totals_at(ids: list[int], at: datetime) -> dict[int, int]:
    """What the total of these customers was at a moment, where there was one. Customers scored since are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT asked.id, last.total_after FROM unnest(%s::bigint[]) AS asked(id)
             CROSS JOIN LATERAL (
                   SELECT c.total_after FROM retention_scorechange c
                    WHERE c.customer_id = asked.id AND c.at <= %s ORDER BY c.at DESC, c.id DESC LIMIT 1
                   ) last
            """,
            [ids, at],
        )
        return dict(cursor.fetchall())


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _place(text: str, kind: type[Any]) -> tuple[Any, int] | None:
    """A place as it stands in the address; None where nobody could have got it from us."""
    value, _, pk = text.rpartition("_")
    try:
        place: Any = kind.fromisoformat(value) if issubclass(kind, date) else kind(value)
        number = int(pk)
    except (InvalidOperation, ValueError):
        return None
    if isinstance(place, datetime) and place.tzinfo is None:
        return None
    if isinstance(place, Decimal) and not (place.is_finite() and abs(place) < 10**14):
        return None
    if isinstance(place, int) and not -1 <= place <= 100:
        return None
    return (place, number) if 0 <= number < 2**63 else None
