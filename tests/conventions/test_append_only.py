"""What happened stays as it was written: the database refuses to change or remove it, whoever asks."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

HISTORIES = [
    "staff.AuditEntry",
    "contacts.ConsentRecord",
    "contacts.Suppression",
    "contacts.SuppressionLift",
    "outreach.DeliveryEvent",
    "outreach.PolicyApproval",
    "retention.ScoreChange",
    "retention.ScoreFeedback",
    "retention.ExperimentReading",
    "retention.GuardrailReading",
    "followups.Decision",
    "reviews.ReviewDecision",
]


def tables() -> list[str]:
    return [apps.get_model(label)._meta.db_table for label in HISTORIES]


def put_a_row_into(table: str) -> None:
    """One row, whatever it says: made by the database itself, since this is about the table and not its meaning."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = 'replica'")  # foreign keys are not the point here
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = current_schema AND table_name = %s AND is_nullable = 'NO' AND is_identity = 'NO'",
            [table],
        )
        columns = dict(cursor.fetchall())
        values = [VALUES[kind] for kind in columns.values()]
        values = [CHOSEN.get((table, column), value) for column, value in zip(columns, values, strict=True)]
        names = ", ".join(map(quote, columns))
        places = ", ".join(["%s"] * len(values))
        cursor.execute(f"INSERT INTO {quote(table)} ({names}) VALUES ({places})", values)  # noqa: S608  our own names
        cursor.execute("SET LOCAL session_replication_role = 'origin'")


VALUES: dict[str, Any] = {
    "timestamp with time zone": "2026-01-01T00:00:00Z",
    "character varying": "",
    "text": "",
    "jsonb": "{}",
    "bigint": 1,
    "smallint": 1,
    "integer": 1,
    "boolean": False,
    "double precision": 0.5,
    "ARRAY": [],
}
CHOSEN = {
    ("retention_guardrailreading", "guardrail"): "complaints",
    ("retention_scorechange", "band_after"): "low",
    ("retention_scorechange", "cause"): "refresh",
    ("retention_scorefeedback", "band"): "low",
    ("retention_scorefeedback", "note"): "Wrong.",
    ("contacts_consentrecord", "channel"): "email",
    ("contacts_consentrecord", "status"): "yes",
    ("contacts_suppression", "channel"): "all",
    ("contacts_suppression", "reason"): "manual",
    ("contacts_suppression", "address_kind"): "email",
    ("contacts_suppression", "address_value"): "somebody@elsewhere.example",
    ("contacts_suppressionlift", "reason"): "They asked for it",
    ("outreach_deliveryevent", "kind"): "delivered",
    ("followups_decision", "decision"): "wait",
    ("reviews_reviewdecision", "action"): "approve",
}


@pytest.mark.django_db
@pytest.mark.parametrize("table", tables())
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_rows_can_not_be_changed_or_removed(table: str, statement: str) -> None:
    put_a_row_into(table)
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(connection.ops.quote_name(table)))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608  our own names
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db
@pytest.mark.parametrize("table", tables())
def test_tables_can_not_be_emptied(table: str) -> None:
    """Tests may empty their database between runs; this takes that leave away, as in every other database."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL rekindle.allow_truncate = 'off'")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute(f"TRUNCATE {connection.ops.quote_name(table)} CASCADE")


@pytest.mark.django_db
def test_the_list_is_whole() -> None:
    """Every table with the guard is listed here, so that a lost guard is missed by a test."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname = 'rekindle_append_only'"
        )
        assert {table for (table,) in cursor.fetchall()} == set(tables())
