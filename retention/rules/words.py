"""Scores in plain words: what a reason code says, what a component looks at, what would change it.

The codes are those of scoring.md, and those of the model for infrequent buyers. Numbers come in only where they hold
whatever a model is tuned to: how long somebody has been quiet is the same for every model, from when on that counts is
not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from retention.states import Band, Component, Knob

#: So many reasons fit in one breath.
IN_ONE_BREATH = 3


@dataclass(frozen=True, slots=True)
class Compared:
    """What was counted lately and before, in words: “2 in 30 days”, “26 in the 90 days before”."""

    now: str
    before: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Numbers behind the reasons, as far as they are known. Days are whole ones, rounded down."""

    quiet_days: int | None = None
    payment_failed_days: int | None = None
    nps: int | None = None
    visits: Compared | None = None
    opens: Compared | None = None


@dataclass(frozen=True, slots=True)
class Wording:
    """What a reason is called in lists, how a sentence goes on with it, and what would make it go away."""

    label: str
    clause: str
    change: str
    component: Component | None = None


_VISITS_AGAIN = "Coming as often as before. The longer they come less, the more that is what counts as usual."
_OPENS_AGAIN = "Opening our mail again."
_ANSWER_AGAIN = "A better answer. An old one stops counting by itself."
REASONS: dict[str, Wording] = {
    "quiet_15d": Wording(
        "Quiet for a while",
        "quiet for a while",
        "One visit, booking or purchase sets it to 0 at once.",
        Component.RECENCY,
    ),
    "quiet_30d": Wording(
        "Quiet for long",
        "quiet for long",
        "One visit, booking or purchase sets it to 0 at once.",
        Component.RECENCY,
    ),
    "visits_down_25": Wording(
        "Visits down by a quarter", "visits down by a quarter", _VISITS_AGAIN, Component.FREQUENCY
    ),
    "visits_down_50": Wording("Visits down by half", "visits down by half", _VISITS_AGAIN, Component.FREQUENCY),
    "visits_down_75": Wording(
        "Visits down by three quarters", "visits down by three quarters", _VISITS_AGAIN, Component.FREQUENCY
    ),
    "payment_failed": Wording(
        "A payment failed", "a payment failed", "A payment that goes through sets it to 0 at once.", Component.PAYMENT
    ),
    "paused": Wording(
        "Subscription paused",
        "the subscription is paused",
        "Taking the subscription up again, at once. An old pause stops counting by itself.",
        Component.PAYMENT,
    ),
    "refund": Wording(
        "A refund was asked for", "a refund was asked for", "Only time: it stops counting by itself.", Component.PAYMENT
    ),
    "opens_down_25": Wording(
        "Mail opened a quarter less", "mail opened a quarter less", _OPENS_AGAIN, Component.ENGAGEMENT
    ),
    "opens_down_50": Wording(
        "Mail opened half as often", "mail opened half as often", _OPENS_AGAIN, Component.ENGAGEMENT
    ),
    "nps_detractor": Wording("Would not recommend us", "they would not recommend us", _ANSWER_AGAIN, Component.SUPPORT),
    "nps_passive": Wording(
        "Unsure to recommend us", "they are unsure whether to recommend us", _ANSWER_AGAIN, Component.SUPPORT
    ),
    "escalated": Wording(
        "Support was escalated",
        "a support case was escalated",
        "Only time: it stops counting by itself.",
        Component.SUPPORT,
    ),
    "ticket_open": Wording(
        "A support ticket is open", "a support ticket is open", "Resolving the ticket, at once.", Component.SUPPORT
    ),
    "thin_baseline": Wording(
        "Too few visits before to compare",
        "too few visits before to compare with",
        "Visits: with a few more the comparison begins.",
        Component.FREQUENCY,
    ),
    "short_history": Wording(
        "Known for less than 90 days", "known for less than 90 days", "Time: comparisons need 90 days."
    ),
    "no_events": Wording(
        "No events yet", "nothing is known of what they do", "Events: until one comes, only the start date counts."
    ),
    "payment_and_opens": Wording(
        "Payment trouble, and mail unread",
        "payment trouble comes with unread mail",
        "Either of the two getting better.",
    ),
    "missed_bookings": Wording(
        "Bookings missed or cancelled",
        "several bookings were missed or cancelled",
        "Bookings that they attend.",
    ),
}
_BUY_AGAIN = "One purchase."
REASONS |= {
    f"quiet_{days}d": Wording(
        f"Quiet past the {days} day mark",
        f"quiet past the {days} day mark",
        "One visit, booking or purchase sets it to 0 at once.",
        Component.RECENCY,
    )
    for days in range(45, 361, 45)
}
REASONS |= {
    "overdue_1x": Wording("Past their usual rhythm", "past their own rhythm of buying", _BUY_AGAIN, Component.RECENCY),
    "overdue_2x": Wording(
        "Twice past their rhythm", "twice past their own rhythm of buying", _BUY_AGAIN, Component.RECENCY
    ),
    "overdue_4x": Wording(
        "Four times past their rhythm", "four times past their own rhythm of buying", _BUY_AGAIN, Component.RECENCY
    ),
    "bought_once": Wording(
        "No rhythm of buying yet", "no rhythm of buying yet", "A further purchase.", Component.RECENCY
    ),
    "few_purchases": Wording(
        "Hardly any purchases", "hardly any purchases in two years", "Further purchases.", Component.FREQUENCY
    ),
    "some_purchases": Wording(
        "Not many purchases", "not many purchases in two years", "Further purchases.", Component.FREQUENCY
    ),
    "purchases_down_50": Wording(
        "Purchases down by half", "purchases down by half", "Buying as often as before.", Component.FREQUENCY
    ),
    "purchases_down_75": Wording(
        "Purchases down by three quarters",
        "purchases down by three quarters",
        "Buying as often as before.",
        Component.FREQUENCY,
    ),
}
_QUIET = tuple(code for code in REASONS if code.startswith("quiet_"))
#: These repeat what other reasons of the same score say, so a sentence leaves them out.
_TOGETHER = {"payment_and_opens"}
#: These say what could not be judged, not what is wrong.
UNJUDGED = {"thin_baseline", "short_history", "no_events"}


@dataclass(frozen=True, slots=True)
class Part:
    """What a component looks at, what its 0 means, and what it means that it could not be judged."""

    looks_at: str
    calm: str
    unjudged: str


PARTS: dict[str, Part] = {
    Component.RECENCY: Part(
        "How long ago they last came, booked, bought or used the app",
        "They did something lately.",
        "No event is known, so the day they became a customer stands in for one.",
    ),
    Component.FREQUENCY: Part(
        "How often they come now, compared with the months before",
        "They come about as often as before.",
        "They came too rarely before to compare with, so this gives no points.",
    ),
    Component.PAYMENT: Part(
        "Payments that failed, pauses and refunds",
        "No payment is open, nothing is paused, no refund was asked for.",
        "Nothing is known of payments.",
    ),
    Component.ENGAGEMENT: Part(
        "How much of our mail they open, compared with before",
        "They open our mail about as much as before.",
        "We sent too little mail to compare, so this gives no points.",
    ),
    Component.SUPPORT: Part(
        "What they tell us: survey answers, support tickets, escalations",
        "No complaint is open.",
        "Nothing is known of support.",
    ),
}

BANDS: dict[str, str] = {
    Band.HIGH: "Likely to leave unless somebody acts soon",
    Band.MEDIUM: "Something changed; worth a look",
    Band.LOW: "Nothing presses",
}

KNOBS: dict[str, str] = {
    Knob.RECENCY_SENSITIVITY: "At 2, being quiet counts after half the days; at 0.5, after twice as many.",
    Knob.PAYMENT_WEIGHT: "Above 1, payment trouble gives more points, never more than its part may give.",
    Knob.ENGAGEMENT_DECAY: "Above 1, unread mail gives more points, never more than its part may give.",
}


def label_of(code: str) -> str:
    """What a reason is called in lists and filters. A code that is not known is shown as its own words."""
    wording = REASONS.get(code)
    return wording.label if wording else code.replace("_", " ").capitalize()


def said(code: str, facts: Facts | None = None) -> str:
    """A reason as it goes on in a sentence, with its number where that is known: “quiet for 34 days”."""
    facts = facts or Facts()
    if code in _QUIET and facts.quiet_days is not None:
        return f"quiet for {_days(facts.quiet_days)}"
    if code == "payment_failed" and facts.payment_failed_days is not None:
        when = f"{_days(facts.payment_failed_days)} ago" if facts.payment_failed_days else "today"
        return f"a payment failed {when}"
    if code in {"nps_detractor", "nps_passive"} and facts.nps is not None:
        return f"they gave us {facts.nps} of 10"
    wording = REASONS.get(code)
    return wording.clause if wording else code.replace("_", " ")


def sentence(code: str, facts: Facts | None = None) -> str:
    """A reason as a sentence of its own, with what was counted: “Visits down by half: 2 in 30 days, 12 before.”"""
    words = said(code, facts)
    compared = _compared(code, facts or Facts())
    numbers = f": {compared.now}, {compared.before}" if compared else ""
    return f"{words[:1].upper()}{words[1:]}{numbers}."


def _compared(code: str, facts: Facts) -> Compared | None:
    if code.startswith(("visits_down", "purchases_down")):
        return facts.visits
    return facts.opens if code.startswith("opens_down") else None


def change_of(code: str) -> str:
    """What would make this reason go away."""
    wording = REASONS.get(code)
    return wording.change if wording else ""


def in_one_breath(total: int, band: str, reasons: Sequence[str], facts: Facts | None = None) -> str:
    """The whole score in one sentence: “72 of 100, high: quiet for 34 days, and a payment failed.”

    Reasons come as the score stores them, most points first. What could not be judged is said only where nothing else
    is to say.
    """
    told = [code for code in reasons if code not in _TOGETHER]
    against = [code for code in told if code not in UNJUDGED] or told
    clauses = [said(code, facts) for code in against[:IN_ONE_BREATH]]
    rest = len(against) - len(clauses)
    if rest:
        clauses.append(f"{rest} more {'reason' if rest == 1 else 'reasons'}")
    return f"{total} of 100, {Band(band).label.lower()}: {_joined(clauses) or 'nothing stands out'}."


def of_component(component: str, reasons: Iterable[str]) -> list[str]:
    """Those of the reasons that speak of this component."""
    return [code for code in reasons if code in REASONS and REASONS[code].component == component]


def unjudged(missing: int) -> list[Component]:
    """The components that could not be judged. ``missing`` has one bit for each, in the order of `Component`."""
    return [component for place, component in enumerate(Component) if missing & 1 << place]


def signed(points: int) -> str:
    """A difference with its sign: “+12”, “−5”, “0”."""
    return f"+{points}" if points > 0 else f"−{-points}" if points else "0"


def because(behaviour: int, configuration: int, missing: int) -> str:
    """Where a difference comes from: “+15 by what they did, −5 by a new model”. Nothing is left out but zeros."""
    parts = [
        (behaviour, "by what they did, or did not do"),
        (configuration, "by a change of the model"),
        (missing, "by what became known or unknown"),
    ]
    return ", ".join(f"{signed(points)} {words}" for points, words in parts if points)


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def _joined(clauses: Sequence[str]) -> str:
    """One, and another. Or: one, another, and a third."""
    if len(clauses) < 2:
        return "".join(clauses)
    return f"{', '.join(clauses[:-1])}, and {clauses[-1]}"
