"""What is wrong with a playbook, or missing, before anybody is written to. Pure.

Sources: the order of useful things and offers, and the channels' distances, are those of the seed's fourth section and
mission.md 3.2 and 3.3; windows and holdouts those of its sixth section and mission.md 3.6.
"""

from __future__ import annotations

from retention.rules.playbooks.checks.audience import GOALS, audience_problems, can_begin, neighbour_problems
from retention.rules.playbooks.checks.experiment import (
    cycle_days,
    design_problems,
    holdout_problem,
    money_problems,
    shortest_window,
)
from retention.rules.playbooks.checks.facts import Around, Design, Grade, Limits, Neighbour, Problem
from retention.rules.playbooks.checks.steps import USEFUL, gap_before, step_problems
from retention.rules.playbooks.facts import Rules

__all__ = [
    "GOALS",
    "USEFUL",
    "Around",
    "Design",
    "Grade",
    "Limits",
    "Neighbour",
    "Problem",
    "can_begin",
    "cycle_days",
    "gap_before",
    "holdout_problem",
    "problems",
    "shortest_window",
]


def problems(rules: Rules, design: Design | None, limits: Limits, around: Around) -> list[Problem]:
    """Everything that is to be said about a version: what is wrong first, then what is missing, then notes.

    Without a ``design`` publishing makes the usual one, of which nothing is wrong.
    """
    found = [
        *audience_problems(rules, around),
        *step_problems(rules, around),
        *(design_problems(rules, design) if design is not None else ()),
        *money_problems(rules, limits),
        *neighbour_problems(rules, around),
    ]
    grades = list(Grade)
    return sorted(found, key=lambda problem: grades.index(problem.grade))
