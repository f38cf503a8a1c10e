"""Where the pieces of an experiment's three charts go, in per cent of their width and height.

The templates draw them, without a script. Bars lie on their side with their words above them, so that a phone shows as
much as a wide screen. Numbers come from `retention.rules.experiments.charts`; nothing is computed here but places.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from retention.charts import Mark, Stroke
from retention.rules.experiments.charts import Amount, Bar, Span
from retention.rules.experiments.samples import Count, Interval

LEFT, RIGHT = 1.0, 99.0
#: Words stand this far above a bar, and a bar is so high, as shares of a row.
WORDS, HIGH = 0.36, 0.4
#: The chart of both arms over time: its top and bottom line, and how far the two arms stand apart.
TOP, BOTTOM, APART = 8.0, 84.0, 2.2


@dataclass(frozen=True, slots=True)
class Block:
    """One bar on its side, with the words above it. ``kind`` is how it is filled."""

    x: str
    y: str
    width: str
    height: str
    words: str
    words_y: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of bars that lie on their side."""

    blocks: tuple[Block, ...]
    zero: str
    summary: str


@dataclass(frozen=True, slots=True)
class Whiskers:
    """One arm at one time: the line of its interval, the dot of its share, and the words at it."""

    line: Stroke
    dot: Mark
    kind: str


@dataclass(frozen=True, slots=True)
class Arms:
    """Both arms at 30, 60 and 90 days, each share with its interval."""

    whiskers: tuple[Whiskers, ...]
    lines: tuple[Mark, ...]
    times: tuple[Mark, ...]
    summary: str


@dataclass(frozen=True, slots=True)
class Row:
    """The table beside that chart: one time in words."""

    days: int
    treated: str
    holdout: str
    difference: str


def funnel(bars: Sequence[Bar]) -> Bars | None:
    """How far the treated got; None while there is nobody."""
    if not bars or not bars[0].customers:
        return None
    rows = len(bars)
    return Bars(
        tuple(
            _block(place, rows, 0.0, one.share, f"{one.label}: {one.customers:,} ({percent(one.share)})", "treated")
            for place, one in enumerate(bars)
        ),
        _across(0),
        f"Of {bars[0].customers:,} treated, {bars[1].customers:,} were contacted, {bars[2].customers:,} clicked and "
        f"{bars[3].customers:,} reached the goal.",
    )


def waterfall(amounts: Sequence[Amount]) -> Bars | None:
    """From what the treated brought to what is left; None while there are no figures."""
    if not amounts:
        return None
    ends: list[tuple[float, float]] = []
    at = 0.0
    for one in amounts:
        amount = float(one.amount)
        begin = 0.0 if one.total else at
        at = begin + amount
        ends.append((begin, at))
    low = min(0.0, *(min(pair) for pair in ends))
    high = max(0.0, *(max(pair) for pair in ends))
    span = high - low or 1.0

    def share(value: float) -> float:
        return (value - low) / span

    rows = len(amounts)
    return Bars(
        tuple(
            _block(
                place, rows, share(min(begin, end)), share(max(begin, end)),
                f"{one.label}: {one.amount:,.2f}".replace("-", "−"),
                "treated" if one.total else "less" if one.amount < 0 else "more",
            )
            for place, (one, (begin, end)) in enumerate(zip(amounts, ends, strict=True))
        ),
        _across(share(0.0)),
        f"The treated brought {amounts[0].amount:,.2f}; {amounts[2].amount:,.2f} of it because of us; "
        f"{amounts[-1].amount:,.2f} is left after the cost.",
    )  # fmt: skip


def arms(spans: Sequence[Span]) -> Arms | None:
    """Who was active after 30, 60 and 90 days in both arms; None while nothing is known of any time."""
    known = [one for one in spans if one.treated_interval is not None or one.holdout_interval is not None]
    if not known:
        return None
    tops = [
        interval.high
        for one in known
        for interval in (one.treated_interval, one.holdout_interval)
        if interval is not None
    ]
    top = next((step for step in (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0) if max(tops) <= step), 1.0)

    def up(share: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * share / top

    whiskers, times = [], []
    for place, one in enumerate(spans):
        middle = 22.0 + 30.0 * place
        times.append(Mark(_per(middle), "97%", f"{one.days} days", "middle"))
        for kind, count, interval, side in (
            ("treated", one.treated, one.treated_interval, -1),
            ("holdout", one.holdout, one.holdout_interval, 1),
        ):
            if interval is None:
                continue
            x = _per(middle + side * APART)
            words = Mark(x, _per(up(count.share)), short(count.share), "end" if side < 0 else "start")
            whiskers.append(Whiskers(Stroke(x, _per(up(interval.low)), x, _per(up(interval.high))), words, kind))
    lines = tuple(Mark("1%", _per(up(share)), short(share)) for share in (0.0, top / 2, top))
    return Arms(tuple(whiskers), lines, tuple(times), " ".join(_in_words(one) for one in known))


def rows(spans: Iterable[Span]) -> tuple[Row, ...]:
    """The table beside it."""
    return tuple(
        Row(
            one.days,
            _share(one.treated, one.treated_interval),
            _share(one.holdout, one.holdout_interval),
            "Not known yet"
            if one.difference is None
            else f"{points(one.difference.point)} ({between(one.difference.interval)})",
        )
        for one in spans
    )


def percent(share: float) -> str:
    return f"{share:.1%}"


def short(share: float) -> str:
    """As few signs as a phone has room for between two arms; the table beside the chart has the rest."""
    return f"{share:.1%}" if 0 < share < 0.0995 else f"{share:.0%}"


def points(value: float) -> str:
    """A difference of shares: “+3.4 points”."""
    return f"{_signed(value * 100)} points"


def between(interval: Interval) -> str:
    """“+1.2 to +5.6”, in points."""
    return f"{_signed(interval.low * 100)} to {_signed(interval.high * 100)}"


def _signed(value: float) -> str:
    rounded = round(value, 1) or 0.0
    return f"−{-rounded:.1f}" if rounded < 0 else f"+{rounded:.1f}"


def _share(count: Count, interval: Interval | None) -> str:
    if interval is None:
        return "Nobody yet"
    return f"{percent(count.share)} of {count.n:,} ({percent(interval.low)} to {percent(interval.high)})"


def _in_words(one: Span) -> str:
    treated = percent(one.treated.share) if one.treated.n else "nobody known"
    holdout = percent(one.holdout.share) if one.holdout.n else "nobody known"
    return f"After {one.days} days {treated} of the treated and {holdout} of those held out were active."


def _block(place: int, rows: int, begin: float, end: float, words: str, kind: str) -> Block:
    row = 100.0 / rows
    top = row * place
    # What is too small to see is still there.
    width = max((RIGHT - LEFT) * (end - begin), 0.3)
    return Block(
        x=_across(min(begin, 1 - width / (RIGHT - LEFT))),
        y=_per(top + row * (WORDS + 0.06)),
        width=_per(width),
        height=_per(row * HIGH),
        words=words,
        words_y=_per(top + row * WORDS - 1.2),
        kind=kind,
    )


def _across(share: float) -> str:
    return _per(LEFT + (RIGHT - LEFT) * share)


def _per(number: float) -> str:
    return f"{number:.2f}%"
