"""A trigger function that refuses changes, the audit log guarded by it, the cache table, and the four roles."""

from django.db import migrations

APPEND_ONLY_FUNCTION = """
CREATE FUNCTION rekindle_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Tests empty all tables between runs; their database says so. No other database does.
    IF TG_OP = 'TRUNCATE' AND current_setting('rekindle.allow_truncate', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only: rows are added, never changed or removed', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""

CACHE_TABLE = """
CREATE TABLE django_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);
CREATE INDEX django_cache_expires ON django_cache (expires);
"""

ROLES = ["Account owner", "SDR manager", "Concierge", "Retention manager"]


def append_only(table):
    """SQL that makes a table append-only, and the SQL that undoes it."""
    return (
        f"CREATE TRIGGER {table}_rows_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION rekindle_append_only();"
        f"CREATE TRIGGER {table}_table_append_only BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION rekindle_append_only();",
        f"DROP TRIGGER {table}_rows_append_only ON {table}; DROP TRIGGER {table}_table_append_only ON {table};",
    )


def make_roles(apps, schema_editor):
    group = apps.get_model("auth", "Group")
    for name in ROLES:
        group.objects.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [("staff", "0001_initial"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        migrations.RunSQL(APPEND_ONLY_FUNCTION, "DROP FUNCTION rekindle_append_only();"),
        migrations.RunSQL(*append_only("staff_auditentry")),
        migrations.RunSQL(CACHE_TABLE, "DROP TABLE django_cache;"),
        migrations.RunPython(make_roles, migrations.RunPython.noop),
    ]
