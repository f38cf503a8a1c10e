"""The daily digest leaves by mail and by chat, each for itself: each keeps the day of its last one."""

from django.db import migrations, models

# Whoever had today's digest by then does not get it by chat again.
CARRY_OVER = "UPDATE staff_preferences SET digest_slacked_on = digest_sent_on WHERE digest_sent_on IS NOT NULL"


class Migration(migrations.Migration):

    dependencies = [
        ("staff", "0006_drop_claims_of_intake"),
    ]

    operations = [
        migrations.AlterField(
            model_name="preferences",
            name="digest_sent_on",
            field=models.DateField(blank=True, help_text="The day of the last digest by mail, there", null=True),
        ),
        migrations.AddField(
            model_name="preferences",
            name="digest_slacked_on",
            field=models.DateField(blank=True, help_text="The day of the last one by chat, there", null=True),
        ),
        migrations.RunSQL(CARRY_OVER, migrations.RunSQL.noop),
    ]
