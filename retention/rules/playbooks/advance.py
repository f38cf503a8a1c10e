"""One sweep as one function: who goes on, who ends, who is let in and who waits. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from retention.rules.playbooks.facts import Person, Rules, Supply
from retention.rules.playbooks.world import Changes, World


def advance(
    world: World, people: Mapping[int, Person], versions: Sequence[Rules], supply: Supply, now: datetime
) -> Changes:
    """What happens at this moment to everybody in ``people``, by their customer ids.

    ``versions`` are those in force. Whoever is not in ``people`` is left alone. Asked again of the world it leads to
    (`retention.rules.playbooks.world.after`), with nothing new, it changes nothing.
    """
    raise NotImplementedError
