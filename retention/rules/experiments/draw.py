"""Who is held out, and who begins in which wave: by hash, so that the answer is the same for ever. Pure."""

from __future__ import annotations

from hashlib import sha256

from retention.states import Arm

#: A digest is read as a number below this.
WHOLE = 1 << 64


def draw(salt: str, customer_id: int, holdout_percent: int) -> Arm:
    """Which arm a customer is in (mission.md 3.6).

    The same salt and customer always give the same arm, whoever asks and whenever. Another salt gives a draw that has
    nothing to do with it, so nobody is held out by one experiment because another held them out. Whoever is held out
    at one percentage is held out at every greater one.

    Raises ValueError for a percentage outside 0 to 100.
    """
    if not 0 <= holdout_percent <= 100:
        raise ValueError(f"{holdout_percent}% cannot be held out: it must be from 0 to 100.")
    held_out = _number(f"{salt}:{customer_id}") * 100 < holdout_percent * WHOLE
    return Arm.HOLDOUT if held_out else Arm.TREATED


def wave(salt: str, customer_id: int, waves: int) -> int:
    """In which wave of a staggered rollout a customer begins, from 1 to ``waves``. Sticky as `draw` is.

    Raises ValueError where there is no wave.
    """
    if waves < 1:
        raise ValueError("A staggered rollout has one wave at least.")
    return _number(f"{salt}:{customer_id}:wave") * waves // WHOLE + 1


def _number(text: str) -> int:
    """A number from 0 to `WHOLE`, itself left out, that looks drawn at random."""
    return int.from_bytes(sha256(text.encode()).digest()[:8])
