"""Values put into the rows of a version, whether a person typed them or a file has them: every one that cannot be is
named. Nothing is asked of the database or written to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db.models import BooleanField, CharField, IntegerField, TextField

from retention.rules.playbooks.checks import Problem
from retention.rules.playbooks.files import EXPERIMENT_FIELDS, STEP_FIELDS, VERSION_FIELDS

_NEEDED = ("name", "purpose", "channel", "latest_hours")


def put_version(version: Any, values: Mapping[str, Any]) -> list[Problem]:
    """Set columns of a version; a problem for each value that cannot be, and for each name that is not known."""
    return _put(version, values, VERSION_FIELDS)


def new_steps(model: Any, version: Any, steps: Iterable[Mapping[str, Any]]) -> tuple[list[Any], list[Problem]]:
    """A row for each step, numbered in their order and not saved, and what is wrong with their values."""
    rows, found = [], []
    for position, values in enumerate(steps, start=1):
        row = model(version=version, position=position)
        before = f"steps.{position}."
        needed = [name for name in _NEEDED if values.get(name) in (None, "")]
        found += [Problem(f"{before}{name}", "This is missing. Add it.") for name in needed]
        found += _put(row, {name: value for name, value in values.items() if name not in needed}, STEP_FIELDS, before)
        rows.append(row)
    return rows, found


def put_experiment(experiment: Any, values: Mapping[str, Any]) -> list[Problem]:
    """Set columns of an experiment's design."""
    return _put(experiment, values, EXPERIMENT_FIELDS, "experiment.")


def _put(row: Any, values: Mapping[str, Any], known: Sequence[str], before: str = "") -> list[Problem]:
    found = []
    for name, value in values.items():
        if name not in known:
            found.append(Problem(f"{before}{name}", f"This is not known here. Known are {', '.join(known)}."))
            continue
        try:
            setattr(row, name, _cleaned(row._meta.get_field(name), value, row))
        except ValidationError as problem:
            found.append(Problem(f"{before}{name}", " ".join(problem.messages)))
        except (TypeError, ValueError, ArithmeticError):
            found.append(Problem(f"{before}{name}", "This is not a value that can stand here. Give another one."))
    return found


def _cleaned(column: Any, value: Any, row: Any) -> Any:
    """A value as its column keeps it. Raises ValidationError."""
    if value is None and not column.null:
        return column.get_default()
    several = isinstance(value, list | tuple | set | frozenset)
    if isinstance(column, ArrayField) != several or isinstance(value, dict):
        raise ValidationError("Write one value here." if several else "Write values in a list here.")
    if isinstance(column, ArrayField):
        value = list(dict.fromkeys(value))
        return value and column.clean(value, row)
    if isinstance(column, CharField | TextField):
        if not isinstance(value, str) or "\x00" in value:
            raise ValidationError("Write a text here.")
        value = value.strip()
        # Whether it may be empty is for the checks to say, in words.
        return column.clean(value, row) if value or column.choices else value
    if isinstance(value, bool) != isinstance(column, BooleanField):
        raise ValidationError("Write a number here." if isinstance(value, bool) else "Write true or false here.")
    if isinstance(column, IntegerField) and isinstance(value, float | Decimal):
        raise ValidationError("Write a whole number here.")
    return column.clean(value, row)
