"""Each role, each address, each relation: who is let in, who is refused, and for whom nothing is there.

The table is held against the site as a whole among the trials. What comes with every run: that it has a line for each
address, and that every door to what belongs to somebody is closed to whom the table says.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from django.test import Client

from staff.states import Role
from tests.access.asking import LET_IN, addresses, answers
from tests.access.table import TABLE
from tests.access.world import OWNED, RELATIONS, World, make_world

ROLES = (Role.ACCOUNT_OWNER, Role.SDR_MANAGER, Role.CONCIERGE, Role.RETENTION_MANAGER)
SITE = dict(addresses())


def cells() -> dict[str, dict[str, str]]:
    """The table, by address and role."""
    lines = (line.split() for line in TABLE.strip().splitlines() if line and not line.startswith("#"))
    return {name: dict(zip(ROLES, answer, strict=True)) for name, *answer in lines}


CELLS = cells()


@pytest.fixture
def quiet() -> Iterator[None]:
    """Hundreds of refusals are what is asked for here: none of them need be written down with its traceback."""
    logger = logging.getLogger("django.request")
    before, logger.disabled = logger.disabled, True
    yield
    logger.disabled = before


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def signed_in(world: World, role: Role) -> Client:
    client = Client()
    client.force_login(world.people[role])
    return client


def test_the_table_has_a_line_for_every_address_and_no_other() -> None:
    assert set(CELLS) == set(SITE)


def test_the_table_has_a_letter_for_every_relation() -> None:
    """And what belongs to somebody elsewhere is not there for who sees only their own team."""
    for name, answer in CELLS.items():
        owned = set(SITE[name]) & set(OWNED)
        assert {len(letters) for letters in answer.values()} == {len(RELATIONS) if owned else 1}, name
        if owned:
            assert answer[Role.ACCOUNT_OWNER][RELATIONS.index("foreign")] == "4", name
            assert answer[Role.CONCIERGE][RELATIONS.index("foreign")] in "34", name


def test_what_is_closed_is_closed(quiet: None, world: World) -> None:
    """What belongs to somebody is asked for in every relation in which it is refused."""
    wrong = {}
    for role in ROLES:
        client = signed_in(world, role)
        for name, answer in CELLS.items():
            if len(answer[role]) == 1:
                continue
            closed = [one for one, letter in zip(RELATIONS, answer[role], strict=True) if letter != LET_IN]
            # Refused whoever's it is: one of them is enough, and the trial asks for all.
            closed = closed[:1] if len(closed) == len(RELATIONS) else closed
            expected = "".join(answer[role][RELATIONS.index(one)] for one in closed)
            found = answers(world, client, world.people[role], name, SITE[name], " ".join(closed)) if closed else ""
            if found != expected:
                wrong[f"{role}: {name} ({', '.join(closed)})"] = f"{found}, and the table says {expected}"
    assert wrong == {}


@pytest.mark.trial
@pytest.mark.parametrize("role", ROLES)
def test_everything_answers_as_the_table_says(quiet: None, world: World, role: Role) -> None:
    client, who = signed_in(world, role), world.people[role]
    found = {name: answers(world, client, who, name, parts) for name, parts in SITE.items()}
    assert {name: letters for name, letters in found.items() if letters != CELLS[name][role]} == {}
