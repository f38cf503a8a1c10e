"""The guard and the split as SQL say what they say in Python, to the point and to the microsecond."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retention.rules.guard import Standing, raw_band, step
from retention.rules.split import split
from retention.services.guarding import COMPONENTS, GUARD
from retention.states import NOISY, Component
from tests.retention.standings import NOW, Limits, some_limits, some_points, some_standing

pytestmark = pytest.mark.django_db

TYPES = {
    "total": "int",
    "raw_band": "text",
    **dict.fromkeys(COMPONENTS, "int"),
    "missing": "int",
    "version_id": "int",
    "old_total": "int",
    "old_raw_band": "text",
    "old_band": "text",
    **{f"old_{name}": "int" for name in COMPONENTS},
    "old_missing": "int",
    "old_version_id": "int",
    "above_medium": "timestamptz",
    "above_high": "timestamptz",
    "medium_from": "smallint",
    "high_from": "smallint",
    "fall_margin": "smallint",
    "confirm_hours": "smallint",
}
ANSWERS = (
    "stepped",
    "settled",
    "above_medium_since",
    "above_high_since",
    "confirmed_at",
    "by_configuration",
    "by_missing",
)


@st.composite
def some_row(draw: st.DrawFn) -> dict[str, Any]:
    """A score now, and one that is stored with the points that its standing says; or none."""
    rules, given = draw(some_limits()), draw(some_points())
    row: dict[str, Any] = {name: given[Component(name)] for name in COMPONENTS}
    row |= {
        "total": sum(given.values()),
        "missing": draw(st.integers(0, 31)),
        "version_id": draw(st.sampled_from([1, 2])),
    }
    row |= {"raw_band": raw_band(row["total"], rules).value, **vars_of(rules)}
    if draw(st.booleans()) and draw(st.booleans()):
        return row | {name: None for name in TYPES if name.startswith(("old_", "above_"))}
    stored, before = draw(some_standing()), draw(some_points())
    row |= {f"old_{name}": before[Component(name)] for name in COMPONENTS}
    row |= {"old_total": sum(before.values()), "old_missing": draw(st.integers(0, 31)), "old_version_id": 1}
    row |= {"old_raw_band": raw_band(row["old_total"], rules).value, "old_band": stored.band.value}
    return row | {"above_medium": stored.above_medium_since, "above_high": stored.above_high_since}


def vars_of(rules: Limits) -> dict[str, int]:
    return {name: getattr(rules, name) for name in ("medium_from", "high_from", "fall_margin", "confirm_hours")}


def in_sql(rows: list[dict[str, Any]], *, publishing: bool, at: datetime = NOW) -> list[dict[str, Any]]:
    values = ", ".join(
        "(" + ", ".join(f"%(r{number}_{name})s::{kind}" for name, kind in TYPES.items()) + f", {number})"
        for number in range(len(rows))
    )
    params = {f"r{number}_{name}": row[name] for number, row in enumerate(rows) for name in TYPES}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(ANSWERS)} FROM (VALUES {values}) recent({', '.join(TYPES)}, number)"  # noqa: S608
            f" {GUARD} ORDER BY number",
            {**params, "at": at, "publishing": publishing},
        )
        return [dict(zip(ANSWERS, found, strict=True)) for found in cursor.fetchall()]


def in_python(row: dict[str, Any], *, publishing: bool) -> dict[str, Any]:
    rules = Limits(**{name: row[name] for name in ("medium_from", "high_from", "fall_margin", "confirm_hours")})
    given = {Component(name): row[name] for name in COMPONENTS}
    firm = sum(given[one] for one in Component if one not in NOISY)
    stored = None
    if row["old_band"] is not None:
        # Points that a new model gives for old trouble are not trouble that grew.
        before = firm if publishing else sum(row[f"old_{one.value}"] for one in Component if one not in NOISY)
        stored = Standing(row["old_band"], row["old_raw_band"], row["above_medium"], row["above_high"], before)
    after = step(stored, row["total"], given, rules, NOW)
    settled = after.band
    if stored is not None and publishing:
        settled = after.raw_band if after.raw_band != stored.raw_band else stored.band
    held = Standing(settled, after.raw_band, after.above_medium_since, after.above_high_since, firm)
    configuration = missing = 0
    if stored is not None:
        parts = split(
            [row[f"old_{name}"] for name in COMPONENTS],
            [row[name] for name in COMPONENTS],
            missing_before=row["old_missing"],
            missing_after=row["missing"],
            configured=publishing or row["version_id"] != row["old_version_id"],
        )
        configuration, missing = parts.configuration, parts.missing
    answers = (
        after.band,
        settled,
        after.above_medium_since,
        after.above_high_since,
        held.confirmed_at(rules),
        configuration,
        missing,
    )
    return dict(zip(ANSWERS, answers, strict=True))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(some_row(), min_size=20, max_size=60), st.booleans())
def test_sql_and_python_agree(rows: list[dict[str, Any]], publishing: bool) -> None:
    for row, found in zip(rows, in_sql(rows, publishing=publishing), strict=True):
        assert found == in_python(row, publishing=publishing), row
