"""How one customer answers, for the panel on their page (`retention/reach.html`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contacts.states import Channel
from retention.models import Customer
from retention.rules.playbooks.channels import CHOICE_IN_WORDS, DAYS, best_of, shares_of
from retention.services.people import people


@dataclass(frozen=True, slots=True)
class ChannelShown:
    """One channel: whether it is open to us, else why not, and how they answered. ``share`` is in percent."""

    label: str
    allowed: bool
    why_not: str
    sent: int
    answered: int
    share: int | None
    preferred: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class ReachShown:
    """The panel: every channel, which one a step would take that leaves the choice open, why, and the rule."""

    channels: tuple[ChannelShown, ...]
    why: str
    rule: str
    days: int


def reach_of(customer: Customer, now: datetime) -> ReachShown:
    """What the panel "How they answer" shows, in a number of queries that depends on nothing."""
    person = people([customer.pk], now, scores={})[customer.pk]
    picked = best_of(person)
    shares = shares_of(person.reach)
    channels = []
    for channel in Channel:
        reach = person.reach[channel]
        share = shares.get(channel)
        channels.append(
            ChannelShown(
                label=channel.label,
                allowed=reach.allowed,
                why_not=reach.why_not,
                sent=reach.sent,
                answered=reach.answered,
                share=None if share is None else round(100 * share),
                preferred=person.preferred_channel == channel,
                chosen=picked.channel == channel,
            )
        )
    return ReachShown(tuple(channels), picked.why, CHOICE_IN_WORDS, DAYS)
