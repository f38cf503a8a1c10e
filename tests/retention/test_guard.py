"""The blip guard: noise has to stand, trouble acts at once, and a band does not fall for one point."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.rules.guard import Standing, raw_band, step
from retention.states import NOISY, Band, Component
from tests.retention.standings import NOW, SHIPPED, Limits, points, some_limits, some_points, some_standing, standing

LOW, MEDIUM, HIGH = Band.LOW, Band.MEDIUM, Band.HIGH
QUIET = points(recency=30, frequency=25)  # 55 by noise alone
SILENT = points(recency=30, frequency=25, engagement=15)  # 70 by noise alone
BROKE = points(recency=15, payment=25)  # 40, and 15 without the payment


def now(stored: Standing | None, given: dict[Component, int], rules: Limits = SHIPPED) -> Standing:
    return step(stored, sum(given.values()), given, rules, NOW)


CASES = [
    # What is stored, the points now, and the band that holds.
    pytest.param(None, SILENT, HIGH, id="the first score takes its band at once"),
    pytest.param(None, points(recency=30), LOW, id="a first low score is low"),
    pytest.param(standing("low"), QUIET, LOW, id="noise above a threshold for the first time has to wait"),
    pytest.param(standing("low", medium=11.99), QUIET, LOW, id="and waits to the last minute"),
    pytest.param(standing("low", medium=12), QUIET, MEDIUM, id="after twelve hours it is confirmed"),
    pytest.param(standing("low", medium=12), SILENT, MEDIUM, id="each threshold is confirmed for itself"),
    pytest.param(standing("low", medium=40, high=12), SILENT, HIGH, id="both confirmed, it rises to the higher one"),
    pytest.param(standing("low"), BROKE, MEDIUM, id="a payment that carries it acts at once"),
    pytest.param(standing("low", firm=25), BROKE, MEDIUM, id="also where the payment is old and noise came to it"),
    pytest.param(standing("low"), {**QUIET, Component.SUPPORT: 2}, MEDIUM, id="trouble that grew acts at once"),
    pytest.param(standing("low", firm=2), {**QUIET, Component.SUPPORT: 2}, LOW, id="trouble that is old adds nothing"),
    pytest.param(standing("low"), points(30, 25, 25), HIGH, id="and takes it over both thresholds"),
    pytest.param(standing("medium", 50), points(30, 20, 15, 0, 5), HIGH, id="from medium to high, carried"),
    pytest.param(standing("medium", 50), SILENT, MEDIUM, id="from medium to high, on noise alone"),
    pytest.param(standing("high", 80), points(30, 25, 11), HIGH, id="four points under the threshold, it holds"),
    pytest.param(standing("high", 80), points(30, 25, 10), MEDIUM, id="five points under, it falls"),
    pytest.param(standing("high", 80), points(30, 0, 6), MEDIUM, id="no further than the next band that still holds"),
    pytest.param(standing("high", 80), points(30, 0, 5), LOW, id="and to low when five under that as well"),
    pytest.param(standing("medium", 50), points(30, 0, 6), MEDIUM, id="medium holds four points under"),
    pytest.param(standing("medium", 50), points(30, 0, 5), LOW, id="and falls five points under"),
    pytest.param(standing("medium", 50, medium=1), QUIET, MEDIUM, id="what holds already needs no confirmation"),
]


@pytest.mark.parametrize(("stored", "given", "band"), CASES)
def test_the_band_that_holds(stored: Standing | None, given: dict[Component, int], band: Band) -> None:
    assert now(stored, given).band == band


def test_the_first_refresh_above_a_threshold_is_remembered_and_forgotten_below_it() -> None:
    first = now(standing("low"), SILENT)
    assert (first.above_medium_since, first.above_high_since) == (NOW, NOW)
    later = step(first, 55, QUIET, SHIPPED, NOW + timedelta(hours=3))
    assert (later.above_medium_since, later.above_high_since) == (NOW, None)
    below = step(later, 30, points(30), SHIPPED, NOW + timedelta(hours=11))
    assert below.above_medium_since is None
    again = step(below, 55, QUIET, SHIPPED, NOW + timedelta(hours=13))
    assert again.band == LOW, "twelve hours that were interrupted confirm nothing"


def test_when_a_waiting_rise_is_confirmed() -> None:
    assert now(standing("low", medium=3), QUIET).confirmed_at(SHIPPED) == NOW + timedelta(hours=9)
    assert now(standing("medium", high=2, medium=50), SILENT).confirmed_at(SHIPPED) == NOW + timedelta(hours=10)
    assert now(standing("high", high=50, medium=50), SILENT).confirmed_at(SHIPPED) is None
    assert now(standing("low"), points(15)).confirmed_at(SHIPPED) is None


def test_without_hours_to_wait_nothing_waits() -> None:
    assert now(standing("low"), SILENT, Limits(confirm_hours=0)).band == HIGH


ORDER = list(Band)


@given(some_standing(), some_points(), some_limits())
def test_noise_alone_never_skips_its_confirmation(stored: Standing, given: dict[Component, int], rules: Limits) -> None:
    after = now(stored, given, rules)
    if ORDER.index(after.band) <= ORDER.index(stored.band) or after.firm > stored.firm:
        return
    threshold = rules.high_from if after.band == HIGH else rules.medium_from
    since = after.above_high_since if after.band == HIGH else after.above_medium_since
    noisy = sum(given[one] for one in NOISY)
    assert since is not None
    assert noisy < threshold or NOW - since >= timedelta(hours=rules.confirm_hours)


@given(some_standing(), some_points(), some_limits())
def test_payment_and_support_act_at_once(stored: Standing, given: dict[Component, int], rules: Limits) -> None:
    after = now(stored, given, rules)
    if after.firm > stored.firm:
        assert ORDER.index(after.band) >= ORDER.index(after.raw_band)


@given(some_standing(), some_points(), some_limits(), st.integers(1, 25))
def test_more_trouble_never_lowers_a_band(
    stored: Standing, given: dict[Component, int], rules: Limits, more: int
) -> None:
    worse = {**given, Component.PAYMENT: given[Component.PAYMENT] + more}
    assert ORDER.index(now(stored, worse, rules).band) >= ORDER.index(now(stored, given, rules).band)


@given(some_standing(), some_points(), some_limits())
def test_a_second_look_at_the_same_moment_changes_nothing(
    stored: Standing, given: dict[Component, int], rules: Limits
) -> None:
    once = now(stored, given, rules)
    assert now(once, given, rules) == once
    first = now(None, given, rules)
    assert now(first, given, rules) == first


@given(some_standing(), some_points(), some_limits(), st.integers(0, 100))
def test_time_alone_changes_a_band_only_when_it_was_announced(
    stored: Standing, given: dict[Component, int], rules: Limits, hours: int
) -> None:
    once = now(stored, given, rules)
    due = once.confirmed_at(rules)
    later = step(once, sum(given.values()), given, rules, NOW + timedelta(hours=hours))
    if due is None or NOW + timedelta(hours=hours) < due:
        assert later == once
    else:
        assert ORDER.index(later.band) > ORDER.index(once.band)


@given(some_standing(), some_points(), some_limits())
def test_a_band_is_never_further_from_its_number_than_the_guard_allows(
    stored: Standing, given: dict[Component, int], rules: Limits
) -> None:
    after = now(stored, given, rules)
    assert after.raw_band == raw_band(sum(given.values()), rules)
    if ORDER.index(after.band) > ORDER.index(after.raw_band):
        assert ORDER.index(stored.band) >= ORDER.index(after.band), "a band above its number was there before"
