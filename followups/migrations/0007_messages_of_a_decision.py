"""The messages that came of a decision are `decision.messages`: `attempts` is its number of attempts."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("followups", "0006_default_cadence")]

    operations = [
        migrations.AlterField(
            model_name="attempt",
            name="decision",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="messages", to="followups.decision"
            ),
        ),
    ]
