"""Which channel a step takes for one person, and whether an offer may be made to them (mission.md 3.2). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from contacts.states import Channel
from retention.rules.playbooks.facts import Person, Reach, Rules, Step
from retention.states import StepChannel

#: What is written to people, in the order in which equal ones are taken.
WRITTEN: Final = (Channel.EMAIL, Channel.SMS, Channel.PUSH, Channel.IN_APP)
#: The days whose messages count for how they answer.
DAYS: Final = 180
#: So many messages of their usual share are counted with each channel's own.
WEIGHT: Final = 4
#: The usual share begins as that of somebody who answered 1 of 10.
_ANSWERED_BEFORE: Final = 1
_SENT_BEFORE: Final = 10

#: The rule as people read it on the customer's page.
CHOICE_IN_WORDS: Final = (
    f"We take the channel they prefer; where that is none of those open to us, the one on which they answered the "
    f"largest share of our messages in {DAYS} days, where {WEIGHT} more messages answered as usual are counted with "
    f"each, so that one message does not decide."
)

_NAMES: Final[Mapping[str, str]] = {
    Channel.EMAIL: "e-mail",
    Channel.SMS: "SMS",
    Channel.PUSH: "push",
    Channel.IN_APP: "messages in the app",
    Channel.CALL: "calls",
}
_NOT_KNOWN: Final = Reach(allowed=False, why_not="It is not known whether we may.")


@dataclass(frozen=True, slots=True)
class Picked:
    """The channel a step takes, or None, and why. ``shares`` has the share that each written channel is judged by."""

    channel: Channel | None
    why: str
    shares: Mapping[Channel, float] = field(default_factory=dict)


def pick(person: Person, step: Step) -> Picked:
    """The channel this step takes for this person; None when none is open to us.

    A step with a channel of its own takes that or none: what is said by SMS is not said by e-mail instead.
    """
    return best_of(person) if step.channel == StepChannel.BEST else _fixed(person, Channel(step.channel))


def is_open(person: Person, step: Step) -> bool:
    """Whether `pick` finds a channel for this step, without the words."""
    if step.channel == StepChannel.BEST:
        return any(_reach(person, channel).allowed for channel in WRITTEN)
    return _reach(person, step.channel).allowed


def best_of(person: Person) -> Picked:
    """The written channel for this person, by `CHOICE_IN_WORDS`; None when none is open to us."""
    shares = shares_of(person.reach)
    allowed = [channel for channel in WRITTEN if _reach(person, channel).allowed]
    if not allowed:
        closed = "; ".join(f"{_NAMES[channel]}: {_reach(person, channel).why_not}" for channel in WRITTEN)
        return Picked(None, f"No written channel is open to us. {_capital(closed)}"[:300], shares)
    preferred = next((channel for channel in allowed if channel == person.preferred_channel), None)
    if preferred is not None:
        return Picked(preferred, f"They prefer {_NAMES[preferred]}.", shares)
    best = max(allowed, key=lambda channel: shares[channel])
    if len(allowed) == 1:
        return Picked(best, f"Only {_NAMES[best]} {_is(best)} open to us.", shares)
    if all(shares[channel] == shares[best] for channel in allowed):
        return Picked(best, f"Nothing tells the channels apart, so we take {_NAMES[best]}.", shares)
    reach = _reach(person, best)
    if not reach.answered:
        return Picked(best, f"They hardly answered on the others, so we take {_NAMES[best]}.", shares)
    return Picked(best, f"They answer {_NAMES[best]} most: {reach.answered} of {reach.sent} in {DAYS} days.", shares)


def shares_of(reach: Mapping[str, Reach]) -> dict[Channel, float]:
    """The share of messages they may be expected to answer on each written channel, from 0 to 1.

    Their usual share, over all written channels, begins at 1 of 10 (a Beta(1, 9) prior); each channel begins at that
    usual share with the weight of a few messages and then learns from its own.
    """
    known = {channel: reach.get(channel, _NOT_KNOWN) for channel in WRITTEN}
    sent = sum(one.sent for one in known.values())
    answered = sum(min(one.answered, one.sent) for one in known.values())
    usual = (answered + _ANSWERED_BEFORE) / (sent + _SENT_BEFORE)
    return {
        channel: (min(one.answered, one.sent) + WEIGHT * usual) / (one.sent + WEIGHT) for channel, one in known.items()
    }


def may_offer(person: Person, rules: Rules, spent: Decimal, incentive: Decimal = Decimal(0)) -> str:
    """Why this person gets no offer now; "" when they may have one.

    ``spent`` is what the offers of this playbook have cost this month so far, ``incentive`` what this one costs. An
    offer needs a customer whose lifetime value carries it, and money left in the month's budget.
    """
    least = rules.offer_min_clv
    if least is not None and person.clv < least:
        money = f"{person.clv:,.0f} {person.currency}".strip()
        return f"Their lifetime value of {money} is below the {least:,.0f} from which an offer is made."
    budget = rules.offer_budget
    if budget is not None and (spent >= budget or spent + incentive > budget):
        return f"{spent:,.2f} of the {budget:,.2f} for offers this month is spent."
    return ""


def _fixed(person: Person, channel: Channel) -> Picked:
    reach = _reach(person, channel)
    name = _capital(_NAMES[channel])
    if reach.allowed:
        return Picked(channel, f"{name} {_is(channel)} what this step takes, and open to us.")
    return Picked(None, f"{name} {_is(channel)} not open to us: {reach.why_not}"[:300])


def _reach(person: Person, channel: str) -> Reach:
    return person.reach.get(channel, _NOT_KNOWN)


def _is(channel: Channel) -> str:
    return "are" if channel in (Channel.IN_APP, Channel.CALL) else "is"


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
