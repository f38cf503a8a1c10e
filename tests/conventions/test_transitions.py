"""Every life that a row can lead is described completely: from each status we know where it may go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.db.models import TextChoices

from tests.conventions.source import APPS, ROOT


def transition_tables() -> Iterator[Any]:
    for app in APPS:
        if not (ROOT / app / "states.py").exists():
            continue
        states = import_module(f"{app}.states")
        for name, table in vars(states).items():
            if name == "TRANSITIONS" or name.endswith("_TRANSITIONS"):
                yield pytest.param(table, id=f"{app}.{name}")


TABLES = list(transition_tables())


def statuses_of(table: Mapping[Any, Any]) -> type[TextChoices]:
    kinds = {type(status) for status in table}
    assert len(kinds) == 1, f"One table describes one kind of status, not {kinds}"
    return kinds.pop()


def test_lives_are_described_at_all() -> None:
    """The life of drafts, templates, sequences, cadence versions and imports: the search for tables finds them."""
    described = {statuses_of(param.values[0]).__name__ for param in TABLES}
    assert described >= {"DraftStatus", "TemplateStatus", "SequenceStatus", "VersionStatus", "ImportStatus"}


@pytest.mark.parametrize("table", TABLES)
def test_every_status_says_where_it_may_go(table: Mapping[TextChoices, frozenset[TextChoices]]) -> None:
    assert set(table) == set(statuses_of(table))


@pytest.mark.parametrize("table", TABLES)
def test_every_successor_is_a_status_of_the_same_life(table: Mapping[TextChoices, frozenset[TextChoices]]) -> None:
    statuses = set(statuses_of(table))
    for status, successors in table.items():
        assert set(successors) <= statuses, status
        assert status not in successors, f"{status} leads to itself, which is no step"


@pytest.mark.parametrize("table", TABLES)
def test_every_life_begins_and_ends(table: Mapping[TextChoices, frozenset[TextChoices]]) -> None:
    """From the first status every other can be reached, and from every status an end."""
    finals = {status for status, successors in table.items() if not successors}
    assert finals

    def reachable(start: TextChoices) -> set[TextChoices]:
        seen, open_ends = {start}, [start]
        while open_ends:
            for following in table[open_ends.pop()]:
                if following not in seen:
                    seen.add(following)
                    open_ends.append(following)
        return seen

    first = next(iter(statuses_of(table)))
    assert reachable(first) == set(table), "nothing leads to some statuses"
    for status in table:
        assert reachable(status) & finals, f"{status} never ends"


def test_every_status_field_has_its_life_described() -> None:
    """A new model with a status cannot be added without a decision about how it moves."""
    described = [set(param.values[0]) for param in TABLES]
    for app in APPS:
        for model in apps.get_app_config(app).get_models():
            field = next((field for field in model._meta.fields if field.name == "status"), None)
            if isinstance(field, models.CharField) and model.__name__ != "ConsentRecord":
                # A consent record never moves: the next answer is a record of its own.
                assert {value for value, _ in field.choices or ()} in described, model.__name__
