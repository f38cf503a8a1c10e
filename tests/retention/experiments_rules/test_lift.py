"""Differences with their intervals: shares, means, strata, and adjusted by what was before."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_ind
from statsmodels.stats.proportion import confint_proportions_2indep

from retention.rules.experiments import cuped, lift
from retention.rules.experiments.power import needed_for_shares
from retention.rules.experiments.samples import Count, Interval, Sums
from tests.retention.experiments_rules.exactly import chances

_counts = st.integers(1, 3000).flatmap(lambda n: st.integers(0, n).map(lambda hits: Count(hits, n)))


def test_the_worked_example_is_newcombes_interval() -> None:
    """The same to a tenth of a point as Wald, Agresti and Caffo, and Miettinen and Nurminen give."""
    found = lift.of_shares(Count(180, 2000), Count(110, 2000))
    assert found.point == pytest.approx(0.035)
    assert (found.interval.low, found.interval.high) == pytest.approx((0.018978, 0.051186), abs=1e-6)
    for method in ("wald", "agresti-caffo", "score"):
        low, high = confint_proportions_2indep(180, 2000, 110, 2000, method=method, compare="diff")
        assert (round(low * 100, 1), round(high * 100, 1)) == (1.9, 5.1)


@pytest.mark.parametrize(("treated", "holdout", "share"), [(3800, 519, 0.055), (1056, 144, 0.2), (500, 500, 0.92)])
def test_no_effect_is_seen_in_one_of_twenty_exactly(treated: int, holdout: int, share: float) -> None:
    """Every outcome that can come about, weighed by its chance: nothing is simulated."""
    assert sum(chances(treated, holdout, share, share)) <= 0.0501


@pytest.mark.parametrize(("baseline", "effect", "percent"), [(0.055, 0.035, 12), (0.2, 0.05, 15), (0.92, 0.03, 10)])
def test_the_power_that_was_promised_is_there_exactly(baseline: float, effect: float, percent: int) -> None:
    needed = needed_for_shares(baseline=baseline, effect=effect, holdout=percent / 100)
    found, _ = chances(needed.treated, needed.holdout, baseline + effect, baseline)
    assert found == pytest.approx(0.8, abs=0.005)


@given(_counts, _counts)
def test_an_interval_holds_its_point_and_turns_round_with_the_arms(one: Count, other: Count) -> None:
    there, back = lift.of_shares(one, other), lift.of_shares(other, one)
    assert there.interval.low - 1e-12 <= there.point <= there.interval.high + 1e-12
    assert -1 <= there.interval.low <= there.interval.high <= 1
    assert (back.interval.low, back.interval.high) == pytest.approx((-there.interval.high, -there.interval.low))


@given(_counts, _counts)
def test_one_stratum_is_no_stratum(one: Count, other: Count) -> None:
    found = lift.of_shares_by_stratum([(one, other)])
    plain = lift.of_shares(one, other)
    assert found is not None
    assert found.left_out == 0
    assert (found.estimate.interval.low, found.estimate.interval.high) == pytest.approx(
        (plain.interval.low, plain.interval.high), abs=1e-9
    )


def test_strata_take_a_different_mix_away() -> None:
    """In both tiers nothing happened. The treated have more of those who come back anyway, so they look better."""
    pairs = [(Count(200, 1000), Count(20, 100)), (Count(5, 100), Count(50, 1000))]
    plain = lift.of_shares(pairs[0][0] + pairs[1][0], pairs[0][1] + pairs[1][1])
    found = lift.of_shares_by_stratum(pairs)
    assert plain.interval.shows == 1
    assert found is not None
    assert found.estimate.point == pytest.approx(0)
    assert found.estimate.interval.shows == 0


def test_a_stratum_with_one_arm_is_left_out_and_counted() -> None:
    found = lift.of_shares_by_stratum([(Count(9, 90), Count(1, 10)), (Count(5, 100), Count(0, 0))])
    assert found is not None
    assert found.left_out == pytest.approx(0.5)
    assert lift.of_shares_by_stratum([(Count(5, 100), Count(0, 0))]) is None
    assert lift.of_means_by_stratum([(Sums.of([1, 2]), Sums.of([1]))]) is None


def test_means_by_stratum() -> None:
    high, low = (
        (Sums.of([10.0, 12.0] * 20), Sums.of([9.0, 11.0] * 5)),
        (Sums.of([1.0, 3.0] * 5), Sums.of([0.0, 2.0] * 20)),
    )
    found = lift.of_means_by_stratum([high, low])
    assert found is not None
    assert found.estimate.point == pytest.approx(1)
    assert found.estimate.interval.shows == 1


def test_relative_lift() -> None:
    found = lift.relative(Count(180, 2000), Count(110, 2000))
    assert found is not None
    assert found.point == pytest.approx(0.6364, abs=1e-4)
    assert (found.interval.low, found.interval.high) == pytest.approx((0.300, 1.053), abs=1e-3)
    assert lift.relative(Count(3, 10), Count(0, 10)) is None
    assert lift.relative(Count(0, 10), Count(3, 10)) is None


@given(
    st.lists(st.integers(0, 10_000), min_size=2, max_size=40), st.lists(st.integers(0, 10_000), min_size=2, max_size=40)
)
def test_means_are_welchs_t(one: list[int], other: list[int]) -> None:
    if len({*one}) == 1 or len({*other}) == 1:
        one, other = [*one, one[0] + 1], [*other, other[0] + 2]
    found = lift.of_means(Sums.of(one), Sums.of(other))
    expected = ttest_ind(one, other, equal_var=False).confidence_interval()
    assert (found.interval.low, found.interval.high) == pytest.approx((expected.low, expected.high), rel=1e-6, abs=1e-6)


def test_customers_who_are_all_alike_leave_no_doubt() -> None:
    assert lift.of_means(Sums.of([2, 2, 2]), Sums.of([1, 1])).interval == Interval(1, 1)


@pytest.mark.parametrize("arms", [(Count(0, 0), Count(1, 2)), (Count(1, 2), Count(0, 0))])
def test_nobody_cannot_be_compared(arms: tuple[Count, Count]) -> None:
    with pytest.raises(ValueError, match="Both arms"):
        lift.of_shares(*arms)


def test_one_customer_has_no_mean_to_compare() -> None:
    with pytest.raises(ValueError, match="two customers"):
        lift.of_means(Sums.of([1.0]), Sums.of([1.0, 2.0]))


@pytest.mark.parametrize(("hits", "n"), [(-1, 5), (6, 5)])
def test_no_share_is_refused(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        Count(hits, n)


# --- adjusting by what was before ------------------------------------------------------------------------------------


def _world(n: int, link: float, effect: float) -> tuple[Sums, Sums]:
    random = np.random.default_rng(7)
    before = random.normal(50, 10, 2 * n)
    after = link * before + random.normal(0, 10, 2 * n) + np.repeat([effect, 0], n)
    return tuple(Sums.of(after[part].tolist(), before[part].tolist()) for part in (slice(0, n), slice(n, None)))  # type: ignore[return-value]


def test_adjusting_takes_noise_away_and_leaves_the_effect() -> None:
    """With a link of 1 and equal noise half of the variance is the habit."""
    treated, holdout = _world(2000, 1.0, 2.0)
    found, plain = cuped.adjust(treated, holdout), lift.of_means(treated, holdout)
    assert found.used
    assert found.taken_away == pytest.approx(0.5, abs=0.03)
    assert found.estimate.interval.width / plain.interval.width == pytest.approx(math.sqrt(0.5), abs=0.03)
    assert 2.0 in found.estimate.interval
    assert found.sentence.startswith("Adjusted by what customers did before: that took away")


@pytest.mark.parametrize(
    ("arms", "because"),
    [
        ((Sums.of([1.0, 2.0] * 10, [1.0, 2.0] * 10), Sums.of([1.0, 2.0] * 40, [1.0, 2.0] * 40)), "fewer than 50"),
        ((Sums.of([1.0, 2.0] * 40), Sums.of([1.0, 2.0] * 40)), "the same figure"),
        ((Sums.of([1.0, 2.0, 1.0, 2.0] * 20, [0.0, 0.0, 1.0, 1.0] * 20),) * 2, "says nothing"),
    ],
)
def test_where_adjusting_is_no_help_it_says_so_and_stays_plain(arms: tuple[Sums, Sums], because: str) -> None:
    found = cuped.adjust(*arms)
    assert not found.used
    assert found.taken_away == 0
    assert because in found.sentence
    assert found.estimate == lift.of_means(*arms)


def test_adjusting_needs_two_in_each_arm() -> None:
    with pytest.raises(ValueError, match="two customers"):
        cuped.adjust(Sums.of([1.0]), Sums.of([1.0, 2.0]))
