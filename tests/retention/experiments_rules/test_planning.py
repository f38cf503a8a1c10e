"""How many are needed, what can be found, whether the draw is sound, and looking every day."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.rules.experiments import always_valid, power, ratio
from retention.rules.experiments.power import Needed
from retention.rules.experiments.samples import Count, Sums


@pytest.mark.parametrize(
    ("baseline", "effect", "holdout", "needed"),
    [
        (0.055, 0.035, 0.12, Needed(3800, 519)),
        (0.055, 0.035, 0.5, Needed(861, 861)),
        (0.2, 0.05, 0.15, Needed(3720, 657)),
        (0.92, 0.03, 0.1, Needed(4889, 544)),
    ],
)
def test_how_many_are_needed(baseline: float, effect: float, holdout: float, needed: Needed) -> None:
    """Each was checked by adding up every outcome: the power is 80% to within half a point."""
    assert power.needed_for_shares(baseline=baseline, effect=effect, holdout=holdout) == needed


@settings(max_examples=8)
@given(st.floats(0.02, 0.9), st.floats(0.02, 0.09), st.floats(0.05, 0.5))
def test_what_is_needed_can_be_found_and_no_less(baseline: float, effect: float, holdout: float) -> None:
    needed = power.needed_for_shares(baseline=baseline, effect=effect, holdout=holdout)
    found = power.detectable_share(customers=needed.total, baseline=baseline, holdout=holdout)
    assert found == pytest.approx(effect, rel=0.02)
    more = power.needed_for_shares(baseline=baseline, effect=effect * 0.8, holdout=holdout)
    assert more.total > needed.total


def test_means() -> None:
    needed = power.needed_for_means(spread=60, effect=5, holdout=0.5)
    assert needed == Needed(2261, 2261)
    assert power.detectable_mean(customers=4522, spread=60, holdout=0.5) == pytest.approx(5, abs=0.01)
    assert power.needed_for_means(spread=60, effect=5, holdout=0.12).total > needed.total


@pytest.mark.parametrize("customers", [0, 3, 8])
def test_too_few_can_find_nothing(customers: int) -> None:
    found = power.detectable_share(customers=customers, baseline=0.055, holdout=0.12)
    assert found is None
    assert "too few" in power.what_can_be_found(customers=customers, holdout=0.12, detectable=found)


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (None, "With 1,200 customers and 12% held out you can find a difference of 7.5 points or more."),
        (0.08, "That is enough for the 8 points you want to see."),
        (0.03, "The 3 points you want to see may well stay hidden."),
    ],
)
def test_what_can_be_found_in_words(wanted: float | None, says: str) -> None:
    found = power.detectable_share(customers=1200, baseline=0.055, holdout=0.12)
    assert says in power.what_can_be_found(customers=1200, holdout=0.12, detectable=found, wanted=wanted)


def test_what_revenue_can_be_found_in_words() -> None:
    found = power.detectable_mean(customers=5000, spread=60, holdout=0.12)
    said = power.what_revenue_can_be_found(customers=5000, holdout=0.12, detectable=found, currency="EUR")
    assert said == "With 5,000 customers and 12% held out you can find a difference of 7.32 EUR per customer or more."


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"baseline": 1.0}, "without us"),
        ({"effect": 0.0}, "effect must be above 0"),
        ({"effect": 0.99}, "at most 94.5 points"),
        ({"holdout": 0.0}, "held out must be"),
        ({"power": 0.01}, "power must be"),
        ({"effect": 0.00001}, "any number of customers"),
    ],
)
def test_designs_that_cannot_be_are_refused_in_words(changed: dict[str, float], words: str) -> None:
    given: dict[str, float] = {"baseline": 0.055, "effect": 0.035, "holdout": 0.12} | changed
    with pytest.raises(ValueError, match=words):
        power.needed_for_shares(**given)


def test_a_spread_of_nought_is_refused() -> None:
    with pytest.raises(ValueError, match="above nought"):
        power.needed_for_means(spread=0, effect=1, holdout=0.1)


# --- the draw -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("treated", "holdout", "alarm"),
    [
        (880, 120, False),
        (910, 90, False),
        (914, 86, True),
        (845, 155, False),
        (844, 156, True),
        (0, 0, False),
        (3, 0, False),
        (54, 0, False),
        (61, 0, True),
    ],
)
def test_the_alarm_of_the_draw(treated: int, holdout: int, alarm: bool) -> None:
    assert ratio.of_draw(treated, holdout, 12).alarm is alarm


def test_one_tier_can_be_wrong_while_all_together_are_not() -> None:
    found = ratio.check_draw({"high": (950, 50), "low": (810, 190)}, 12)
    assert not found.overall.alarm
    assert found.alarm
    assert "among customers of high, low value" in found.sentence
    assert "240 of 2,000 are held out, where 12% were to be" in found.sentence


def test_a_sound_draw_has_no_sentence() -> None:
    found = ratio.check_draw({"high": (880, 120), "low": (441, 59)}, 12)
    assert not found.alarm
    assert found.sentence == ""


def test_without_a_holdout_there_is_no_ratio() -> None:
    with pytest.raises(ValueError, match="ratio to test"):
        ratio.of_draw(10, 0, 0)


# --- looking every day ----------------------------------------------------------------------------------------------

PLANNED = always_valid.planned_variance_of_shares(baseline=0.055, effect=0.035, treated=3800, holdout=519)


def test_the_price_of_looking_every_day() -> None:
    """At the planned look it is half as wide again as the interval of that look: 3.04 against 1.96 deviations."""
    assert always_valid.radius(PLANNED, PLANNED) / math.sqrt(PLANNED) == pytest.approx(3.035, abs=0.001)


@given(st.floats(1e-6, 1e-1), st.floats(0.3, 3.0))
def test_another_width_of_the_mixture_is_never_better_at_the_planned_look(variance: float, factor: float) -> None:
    assert always_valid.radius(variance, variance) <= always_valid.radius(variance, variance * factor) * (1 + 1e-9)


@given(st.floats(1e-7, 1e-1), st.floats(1e-7, 1e-1), st.sampled_from([0.01, 0.05, 0.1]))
def test_it_is_always_wider_than_the_interval_of_one_look(variance: float, planned: float, alpha: float) -> None:
    from scipy.stats import norm

    assert always_valid.radius(variance, planned, alpha) > norm.ppf(1 - alpha / 2) * math.sqrt(variance)


@pytest.mark.parametrize(
    ("treated", "holdout", "speaks"),
    [
        (Count(40, 400), Count(5, 60), True),
        (Count(40, 400), Count(4, 60), False),
        (Count(400, 400), Count(55, 60), False),
        (Count(0, 0), Count(0, 0), False),
    ],
)
def test_few_say_nothing(treated: Count, holdout: Count, speaks: bool) -> None:
    assert (always_valid.of_shares(treated, holdout, planned_variance=PLANNED) is not None) is speaks


def test_means_need_a_hundred_in_each_arm_and_some_spread() -> None:
    many, few, alike = Sums.of([1.0, 3.0] * 50), Sums.of([1.0, 3.0] * 49), Sums.of([1.0] * 100)
    planned = always_valid.planned_variance_of_means(spread=1, treated=100, holdout=100)
    assert always_valid.of_means(many, few, planned_variance=planned) is None
    assert always_valid.of_means(alike, alike, planned_variance=planned) is None
    found = always_valid.of_means(many, many, planned_variance=planned)
    assert found is not None
    assert found.point == 0
    assert found.interval.high == pytest.approx(-found.interval.low)
