"""Who decides for somebody who is away."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from staff.states import HandOverRule


@dataclass(frozen=True, slots=True)
class Team:
    """What a team says about people of it who are away."""

    rule: HandOverRule
    manager: int | None
    members: Sequence[int]


def who_stands_in(*, away: int, substitute: int | None, team: Team | None, there: Collection[int]) -> tuple[int, ...]:
    """Who may get the work of somebody away (mission.md 6.5). ``there`` are the people who can do it and are at work.

    Whoever they named themselves, if that person is there. Otherwise as the team says: its manager, or its members.
    Where the one is not there, the other is asked, so that one absence more does not let work lie; "it waits" is kept
    to, and so is the absence of everybody. More than one answer means that the work is shared out between them.
    """
    free = frozenset(there) - {away}
    if substitute in free and substitute is not None:
        return (substitute,)
    if team is None or team.rule == HandOverRule.NOBODY:
        return ()
    manager = (team.manager,) if team.manager is not None and team.manager in free else ()
    members = tuple(sorted(one for one in team.members if one in free))
    return (manager or members) if team.rule == HandOverRule.MANAGER else (members or manager)


def share_out(*, rows: Sequence[tuple[int, tuple[int, ...]]], loads: Mapping[int, int]) -> dict[int, int]:
    """Whom each row goes to: of those who may have it the one with the least to do, and of equals the first.

    ``rows`` are ids with those who may have them, in the order in which they are given away; ``loads`` is what each
    person has before that.
    """
    queues: dict[tuple[int, ...], list[tuple[int, int]]] = {}
    given: dict[int, int] = {}
    now = dict(loads)
    for row, people in rows:
        if not people:
            continue
        if people not in queues:
            queues[people] = [(now.get(one, 0), one) for one in people]
            heapq.heapify(queues[people])
        queue = queues[people]
        # Somebody may have got more meanwhile by standing in for another team as well.
        while queue[0][0] != now.get(queue[0][1], 0):
            heapq.heapreplace(queue, (now[queue[0][1]], queue[0][1]))
        person = queue[0][1]
        now[person] = now.get(person, 0) + 1
        heapq.heapreplace(queue, (now[person], person))
        given[row] = person
    return given
