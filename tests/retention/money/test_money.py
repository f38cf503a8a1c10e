"""The seed's arithmetic, its ends, its sensitivity, and the gate."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.rules.experiments.samples import Count, Estimate, Interval
from retention.rules.money import Figures, Gate, Thresholds, figures, figures_of_revenue, gate, two_months

D = Decimal
WORKED = (Count(180, 2000), Count(110, 2000))


def worked(**changed: object) -> Figures:
    given: dict[str, object] = {"revenue_each": D(45), "cost": D(700)} | changed
    return figures(*WORKED, **given)  # type: ignore[arg-type]


def test_the_worked_example_comes_out() -> None:
    found = worked()
    measured = found.measured
    assert (measured.conversions, measured.revenue, measured.net) == (D(70), D(3150), D(2450))
    assert (measured.roi, measured.net_each, measured.payback_days) == (D("3.5"), D(35), 7)
    assert [round(end * 100, 1) for end in (found.lift.interval.low, found.lift.interval.high)] == [1.9, 5.1]
    assert (found.low.roi, found.high.roi) == (D("1.44"), D("5.58"))


def test_sixty_of_seventy_who_stay_into_the_second_month() -> None:
    """The check that the source asks for: 70 × 45 and 60 × 45, less 700."""
    found = two_months(Fraction(70), Fraction(3150), D(700), Fraction(60, 70))
    assert (found.revenue, found.net, found.roi) == (D(5850), D(5150), D("7.36"))


@pytest.mark.parametrize(
    ("treated", "holdout", "conversions"),
    [
        (Count(180, 2000), Count(55, 1000), "70.00"),
        (Count(158, 1056), Count(8, 144), "99.33"),
        (Count(10, 100), Count(1, 3), "-23.33"),
        (Count(0, 10), Count(0, 10), "0.00"),
    ],
)
def test_arms_of_any_size(treated: Count, holdout: Count, conversions: str) -> None:
    assert figures(treated, holdout, revenue_each=D(1), cost=D(0)).measured.conversions == D(conversions)


@pytest.mark.parametrize(
    ("revenue_each", "cost", "days", "retained", "payback"),
    [
        ("45", "700", 30, "0", 7),
        ("45", "0", 30, "0", 0),
        ("45", "3150", 30, "0", 30),
        ("45", "3151", 30, "0", None),
        ("45", "3151", 30, "0.5", 31),
        ("45", "6300", 30, "0.5", None),
        ("45", "6299", 30, "1", 60),
        ("0", "700", 30, "1", None),
        ("45", "700", 90, "0", 20),
    ],
)
def test_when_the_cost_is_back(revenue_each: str, cost: str, days: int, retained: str, payback: int | None) -> None:
    found = worked(revenue_each=D(revenue_each), cost=D(cost), days=days, retained=D(retained))
    assert found.measured.payback_days == payback


def test_without_cost_there_is_no_roi() -> None:
    assert worked(cost=D(0)).measured.roi is None


def test_what_is_assumed_otherwise_is_shown() -> None:
    cases = {case.what: case.outcome for case in worked().sensitivity}
    assert cases["At the low end of the interval"].conversions == D("37.96")
    assert cases["Revenue per customer 20% less"].net == D(1820)
    assert cases["Revenue per customer 50% less"].roi == D("1.25")
    assert cases["Over twice the time, if 50% of them stay for the second half"].revenue == D(4725)
    assert cases["Over twice the time, if 0% of them stay for the second half"].net == D(2450)


def test_revenue_per_customer() -> None:
    difference = Estimate(1.5, Interval(0.5, 2.5))
    found = figures_of_revenue(2000, difference, conversions=Fraction(60), cost=D(500))
    assert (found.measured.revenue, found.measured.net, found.measured.roi) == (D(3000), D(2500), D(5))
    assert (found.low.roi, found.high.net, found.measured.net_each) == (D(1), D(4500), D("41.67"))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"revenue_each": D(-1)}, "Revenue per conversion"),
        ({"cost": D("-0.01")}, "The cost cannot be"),
        ({"days": 0}, "0 days"),
        ({"retained": D(2)}, "from 0 to 1"),
    ],
)
def test_what_cannot_be_is_refused_in_words(changed: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        worked(**changed)


def test_nobody_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="Both arms"):
        figures(Count(1, 2), Count(0, 0), revenue_each=D(1), cost=D(1))


@pytest.mark.parametrize(
    ("thresholds", "says"),
    [
        (Thresholds(), []),
        (Thresholds(min_roi=D("1.44")), []),
        (Thresholds(min_roi=D("1.45")), ["1.44 times its cost; 1.45 times"]),
        (Thresholds(min_net_each=D("26.57")), ["brings 26.56 net; 26.57"]),
        (Thresholds(max_payback_days=12), ["after 13 days; 12 days"]),
        (Thresholds(D(2), D(30), 5), ["1.44 times", "26.56 net", "13 days"]),
    ],
)
def test_the_low_end_passes_the_gate(thresholds: Thresholds, says: list[str]) -> None:
    """As measured it would pass all of them: 3.5 times, 35 each, 7 days."""
    found = gate(worked(), thresholds)
    assert found.open is not bool(says)
    assert len(found.reasons) == len(says)
    assert all(part in reason for part, reason in zip(says, found.reasons, strict=True))


def test_the_gate_is_closed_where_nothing_was_measured_or_shown() -> None:
    assert gate(None, Thresholds()) == Gate(
        False, ("Nothing can be said yet: too few in both arms have their window over.",)
    )
    unclear = gate(figures(Count(115, 2000), Count(110, 2000), revenue_each=D(4500), cost=D(1)), Thresholds())
    assert "not shown that this helps" in unclear.reasons[0]


def test_what_costs_nothing_passes_without_a_roi() -> None:
    assert gate(worked(cost=D(0)), Thresholds(min_roi=D(9))).open


_arms = st.integers(1, 5000).flatmap(lambda n: st.integers(0, n).map(lambda hits: Count(hits, n)))
_money = st.decimals(0, 100_000, places=2)


@settings(max_examples=30)
@given(_arms, _arms, _money, _money)
def test_the_figures_hang_together(treated: Count, holdout: Count, revenue_each: Decimal, cost: Decimal) -> None:
    found = figures(treated, holdout, revenue_each=revenue_each, cost=cost)
    for outcome in (found.low, found.measured, found.high):
        assert abs(outcome.revenue - cost - outcome.net) <= D("0.01")
        assert (outcome.roi is None) == (cost == 0)
        assert outcome.payback_days is None or outcome.payback_days <= 30
    assert found.low.revenue <= found.measured.revenue <= found.high.revenue
    assert abs(found.measured.conversions) <= treated.n
    exact = treated.hits - Fraction(holdout.hits * treated.n, holdout.n)
    assert abs(Fraction(found.measured.conversions) - exact) <= Fraction(1, 200)


@settings(max_examples=30)
@given(_arms, _arms, _money, _money, _money)
def test_an_open_gate_has_no_reason_and_a_lower_cost_never_closes_it(
    treated: Count, holdout: Count, revenue_each: Decimal, cost: Decimal, less: Decimal
) -> None:
    dear = gate(figures(treated, holdout, revenue_each=revenue_each, cost=cost), Thresholds())
    cheap = gate(figures(treated, holdout, revenue_each=revenue_each, cost=min(cost, less)), Thresholds())
    assert dear.open is not bool(dear.reasons)
    assert cheap.open or not dear.open
