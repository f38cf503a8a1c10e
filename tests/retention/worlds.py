"""Random customers whose events lie where rules turn: on limits, a moment beside them, and together."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from tests.retention.plain_reading import ACTIVITY, Event

AT = datetime(2026, 11, 1, tzinfo=UTC)
#: Limits of rules in days, as they are, and with the recency sensitivity at 0.5 and 2.
TURNS = (0, 7, 14, 15, 28, 30, 45, 60, 90, 120, 121)
BESIDE = (
    timedelta(0),
    timedelta(microseconds=1),
    timedelta(microseconds=-1),
    timedelta(seconds=1),
    timedelta(seconds=-1),
)
OTHER = (
    "payment_failed", "payment_succeeded", "subscription_paused", "subscription_resumed", "refund_initiated",
    "support_escalated", "booking_missed", "booking_cancelled", "sms_sent", "feature_used", "email_clicked",
)  # fmt: skip


class Person(NamedTuple):
    key: str
    since: date | None
    churned_on: date | None
    events: tuple[Event, ...]


def moment(chance: random.Random) -> datetime:
    if chance.random() < 0.4:
        return AT - timedelta(days=chance.choice(TURNS)) + chance.choice(BESIDE)
    return AT - timedelta(seconds=chance.randrange(-86_400 * 2, 86_400 * 150))


def events(chance: random.Random) -> tuple[Event, ...]:
    found: list[Event] = []
    for _ in range(chance.choice((0, 0, 1, 2, 4, 8, 12))):
        found.append(Event(chance.choice(sorted(ACTIVITY)), moment(chance)))
    for _ in range(chance.choice((0, 0, 0, 4, 8, 12))):
        found.append(Event(chance.choice(("email_sent", "email_sent", "email_opened")), moment(chance)))
    for _ in range(chance.choice((0, 0, 1, 2, 4))):
        found.append(Event(chance.choice(OTHER), moment(chance)))
    for _ in range(chance.choice((0, 0, 0, 1, 2))):
        found.append(Event("nps_submitted", moment(chance), {"score": chance.randrange(11)}))
    for _ in range(chance.choice((0, 0, 0, 1, 3))):
        ticket = {"ticket_id": f"t{chance.randrange(2)}"}
        if chance.random() < 0.6:
            severity = chance.choice(("low", "normal", "high", "urgent"))
            found.append(Event("support_ticket_created", moment(chance), {**ticket, "severity": severity}))
        else:
            found.append(Event("support_ticket_resolved", moment(chance), ticket))
    if chance.random() < 0.15:
        # Missed lately, after a busier time.
        lately, before = AT - timedelta(days=chance.choice((5, 28, 27))), AT - timedelta(days=chance.choice((31, 90)))
        found += [Event(chance.choice(("booking_missed", "booking_cancelled")), lately) for _ in range(3)]
        found += [Event("visit_logged", before + timedelta(minutes=place)) for place in range(chance.randrange(5))]
    if chance.random() < 0.2:
        # Enough mail in both months for a rate to fall by a quarter, a half, or nearly so.
        for begin, most in ((35, 8), (5, 6)):
            at = AT - timedelta(days=begin)
            found += [Event("email_sent", at + timedelta(hours=place)) for place in range(8)]
            found += [Event("email_opened", at + timedelta(hours=place)) for place in range(chance.randrange(most + 1))]
    if found and chance.random() < 0.3:
        # Something at the very same instant, since what ends comes after what it ends.
        pairs = (("payment_failed", "payment_succeeded"), ("subscription_paused", "subscription_resumed"))
        first, second = chance.choice(pairs)
        found += [Event(first, found[0].at), Event(second, found[0].at)]
    chance.shuffle(found)
    return tuple(found)


def person(chance: random.Random, key: str) -> Person:
    since: date | None = (AT - timedelta(days=chance.choice((0, 1, 14, 15, 30, 31, 89, 90, 200)))).date()
    if chance.random() < 0.05:
        since = (AT + timedelta(days=1)).date()
    elif chance.random() < 0.1:
        since = None
    churned: date | None = None
    if chance.random() < 0.1:
        churned = (AT + timedelta(days=chance.choice((-1, 0, 1)))).date()
    if since is not None and churned is not None and churned < since:
        churned = None
    return Person(key, since, churned, events(chance))


def world(seed: int, size: int) -> list[Person]:
    """So many customers, the same ones for the same seed."""
    chance = random.Random(seed)
    return [person(chance, f"C{number:04d}") for number in range(size)]
