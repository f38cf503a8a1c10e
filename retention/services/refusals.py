"""How a service says no. Each has a plain sentence for the person who asked."""

from __future__ import annotations

from collections.abc import Sequence

from staff.models import User
from staff.services import Refused as StaffRefused


class Refused(StaffRefused):
    """Nothing was written. ``sentence`` says why and what to do."""


class NotPermitted(Refused):
    """The person may not do this."""


class ModelHasProblems(Refused):
    """A version that may not be saved or published as it is. ``problems`` are all of them, each with its remedy."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(self.problems))


def require(by: User | None, permission: str, sentence: str) -> None:
    """Refuse a person without this permission. None is a schedule or a command of ours, which may."""
    if by is not None and not by.has_perm(permission):
        raise NotPermitted(sentence)


def told(text: str, what: str, most: int = 500) -> str:
    """A reason or note as it is kept. Refuses an empty one, and one that is too long."""
    text = text.strip()
    if not text:
        raise Refused(f"Say {what}.")
    if len(text) > most:
        raise Refused(f"Say {what} in at most {most} characters.")
    return text
