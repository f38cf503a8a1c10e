"""What customers of the sample world do, day by day: cases.toml says how a case behaves, this makes events of it. Pure.

Days are counted back from now, and windows of 30 of them are filled with so many events each, so that a case shows the
reason it was written for, whatever the seed. A few days at the edges of the windows stay empty: then it does not matter
at what hour of the day the world is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any

#: How far back events go, in windows of 30 days: the charts of the last weeks need what was usual before them.
WINDOWS = 7
_WINDOW = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """How a group of customers behaves. The fields are explained at the top of cases.toml."""

    name: str
    share: int
    expect: tuple[str, ...] = ()
    pace: float = 1.0
    silent: int = 0
    visits: int | None = None
    joined: int = 0
    opens: tuple[int, ...] = (3, 3)
    failed: int | None = None
    paused: int | None = None
    resumed: int | None = None
    refund: int | None = None
    nps: tuple[int, ...] = ()
    ticket: str = ""
    resolved: bool = False
    escalated: bool = False
    missed: int = 0
    churned: int = 0
    nothing: bool = False
    buys: bool = False
    tier: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Case:
        lists = {name: tuple(row[name]) for name in ("expect", "opens", "nps") if name in row}
        return cls(**{**row, **lists})


@dataclass(frozen=True, slots=True)
class Trade:
    """What a visit is called where: names of events with their weights, and what a month costs."""

    visits: tuple[tuple[str, int], ...]
    monthly: tuple[int, int]
    oddity: str
    features: tuple[str, ...] = ()


STUDIO = Trade(
    visits=(
        ("class_attended", 5),
        ("booking_made", 3),
        ("visit_logged", 2),
        ("app_opened", 4),
        ("purchase_made", 1),
    ),
    monthly=(4, 12),
    oddity="Locker Rented",
)
SOFTWARE = Trade(
    visits=(("session_started", 6), ("Application Opened", 2)),
    monthly=(8, 16),
    oddity="Report Exported",
    features=("calendar", "waiting list", "invoices", "reminders", "room plan"),
)
AGENCY = Trade(visits=(("session_started", 3), ("visit_logged", 1)), monthly=(3, 7), oddity="Proof Annotated")


@dataclass(frozen=True, slots=True)
class Deed:
    """One event of one customer."""

    name: str
    at: datetime
    properties: dict[str, Any] = field(default_factory=dict)


class Diary:
    """Everything one customer did. Days are days ago."""

    def __init__(self, *, case: Case, trade: Trade, now: datetime, random: Random, price: int) -> None:
        self.case, self.trade, self.random, self.price = case, trade, random, price
        self.midnight = datetime.combine(now.astimezone(UTC).date(), time(0), UTC)
        self.oldest = case.joined or WINDOWS * _WINDOW
        self.newest = case.churned

    def deeds(self) -> list[Deed]:
        """All of it, oldest first."""
        if self.case.nothing:
            return []
        found = [*self._visits(), *self._mail(), *self._payments(), *self._support(), *self._oddities()]
        known = [deed for deed in found if self._days(deed.at) <= self.oldest and self._days(deed.at) >= self.newest]
        return sorted(known, key=lambda deed: (deed.at, deed.name))

    def _visits(self) -> Iterator[Deed]:
        """So many in each window; in the last one, as many as the case says of the usual."""
        case = self.case
        usual = self.random.randint(*self.trade.monthly)
        if case.pace < 1:
            usual = max(usual, 10)
        for window in range(WINDOWS):
            first, last = window * _WINDOW + 2, window * _WINDOW + 28
            count = usual + self.random.randint(0, 1)
            if case.visits is not None:
                count = case.visits if window else 1
            elif window == 0:
                count = max(round(usual * case.pace), 1) if case.pace < 1 else usual + 1
            days = [self.random.randint(first, last) for _ in range(count)]
            if window == 0 and not case.silent:
                days[0] = self.random.randint(2, 9)
            if case.silent and first <= case.silent <= last:
                days[0] = self.random.randint(case.silent, min(case.silent + 6, last))
            for day in days:
                if day >= case.silent:
                    yield from self._visit(day)

    def _visit(self, day: int) -> Iterator[Deed]:
        names, weights = zip(*self.trade.visits, strict=True)
        name = "purchase_made" if self.case.buys else self.random.choices(names, weights)[0]
        at = self._at(day, self.random.randint(7, 20))
        if name == "purchase_made":
            price = self.random.choice((18, 24, 95, 160))
            yield Deed(
                name, at, {"total": price, "currency": "GBP", "order_id": f"B-{self.random.randrange(10**6):06}"}
            )
            return
        yield Deed(name, at)
        if name == "session_started" and self.trade.features:
            yield Deed("feature_used", at + timedelta(minutes=3), {"feature": self.random.choice(self.trade.features)})
            seconds = self.random.randint(120, 2400)
            yield Deed("session_ended", at + timedelta(seconds=seconds), {"seconds": seconds})

    def _mail(self) -> Iterator[Deed]:
        """Six mails a window; how many of them are opened in the newest windows, the case says."""
        usual = self.case.opens[-1]
        for window in range(WINDOWS):
            opened = self.case.opens[window] if window < len(self.case.opens) else usual
            days = [window * _WINDOW + day for day in (3, 8, 13, 18, 23, 27)]
            read = set(self.random.sample(days, opened))
            for day in days:
                sent = self._at(day, 9)
                yield Deed("email_sent", sent)
                if day in read:
                    at = sent + timedelta(minutes=self.random.randint(20, 600))
                    yield Deed("Email Opened", at)
                    if self.random.random() < 0.3:
                        yield Deed("email_clicked", at + timedelta(minutes=1))
                elif self.random.random() < 0.06:
                    yield Deed("Email Opened", sent + timedelta(seconds=2), {"machine": True})

    def _payments(self) -> Iterator[Deed]:
        """Once a window; a failed one stands open until the next goes through."""
        case, money = self.case, {"amount": self.price, "currency": "GBP"}
        paid = self.random.randint(16, 27)
        for window in range(WINDOWS):
            day = window * _WINDOW + paid
            if case.failed is not None and day <= case.failed + 3:
                continue
            if case.paused is not None and case.resumed is None and day <= case.paused:
                continue
            yield Deed("payment_succeeded", self._at(day, 6), money)
        if case.failed is not None:
            yield Deed("payment_failed", self._at(case.failed, 6), money)
        if case.paused is not None:
            yield Deed("subscription_paused", self._at(case.paused, 18))
        if case.resumed is not None:
            yield Deed("subscription_resumed", self._at(case.resumed, 12))
        if case.refund is not None:
            yield Deed("refund_initiated", self._at(case.refund, 11), money)

    def _support(self) -> Iterator[Deed]:
        case = self.case
        if case.nps:
            yield Deed(
                "nps_submitted", self._at(self.random.randint(5, 70), 19), {"score": self.random.choice(case.nps)}
            )
        ticket = {"ticket_id": f"T-{self.random.randrange(10**5):05}"}
        day = self.random.randint(5, 20)
        if case.ticket:
            yield Deed("support_ticket_created", self._at(day, 10), {**ticket, "severity": case.ticket})
        if case.resolved:
            yield Deed("support_ticket_resolved", self._at(day - 2, 15), ticket)
        if case.escalated:
            yield Deed("support_escalated", self._at(day - 1, 16), ticket)
        for number in range(case.missed):
            name = "booking_cancelled" if number % 2 else "booking_missed"
            yield Deed(name, self._at(self.random.randint(2, 25), 17))

    def _oddities(self) -> Iterator[Deed]:
        """Names that nobody has said anything about yet."""
        if self.random.random() < 0.05 and self.oldest > 60:
            yield Deed(self.trade.oddity, self._at(self.random.randint(5, 50), 14))

    def _at(self, day: int, hour: int) -> datetime:
        clock = timedelta(hours=hour, minutes=self.random.randint(0, 59), seconds=self.random.randint(0, 59))
        return self.midnight - timedelta(days=day) + clock

    def _days(self, at: datetime) -> float:
        return (self.midnight - at) / timedelta(days=1)


def deal(cases: list[Case], count: int, random: Random) -> list[Case]:
    """A case for each of ``count`` customers, by their shares and each at least once, in random order.

    Raises ValueError where there are fewer customers than cases.
    """
    if count < len(cases):
        raise ValueError(f"{count} customers are too few for {len(cases)} cases.")
    whole = sum(case.share for case in cases)
    dealt = [case for case in cases for _ in range(max(case.share * count // whole, 1))]
    dealt = (dealt + [cases[0]] * count)[:count] if len(dealt) <= count else _less(dealt, count)
    random.shuffle(dealt)
    return dealt


def _less(dealt: list[Case], count: int) -> list[Case]:
    """Take away from the most frequent until it fits."""
    dealt = list(dealt)
    while len(dealt) > count:
        dealt.remove(max(dealt, key=dealt.count))
    return dealt
