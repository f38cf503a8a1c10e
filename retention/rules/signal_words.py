"""Signals in plain words: what one looks at, from when on it gives points, and what its numbers are called. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from contacts.states import ACTIVITY_KINDS, SEVERITIES, EventKind
from retention.rules.words import label_of
from retention.signals.activity import Rhythm
from retention.signals.base import Scale, Signal, Tier
from retention.states import Component


@dataclass(frozen=True, slots=True)
class Described:
    """A signal for people: its title, what it looks at, and one line for each step that gives points or a reason."""

    title: str
    looks_at: str
    steps: tuple[str, ...]


#: What the numbers of signals are called in the form that changes them, with what they mean.
LABELS: Mapping[str, tuple[str, str]] = {
    "recent": ("Days that count as now", ""),
    "baseline": ("Days before, to compare with", ""),
    "least": ("At least so many", "With fewer there is nothing to compare."),
    "within": ("Within so many days", ""),
    "points": ("Points", ""),
    "inclusive": ("The last day counts", "1 when an age of exactly the limit still counts, else 0."),
    "without": ("Points without a rhythm", "For those who did it once, or never."),
    "kinds": ("Events", ""),
    "opened_by": ("Begins with", ""),
    "closed_by": ("Ends with", ""),
    "counted": ("Counted", ""),
    "out_of": ("Out of", ""),
}
#: What the limit of a step is called, by type of signal.
LIMITS: Mapping[str, str] = {
    "gap": "More than so many days",
    "rhythm": "More than so many times their rhythm",
    "drop": "At least this share fewer (0.25 is a quarter)",
    "count": "At most so many",
    "open_failure": "Up to so many days old",
    "rate_decay": "At least this share less (0.25 is a quarter)",
    "value": "This answer or less",
    "open_ticket": "This severity or graver (1 low, 2 normal, 3 high, 4 urgent)",
}


def describe(signal: Signal, scale: Scale | None = None) -> Described:
    """The signal with its numbers, in words: with a scale (`ModelRules.scale`) as the knobs make them."""
    scale = scale or Scale()
    steps = [_step(signal.type, tier, scale) for tier in getattr(signal, "tiers", ())]
    if signal.type == "flag":
        steps.append(_gives(scale.points(signal.most_points), signal.codes[0]))
    if signal.type == "together":
        needed = [f"{Component(name).label} at {least} or more" for name, least in getattr(signal, "components", ())]
        steps.append(f"{' and '.join(needed)}: no points, the reason “{label_of(signal.codes[0])}”")
    if isinstance(signal, Rhythm) and signal.without:
        steps.append(f"Without a rhythm: {_gives(scale.points(signal.without), signal.without_code)}")
    if signal.type in ("short_history", "no_events", "missed_and_fewer"):
        steps.append(f"No points, the reason “{label_of(signal.codes[0])}”")
    return Described(signal.title, _looks_at(signal), tuple(steps))


def events_in_words(kinds: tuple[int, ...]) -> str:
    """Kinds of events as a list of words; all that show a customer at work with us are called activity."""
    if kinds == ACTIVITY_KINDS:
        return "activity (visits, classes, bookings, purchases, use of the app)"
    return ", ".join(EventKind(kind).label.lower() for kind in kinds)


def _looks_at(signal: Signal) -> str:
    def value(name: str) -> int:
        return int(getattr(signal, name))

    def events(name: str) -> str:
        return events_in_words(getattr(signal, name))

    match signal.type:
        case "gap":
            return f"Days since the last of: {events('kinds')}."
        case "rhythm":
            return (
                f"Days since the last of: {events('kinds')}, against their own mean interval in {value('within')} days."
            )
        case "drop":
            return (
                f"The last {value('recent')} days against the average of the {value('baseline')} days before: "
                f"{events('kinds')}. With fewer than {value('least')} before there is nothing to compare."
            )
        case "count":
            return f"How many in {value('within')} days: {events('kinds')}."
        case "open_failure":
            return f"The latest {events('opened_by')} with no {events('closed_by')} since."
        case "flag":
            return f"In the last {value('within')} days: {events('kinds')}."
        case "rate_decay":
            return (
                f"{events('counted').capitalize()} out of {events('out_of')}: the last {value('within')} days against "
                f"the {value('within')} days before. With fewer than {value('least')} in either there is nothing to "
                "compare."
            )
        case "value":
            return f"The latest in {value('within')} days: {events('kinds')}."
        case "open_ticket":
            return f"Opened in the last {value('within')} days and not resolved; the gravest counts."
        case "short_history":
            return f"The first event is younger than {value('within')} days."
        case "missed_and_fewer":
            return (
                f"At least {value('least')} in {value('within')} days: {events('kinds')}; and less activity in "
                f"{value('recent')} days than usual."
            )
    return ""


def _step(kind: str, tier: Tier, scale: Scale) -> str:
    limit = tier.limit.normalize()
    if kind == "gap" and scale.sensitivity != 1:
        limit = (tier.limit / scale.sensitivity).quantize(Decimal("0.1")).normalize()
    share = f"{(limit * 100).normalize():f}%"
    number = f"{limit:f}"
    graver = ", ".join(name for name, grade in SEVERITIES.items() if grade >= limit)
    when = {
        "gap": f"More than {number} days",
        "rhythm": f"More than {number} times their rhythm",
        "drop": f"At least {share} fewer",
        "count": f"At most {number}",
        "open_failure": f"Up to {number} days old",
        "rate_decay": f"At least {share} less",
        "value": f"{number} or less",
        "open_ticket": "Any ticket" if limit <= Decimal(1) else f"Severity {graver}",
    }.get(kind, number)
    return f"{when}: {_gives(scale.points(tier.points), tier.code)}"


def _gives(points: int, code: str) -> str:
    given = f"{points} point{'' if points == 1 else 's'}"
    return f"{given}, “{label_of(code)}”" if code else given
