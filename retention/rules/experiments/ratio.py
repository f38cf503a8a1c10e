"""Whether the draw came out as it was asked for: the sample-ratio test (mission.md 3.6). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: Below this chance the draw is broken rather than unlucky. Strict, because it is looked at every day.
ALARM = 0.001


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many were drawn, how many of them held out, and how likely that is where the draw is sound."""

    treated: int
    holdout: int
    expected: float
    chance: float
    alarm: bool


@dataclass(frozen=True, slots=True)
class Ratios:
    """The test over everybody and in each stratum. ``sentence`` is empty without an alarm."""

    overall: Ratio
    strata: Mapping[str, Ratio]
    alarm: bool
    sentence: str


def of_draw(treated: int, holdout: int, holdout_percent: float, limit: float = ALARM) -> Ratio:
    """The exact binomial test of ``holdout`` among all against the share that was to be held out.

    Nobody drawn yet is no alarm. Raises ValueError where the percentage is not between 0 and 100.
    """
    if not 0 < holdout_percent < 100:
        raise ValueError("There is a ratio to test only where some are held out and some are not.")
    expected, drawn = holdout_percent / 100, treated + holdout
    if not drawn:
        return Ratio(0, 0, expected, 1.0, False)
    from scipy.stats import binomtest

    chance = float(binomtest(holdout, drawn, expected).pvalue)
    return Ratio(treated, holdout, expected, chance, chance < limit)


def check_draw(arms: Mapping[str, tuple[int, int]], holdout_percent: float) -> Ratios:
    """The test of everybody assigned, and of each stratum. ``arms`` maps a stratum to (treated, held out).

    Everybody together are tested at `ALARM`; the strata share the same chance of a false alarm between them.
    """
    treated, holdout = (sum(pair[place] for pair in arms.values()) for place in (0, 1))
    overall = of_draw(treated, holdout, holdout_percent)
    strata = {name: of_draw(*pair, holdout_percent, ALARM / len(arms)) for name, pair in arms.items()}
    wrong = [name for name, ratio in strata.items() if ratio.alarm]
    if not overall.alarm and not wrong:
        return Ratios(overall, strata, False, "")
    where = "" if overall.alarm else f" among customers of {', '.join(wrong)} value"
    asked = treated + holdout if overall.alarm else sum(sum(arms[name]) for name in wrong)
    got = holdout if overall.alarm else sum(arms[name][1] for name in wrong)
    return Ratios(
        overall,
        strata,
        True,
        f"The draw does not fit{where}: {got:,} of {asked:,} are held out, where {holdout_percent:g}% were to be. "
        "Chance alone hardly does that. Find out what went wrong before you believe any result.",
    )
