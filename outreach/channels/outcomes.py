"""What may come of handing a message over. Nothing else can: a caller decides about all four.

``gone`` are push subscriptions that their push service says are over, by their ids; other channels know none.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took it. ``message_id`` is what it can be looked up by."""

    message_id: str
    gone: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TryLater:
    """It was certainly not taken, for a reason that may pass. ``words`` say which."""

    words: str
    gone: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """It was certainly not taken and never will be.

    ``address_is_dead``: the provider says nobody has this address. ``opted_out``: it says they told it to stop.
    """

    words: str
    address_is_dead: bool = False
    opted_out: bool = False
    gone: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The answer was lost after the text was handed over. It may have arrived; only a person can find out."""

    words: str
    gone: tuple[int, ...] = ()


Outcome = Sent | TryLater | Rejected | Uncertain
