"""How well a score told beforehand who would lapse. Pure: counts in, measures out.

A *flag* is a customer in a band. A flag is right when the customer then lapsed by the chosen definition. Everything is
worked out from one thing: how many customers had each total, and how many of them lapsed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from retention.states import Band

#: Half of those who get a cheap message by mistake is bearable; more is noise that people learn to ignore.
CEILING = 0.5


@dataclass(frozen=True, slots=True)
class Tally:
    """How many customers had this total, and what became of them."""

    total: int
    lapsed: int
    stayed: int


@dataclass(frozen=True, slots=True)
class BandMeasure:
    """What a band was worth as a warning.

    ``customers`` and ``lapsed`` are those within the band; ``flagged`` and ``caught`` those in it or in one above.

    - ``precision``: the share of customers within the band who lapsed. ``lift``: that, as a multiple of the base rate.
    - ``precision_above``, ``lift_above``: the same for the band and all above it.
    - ``recall``: the share of all who lapsed that the band and those above it held.
    - ``false_positives``: customers within the band who did not lapse. ``false_positive_share``: what share of the
      band they are; ``over_ceiling`` says whether that is more than the ceiling.
    - ``stayers_flagged``: the share of all who stayed that the band and those above it held (what statisticians call
      the false-positive rate).
    - ``said_wrong``: how often somebody of us said of a flag in this band that it was wrong.

    A share of nobody is None.
    """

    band: str
    customers: int
    lapsed: int
    precision: float | None
    lift: float | None
    flagged: int
    caught: int
    precision_above: float | None
    lift_above: float | None
    recall: float | None
    false_positives: int
    false_positive_share: float | None
    over_ceiling: bool
    stayers_flagged: float | None
    said_wrong: int = 0


@dataclass(frozen=True, slots=True)
class Measure:
    """One date, or several together. ``base_rate`` is the share that lapsed, whatever the score.

    ``auc`` is the chance that of two customers at the same date, one who lapsed and one who stayed, the first had the
    higher total; equal totals count half. None where nobody lapsed, or nobody stayed.
    """

    customers: int
    lapsed: int
    base_rate: float | None
    auc: float | None
    bands: tuple[BandMeasure, ...]

    def as_json(self) -> dict[str, Any]:
        """As a trial keeps it. Bands are listed highest first."""
        return {**asdict(self), "bands": [asdict(band) for band in self.bands]}


def added_up(tallies: Iterable[Tally]) -> list[Tally]:
    """One tally for each total, lowest first."""
    sums: dict[int, tuple[int, int]] = {}
    for one in tallies:
        lapsed, stayed = sums.get(one.total, (0, 0))
        sums[one.total] = (lapsed + one.lapsed, stayed + one.stayed)
    return [Tally(total, *sums[total]) for total in sorted(sums)]


def pairs(tallies: Iterable[Tally]) -> tuple[int, int]:
    """Twice the number of pairs (one who lapsed, one who stayed) in the right order, and twice the number of all pairs.

    Twice, so that a tie, which counts half, is a whole number.
    """
    right = stayed_below = lapsed = 0
    for one in added_up(tallies):
        right += one.lapsed * (2 * stayed_below + one.stayed)
        stayed_below += one.stayed
        lapsed += one.lapsed
    return right, 2 * lapsed * stayed_below


def measure(
    dates: Sequence[Sequence[Tally]],
    *,
    medium_from: int,
    high_from: int,
    ceiling: float = CEILING,
    said_wrong: Mapping[str, int] | None = None,
) -> Measure:
    """What the tallies of one or more dates come to. Over several dates a customer counts once for each.

    Only customers of the same date are compared for the AUC, so that a date on which everybody lapsed more does not
    look like skill.
    """
    both = [pairs(tallies) for tallies in dates]
    tallies = added_up(one for date in dates for one in date)
    lapsed, stayed = sum(one.lapsed for one in tallies), sum(one.stayed for one in tallies)
    begins = {Band.HIGH: high_from, Band.MEDIUM: medium_from, Band.LOW: 0}
    bands: list[BandMeasure] = []
    ends, flagged, caught = 101, 0, 0
    for band, begin in begins.items():
        inside = [one for one in tallies if begin <= one.total < ends]
        hit, missed = sum(one.lapsed for one in inside), sum(one.stayed for one in inside)
        flagged, caught, ends = flagged + hit + missed, caught + hit, begin
        bands.append(
            BandMeasure(
                band=band.value,
                customers=hit + missed,
                lapsed=hit,
                precision=_share(hit, hit + missed),
                lift=_lift(hit, hit + missed, lapsed, lapsed + stayed),
                flagged=flagged,
                caught=caught,
                precision_above=_share(caught, flagged),
                lift_above=_lift(caught, flagged, lapsed, lapsed + stayed),
                recall=_share(caught, lapsed),
                false_positives=missed,
                false_positive_share=_share(missed, hit + missed),
                over_ceiling=hit + missed > 0 and Fraction(missed, hit + missed) > Fraction(str(ceiling)),
                stayers_flagged=_share(flagged - caught, stayed),
                said_wrong=(said_wrong or {}).get(band.value, 0),
            )
        )
    return Measure(
        customers=lapsed + stayed,
        lapsed=lapsed,
        base_rate=_share(lapsed, lapsed + stayed),
        auc=_share(sum(right for right, _ in both), sum(every for _, every in both)),
        bands=tuple(bands),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _lift(hit: int, inside: int, lapsed: int, everybody: int) -> float | None:
    return float(Fraction(hit, inside) / Fraction(lapsed, everybody)) if inside and lapsed else None
