"""What a person allows whose two records became one, and what each record allows when they are separated. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contacts.states import Consent

_YES, _NO, _UNKNOWN = Consent.YES.value, Consent.NO.value, Consent.UNKNOWN.value


@dataclass(frozen=True, slots=True)
class Standing:
    """What one contact allows on one channel.

    ``consent`` is ``yes``, ``no`` or ``unknown``. ``asked`` says whether there is any answer on record, ``reachable``
    whether there is or was an address for the channel, or for one that needs no address, any address at all.
    """

    consent: str = _UNKNOWN
    asked: bool = False
    reachable: bool = False


def together(one: Standing, other: Standing) -> str:
    """The consent of the person that both are (mission.md 1.3, 1.6): the strictest reading.

    A no of either is a no. A yes holds where both agreed, or where the other could never have been asked. Otherwise
    nobody agreed for the address that comes with the other one, so it is unknown.
    """
    answers = {one.consent, other.consent}
    if _NO in answers:
        return _NO
    if answers == {_YES}:
        return _YES
    if _YES in answers:
        silent = other if one.consent == _YES else one
        return _UNKNOWN if silent.asked or silent.reachable else _YES
    return _UNKNOWN


def after_separation(before: str, said: Sequence[str]) -> str:
    """The consent of either contact once a merge is undone. ``said`` are the answers given meanwhile, oldest first.

    Nobody knows which of the two said it: a no counts for both, a yes for neither. So each has what it had, or a no.
    """
    return _NO if said and said[-1] == _NO else before
