"""Everything the page of one customer shows: the score in words, how it moved, what holds it back, what they did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from contacts.models import Event, Identity
from contacts.states import EventFlag, EventKind, IdentityKind
from retention.charts import HistoryChart, history
from retention.listing import BADGES, quiet_days
from retention.models import (
    Customer,
    CustomerValue,
    Score,
    ScoreBand,
    ScoreChange,
    ScoreFeedback,
    ScoreOverride,
    ScoreVersion,
)
from retention.rules.history import Happening, History
from retention.rules.words import (
    PARTS,
    Compared,
    Facts,
    because,
    change_of,
    in_one_breath,
    of_component,
    sentence,
    signed,
    unjudged,
)
from retention.signals import Scale, signal_of
from retention.signals.activity import Drop
from retention.signals.engagement import RateDecay
from retention.states import Band, Component

CHANGES, EVENTS = 200, 20
#: So many changes are shown at once; the others open on demand.
FIRST_CHANGES = 8
FACTS_FOR = timedelta(days=120)


@dataclass(frozen=True, slots=True)
class Bar:
    """One of the five parts of the score."""

    label: str
    looks_at: str
    points: int
    most: int
    why: list[str]
    change: list[str]

    @property
    def percent(self) -> int:
        """How full the bar is."""
        return round(100 * self.points / self.most) if self.most else 0


@dataclass(frozen=True, slots=True)
class Moved:
    """One change of the score."""

    change: ScoreChange
    difference: str
    because: str
    version: str

    @property
    def other_band(self) -> bool:
        return bool(self.change.band_before) and self.change.band_before != self.change.band_after


@dataclass(frozen=True, slots=True)
class Seen:
    """One event, and why it does not count, if it does not."""

    at: datetime
    what: str
    detail: str
    not_counted: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of one customer at a moment."""

    customer: Customer
    score: Score | None
    left: bool
    band: str
    badge: str
    breath: str
    override: ScoreOverride | None
    held: str
    next_action: ScoreBand | None
    bars: list[Bar]
    also: list[str]
    chart: HistoryChart | None
    changes: list[Moved]
    earlier: list[Moved]
    worth: CustomerValue | None
    events: list[Seen]
    feedback: list[ScoreFeedback]

    @property
    def band_label(self) -> str:
        return Band(self.band).label if self.band else "Not scored"

    @property
    def health(self) -> int | None:
        """The other way round: 100 is nothing to worry about."""
        return 100 - self.score.total if self.score else None


def profile(customer: Customer, *, now: datetime) -> Profile:
    """In a fixed number of queries. ``customer`` comes with its score, version, contact and owner."""
    left = customer.churned_on is not None and customer.churned_on <= now.astimezone(UTC).date()
    found: Score | None = getattr(customer, "score", None)
    score = None if left else found
    override = customer.overrides.filter(ended_at=None, expires_at__gt=now).select_related("created_by").first()
    band = "" if left else override.band if override else score.band if score else ""
    facts = facts_of(customer, now, score.version if score else None)
    moved = _changes(customer)
    chart = None
    if score is not None:
        version = score.version
        chart = history(
            [one.change for one in moved], medium_from=version.medium_from, high_from=version.high_from, now=now
        )
    return Profile(
        customer=customer,
        score=score,
        left=left,
        band=band,
        badge=BADGES[band],
        breath=in_one_breath(score.total, score.band, score.reasons, facts) if score else "",
        override=override,
        held=_held(score) if score else "",
        next_action=score.version.bands.filter(band=band).first() if score else None,
        bars=_bars(score, facts) if score else [],
        also=[sentence(code, facts) for code in score.reasons if not _of_any_component(code)] if score else [],
        chart=chart,
        changes=moved[:FIRST_CHANGES],
        earlier=moved[FIRST_CHANGES:],
        worth=customer.values.order_by("-month").first(),
        events=_events(customer, now),
        feedback=list(customer.feedback.select_related("created_by")[:3]),
    )


def facts_of(customer: Customer, now: datetime, version: ScoreVersion | None) -> Facts:
    """The numbers behind the reasons: how long they have been quiet, when a payment failed, what they answered, and
    what the signals that compare two times have counted."""
    latest: dict[int, Any] = {}
    wanted = (EventKind.PAYMENT_FAILED, EventKind.NPS_SUBMITTED)
    events = (
        Event.objects.filter(
            contact=customer.contact_id, kind__in=wanted, occurred_at__gt=now - FACTS_FOR, occurred_at__lte=now
        )
        .exclude(identity__in=_ids_of_others(customer))
        # Of two answers at the same instant the worse one counts (scoring.md, "Boundary").
        .order_by("kind", "-occurred_at", "value")
        .distinct("kind")
        .values_list("kind", "occurred_at", "value")
    )
    for kind, at, value in events:
        latest[kind] = (at, value)
    failed, answered = latest.get(EventKind.PAYMENT_FAILED), latest.get(EventKind.NPS_SUBMITTED)
    return Facts(
        quiet_days=quiet_days([(customer.pk, customer.contact_id)], now).get(customer.pk),
        payment_failed_days=(now - failed[0]).days if failed else None,
        nps=answered[1] if answered else None,
        **(_compared(customer, version, now) if version else {}),
    )


def _compared(customer: Customer, version: ScoreVersion, now: datetime) -> dict[str, Compared]:
    """What the signals of a version counted lately and before, as they read it themselves."""
    signals = [signal_of(one.type, one.parameters) for one in version.signals.filter(type__in=("drop", "rate_decay"))]
    spans = [
        one.recent + one.baseline if isinstance(one, Drop) else 2 * one.within
        for one in signals
        if isinstance(one, (Drop, RateDecay))
    ]
    events = (
        Event.objects.filter(
            contact=customer.contact_id,
            kind__gt=0,
            occurred_at__gt=now - timedelta(days=max(spans, default=0)),
            occurred_at__lte=now,
        )
        .exclude(identity__in=_ids_of_others(customer))
        .values_list("kind", "occurred_at")
    )
    past = History(tuple(Happening(kind, at) for kind, at in events))
    found = {}
    for signal in signals:
        numbers = signal.read(past, now, Scale()).numbers
        if isinstance(signal, Drop):
            found["visits"] = Compared(
                f"{numbers['now']} in {signal.recent} days",
                f"{numbers['before']} in the {signal.baseline} days before",
            )
        elif isinstance(signal, RateDecay):
            found["opens"] = Compared(
                f"{numbers['opened']} of {numbers['sent']} in {signal.within} days",
                f"{numbers['opened_before']} of {numbers['sent_before']} in the {signal.within} days before",
            )
    return found


def _ids_of_others(customer: Customer) -> Any:
    """Ids that belong to other customers of the same contact. What came by them counts for those."""
    others = Customer.objects.filter(contact=customer.contact_id).exclude(pk=customer.pk).values("external_id")
    return Identity.objects.filter(kind__in=[IdentityKind.CUSTOMER, IdentityKind.USER], value__in=others).values("pk")


def _bars(score: Score, facts: Facts) -> list[Bar]:
    most = dict(score.version.components.values_list("component", "max_points"))
    dark = unjudged(score.missing)
    bars = []
    for component in Component:
        words, points = PARTS[component], int(getattr(score, component.value))
        codes = of_component(component, score.reasons)
        why = [sentence(code, facts) for code in codes]
        if component in dark and not any(code in ("thin_baseline",) for code in codes):
            why.append(words.unjudged)
        bars.append(
            Bar(
                label=component.label,
                looks_at=words.looks_at,
                points=points,
                most=most.get(component.value, 0),
                why=why or [words.calm],
                change=[change_of(code) for code in codes] if points else [],
            )
        )
    return bars


def _of_any_component(code: str) -> bool:
    return any(of_component(component, [code]) for component in Component)


def _held(score: Score) -> str:
    """Why the band is not the one the total alone would give, in words; "" where it is."""
    order = list(Band)
    version, band, raw = score.version, Band(score.band), Band(score.raw_band)
    if band == raw:
        return ""
    if order.index(raw) > order.index(band):
        since = score.above_high_since if raw == Band.HIGH else score.above_medium_since
        due = f" It rises at {_at(since + timedelta(hours=version.confirm_hours))} if it still stands." if since else ""
        return (
            f"The total alone says {raw.label}. It rose on visits or mail, which jump about, so it has to stand for "
            f"{version.confirm_hours} hours first.{due}"
        )
    threshold = version.high_from if band == Band.HIGH else version.medium_from
    return (
        f"The total alone says {raw.label}. It is under {threshold}, but not clearly: the band falls at "
        f"{threshold - version.fall_margin} points or less."
    )


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%H:%M on %-d %B}"


def _changes(customer: Customer) -> list[Moved]:
    """The changes of the score, the newest first. The version is named where it is another one than before."""
    changes = list(customer.score_changes.select_related("version__model")[:CHANGES])
    earlier = [*(one.version_id for one in changes[1:]), None]
    moved = []
    for change, version_before in zip(changes, earlier, strict=False):
        first = change.total_before is None
        moved.append(
            Moved(
                change=change,
                difference="" if first else signed(change.total_after - (change.total_before or 0)),
                because="" if first else because(change.by_behaviour, change.by_configuration, change.by_missing),
                version=change.version.name if change.version_id != version_before else "",
            )
        )
    return moved


def _events(customer: Customer, now: datetime) -> list[Seen]:
    """The latest events of the contact, those that do not count with the reason."""
    of_others = set(_ids_of_others(customer).values_list("pk", flat=True))
    latest = Event.objects.filter(contact=customer.contact_id).select_related("name").order_by("-occurred_at", "-pk")
    return [
        Seen(
            at=event.occurred_at,
            what=EventKind(event.kind).label if event.kind else event.name.title,
            detail=_detail(event),
            not_counted=_why_not_counted(event, of_others, now),
        )
        for event in latest[:EVENTS]
    ]


def _detail(event: Event) -> str:
    """The number that the event is about."""
    if event.amount is not None:
        return f"{event.amount:,.2f} {event.currency}".strip()
    if event.kind in (EventKind.NPS_SUBMITTED, EventKind.SURVEY_SUBMITTED) and event.value is not None:
        return f"Answer: {event.value}"
    return event.reference


def _why_not_counted(event: Event, of_others: set[int], now: datetime) -> str:
    if event.machine:
        return "a machine did this"
    if event.flag:
        return EventFlag(event.flag).label.lower()
    if event.kind == EventKind.NO_EFFECT:
        return "nobody has said what this name means" if event.name.kind is None else "this name has no effect"
    if event.identity_id in of_others:
        return "it belongs to another customer of the same person"
    return "it lies in the future" if event.occurred_at > now else ""
