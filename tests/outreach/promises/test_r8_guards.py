"""Take one guard away, and what promise R8 forbids happens: no guard is there for show, and the machine is not blind.

For each guard there are a few steps of the machine after which something wrong leaves without it, and nothing with it.
`make trials` lets the machine find such steps by itself. Guards that hold twice (the approval of another text is also
refused by a constraint of the database) are taken away in both places.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest
from pytest_django import Settings

from contacts.states import Channel
from outreach.channels import Sent
from tests.outreach.promises.guards import GUARDS
from tests.outreach.promises.machine import AnyOrder

pytestmark = pytest.mark.django_db

Steps = Callable[[AnyOrder], None]


class First:
    """Stands in for hypothesis where a rule chooses among drafts: it takes the first."""

    def draw(self, among: Any, label: object = None) -> Any:
        return among.elements[0]


ONE: Any = First()


def written(machine: AnyOrder, *, person: int = 0, channel: str = Channel.EMAIL) -> None:
    machine.write(person=person, channel=channel, read=True)


def after(*steps: Steps, person: int = 0) -> Steps:
    """An approved message, then these steps, then a round of delivery."""

    def do(machine: AnyOrder) -> None:
        written(machine, person=person)
        for step in steps:
            step(machine)
        machine.deliver(answer=Sent("1"))

    return do


def at_night(machine: AnyOrder) -> None:
    written(machine, channel=Channel.SMS)
    machine.wait(hours=16)
    machine.deliver(answer=Sent("1"))


def two_in_a_day(machine: AnyOrder) -> None:
    written(machine)
    machine.deliver(answer=Sent("1"))
    written(machine)
    machine.deliver(answer=Sent("1"))


def died(machine: AnyOrder) -> None:
    written(machine)
    machine.begin_to_send(data=ONE)
    machine.crash_after_handing_over()
    machine.look_for_lost_sends()
    machine.deliver(answer=Sent("1"))


def unseen(machine: AnyOrder) -> None:
    machine.write(person=0, channel=Channel.EMAIL, read=False)
    machine.approve_what_was_seen_before_an_edit(data=ONE)


def under_way(machine: AnyOrder) -> None:
    written(machine)
    machine.begin_to_send(data=ONE)
    machine.opt_out_by_link(data=ONE)
    machine.crash_after_handing_over()


def the_other_record(machine: AnyOrder) -> None:
    written(machine, person=1)
    written(machine, person=2)
    machine.opt_out_by_link(data=ONE)
    machine.deliver(answer=Sent("1"))


STEPS: dict[str, Steps] = {
    "suppressions are asked": after(lambda machine: _stop_behind_its_back(machine)),
    "consent is asked": after(lambda machine: machine.take_consent_back(person=0, channel=Channel.EMAIL)),
    "an answer takes the approval back": after(
        lambda machine: machine.wait(hours=1), lambda machine: machine.ask(person=0)
    ),
    "stop switches are asked": after(lambda machine: machine.stop(scope="email")),
    "a wish for quiet is kept": after(lambda machine: machine.ask_for_quiet(person=0)),
    "caps are counted": two_in_a_day,
    "hours are kept": at_night,
    "the address is still theirs": after(lambda machine: machine.move_to_another_address(person=0)),
    "a message is claimed": died,
    "a lost send is not tried again": died,
    "only the text that was seen is approved": unseen,
    "an opt-out waits for what is under way": under_way,
    "an opt-out stops the address too": the_other_record,
    "an opt-out gives up what waits": after(lambda machine: machine.opt_out_by_link(data=ONE)),
}


def _stop_behind_its_back(machine: AnyOrder) -> None:
    """An opt-out that comes between the approval and the claim, and that gave up nothing by itself."""
    from contacts import services as contacts
    from contacts.states import SuppressionReason

    contacts.suppress(
        contact=machine.people[0], channel="all", reason=SuppressionReason.OPTED_OUT, at=machine.now, source="A call"
    )
    machine.refused.add(0)


def walk(steps: Steps, without: AbstractContextManager[Any]) -> None:
    with without:
        machine = AnyOrder()
        try:
            machine.begin()
            steps(machine)
        finally:
            machine.people.clear()  # the end of this walk is not the end of a run
            machine.teardown()


def test_every_guard_has_its_steps() -> None:
    assert set(GUARDS) == set(STEPS)


@pytest.mark.parametrize("guard", GUARDS)
def test_r8_with_this_guard_nothing_wrong_leaves_and_without_it_something_does(guard: str, settings: Settings) -> None:
    settings.UNSUBSCRIBE_BARRIER_SECONDS = 0
    walk(STEPS[guard], nullcontext())
    with pytest.raises(AssertionError) as found:
        walk(STEPS[guard], GUARDS[guard]())
    assert str(found.value), "it failed, and did not say what"
