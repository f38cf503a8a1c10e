"""Frozen dataclasses to JSON and back, for what is kept in a column of JSON. Pure.

Decimals become text, so that money stays exact; choices become their values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Kept = TypeVar("Kept")


def as_json(value: Any) -> Any:
    """``value`` as dictionaries, lists, text, numbers and None."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): as_json(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(one) for one in value]
    return value


def from_json(kind: type[Kept], value: Any) -> Kept:
    """What `as_json` made of an instance of ``kind``, as that instance.

    A field that is missing takes its default; names that ``kind`` does not have are left out, so that what an earlier
    or later version wrote can be read. Raises TypeError where a field without a default is missing.
    """
    return _read(kind, value)  # type: ignore[no-any-return]


def _read(kind: Any, value: Any) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        if value is None:
            return None
        (kind,) = (one for one in arguments if one is not NoneType)
        return _read(kind, value)
    if origin is tuple:
        return tuple(_read(arguments[0], one) for one in value)
    if origin is not None and issubclass(origin, Mapping):
        return {name: _read(arguments[1], one) for name, one in value.items()}
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        known = [field.name for field in fields(kind) if field.name in value]
        return kind(**{name: _read(hints[name], value[name]) for name in known})  # type: ignore[operator]
    return kind(value)
