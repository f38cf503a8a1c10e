"""scoring.md read aloud: at-risk-v1 written down as plainly as possible, sharing nothing with the code it tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

ACTIVITY = {
    "visit_logged", "class_attended", "booking_made", "booking_attended", "app_opened", "session_started",
    "purchase_made",
}  # fmt: skip
ORDER = [
    "quiet_15d", "quiet_30d", "visits_down_25", "visits_down_50", "visits_down_75", "payment_failed", "paused",
    "refund", "opens_down_25", "opens_down_50", "nps_detractor", "nps_passive", "escalated", "ticket_open",
    "thin_baseline", "short_history", "no_events", "payment_and_opens", "missed_bookings",
]  # fmt: skip


class Event(NamedTuple):
    name: str
    at: datetime
    properties: dict[str, Any] = {}


class Row(NamedTuple):
    total: int
    band: str
    recency: int
    frequency: int
    payment: int
    engagement: int
    support: int
    reasons: tuple[str, ...]


def days(number: float) -> timedelta:
    return timedelta(days=number)


def half_up(value: Fraction) -> int:
    return int(value + Fraction(1, 2))


def score(
    all_events: Sequence[Event],
    since: date | None,
    churned_on: date | None,
    at: datetime,
    *,
    s: Decimal = Decimal(1),
    w: Decimal = Decimal(1),
    m: Decimal = Decimal(1),
) -> Row | None:
    """The row of one customer, or None for one that is not scored."""
    events = sorted((e for e in all_events if e.at <= at), key=lambda e: e.at)
    began = datetime(since.year, since.month, since.day, tzinfo=UTC) if since else (events[0].at if events else None)
    if began is None or began > at:
        return None
    if churned_on and datetime(churned_on.year, churned_on.month, churned_on.day, tzinfo=UTC) < at:
        return None

    def named(*names: str) -> list[Event]:
        return [e for e in events if e.name in names]

    def inside(found: list[Event], newer: int, older: int) -> list[Event]:
        return [e for e in found if at - days(older) < e.at <= at - days(newer)]

    reasons: list[tuple[int, str]] = []
    active = named(*ACTIVITY)

    gap = at - (active[-1].at if active else began)
    in_days = Fraction(gap // timedelta(microseconds=1), 86_400_000_000)
    recency = 0 if in_days <= 14 / Fraction(s) else 15 if in_days <= 30 / Fraction(s) else 30
    if recency:
        reasons.append((recency, "quiet_15d" if recency == 15 else "quiet_30d"))

    r, b90 = len(inside(active, 0, 30)), len(inside(active, 30, 120))
    frequency = 0
    if b90 < 3:
        reasons.append((0, "thin_baseline"))
    else:
        drop = 1 - Fraction(r) / (Fraction(b90) / 3)
        for least, points, code in (
            (0.75, 25, "visits_down_75"),
            (0.5, 20, "visits_down_50"),
            (0.25, 10, "visits_down_25"),
        ):
            if drop >= Fraction(least):
                frequency = points
                reasons.append((points, code))
                break

    def weighed(points: int) -> int:
        return min(25, half_up(points * Fraction(w)))

    pay: list[tuple[int, str]] = []
    failed, succeeded = named("payment_failed"), named("payment_succeeded")
    if failed and not any(e.at >= failed[-1].at for e in succeeded):
        age = at - failed[-1].at
        if age <= days(15):
            pay.append((weighed(25), "payment_failed"))
        elif age <= days(30):
            pay.append((weighed(15), "payment_failed"))
    resumed = named("subscription_resumed")
    if any(not any(e.at >= p.at for e in resumed) for p in inside(named("subscription_paused"), 0, 30)):
        pay.append((weighed(15), "paused"))
    if inside(named("refund_initiated"), 0, 30):
        pay.append((weighed(15), "refund"))
    payment = max((points for points, _ in pay), default=0)
    reasons += pay

    sent, opened = named("email_sent"), named("email_opened")
    sent_now, sent_before = len(inside(sent, 0, 30)), len(inside(sent, 30, 60))
    open_now, open_before = len(inside(opened, 0, 30)), len(inside(opened, 30, 60))
    engagement = 0
    if sent_now >= 3 and sent_before >= 3 and open_before > 0:
        now, before = (
            min(Fraction(1), Fraction(open_now, sent_now)),
            min(Fraction(1), Fraction(open_before, sent_before)),
        )
        decay = 1 - now / before
        if decay >= Fraction(1, 4):
            points, code = (15, "opens_down_50") if decay >= Fraction(1, 2) else (8, "opens_down_25")
            engagement = min(15, half_up(points * Fraction(m)))
            reasons.append((engagement, code))

    help_: list[tuple[int, str]] = []
    answers = inside(named("nps_submitted"), 0, 90)
    if answers:
        worst = min(int(e.properties["score"]) for e in answers if e.at == answers[-1].at)
        if worst <= 6:
            help_.append((5, "nps_detractor"))
        elif worst <= 8:
            help_.append((2, "nps_passive"))
    if inside(named("support_escalated"), 0, 30):
        help_.append((5, "escalated"))
    solved = named("support_ticket_resolved")
    still_open = [
        e
        for e in inside(named("support_ticket_created"), 0, 30)
        if not any(x.at >= e.at and x.properties.get("ticket_id") == e.properties.get("ticket_id") for x in solved)
    ]
    if still_open:
        grave = any(e.properties.get("severity") in ("high", "urgent") for e in still_open)
        help_.append((5 if grave else 2, "ticket_open"))
    support = max((points for points, _ in help_), default=0)
    reasons += help_

    if events and at - events[0].at < days(90):
        reasons.append((0, "short_history"))
    if not events:
        reasons.append((0, "no_events"))
    if payment >= 15 and engagement >= 8:
        reasons.append((0, "payment_and_opens"))
    if len(inside(named("booking_missed", "booking_cancelled"), 0, 28)) >= 3 and r < Fraction(b90) / 3:
        reasons.append((0, "missed_bookings"))

    total = recency + frequency + payment + engagement + support
    band = "high" if total >= 70 else "medium" if total >= 40 else "low"
    ordered = tuple(code for _, code in sorted(reasons, key=lambda one: (-one[0], ORDER.index(one[1]))))
    return Row(total, band, recency, frequency, payment, engagement, support, ordered)
