"""The tables are what the models say."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection


@pytest.mark.django_db
def test_no_model_has_changed_without_a_migration() -> None:
    said = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=said)
    except SystemExit:
        pytest.fail(f"Run makemigrations:\n{said.getvalue()}")


@pytest.mark.trial
@pytest.mark.django_db(transaction=True)
def test_the_tables_of_tests_are_those_that_migrations_make() -> None:
    """Tests save themselves a part of what Django does on the way (`tests.conftest.keep_option`)."""
    ours = described()
    with connection.cursor() as cursor:
        cursor.execute("ALTER SCHEMA public RENAME TO aside; CREATE SCHEMA public")
        try:
            call_command("migrate", verbosity=0)
            assert described() == ours
        finally:
            cursor.execute("DROP SCHEMA public CASCADE; ALTER SCHEMA aside RENAME TO public")


def described() -> list[tuple[str, ...]]:
    """Every column, constraint, index, trigger and view of the schema in words."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT 'column', c.relname, a.attname,
                   concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity)
              FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
             WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
            UNION ALL
            SELECT 'constraint', c.relname, o.conname, pg_get_constraintdef(o.oid)
              FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid WHERE c.relnamespace = 'public'::regnamespace
            UNION ALL
            SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
            UNION ALL
            SELECT 'trigger', c.relname, t.tgname, pg_get_triggerdef(t.oid)
              FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
             WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal
            UNION ALL
            SELECT 'view', viewname, '', definition FROM pg_views WHERE schemaname = 'public'
            ORDER BY 1, 2, 3, 4
            """
        )
        return [tuple(map(str, row)) for row in cursor.fetchall()]
