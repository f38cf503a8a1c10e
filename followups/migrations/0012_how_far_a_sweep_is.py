"""A sweep that was cut short goes on where it was: how far it is is kept."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("followups", "0011_decisions_by_time"),
    ]

    operations = [
        migrations.CreateModel(
            name="SweepRound",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("began_at", models.DateTimeField()),
                ("seen_alive_at", models.DateTimeField(help_text="It wrote down last how far it is")),
                ("reached", models.CharField(blank=True, max_length=200)),
                ("done", models.PositiveIntegerField(default=0, help_text="So many leads were looked at")),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("finished_at", None)),
                        fields=("finished_at",),
                        name="sweep_one_under_way",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
    ]
