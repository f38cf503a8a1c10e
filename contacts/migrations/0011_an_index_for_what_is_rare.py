"""Rare kinds of events that much depends on get an index of their own; that of tickets was the beginning of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0010_a_source_may_suspect_a_duplicate")]

    operations = [
        migrations.RemoveIndex(model_name="event", name="event_ticket"),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("kind__in", (20, 21, 22, 23, 24, 40, 41, 42, 43, 44, 53, 54))),
                fields=["contact", "occurred_at"],
                include=("kind", "value", "identity", "reference"),
                name="event_of_note",
            ),
        ),
    ]
