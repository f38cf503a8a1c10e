"""How much mail a day a new sender domain may send. Mailbox providers trust a domain that grows slowly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

#: More than anybody sends in a day: from here on a domain without an upper limit has none.
KNOWN_BY_NOW = 10_000_000


@dataclass(frozen=True, slots=True)
class WarmUp:
    """``first_day`` messages on the day it begins, ``growth`` times as many each day after, up to ``most_a_day``.

    ``most_a_day`` 0 means without an upper limit.
    """

    began_on: date
    first_day: int
    growth: Decimal
    most_a_day: int = 0


def limit_on(day: date, rules: WarmUp) -> int | None:
    """The most messages that may leave on ``day`` (UTC), or None for as many as there are.

    It never falls from one day to the next. Before the first day it is that of the first day.
    """
    days = max((day - rules.began_on).days, 0)
    most = rules.most_a_day or KNOWN_BY_NOW
    # Compared as logarithms first: the power itself would have millions of digits after some years.
    if math.log(rules.first_day) + days * math.log(rules.growth) > math.log(most) + 1:
        reached = most
    else:
        reached = min(int(rules.first_day * rules.growth**days), most)
    return None if not rules.most_a_day and reached >= KNOWN_BY_NOW else reached


def why_not_grow(rules: WarmUp) -> str:
    """What makes no sense about these numbers, in words; nothing when they do."""
    if rules.first_day < 1:
        return "On the first day at least 1 message must be able to leave."
    if rules.growth < 1:
        return "It cannot shrink from day to day. Set the growth to 1 or more, such as 1.5 for half as many again."
    if 0 < rules.most_a_day < rules.first_day:
        return (
            f"At most {rules.most_a_day} a day is less than the {rules.first_day} of the first day. "
            "Make it larger, or 0 for no limit."
        )
    return ""
