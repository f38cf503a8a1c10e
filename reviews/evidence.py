"""Evidence laid out for a narrow column: what counts first, what is older behind a fold, facts without a date apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

#: So many dated pieces are in sight; the one that the message rests on always is.
IN_SIGHT = 5


@dataclass(frozen=True, slots=True)
class Arranged:
    """``recent`` and ``older`` have a date, the newest last; ``facts`` have none."""

    recent: list[dict[str, Any]]
    older: list[dict[str, Any]]
    facts: list[dict[str, Any]]


def arranged(evidence: Iterable[dict[str, Any]], most: int = IN_SIGHT) -> Arranged:
    """Lay out pieces with ``at`` (a moment or None) and ``key``, in the order they come: the newest last.

    Nothing is left out.
    """
    pieces = list(evidence)
    dated = [one for one in pieces if one["at"] is not None]
    keys = [one for one in dated if one.get("key")][-most:]
    others = [one for one in dated if not any(one is key for key in keys)]
    room = most - len(keys)
    newest = others[len(others) - room :] if room < len(others) else others
    chosen = [*keys, *newest]
    return Arranged(
        recent=[one for one in dated if any(one is other for other in chosen)],
        older=[one for one in dated if not any(one is other for other in chosen)],
        facts=[one for one in pieces if one["at"] is None],
    )
