"""Why a service did not do what it was asked."""

from __future__ import annotations

from collections.abc import Sequence

from followups.rules import Problem
from outreach.services import Refused as OutreachRefused


class Refused(OutreachRefused):
    """Something was not done. ``sentence`` says why and what to do, in words for the person who asked."""


class StaleDraft(Refused):
    """A draft of a cadence was saved by somebody else since it was opened. Nothing was written."""


class CadenceHasProblems(Refused):
    """A cadence version that may not be published. ``problems`` names every place and remedy."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(problem.sentence for problem in problems))
