"""What was closed stays on record when it comes back; what is closed already is taken over."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# As closing would have written it. Where nobody gave words of their own, “Closed: …” had stood in for them.
STANDING = """
INSERT INTO followups_closing (lead_id, disposition, outcome_id, reason, recycle_on, closed_at, closed_by_id)
SELECT id, disposition, outcome_id,
       CASE WHEN disposition_by_id IS NOT NULL AND disposition_reason LIKE 'Closed: %' THEN ''
            ELSE disposition_reason END,
       CASE WHEN disposition = 'recycle' THEN recycle_on END, disposition_at, disposition_by_id
  FROM followups_lead
 WHERE disposition <> ''
"""


class Migration(migrations.Migration):
    dependencies = [
        ("followups", "0009_shipped_outcomes_and_open_cases"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Closing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "disposition",
                    models.CharField(
                        choices=[
                            ("no_response", "No response"),
                            ("nurture", "Moved to nurture"),
                            ("recycle", "To come back to later"),
                            ("stopped", "Stopped"),
                            ("won", "Won"),
                            ("lost", "Lost"),
                            ("expired", "Opportunity expired"),
                            ("handed_over", "Handed back to normal follow-up"),
                            ("documented", "Kept with a written reason"),
                        ],
                        max_length=20,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("recycle_on", models.DateField(blank=True, null=True)),
                ("closed_at", models.DateTimeField()),
                ("back_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="closings", to="followups.lead"
                    ),
                ),
                (
                    "outcome",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="followups.outcome",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["lead", "-id"], name="closing_latest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "disposition__in",
                                [
                                    "no_response",
                                    "nurture",
                                    "recycle",
                                    "stopped",
                                    "won",
                                    "lost",
                                    "expired",
                                    "handed_over",
                                    "documented",
                                ],
                            )
                        ),
                        name="closing_disposition",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("back_at", None)), fields=("lead",), name="closing_one_stands"
                    ),
                ],
            },
        ),
        migrations.RunSQL(STANDING, migrations.RunSQL.noop),
    ]
