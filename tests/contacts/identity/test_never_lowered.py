"""Nothing that happens to contacts ever lowers a refusal, or makes a yes of what was none (promise S16)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.models import Account, Contact, Merge
from contacts.permission import permissions_of
from contacts.services import Refused, create_account, record_consent, set_address, suppress
from contacts.services.identities import alias, group, identify
from contacts.services.merging import merge, undo_merge
from contacts.states import Channel, MergeKey, SuppressionReason
from staff.models import User
from tests.contacts.identity.people import NOW, known_as, person
from tests.factories import make_user

CHANNELS = [Channel.EMAIL.value, Channel.SMS.value]
PEOPLE = 4


@dataclass
class World:
    """Four people, what each of them has refused by now, and for which channels each has agreed.

    ``said_no`` holds what was said to a person, or to whoever they were one with at that moment: it holds for them
    whatever becomes of the merge. ``agreed`` holds who ever said yes for themselves.
    """

    by: User
    people: list[Contact]
    accounts: list[Account]
    step: int = 0
    refused: dict[int, set[tuple[str, str]]] = field(default_factory=lambda: {n: set() for n in range(PEOPLE)})
    said_no: dict[int, set[str]] = field(default_factory=lambda: {n: set() for n in range(PEOPLE)})
    agreed: dict[int, set[str]] = field(default_factory=lambda: {n: set() for n in range(PEOPLE)})

    def now(self) -> Any:
        return NOW + timedelta(minutes=self.step)

    def standing(self, number: int) -> Contact:
        contact = Contact.objects.get(pk=self.people[number].pk)
        return contact.merged_into or contact

    def one_with(self, number: int) -> list[int]:
        """Everybody who is the same person as this one at the moment."""
        mine = self.standing(number).pk
        return [other for other in range(PEOPLE) if self.standing(other).pk == mine]


def suppress_one(world: World, a: int, b: int, channel: str) -> None:
    reason = [SuppressionReason.OPTED_OUT, SuppressionReason.COMPLAINT][b % 2].value
    stale = world.people[a]
    suppress(contact=stale, channel=channel, reason=reason, at=world.now())
    for one in world.one_with(a):
        world.refused[one].add((channel, reason))


def suppress_address(world: World, a: int, b: int, channel: str) -> None:
    value = f"p{b}@northlight.example"
    suppress(address=("email", value), channel=channel, reason=SuppressionReason.EXPLICIT_NO, at=world.now())
    for one in range(PEOPLE):
        if world.standing(one).addresses.filter(value=value).exists():
            world.refused[one].add((channel, SuppressionReason.EXPLICIT_NO.value))


def suppress_account(world: World, a: int, b: int, channel: str) -> None:
    account = world.accounts[b % 2]
    suppress(account=account, channel=channel, reason=SuppressionReason.LEGAL, at=world.now())
    for one in range(PEOPLE):
        if world.standing(one).account_id == account.pk:
            world.refused[one].add((channel, SuppressionReason.LEGAL.value))


def say_no(world: World, a: int, b: int, channel: str) -> None:
    record_consent(contact=world.people[a], channel=channel, status="no", source="call", at=world.now())
    for one in world.one_with(a):
        world.said_no[one].add(channel)


def say_yes(world: World, a: int, b: int, channel: str) -> None:
    record_consent(contact=world.people[a], channel=channel, status="yes", source="form", at=world.now())
    for one in world.one_with(a):
        world.said_no[one].discard(channel)
        world.agreed[one].add(channel)


def merge_two(world: World, a: int, b: int, channel: str) -> None:
    merge(
        survivor=world.standing(a), merged=world.standing(b), key=MergeKey.PERSON, reason="Same", by=world.by,
        at=world.now(),
    )  # fmt: skip


def undo_last(world: World, a: int, b: int, channel: str) -> None:
    """What the merge alone brought to either of the two may go with it; what was said meanwhile may not."""
    last = Merge.objects.filter(undone_at__isnull=True).order_by("-pk").first()
    if last is not None:
        undo_merge(merge=last, by=world.by if b % 2 else None, at=world.now())


def move_address(world: World, a: int, b: int, channel: str) -> None:
    set_address(contact=world.people[a], kind="email", value=f"new{a}@northlight.example")


def identify_one(world: World, a: int, b: int, channel: str) -> None:
    identify(
        user_id=f"u{a}", anonymous_id=f"a{b}", traits={"email": f"p{b}@northlight.example", "name": "Marta"},
        at=world.now(), now=world.now(),
    )  # fmt: skip


def alias_two(world: World, a: int, b: int, channel: str) -> None:
    alias(previous_id=f"u{a}", user_id=f"u{b}", now=world.now())


def group_one(world: World, a: int, b: int, channel: str) -> None:
    group(user_id=f"u{a}", anonymous_id="", group_id=f"g{b % 2}", traits={}, now=world.now())


DEEDS: list[Callable[[World, int, int, str], None]] = [
    suppress_one, suppress_address, suppress_account, say_no, say_yes, merge_two, merge_two, undo_last, undo_last,
    move_address, identify_one, alias_two, group_one,
]  # fmt: skip

steps = st.lists(
    st.tuples(
        st.sampled_from(DEEDS), st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1), st.sampled_from(CHANNELS)
    ),
    min_size=4,
    max_size=12,
)


@pytest.mark.django_db
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=steps)
def test_no_sequence_lowers_a_refusal_or_makes_a_yes(
    steps: list[tuple[Callable[[World, int, int, str], None], int, int, str]],
) -> None:
    with transaction.atomic():
        world = a_world()
        for deed, a, b, channel in steps:
            world.step += 1
            try:
                with transaction.atomic():
                    deed(world, a, b, channel)
            except Refused:
                continue
            check(world)
        # Every example begins with nobody.
        transaction.set_rollback(True)


def a_world() -> World:
    """Two in an account, one without, and one of whom only ids are known."""
    accounts = [create_account(external_id=f"g{number}", name=f"Studio {number}") for number in range(2)]
    people = []
    for number in range(PEOPLE):
        email = f"p{number}@northlight.example" if number < 3 else ""
        contact = person(f"Person {number}", email=email, account=accounts[number] if number < 2 else None)
        known_as(contact, "user", f"u{number}")
        people.append(contact)
    return World(make_user("SDR manager"), people, accounts)


def check(world: World) -> None:
    for number in range(PEOPLE):
        contact = world.standing(number)
        found = permissions_of([contact.pk])[contact.pk]
        for channel, reason in world.refused[number]:
            assert reason in found[channel].suppressed_by, f"{reason} of person {number} on {channel} was lowered"
        for channel in CHANNELS:
            if channel in world.said_no[number]:
                assert found[channel].consent != "yes", f"person {number} said no on {channel}"
            if found[channel].consent == "yes":
                together = world.one_with(number)
                assert any(channel in world.agreed[one] for one in together), f"nobody agreed on {channel}"
