"""Reasons that follow from several components together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from retention.rules.history import History
from retention.signals.base import Reading, Scale, Signal, Writer, Written, quoted
from retention.states import Component


@dataclass(frozen=True)
class Together(Signal):
    """Each of these components has at least so many points: a reason without points of its own."""

    type: ClassVar[str] = "together"
    title: ClassVar[str] = "Several signs together"
    components: tuple[tuple[str, int], ...]
    code: str

    def read(self, history: History, at: datetime, scale: Scale) -> Reading:
        return Reading()

    def write(self, to: Writer, scale: Scale) -> Written:
        return Written()

    def holds(self, points: Mapping[str, int]) -> bool:
        """Whether it follows from the points of the components."""
        return all(points.get(component, 0) >= least for component, least in self.components)

    def condition(self, columns: Mapping[str, str]) -> str:
        """The same over the columns of the components."""
        both = " AND ".join(f"{columns[component]} >= {least:d}" for component, least in self.components)
        return f"CASE WHEN {both} THEN {quoted(self.code)} END"

    def problems(self) -> list[str]:
        unknown = [name for name, _ in self.components if name not in Component.values]
        return [f"Several signs: {name} is not a component." for name in unknown]

    @property
    def codes(self) -> tuple[str, ...]:
        return (self.code,)
