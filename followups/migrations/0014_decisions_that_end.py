"""Stops and hand-offs of a period are found without reading every decision."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("followups", "0013_read_from_indexes"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("decision__in", ["stop", "nurture"])),
                fields=["decided_at"],
                name="decision_that_ends",
            ),
        ),
    ]
