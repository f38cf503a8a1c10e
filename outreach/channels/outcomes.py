"""What may come of handing a message over. Nothing else can: a caller decides about all four."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took it. ``message_id`` is what it can be looked up by."""

    message_id: str


@dataclass(frozen=True, slots=True)
class TryLater:
    """It was certainly not taken, for a reason that may pass. ``words`` say which."""

    words: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """It was certainly not taken and never will be. ``address_is_dead``: the provider says nobody has this address."""

    words: str
    address_is_dead: bool = False


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The answer was lost after the text was handed over. It may have arrived; only a person can find out."""

    words: str


Outcome = Sent | TryLater | Rejected | Uncertain
