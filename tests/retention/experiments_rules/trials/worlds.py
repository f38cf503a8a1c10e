"""Worlds whose truth is known, to see whether the readings of experiments keep what they promise.

Everything goes through the code that runs: customers are drawn by `draw`, read by `read`, watched by `always_valid`
and `ratio`. Only what customers do is made up. ``python -m tests.retention.experiments_rules.trials.worlds`` prints
the table of docs/experiments.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import binom
from statsmodels.stats.proportion import confint_proportions_2indep

from retention.rules.experiments import always_valid, cuped, lift, ratio
from retention.rules.experiments.draw import draw
from retention.rules.experiments.power import Needed, needed_for_shares
from retention.rules.experiments.reading import Design, Reading, Tally, read
from retention.rules.experiments.samples import Count, Sums
from retention.states import Arm, ValueTier
from tests.retention.experiments_rules.exactly import chances

Ints = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]

WORLDS, SEED, DAYS, ALPHA, POWER = 2_000, 20_260_701, 60, 0.05, 0.8
BASELINE, EFFECT, HOLDOUT_PERCENT = 0.055, 0.035, 12
#: One in so many worlds may fail a line below by chance alone; the limits are set so that it does not.
TOLERANCE = 0.001
#: Share of customers, share that comes back without us, and what they are called.
TIERS = ((0.2, 0.10, ValueTier.HIGH), (0.3, 0.06, ValueTier.MIDDLE), (0.5, 0.034, ValueTier.LOW))


@dataclass(frozen=True)
class Line:
    """One line of the table: what was promised, what came of it, and whether that keeps the promise."""

    world: str
    question: str
    promised: str
    found: str
    kept: bool


@dataclass(frozen=True)
class World:
    """Customers in the order in which they are settled, with the arm that they were drawn into."""

    held_out: np.ndarray[Any, np.dtype[np.bool_]]
    ends: Ints

    @property
    def treated(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        return ~self.held_out


def plan() -> Needed:
    return needed_for_shares(baseline=BASELINE, effect=EFFECT, holdout=HOLDOUT_PERCENT / 100, alpha=ALPHA, power=POWER)


def drawn(worlds: int, customers: int, holdout_percent: int = HOLDOUT_PERCENT) -> Iterator[World]:
    """Worlds of so many customers, who come evenly over the days."""
    ends = np.linspace(0, customers, DAYS + 1).astype(int)[1:]
    for world in range(worlds):
        held = np.fromiter(
            (draw(f"world {world}", customer, holdout_percent) == Arm.HOLDOUT for customer in range(customers)), bool
        )
        yield World(held, ends)


def design(needed: Needed) -> Design:
    return Design(
        holdout_percent=HOLDOUT_PERCENT,
        baseline=BASELINE,
        min_effect=EFFECT,
        alpha=ALPHA,
        required_treated=needed.treated,
        required_holdout=needed.holdout,
    )


def shares(worlds: list[World], needed: Needed, effect: float, random: np.random.Generator) -> list[Line]:
    """The planned look and the daily one, with this true effect."""
    planned_variance = always_valid.planned_variance_of_shares(
        baseline=BASELINE, effect=EFFECT, treated=needed.treated, holdout=needed.holdout
    )
    looks: list[Reading] = []
    daily, naive, stays, alone = 0, 0, 0, 0
    for world in worlds:
        chance = np.where(world.held_out, BASELINE, BASELINE + effect)
        came = random.random(chance.size) < chance
        looks.append(read(design=design(needed), tallies=_tallies(world, came), planned=True))
        days = _by_day(world, came)
        found = [
            always_valid.of_shares(
                Count(int(one), int(of)), Count(int(other), int(among)), planned_variance=planned_variance, alpha=ALPHA
            )
            for one, of, other, among in days
        ]
        seen = [estimate for estimate in found if estimate is not None]
        daily += any(estimate.interval.shows for estimate in seen)
        stays += all(effect in estimate.interval for estimate in seen)
        naive += _ever(days)
        alone += any(estimate.interval.shows < 0 for estimate in seen)
    total = len(worlds)
    shows = [look.fixed.interval.shows if look.fixed else 0 for look in looks]
    holds = sum(look.fixed is not None and effect in look.fixed.interval for look in looks)
    world_name = "No effect" if not effect else f"True effect of {effect * 100:g} points"
    held = [
        _at_least(world_name, "The interval of the planned look holds the truth", holds, total, 1 - ALPHA),
        _at_least(world_name, f"The daily interval holds it on all {DAYS} days", stays, total, 1 - ALPHA),
    ]
    if not effect:
        return [
            _at_most(world_name, "Planned look: says that there is a difference", total - shows.count(0), total, ALPHA),
            _at_most(world_name, f"Always-valid interval, looked at on {DAYS} days", daily, total, ALPHA),
            Line(
                world_name,
                f"For comparison: the interval of the planned look, misused on {DAYS} days",
                "no promise",
                f"{naive / total:.1%}",
                True,
            ),
            *held,
        ]
    power = shows.count(1) / total
    counted_on = sum(look.uplift is not None and look.uplift <= effect for look in looks) / total
    return [
        Line(
            world_name,
            "Planned look: finds it",
            f"{POWER:.0%} ± 3 points",
            f"{power:.1%}",
            abs(power - POWER) <= 0.03,
        ),
        Line(
            world_name,
            f"Always-valid interval finds it within {DAYS} days",
            "no promise",
            f"{(daily - alone) / total:.1%}",
            True,
        ),
        Line(
            world_name,
            "The uplift that playbooks are ranked by is not above the truth",
            "at least 97.5%",
            f"{counted_on:.1%}",
            counted_on >= binom.ppf(TOLERANCE, total, 1 - ALPHA / 2) / total,
        ),
        *held,
    ]


def promises(total: int, random: np.random.Generator) -> list[Line]:
    """Whether the number of customers that other designs are told gives the power they were told."""
    lines = [_exact(BASELINE, EFFECT, HOLDOUT_PERCENT)]
    for baseline, effect, percent in ((0.2, 0.05, 15), (0.92, 0.03, 10), (0.02, 0.02, 12), (0.3, 0.1, 50)):
        needed = needed_for_shares(baseline=baseline, effect=effect, holdout=percent / 100)
        came = (
            random.binomial(needed.treated, baseline + effect, total),
            random.binomial(needed.holdout, baseline, total),
        )
        found = sum(
            lift.of_shares(Count(int(one), needed.treated), Count(int(other), needed.holdout)).interval.shows > 0
            for one, other in zip(*came, strict=True)
        )
        lines.append(
            Line(
                _named(baseline, effect, percent),
                f"Planned look with {needed.total:,} customers: finds it",
                f"{POWER:.0%} ± 3 points",
                f"{found / total:.1%}",
                abs(found / total - POWER) <= 0.03,
            )
        )
        lines.append(_exact(baseline, effect, percent))
    return lines


def _exact(baseline: float, effect: float, percent: int) -> Line:
    """The same without chance: every outcome added up."""
    needed = needed_for_shares(baseline=baseline, effect=effect, holdout=percent / 100)
    more, less = chances(needed.treated, needed.holdout, baseline, baseline, ALPHA)
    found, _ = chances(needed.treated, needed.holdout, baseline + effect, baseline, ALPHA)
    return Line(
        _named(baseline, effect, percent),
        f"Exactly, {needed.treated:,} and {needed.holdout:,} customers: false alarms; finds it",
        f"at most 5%; {POWER:.0%} ± 3 points",
        f"{more + less:.2%}; {found:.1%}",
        round(more + less, 3) <= ALPHA and abs(found - POWER) <= 0.03,
    )


def _named(baseline: float, effect: float, percent: int) -> str:
    return f"{baseline * 100:g}% without us, {effect * 100:g} points more, {percent}% held out"


def draws(worlds: list[World], random: np.random.Generator) -> list[Line]:
    """Sound draws, and draws of which a part was lost on the way."""
    sound = daily = lost = tier = 0
    for world in worlds:
        held = world.held_out
        sound += ratio.check_draw({"everybody": _sizes(held)}, HOLDOUT_PERCENT).alarm
        daily += any(ratio.of_draw(*_sizes(held[:end]), HOLDOUT_PERCENT).alarm for end in world.ends)
        # One in four of those held out is never written down.
        kept = ~(held & (random.random(held.size) < 0.25))
        lost += ratio.check_draw({"everybody": _sizes(held[kept])}, HOLDOUT_PERCENT).alarm
        high = np.arange(held.size) < held.size // 5
        kept = ~(held & high & (random.random(held.size) < 0.5))
        by_tier = {"high": _sizes(held[kept & high]), "others": _sizes(held[kept & ~high])}
        tier += ratio.check_draw(by_tier, HOLDOUT_PERCENT).alarm
    total = len(worlds)
    return [
        _at_most("Sound draw", "Ratio alarm at one look", sound, total, ratio.ALARM),
        _at_most("Sound draw", f"Ratio alarm on any of {DAYS} days", daily, total, 0.02),
        Line(
            "A quarter of the holdout is lost",
            "Ratio alarm",
            "at least 99%",
            f"{lost / total:.1%}",
            lost / total >= 0.99,
        ),
        Line(
            "Half of the holdout of one tier is lost",
            "Ratio alarm, by stratum",
            "at least 95%",
            f"{tier / total:.1%}",
            tier / total >= 0.95,
        ),
    ]


def money(worlds: list[World], random: np.random.Generator) -> list[Line]:
    """Revenue per customer, most of it nought and some of it much, with the month before: no effect."""
    plain = adjusted = narrower = daily = 0
    taken: list[float] = []
    for world in worlds:
        habit = random.normal(0, 1, world.held_out.size)
        before, after = (_spent(habit, random) for _ in range(2))
        treated, holdout = (
            Sums.of(after[mine].tolist(), before[mine].tolist()) for mine in (world.treated, world.held_out)
        )
        raw, found = lift.of_means(treated, holdout), cuped.adjust(treated, holdout)
        plain += bool(raw.interval.shows)
        adjusted += bool(found.estimate.interval.shows)
        narrower += found.estimate.interval.width < raw.interval.width
        taken.append(found.taken_away)
        daily += _ever_of_means(world, after)
    total = len(worlds)
    name = "Revenue, no effect"
    return [
        _at_most(name, "Planned look, Welch: says that there is a difference", plain, total, ALPHA),
        _at_most(name, "Planned look, adjusted by the month before", adjusted, total, ALPHA),
        _at_most(name, f"Always-valid interval, looked at on {DAYS} days", daily, total, ALPHA),
        Line(
            name,
            "Adjusted interval is narrower than the plain one",
            "at least 99%",
            f"{narrower / total:.1%}",
            narrower / total >= 0.99,
        ),
        Line(name, "Noise that adjusting takes away, on average", "above 0", f"{np.mean(taken):.1%}", min(taken) >= 0),
    ]


def tiers(worlds: list[World], random: np.random.Generator) -> list[Line]:
    """Tiers that come back at different rates; the effect is the same in all of them."""
    holds = 0
    for world in worlds:
        size = world.held_out.size
        tier = random.choice(len(TIERS), size, p=[share for share, _, _ in TIERS])
        base = np.array([rate for _, rate, _ in TIERS])[tier]
        came = random.random(size) < np.where(world.held_out, base, base + EFFECT)
        pairs = []
        for place in range(len(TIERS)):
            here = [(mine & (tier == place)) for mine in (world.treated, world.held_out)]
            pairs.append(
                (
                    Count(int(came[here[0]].sum()), int(here[0].sum())),
                    Count(int(came[here[1]].sum()), int(here[1].sum())),
                )
            )
        found = lift.of_shares_by_stratum(pairs)
        assert found is not None
        holds += EFFECT in found.estimate.interval
    name = "Three tiers, true effect of 3.5 points"
    return [_at_least(name, "The interval by value tier holds the truth", holds, len(worlds), 1 - ALPHA)]


def table(total: int = WORLDS, say: Callable[[str], object] = lambda _words: None) -> list[Line]:
    """All lines. ``say`` is told what is being done."""
    needed = plan()
    say(f"{total:,} worlds of {needed.total:,} customers each are drawn.")
    worlds = list(drawn(total, needed.total))
    lines: list[Line] = []
    parts: tuple[tuple[str, Callable[[np.random.Generator], list[Line]]], ...] = (
        ("no effect", lambda random: shares(worlds, needed, 0.0, random)),
        ("an effect", lambda random: shares(worlds, needed, EFFECT, random)),
        ("other designs", lambda random: promises(total, random)),
        ("draws", lambda random: draws(worlds, random)),
        ("tiers", lambda random: tiers(worlds, random)),
        ("revenue", lambda random: money(worlds, random)),
    )
    for number, (name, part) in enumerate(parts):
        say(name)
        lines += part(np.random.default_rng([SEED, number]))
    return lines


def _tallies(world: World, came: np.ndarray[Any, np.dtype[np.bool_]]) -> list[Tally]:
    tallies = []
    for arm, mine in ((Arm.TREATED, world.treated), (Arm.HOLDOUT, world.held_out)):
        n, hits = int(mine.sum()), int(came[mine].sum())
        sums = Sums(n, hits, hits)
        tallies.append(Tally(arm=arm, stratum=ValueTier.LOW, assigned=n, outcome=sums, clean=sums, conversions=hits))
    return tallies


def _by_day(world: World, came: np.ndarray[Any, np.dtype[np.bool_]]) -> Ints:
    """For each day: treated who came, treated, held out who came, held out."""
    kinds = (came & world.treated, world.treated, came & world.held_out, world.held_out)
    return np.stack([np.cumsum(kind)[world.ends - 1] for kind in kinds], axis=1)


def _ever(days: Ints) -> bool:
    """Whether the interval of the planned look would have shown something on any day."""
    low, high = confint_proportions_2indep(
        days[:, 0], days[:, 1], days[:, 2], np.maximum(days[:, 3], 1), method="newcomb", compare="diff", alpha=ALPHA
    )
    return bool(((low > 0) | (high < 0)).any())


def _ever_of_means(world: World, spent: Floats) -> bool:
    """Whether the always-valid interval of means shows something on any day, planned with the spread there is."""
    kinds = [spent * mine for mine in (world.treated, world.held_out)]
    cumulated = [
        (np.cumsum(mine)[world.ends - 1], np.cumsum(kind)[world.ends - 1], np.cumsum(kind * spent)[world.ends - 1])
        for mine, kind in zip((world.treated, world.held_out), kinds, strict=True)
    ]
    last = [int(one[0][-1]) for one in cumulated]
    planned = always_valid.planned_variance_of_means(spread=SPREAD, treated=last[0], holdout=last[1])
    for day in range(DAYS):
        one, other = (Sums(int(n[day]), float(y[day]), float(yy[day])) for n, y, yy in cumulated)
        found = always_valid.of_means(one, other, planned_variance=planned, alpha=ALPHA)
        if found is not None and found.interval.shows:
            return True
    return False


#: About the standard deviation of `_spent`.
SPREAD = 50.0


def _spent(habit: Floats, random: np.random.Generator) -> Floats:
    """A month: some buy, the more the stronger their habit; who buys spends by a lognormal."""
    buys = random.random(habit.size) < 1 / (1 + np.exp(1.2 - 1.5 * habit))
    return np.where(buys, np.exp(3.2 + 0.5 * habit + random.normal(0, 0.5, habit.size)), 0.0)


def _sizes(held: np.ndarray[Any, np.dtype[np.bool_]]) -> tuple[int, int]:
    return int((~held).sum()), int(held.sum())


def _at_most(world: str, question: str, count: int, total: int, limit: float) -> Line:
    """A promise that something happens in so many worlds at most; chance is allowed for."""
    kept = count <= binom.ppf(1 - TOLERANCE, total, limit)
    return Line(world, question, f"at most {limit * 100:g}%", f"{count / total:.2%}", bool(kept))


def _at_least(world: str, question: str, count: int, total: int, limit: float) -> Line:
    kept = count >= binom.ppf(TOLERANCE, total, limit)
    return Line(world, question, f"at least {limit * 100:g}%", f"{count / total:.2%}", bool(kept))


def main() -> int:
    """Print the table in Markdown. Returns 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--worlds", type=int, default=WORLDS)
    given = parser.parse_args()
    lines = table(given.worlds, lambda words: sys.stderr.write(f"{words}\n"))
    sys.stdout.write("| world | question | promised | found | kept |\n|---|---|---|---|---|\n")
    for line in lines:
        kept = "yes" if line.kept else "NO"
        sys.stdout.write(f"| {line.world} | {line.question} | {line.promised} | {line.found} | {kept} |\n")
    return 0 if all(line.kept for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
