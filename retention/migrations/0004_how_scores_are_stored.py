"""How scores are stored, and what cannot be rewritten."""

from importlib import import_module

from django.db import migrations

append_only = import_module("staff.migrations.0002_append_only_and_roles").append_only

STORAGE = """
ALTER TABLE retention_score SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
"""


class Migration(migrations.Migration):
    dependencies = [("retention", "0003_scores"), ("staff", "0002_append_only_and_roles")]

    operations = [
        migrations.AlterModelOptions(
            name="customer",
            options={
                "ordering": ["id"],
                "permissions": [("see_every_customer", "Can see the customers of every team")],
            },
        ),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
        migrations.RunSQL(*append_only("retention_scorefeedback")),
    ]
