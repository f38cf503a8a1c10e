"""The database itself refuses what the code never means: a status nobody knows, a decision without its moment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import IntegrityError, connection, models, transaction

from tests.conventions.source import APPS

WRONG = "!"  # one character, so that no column is too short for it


Field = Any  # a model field; django-stubs wants to know of which Python type


def our_models() -> list[type[models.Model]]:
    return [
        model
        for app in APPS
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
        if model._meta.managed
    ]


def fields_with_choices() -> Iterator[tuple[type[models.Model], Field]]:
    for model in our_models():
        for field in model._meta.concrete_fields:
            if field.choices:
                yield model, field


def moments_and_actors() -> Iterator[tuple[type[models.Model], Field, Field]]:
    """Pairs `decided_at` and `decided_by` of one row, where either may be missing."""
    for model in our_models():
        fields = {field.name: field for field in model._meta.concrete_fields}
        for name, actor in fields.items():
            moment = fields.get(name.removesuffix("_by") + "_at")
            if name.endswith("_by") and moment is not None and moment.null and actor.null:
                yield model, moment, actor


CHOICES = list(fields_with_choices())
PAIRS = list(moments_and_actors())


def violated(table: str, values: dict[str, Any]) -> str:
    """The name of the constraint that refuses a row with these values, or "" when no check does.

    Every column but these is left out of the checks' business: the row is put into a copy of the table that keeps the
    checks and drops what makes other columns necessary.
    """
    quote = connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE trial (LIKE {quote(table)} INCLUDING CONSTRAINTS) ON COMMIT DROP")
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'trial'::regclass AND attnum > 0 AND attnotnull"
        )
        for (column,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE trial ALTER COLUMN {quote(column)} DROP NOT NULL")
        names, places = ", ".join(map(quote, values)), ", ".join(["%s"] * len(values))
        refused_by = ""
        try:
            with transaction.atomic():
                cursor.execute(
                    f"INSERT INTO trial ({names}) VALUES ({places})",  # noqa: S608  our own names
                    list(values.values()),
                )
        except IntegrityError as refusal:
            refused_by = refusal.__cause__.diag.constraint_name  # type: ignore[union-attr]
        cursor.execute("DROP TABLE trial")
    return refused_by


def test_there_is_something_to_hold() -> None:
    assert len(CHOICES) > 20
    assert len(PAIRS) > 2


@pytest.mark.django_db
def test_the_database_refuses_a_value_that_is_no_choice() -> None:
    """Choices alone bind forms only; SQL and services go past them."""
    takes = [str(field) for model, field in CHOICES if not violated(model._meta.db_table, {field.column: WRONG})]
    assert takes == []


@pytest.mark.django_db
def test_the_database_takes_an_empty_value_only_where_it_may_be_blank() -> None:
    for model, field in CHOICES:
        refused_by = violated(model._meta.db_table, {field.column: ""})
        if not field.blank:
            assert refused_by, f"{field} takes nothing"
        elif refused_by:
            # Other columns may make it necessary; the field by itself must not.
            with connection.cursor() as cursor:
                cursor.execute("SELECT cardinality(conkey) FROM pg_constraint WHERE conname = %s", [refused_by])
                assert cursor.fetchone()[0] > 1, f"{field} may be blank, and {refused_by} refuses it"


@pytest.mark.django_db
def test_nobody_did_it_at_no_time() -> None:
    """An actor without a moment is half a record. A moment without an actor may be Rekindle itself."""
    for model, moment, actor in PAIRS:
        refused = violated(model._meta.db_table, {actor.column: 1, moment.column: None})
        assert refused, f"{model.__name__} takes {actor.name} without {moment.name}"


@pytest.mark.django_db
def test_every_choice_of_a_list_is_held_by_the_form_at_least() -> None:
    """Lists of choices (channels, stages) are few and edited by forms; those that have choices say so on the field."""
    lists = [
        field
        for model in our_models()
        for field in model._meta.concrete_fields
        if isinstance(field, ArrayField) and field.base_field.choices
    ]
    for field in lists:
        with pytest.raises(Exception, match="not a valid choice"):
            field.clean([WRONG], None)
