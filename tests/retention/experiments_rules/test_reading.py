"""Readings: what is kept, what is said, what is counted on, and when the gate stays closed."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.rules.experiments.reading import Design, Reading, Tally, may_scale, read
from retention.rules.experiments.samples import Count, Sums
from retention.rules.money import Thresholds
from retention.states import Arm, Kpi, ValueTier

D = Decimal
HALF = Design(holdout_percent=50, baseline=0.055, min_effect=0.035, required_treated=2000, required_holdout=2000)


def tally(arm: Arm, hits: int, n: int, **changed: Any) -> Tally:
    """An arm of one tier; customers did twice as much before, and those who came back had done more."""
    sums = Sums(n, hits, hits, n * 2.0, n * 5.0, hits * 3.0)
    given: dict[str, Any] = {
        "arm": arm,
        "stratum": ValueTier.LOW,
        "assigned": n,
        "outcome": sums,
        "clean": sums,
        "conversions": hits,
        "revenue_of_conversions": D(45) * hits,
        "cost": D(700) if arm == Arm.TREATED else D(0),
    }
    return Tally(**given | changed)


def looked_at(treated: int, holdout: int, n: int = 2000, *, planned: bool = True, **changed: Any) -> Reading:
    tallies = [tally(Arm.TREATED, treated, n, **changed), tally(Arm.HOLDOUT, holdout, n)]
    return read(design=HALF, tallies=tallies, planned=planned)


@pytest.mark.parametrize(
    ("treated", "holdout", "planned", "says"),
    [
        (
            180,
            110,
            True,
            "Of 100 customers we wrote to, 9.0 came back; of 100 we left alone, 5.5 did. "
            "That is 3.5 more, somewhere between 1.9 and 5.1. "
            "It brought 3,150.00 and cost 700.00: 2,450.00 is left, somewhere between 1,008.05 and 3,906.72.",
        ),
        (
            180,
            110,
            False,
            "Of 100 customers we wrote to, 9.0 came back; of 100 we left alone, 5.5 did. "
            "That is 3.5 more, somewhere between 1.0 and 6.0. "
            "It brought 3,150.00 and cost 700.00: 2,450.00 is left, somewhere between 209.03 and 4,690.97.",
        ),
        (
            115,
            110,
            True,
            "It is not shown that this helps. Of 100 customers we wrote to, 5.8 came back; of 100 we left alone, "
            "5.5 did. That is 0.3 more, but anything between 1.2 fewer and 1.7 more would fit.",
        ),
        (
            115,
            110,
            False,
            "We can not say yet. Of 100 customers we wrote to, 5.8 came back; of 100 we left alone, 5.5 did. "
            "So far that is 0.3 more, but anything between 2.0 fewer and 2.5 more would fit.",
        ),
        (
            60,
            110,
            True,
            "It does harm. Of 100 customers we wrote to, 3.0 came back; of 100 we left alone, 5.5 did. "
            "That is 2.5 fewer, somewhere between 1.3 and 3.8.",
        ),
        (
            4,
            110,
            False,
            "We can not say yet. 2,000 customers we wrote to and 2,000 we left alone are counted, and too few of them "
            "say anything.",
        ),
    ],
)
def test_the_sentence(treated: int, holdout: int, planned: bool, says: str) -> None:
    assert looked_at(treated, holdout, planned=planned).sentence == says


def test_nobody_is_counted_before_a_window_is_over() -> None:
    found = read(
        design=HALF,
        tallies=[Tally(arm=arm, stratum=ValueTier.HIGH, assigned=900, contacted=500) for arm in Arm],
        planned=False,
    )
    assert found.sentence == "We can not say yet. Both arms need customers whose 30 days are over."
    assert (found.point, found.readable, found.money, found.uplift, found.waterfall) == (None, None, None, None, ())
    assert found.funnel[1].share == pytest.approx(500 / 900)
    assert not may_scale(found, Thresholds()).open
    assert read(design=HALF, tallies=[], planned=True).ratio is None


@pytest.mark.parametrize(
    ("treated", "planned", "uplift"),
    [
        (180, True, 0.018978),
        (180, False, 0.0101),
        (115, True, 0.0),
        (115, False, None),
        (60, True, 0.0),
        (4, False, None),
    ],
)
def test_only_what_is_certain_is_counted_on(treated: int, planned: bool, uplift: float | None) -> None:
    assert looked_at(treated, 110, planned=planned).uplift == (
        None if uplift is None else pytest.approx(uplift, abs=1e-6)
    )


def test_the_fixed_interval_belongs_to_the_planned_look() -> None:
    planned, daily = looked_at(180, 110), looked_at(180, 110, planned=False)
    assert planned.readable == planned.fixed
    assert planned.cuped is not None
    assert planned.relative is not None
    assert planned.stratified is not None
    assert (daily.fixed, daily.relative, daily.stratified, daily.cuped) == (None, None, None, None)
    assert daily.readable == daily.always_valid == planned.always_valid


def test_the_contaminated_stay_where_they_were_drawn_and_are_shown_apart() -> None:
    clean = Sums(1900, 90, 90)
    found = read(
        design=HALF,
        tallies=[tally(Arm.TREATED, 180, 2000), tally(Arm.HOLDOUT, 110, 2000, contaminated=100, clean=clean)],
        planned=True,
    )
    assert (found.holdout.counted, found.holdout.contaminated) == (2000, 100)
    assert found.fixed is not None
    assert found.fixed.point == pytest.approx(0.035)
    assert found.clean is not None
    assert found.clean.point == pytest.approx(0.09 - 90 / 1900)
    assert looked_at(180, 110).clean is None


def test_a_draw_in_doubt_says_nothing_and_opens_nothing() -> None:
    found = looked_at(180, 110, assigned=2600)
    assert found.ratio is not None
    assert found.ratio.alarm
    assert found.sentence.startswith("We can not say yet. The draw does not fit: 2,000 of 4,600 are held out")
    assert found.uplift is None
    gate = may_scale(found, Thresholds())
    assert not gate.open
    assert gate.reasons == (found.ratio.sentence,)


def test_the_gate_of_a_reading_is_that_of_its_money() -> None:
    assert may_scale(looked_at(180, 110), Thresholds()).open
    assert not may_scale(looked_at(180, 110, planned=False), Thresholds()).open


def test_a_staggered_rollout_claims_less() -> None:
    design = Design(staggered=True, baseline=0.055, min_effect=0.035)
    found = read(design=design, tallies=[tally(Arm.TREATED, 180, 2000), tally(Arm.HOLDOUT, 110, 900)], planned=True)
    assert found.ratio is None
    assert "of 100 whose turn had not come" in found.sentence
    assert found.claim in found.sentence
    assert found.claim.startswith("This is a weaker claim than one with a holdout.")
    assert looked_at(180, 110).claim.startswith("Who was held out was drawn at random")


def test_revenue_per_customer() -> None:
    treated = Sums.of([0.0, 30.0] * 1000, [0.0, 20.0] * 1000)
    holdout = Sums.of([0.0, 24.0] * 1000, [0.0, 20.0] * 1000)
    found = read(
        design=Design(kpi=Kpi.REVENUE, holdout_percent=50, required_treated=2000, required_holdout=2000),
        tallies=[
            tally(Arm.TREATED, 1000, 2000, outcome=treated, clean=treated),
            tally(Arm.HOLDOUT, 900, 2000, outcome=holdout, clean=holdout),
        ],
        planned=True,
    )
    assert found.sentence.startswith(
        "A customer we wrote to brought 15.00 in 30 days; one we left alone brought 12.00. That is 3.00 more, "
        "somewhere between 2.16 and 3.84."
    )
    assert found.money is not None
    assert (found.money.measured.revenue, found.money.measured.net) == (D(6000), D(5300))
    assert found.money.measured.net_each == D(53)
    assert found.uplift == pytest.approx(2.158 / 12, abs=1e-3)
    assert found.cuped is not None
    assert found.cuped.taken_away > 0.9


def test_customers_who_stay() -> None:
    design = Design(kpi=Kpi.RETENTION, holdout_percent=50, baseline=0.9, min_effect=0.03)
    found = read(design=design, tallies=[tally(Arm.TREATED, 1900, 2000), tally(Arm.HOLDOUT, 1800, 2000)], planned=True)
    assert found.sentence.startswith("Of 100 customers we wrote to, 95.0 stayed; of 100 we left alone, 90.0 did.")


def test_the_three_charts() -> None:
    tallies = [
        tally(
            Arm.TREATED, 180, 2000, contacted=1900, clicked=400, converted=180,
            active_30=Count(800, 2000), active_60=Count(300, 1000),
        ),
        tally(Arm.HOLDOUT, 110, 2000, active_30=Count(700, 2000), active_60=Count(250, 1000)),
    ]  # fmt: skip
    found = read(design=HALF, tallies=tallies, planned=True)
    assert [(bar.label, bar.customers) for bar in found.funnel] == [
        ("Begun", 2000), ("Contacted", 1900), ("Clicked", 400), ("Reached the goal", 180),
    ]  # fmt: skip
    assert [span.days for span in found.active] == [30, 60, 90]
    first, _, last = found.active
    assert first.difference is not None
    assert first.difference.point == pytest.approx(0.05)
    assert first.treated_interval is not None
    assert 0.4 in first.treated_interval
    assert (last.difference, last.treated_interval) == (None, None)
    assert [(one.amount, one.total) for one in found.waterfall] == [
        (D(8100), True), (D(-4950), False), (D(3150), True), (D(-700), False), (D(2450), True),
    ]  # fmt: skip


def test_tiers_are_added_up() -> None:
    tiers = ((ValueTier.HIGH, 120, 60), (ValueTier.LOW, 60, 50))
    tallies = [
        tally(arm, hits, 1000, stratum=tier, cost=D(350) if arm == Arm.TREATED else D(0))
        for tier, treated, holdout in tiers
        for arm, hits in ((Arm.TREATED, treated), (Arm.HOLDOUT, holdout))
    ]
    found = read(design=HALF, tallies=tallies, planned=True)
    assert found.sentence == looked_at(180, 110).sentence
    assert found.stratified is not None
    assert found.stratified.estimate.point == pytest.approx(0.035)
    assert found.ratio is not None
    assert set(found.ratio.strata) == {"high", "low"}


_n = st.integers(0, 400)
_pairs = _n.flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(_pairs, _pairs, st.booleans(), st.sampled_from([Kpi.REACTIVATION, Kpi.RETENTION, Kpi.REVENUE]), st.booleans())
def test_any_reading_is_kept_and_read_again(
    one: tuple[int, int], other: tuple[int, int], planned: bool, kpi: Kpi, staggered: bool
) -> None:
    """As JSON that a database takes: no number that is none, money exact."""
    design = Design(kpi=kpi, holdout_percent=50, staggered=staggered)
    tallies = [tally(Arm.TREATED, *one, contaminated=one[1] // 9), tally(Arm.HOLDOUT, *other)]
    found = read(design=design, tallies=tallies, planned=planned)
    kept = json.dumps(found.as_json(), allow_nan=False)
    assert Reading.from_json(json.loads(kept)) == found
    assert found.sentence.endswith(".")
    assert "!" not in found.sentence
    if found.uplift is not None and found.readable is not None and kpi != Kpi.REVENUE:
        assert 0 <= found.uplift <= max(0.0, found.readable.point)


def test_a_reading_of_another_version_can_be_read() -> None:
    kept = looked_at(180, 110).as_json()
    assert Reading.from_json(kept | {"something_new": 1}) == looked_at(180, 110)
