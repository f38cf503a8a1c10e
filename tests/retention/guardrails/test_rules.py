"""When something is too bad to go on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.rules.experiments.samples import Sums
from retention.rules.guardrails import LONGEST_SENTENCE, of_decline, of_rate, without_holdout
from retention.states import Guardrail

LIMIT = 0.001


@pytest.mark.parametrize(
    ("count", "total", "breached"),
    [
        (0, 0, False),
        (0, 10_000, False),
        (1, 5, False),  # one person is no rate
        (2, 20, False),
        (3, 20, True),
        (3, 1_499, True),  # more than twice the limit
        (3, 1_500, False),  # exactly twice
        (12, 10_000, False),  # above the limit, and chance may do that
        (20, 10_000, True),  # surely above
        (10, 10_000, False),
    ],
)
def test_rates(count: int, total: int, breached: bool) -> None:
    assert of_rate(Guardrail.COMPLAINTS, count=count, total=total, limit=LIMIT).breached is breached


def test_a_rate_is_told_with_its_interval() -> None:
    found = of_rate(Guardrail.COMPLAINTS, count=4, total=1_200, limit=LIMIT)
    assert found.sentence == (
        "4 of 1,200 messages were reported as spam: 0.33%, somewhere between 0.13% and 0.85%. The limit is 0.10%."
    )
    one = of_rate(Guardrail.UNSUBSCRIBES, count=1, total=1, limit=LIMIT)
    assert one.sentence.startswith("1 of 1 message was followed by an opt-out")
    assert one.sentence.endswith("Fewer than 3 people do not stop it: read what they had to say.")


@given(st.integers(0, 50), st.integers(0, 5_000), st.floats(0.0001, 0.05))
def test_more_complaints_never_end_a_breach(count: int, total: int, limit: float) -> None:
    fewer = of_rate(Guardrail.COMPLAINTS, count=count, total=total, limit=limit)
    more = of_rate(Guardrail.COMPLAINTS, count=count + 1, total=total, limit=limit)
    assert more.breached or not fewer.breached
    if fewer.value is not None and fewer.low is not None and fewer.high is not None:
        assert 0 <= fewer.low <= fewer.value + 1e-12 <= fewer.high + 2e-12 <= 1 + 3e-12


def _arm(mean: float, spread: float, n: int = 400) -> Sums:
    return Sums.of([mean - spread, mean + spread] * (n // 2))


@pytest.mark.parametrize(
    ("treated", "breached", "says"),
    [
        (_arm(100, 10), False, "0.00% above"),
        (_arm(96, 10), False, "4.00% below"),  # within the limit
        (_arm(90, 10), True, "10.0% below"),
        (_arm(90, 80), False, "Chance may have done that."),
        (_arm(150, 10), False, "50.0% above"),
        (_arm(1, 1, 40), False, "Too few to say anything"),
    ],
)
def test_declines(treated: Sums, breached: bool, says: str) -> None:
    found = of_decline(Guardrail.VALUE, treated=treated, holdout=_arm(100, 10), limit=0.05)
    assert found.breached is breached
    assert says in found.sentence
    assert len(found.sentence) <= LONGEST_SENTENCE


def test_what_they_were_worth_before_is_taken_into_account() -> None:
    """The treated were poorer from the start: that is no decline."""
    before = [float(one) for one in range(200)] * 2
    holdout = Sums.of([one + 50 for one in before], before)
    poorer = [one * 0.5 for one in before]
    treated = Sums.of([one + 50 for one in poorer], poorer)
    assert not of_decline(Guardrail.VALUE, treated=treated, holdout=holdout, limit=0.05).breached
    blind = of_decline(
        Guardrail.VALUE, treated=Sums.of([one + 50 for one in poorer]), holdout=Sums.of([one + 50 for one in before]),
        limit=0.05,
    )  # fmt: skip
    assert blind.breached


@pytest.mark.parametrize(("weighed", "breached"), [(None, True), (0.0, True), (0.05, False), (0.10, False)])
def test_what_a_person_has_weighed_stops_it_again_only_when_it_got_worse(weighed: float | None, breached: bool) -> None:
    found = of_decline(Guardrail.REVENUE, treated=_arm(91, 5), holdout=_arm(100, 5), limit=0.05, weighed=weighed)
    assert found.breached is breached
    assert ("A person knew that" in found.sentence) is not breached


def test_nothing_to_compare_with() -> None:
    assert not without_holdout(Guardrail.VALUE, limit=0.05).breached
    worthless = of_decline(Guardrail.REVENUE, treated=_arm(0, 0), holdout=_arm(0, 0), limit=0.05)
    assert (worthless.value, worthless.breached) == (None, False)


def test_each_rule_is_for_its_guardrails() -> None:
    with pytest.raises(ValueError, match="no rate"):
        of_rate(Guardrail.VALUE, count=1, total=2, limit=0.1)
    with pytest.raises(ValueError, match="no two arms"):
        of_decline(Guardrail.COMPLAINTS, treated=_arm(1, 1), holdout=_arm(1, 1), limit=0.1)
