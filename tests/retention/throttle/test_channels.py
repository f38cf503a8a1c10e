"""Which channel a step takes, and who gets an offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.states import Channel
from retention.rules.playbooks.channels import WRITTEN, may_offer, pick, shares_of
from retention.rules.playbooks.facts import Person, Reach, Rules, Step
from retention.states import StepChannel, StepPurpose

CLOSED = Reach(allowed=False, why_not="They did not agree to it.")


def step(channel: StepChannel = StepChannel.BEST) -> Step:
    return Step(
        id=1,
        position=1,
        name="One",
        purpose=StepPurpose.NUDGE,
        channel=channel,
        earliest=timedelta(0),
        latest=timedelta(hours=8),
    )


def person(preferred: str = "", **reach: tuple[int, int] | None) -> Person:
    """Channels with (sent, answered); None and those not named are closed."""
    known: dict[str, Reach] = dict.fromkeys([*WRITTEN, Channel.CALL], CLOSED)
    known |= {name: Reach(True, "", *counts) for name, counts in reach.items() if counts is not None}
    return Person(customer_id=1, contact_id=1, preferred_channel=preferred, reach=known)


@pytest.mark.parametrize(
    ("who", "channel", "why"),
    [
        (person("sms", email=(10, 9), sms=(10, 0)), Channel.SMS, "They prefer SMS."),
        (person("sms", email=(10, 2), push=(10, 5)), Channel.PUSH, "They answer push most: 5 of 10 in 180 days."),
        (person("call", email=(10, 2), sms=(2, 0)), Channel.EMAIL, "They answer e-mail most: 2 of 10 in 180 days."),
        (person(email=(0, 0), in_app=(0, 0)), Channel.EMAIL, "Nothing tells the channels apart, so we take e-mail."),
        (person(in_app=(3, 0)), Channel.IN_APP, "Only messages in the app are open to us."),
        # One message alone says little: it wins against few answers, and not against many.
        (person(email=(20, 2), sms=(1, 1)), Channel.SMS, "They answer SMS most: 1 of 1 in 180 days."),
        (person(email=(20, 12), sms=(1, 1)), Channel.EMAIL, "They answer e-mail most: 12 of 20 in 180 days."),
        (person(email=(20, 1), sms=(0, 0)), Channel.SMS, "They hardly answered on the others, so we take SMS."),
    ],
)
def test_the_best_channel(who: Person, channel: Channel, why: str) -> None:
    found = pick(who, step())
    assert (found.channel, found.why) == (channel, why)


def test_a_closed_channel_is_never_the_best_one_and_no_channel_says_why() -> None:
    found = pick(person("sms", sms=None), step())
    assert found.channel is None
    assert found.why.startswith("No written channel is open to us. E-mail: They did not agree to it.; SMS: ")
    assert pick(replace(person(), reach={}), step()).channel is None


def test_a_step_with_a_channel_of_its_own_takes_that_or_none() -> None:
    who = person("sms", email=(1, 1), sms=(1, 1))
    assert pick(who, step(StepChannel.EMAIL)).channel == Channel.EMAIL
    found = pick(who, step(StepChannel.CALL))
    assert (found.channel, found.why) == (None, "Calls are not open to us: They did not agree to it.")


REACH = st.dictionaries(
    st.sampled_from([*WRITTEN, Channel.CALL]),
    st.builds(
        Reach, allowed=st.booleans(), why_not=st.just("No."), sent=st.integers(0, 50), answered=st.integers(0, 50)
    ),
)


@given(REACH, st.sampled_from(["", *WRITTEN, Channel.CALL]), st.sampled_from(StepChannel))
def test_what_is_picked_is_open_and_no_better_one_was_left(
    reach: Mapping[str, Reach], preferred: str, channel: StepChannel
) -> None:
    who = Person(customer_id=1, contact_id=1, preferred_channel=preferred, reach=reach)
    found = pick(who, step(channel))
    shares = shares_of(reach)
    assert all(0 < share < 1 for share in shares.values())
    open_ones = [one for one in WRITTEN if one in reach and reach[one].allowed]
    assert 0 < len(found.why) <= 300
    if channel != StepChannel.BEST:
        assert found.channel == (Channel(channel) if channel in reach and reach[channel].allowed else None)
    elif preferred in open_ones:
        assert found.channel == preferred
    else:
        assert (found.channel in open_ones) if open_ones else (found.channel is None)
        assert all(shares[found.channel] >= shares[one] for one in open_ones if found.channel)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_one_answer_more_never_makes_a_channel_worse_than_it_was(sent: int, answered: int, others: int) -> None:
    answered = min(answered, sent)
    before: dict[str, Reach] = {Channel.EMAIL: Reach(True, "", sent, answered), Channel.SMS: Reach(True, "", others, 0)}
    after = before | {Channel.EMAIL: Reach(True, "", sent + 1, answered + 1)}
    assert shares_of(after)[Channel.EMAIL] > shares_of(before)[Channel.EMAIL]


@pytest.mark.parametrize(
    ("clv", "spent", "why"),
    [
        (300, 0, ""),
        (300, 490, ""),
        (299, 0, "Their lifetime value of 299 USD is below the 300 from which an offer is made."),
        (300, 491, "491.00 of the 500.00 for offers this month is spent."),
        (300, 500, "500.00 of the 500.00 for offers this month is spent."),
    ],
)
def test_an_offer_needs_a_value_that_carries_it_and_money_in_the_budget(clv: int, spent: int, why: str) -> None:
    rules = Rules(
        version_id=1, playbook_id=1, name="a-v1", title="A", steps=(), offer_min_clv=Decimal(300),
        offer_budget=Decimal(500),
    )  # fmt: skip
    who = replace(person(), clv=Decimal(clv), currency="USD")
    assert may_offer(who, rules, Decimal(spent), Decimal(10)) == why
    assert not may_offer(who, replace(rules, offer_min_clv=None, offer_budget=None), Decimal(spent), Decimal(10))
