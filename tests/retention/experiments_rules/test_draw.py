"""The draw: the same for ever, uniform, and no two experiments alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, chisquare

from retention.rules.experiments.draw import draw, wave
from retention.states import Arm

_salts = st.text("0123456789abcdef", min_size=1, max_size=32)
_customers = st.integers(1, 2**62)


@pytest.mark.parametrize(
    ("salt", "customer", "percent", "arm"),
    [
        ("5f2c", 1, 12, Arm.TREATED),
        ("5f2c", 13, 12, Arm.HOLDOUT),
        ("5f2c", 1, 0, Arm.TREATED),
        ("5f2c", 1, 100, Arm.HOLDOUT),
    ],
)
def test_answers_that_must_never_change(salt: str, customer: int, percent: int, arm: Arm) -> None:
    """Experiments that run would be torn apart if one of these moved."""
    assert draw(salt, customer, percent) == arm


@given(_salts, _customers, st.integers(0, 100), st.integers(0, 100))
def test_who_is_held_out_stays_so_at_a_greater_share(salt: str, customer: int, one: int, other: int) -> None:
    low, high = sorted((one, other))
    if draw(salt, customer, low) == Arm.HOLDOUT:
        assert draw(salt, customer, high) == Arm.HOLDOUT


@pytest.mark.parametrize("percent", [5, 12, 15, 50])
def test_the_share_held_out_is_the_share_asked_for(percent: int) -> None:
    held = sum(draw("a salt", customer, percent) == Arm.HOLDOUT for customer in range(20_000))
    assert binomtest(held, 20_000, percent / 100).pvalue > 0.001


def test_two_experiments_have_nothing_to_do_with_each_other() -> None:
    """Of those whom one holds out, the other holds out the share that it holds out of all."""
    first = [customer for customer in range(20_000) if draw("one", customer, 15) == Arm.HOLDOUT]
    both = sum(draw("other", customer, 15) == Arm.HOLDOUT for customer in first)
    assert binomtest(both, len(first), 0.15).pvalue > 0.001


def test_waves_are_of_equal_size_and_not_the_draw_in_other_words() -> None:
    sizes = [0, 0, 0, 0]
    held = [0, 0, 0, 0]
    for customer in range(20_000):
        place = wave("a salt", customer, 4) - 1
        sizes[place] += 1
        held[place] += draw("a salt", customer, 25) == Arm.HOLDOUT
    assert chisquare(sizes).pvalue > 0.001
    assert all(binomtest(count, size, 0.25).pvalue > 0.0002 for count, size in zip(held, sizes, strict=True))


@given(_salts, _customers, st.integers(1, 60))
def test_everybody_is_in_a_wave(salt: str, customer: int, waves: int) -> None:
    assert 1 <= wave(salt, customer, waves) <= waves


@pytest.mark.parametrize("percent", [-1, 101])
def test_no_share_is_refused(percent: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 100"):
        draw("salt", 1, percent)


def test_no_wave_is_refused() -> None:
    with pytest.raises(ValueError, match="one wave"):
        wave("salt", 1, 0)
