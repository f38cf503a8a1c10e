"""What is checked of a playbook besides its rules, and what a problem is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from retention.states import Kpi, PlaybookStage


class Grade(Enum):
    """What a problem hinders. What is wrong is not even kept in a draft, what is missing hinders publishing."""

    WRONG = "wrong"
    MISSING = "missing"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. ``where`` names the column, as in a file: goal_kinds, steps.2.latest_hours, experiment.kpi."""

    where: str
    sentence: str
    grade: Grade = Grade.WRONG

    @property
    def place(self) -> str:
        """Where it is, as people read it: “Step 2, latest hours”."""
        parts = self.where.split(".")
        if parts[0] == "steps" and len(parts) > 1:
            parts = [f"step {parts[1]}", *parts[2:]]
        said = ", ".join(part.replace("_", " ") for part in parts)
        return said[:1].upper() + said[1:]

    @property
    def said(self) -> str:
        """Place and sentence in one."""
        return f"{self.place}: {self.sentence}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """The experiment as it is designed (`retention.models.Experiment`). Rates and effects are percent."""

    question: str = ""
    kpi: Kpi = Kpi.REACTIVATION
    window_days: int = 30
    holdout_percent: int = 12
    baseline_percent: Decimal | None = None
    min_effect: Decimal = Decimal(3)
    power_percent: int = 80
    alpha_percent: Decimal = Decimal(5)
    pre_days: int = 30
    staggered: bool = False
    waves: int = 4
    wave_days: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a version may cost, and what must not get worse. Rates and declines are fractions of 1."""

    stage: PlaybookStage = PlaybookStage.PILOT
    pilot_most: int | None = None
    offer_budget: Decimal | None = None
    assumed_uplift: Decimal = Decimal(2)
    uplift_source: str = ""
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    gate_min_roi: Decimal = Decimal(1)
    gate_max_payback_days: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Another playbook's version in force, as far as it matters to this one."""

    playbook_id: int
    title: str
    excluded: frozenset[int] = frozenset()
    after: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is so outside the playbook.

    ``reasons`` are all codes there are. ``wordings`` are the pairs of channel and angle that have approved wording;
    None: not looked at. ``call_minutes`` is how many minutes of calls people have in a week. ``titles`` names
    playbooks by id.
    """

    reasons: frozenset[str]
    neighbours: tuple[Neighbour, ...] = ()
    wordings: frozenset[tuple[str, str]] | None = None
    call_minutes: int = 0
    titles: Mapping[int, str] = field(default_factory=dict)
