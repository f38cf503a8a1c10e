"""Why a total moved: what they did, what we set, or what we do not know (mission 2.7). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Split:
    """The difference of two totals, in points. The three add up to it."""

    behaviour: int = 0
    configuration: int = 0
    missing: int = 0

    @property
    def total(self) -> int:
        return self.behaviour + self.configuration + self.missing


def split(
    before: Sequence[int], after: Sequence[int], *, missing_before: int, missing_after: int, configured: bool
) -> Split:
    """Split the difference between two scores. The points are in the order of `Component`.

    ``configured`` says that another version of the model gave the second score: then we moved it, and nobody else. A
    component that could be judged in one of the two and not in the other (one bit each in ``missing_…``, in the same
    order) moved because data is missing, or is no longer. The rest is what the customer did, or did not do.
    """
    change = sum(after) - sum(before)
    if configured:
        return Split(configuration=change)
    differs = missing_before ^ missing_after
    pairs = enumerate(zip(before, after, strict=True))
    missing = sum(now - then for place, (then, now) in pairs if differs >> place & 1)
    return Split(behaviour=change - missing, missing=missing)
