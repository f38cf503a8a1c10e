"""What an event counts as, and the few things read out of its properties. Pure.

The rest of the properties is kept to be shown. A property that a kind needs and that is not what it should be refuses
the event with a sentence, so that it can be repaired instead of being counted wrongly.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from contacts.states import SEVERITIES, EventFlag, EventKind

NAME_LENGTH = 100
REFERENCE_LENGTH = 200
#: Dates before this, and later than this much after the event reached us, are mistakes of a clock or a form.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST_AHEAD = timedelta(days=366)

_SMALLEST, _LARGEST = -32_768, 32_767
_MOST_MONEY = Decimal(10) ** 12
_SEPARATORS = re.compile(r"[\s_-]+")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
#: Where a purchase's money is found, in the order in which sources mean it.
MONEY = ("revenue", "total", "amount", "value", "price")
_REFERENCES: Mapping[int, tuple[str, ...]] = {
    EventKind.SUPPORT_TICKET_CREATED: ("ticket_id",),
    EventKind.SUPPORT_TICKET_RESOLVED: ("ticket_id",),
    EventKind.SUPPORT_ESCALATED: ("ticket_id",),
    EventKind.FEATURE_USED: ("feature",),
    EventKind.PRODUCT_VIEWED: ("product", "product_id", "name"),
    EventKind.CART_ADDED: ("product", "product_id", "name"),
    EventKind.PURCHASE_MADE: ("order_id",),
}
_WITH_MONEY = frozenset({EventKind.PURCHASE_MADE, EventKind.PAYMENT_SUCCEEDED, EventKind.PAYMENT_FAILED})
#: The kinds of which anything is read out of the properties at all.
WITH_PARTICULARS = frozenset(
    {EventKind.NPS_SUBMITTED, EventKind.SURVEY_SUBMITTED, EventKind.SESSION_ENDED, *_WITH_MONEY, *_REFERENCES}
)


@dataclass(frozen=True, slots=True)
class Particulars:
    """What is counted or matched by: a number, money with its currency, and what the event concerns."""

    value: int | None = None
    amount: Decimal | None = None
    currency: str = ""
    reference: str = ""


NOTHING = Particulars()


def key_of(title: str) -> str:
    """The key of a name: lower case, words joined by underscores. ``Order Completed`` → ``order_completed``."""
    return "_".join(part for part in _SEPARATORS.split(title.strip().lower()) if part)[:NAME_LENGTH]


def message_uuid(message_id: str) -> UUID:
    """The id an event is stored under: the message id itself if it is a UUID, else a digest of it."""
    try:
        if len(message_id) == 36:
            return UUID(message_id)
    except ValueError:
        pass
    return UUID(bytes=hashlib.md5(message_id.encode(), usedforsecurity=False).digest())


def flag_of(occurred_at: datetime, received_at: datetime) -> str:
    """Why a date cannot be right, or "". Such an event is kept and never counted."""
    if occurred_at < EARLIEST:
        return EventFlag.TOO_OLD.value
    if occurred_at > received_at + LATEST_AHEAD:
        return EventFlag.FUTURE.value
    return ""


def is_machine(properties: Mapping[str, Any]) -> bool:
    """Whether a scanner or prefetch did this. Stored, never counted (scoring.md)."""
    return properties.get("machine") in (True, "true", "True", "TRUE", "yes", 1, "1")


def particulars(kind: int, properties: Mapping[str, Any]) -> Particulars:
    """What is read out of the properties of an event of this kind (scoring.md, "Event names").

    Raises ValueError with a sentence where a property that counts is missing or is not what it should be.
    """
    if kind == EventKind.NPS_SUBMITTED:
        return Particulars(value=_whole(properties, "score", 0, 10))
    if kind == EventKind.SURVEY_SUBMITTED:
        return Particulars(value=_whole(properties, "score", _SMALLEST, _LARGEST))
    if kind == EventKind.SUPPORT_TICKET_CREATED:
        return Particulars(value=_severity(properties), reference=_reference(kind, properties))
    if kind == EventKind.SESSION_ENDED:
        return Particulars(value=_seconds(properties))
    if kind in _WITH_MONEY:
        return Particulars(
            amount=_money(properties), currency=_currency(properties), reference=_reference(kind, properties)
        )
    if kind in _REFERENCES:
        return Particulars(reference=_reference(kind, properties))
    return NOTHING


def _number(properties: Mapping[str, Any], name: str) -> Decimal | None:
    given = properties.get(name)
    if given is None or given == "":
        return None
    if isinstance(given, bool) or not isinstance(given, (int, float, str)):
        raise ValueError(f"The property {name} must be a number.")
    try:
        found = Decimal(str(given).strip())
    except InvalidOperation as problem:
        raise ValueError(f"The property {name} must be a number.") from problem
    if not found.is_finite():
        raise ValueError(f"The property {name} must be a number.")
    return found


def _whole(properties: Mapping[str, Any], name: str, least: int, most: int) -> int:
    found = _number(properties, name)
    if found is None or found != found.to_integral_value() or not least <= found <= most:
        raise ValueError(f"The property {name} must be a whole number from {least} to {most}.")
    return int(found)


def _severity(properties: Mapping[str, Any]) -> int:
    given = properties.get("severity")
    if given is None or given == "":
        return SEVERITIES["normal"]
    word = str(given).strip().lower()
    if word not in SEVERITIES:
        raise ValueError(f"The property severity must be one of {', '.join(SEVERITIES)}.")
    return SEVERITIES[word]


def _seconds(properties: Mapping[str, Any]) -> int | None:
    found = _number(properties, "seconds")
    if found is None:
        return None
    if found < 0:
        raise ValueError("The property seconds must not be negative.")
    return int(min(found, Decimal(_LARGEST)))


def _money(properties: Mapping[str, Any]) -> Decimal | None:
    for name in MONEY:
        found = _number(properties, name)
        if found is not None:
            if abs(found) >= _MOST_MONEY:
                raise ValueError(f"The property {name} is too large for an amount of money.")
            return found.quantize(Decimal("0.01"))
    return None


def _currency(properties: Mapping[str, Any]) -> str:
    given = str(properties.get("currency") or "").strip()
    return given.upper() if _CURRENCY.fullmatch(given) else ""


def _reference(kind: int, properties: Mapping[str, Any]) -> str:
    for name in _REFERENCES.get(kind, ()):
        given = properties.get(name)
        if given is not None and not isinstance(given, (dict, list)) and str(given).strip():
            return str(given).strip()[:REFERENCE_LENGTH]
    return ""
