"""What must not get worse while a playbook runs, and when that stops it (mission.md 3.7; docs/guardrails.md). Pure.

Shares and declines are fractions of 1: 0.001 is one in a thousand.
"""

from __future__ import annotations

from dataclasses import dataclass

from retention.rules.experiments import cuped
from retention.rules.experiments.samples import Sums
from retention.states import Guardrail

#: Of people who answer for themselves so many are a rate. One or two are people, and somebody reads what they said.
FEWEST_PEOPLE = 3
#: So many times the limit is too much even where the interval still reaches below the limit.
FAR_ABOVE = 2
#: Customers in each arm before what they are worth is compared.
FEWEST_COMPARED = 100
#: Means are looked at every day for weeks: one interval in a hundred may miss, not one in twenty.
DECLINE_ALPHA = 0.01
#: As long as the column.
LONGEST_SENTENCE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a guardrail showed: `retention.models.GuardrailReading`. ``value`` is None where nothing can be said."""

    guardrail: Guardrail
    count: int
    total: int
    limit: float
    value: float | None = None
    low: float | None = None
    high: float | None = None
    breached: bool = False
    sentence: str


_REPORTED = {Guardrail.COMPLAINTS: "reported as spam", Guardrail.UNSUBSCRIBES: "followed by an opt-out"}
_WORTH = {Guardrail.VALUE: "lifetime value", Guardrail.REVENUE: "revenue in the 30 days after the window"}


def of_rate(guardrail: Guardrail, *, count: int, total: int, limit: float) -> Found:
    """Complaints or opt-outs in ``total`` delivered messages, with Wilson's interval.

    It is breached by three people at least, where even the low end of the interval is above the limit, or the rate
    itself is more than twice the limit. Raises ValueError for anything but a rate.
    """
    if guardrail not in _REPORTED:
        raise ValueError(f"{guardrail} is no rate of messages.")
    if not total:
        return Found(
            guardrail=guardrail, count=count, total=0, limit=limit, sentence="No message was delivered in this time."
        )
    from statsmodels.stats.proportion import proportion_confint

    count = min(count, total)
    rate = count / total
    low, high = (float(end) for end in proportion_confint(count, total, method="wilson"))
    breached = count >= FEWEST_PEOPLE and (low > limit or rate > FAR_ABOVE * limit)
    said = (
        f"{count:,} of {_messages(total)} {_REPORTED[guardrail]}: {_percent(rate)}, "
        f"somewhere between {_percent(low)} and {_percent(high)}. The limit is {_percent(limit)}."
    )
    if 0 < count < FEWEST_PEOPLE and rate > limit:
        said += f" Fewer than {FEWEST_PEOPLE} people do not stop it: read what they had to say."
    return Found(
        guardrail=guardrail, count=count, total=total, limit=limit, value=rate, low=max(0.0, low), high=min(1.0, high),
        breached=breached, sentence=said,
    )  # fmt: skip


def of_decline(
    guardrail: Guardrail, *, treated: Sums, holdout: Sums, limit: float, weighed: float | None = None
) -> Found:
    """By which fraction the treated are worth less than those held out, as compared to what one would expect of them.

    It is breached where the decline is above the limit, and there surely is one: the interval, which is that of 99%
    because it is looked at daily, lies above nought. ``weighed`` is the decline that a person had seen when they let
    the playbook go on: only one that is worse by another ``limit`` stops it again. Raises ValueError for rates.
    """
    if guardrail not in _WORTH:
        raise ValueError(f"{guardrail} compares no two arms.")
    compared = treated.n + holdout.n
    if min(treated.n, holdout.n) < FEWEST_COMPARED:
        return _nothing(
            guardrail, compared, limit, f"Too few to say anything: {treated.n:,} treated and {holdout.n:,} held out of "
            f"whom the {_WORTH[guardrail]} is known. {FEWEST_COMPARED} of each are needed.",
        )  # fmt: skip
    if holdout.mean <= 0:
        return _nothing(guardrail, compared, limit, f"Nobody held out has any {_WORTH[guardrail]} to compare with.")
    estimate = cuped.adjust(treated, holdout, DECLINE_ALPHA).estimate
    value, low, high = (-one / holdout.mean for one in (estimate.point, estimate.interval.high, estimate.interval.low))
    breached = value > limit and low > 0 and (weighed is None or value > weighed + limit)
    said = (
        f"The {_WORTH[guardrail]} of the treated is {_percent(abs(value))} {'below' if value > 0 else 'above'} that of "
        f"those held out, somewhere between {_signed(low)} and {_signed(high)} below. The limit is {_percent(limit)}."
    )
    if value > limit and not breached:
        said += " Chance may have done that." if low <= 0 else " A person knew that and let it go on."
    return Found(
        guardrail=guardrail, count=treated.n, total=compared, limit=limit, value=value, low=low, high=high,
        breached=breached, sentence=said[:LONGEST_SENTENCE],
    )  # fmt: skip


def without_holdout(guardrail: Guardrail, *, limit: float) -> Found:
    """There is nobody to compare with: no experiment began, or its rollout is staggered."""
    return _nothing(guardrail, 0, limit, "Nobody is held out, so there is nothing to compare with.")


def _nothing(guardrail: Guardrail, compared: int, limit: float, sentence: str) -> Found:
    return Found(guardrail=guardrail, count=0, total=compared, limit=limit, sentence=sentence)


def _messages(number: int) -> str:
    return "1 message was" if number == 1 else f"{number:,} messages were"


def _percent(share: float) -> str:
    return f"{share:.2%}" if share < 0.1 else f"{share:.1%}"


def _signed(share: float) -> str:
    return f"−{_percent(-share)}" if share < 0 else _percent(share)
