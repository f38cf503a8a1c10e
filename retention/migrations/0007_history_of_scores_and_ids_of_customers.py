"""The history of scores cannot be rewritten, and customers who are here already are known by their ids in events."""

from importlib import import_module

from django.db import migrations

append_only = import_module("staff.migrations.0002_append_only_and_roles").append_only

IDENTITIES = """
INSERT INTO contacts_identity (kind, value, contact_id, created_at)
SELECT 'customer', external_id, contact_id, now() FROM retention_customer WHERE external_id <> ''
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [
        ("retention", "0006_shipped_models"),
        ("contacts", "0012_every_event_has_an_id"),
        ("staff", "0002_append_only_and_roles"),
    ]

    operations = [
        migrations.RunSQL(*append_only("retention_scorechange")),
        migrations.RunSQL(IDENTITIES, migrations.RunSQL.noop),
    ]
