"""The types of signals that models are made of. A model's rows name a type and give its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retention.signals.activity import Count, Drop, FewerWhileMissing, Gap, Rhythm
from retention.signals.base import Reading, Scale, Signal, Tier, Writer, Written
from retention.signals.engagement import RateDecay
from retention.signals.payments import BadAnswer, Flag, NoEvents, OpenFailure, OpenTicket, ShortHistory
from retention.signals.together import Together

TYPES: Mapping[str, type[Signal]] = {
    one.type: one
    for one in (
        Gap,
        Rhythm,
        Drop,
        Count,
        OpenFailure,
        Flag,
        RateDecay,
        BadAnswer,
        OpenTicket,
        ShortHistory,
        NoEvents,
        Together,
        FewerWhileMissing,
    )
}


def signal_of(type_name: str, parameters: Mapping[str, Any]) -> Signal:
    """The signal that a row describes. Raises ValueError with a sentence that says what is wrong with it."""
    if type_name not in TYPES:
        raise ValueError(f"There is no signal of the type {type_name}. The types are {', '.join(TYPES)}.")
    return TYPES[type_name].from_parameters(parameters)


__all__ = ["TYPES", "Reading", "Scale", "Signal", "Tier", "Together", "Writer", "Written", "signal_of"]
