"""Two people do not decide about one message at once: whoever has it open goes first, or somebody takes it over."""

from __future__ import annotations

from datetime import datetime

from outreach.services import Refused
from staff import services as staff
from staff.models import User
from staff.services import Held
from staff.states import ClaimKind


class Claimed(Refused):
    """A colleague has this message open. ``held`` says who, and since when."""

    def __init__(self, held: Held) -> None:
        self.held = held
        super().__init__(f"{held.by} has this open. Nothing was changed. Take it over if you want to decide.")


def refuse_claimed(*, draft_id: int, by: User, now: datetime) -> None:
    """Raise `Claimed` while a colleague has this message open.

    Called by every decision but those that stop messages, and those that only add to what is known.
    """
    held = staff.held_by_other(kind=ClaimKind.MESSAGE, row_id=draft_id, user=by, now=now)
    if held is not None:
        raise Claimed(held)
