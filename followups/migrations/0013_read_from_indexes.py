"""Measures and the shelf of material read what they need from indexes, not from whole rows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("followups", "0012_how_far_a_sweep_is"),
        ("outreach", "0007_what_holds_from_the_start"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="decision",
            name="decision_latest",
        ),
        migrations.RemoveIndex(
            model_name="decision",
            name="decision_by_time",
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(
                condition=models.Q(("withdrawn_at__isnull", True), models.Q(("evidence_key", ""), _negated=True)),
                fields=["evidence_key", "draft"],
                name="attempt_of_evidence",
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                fields=["lead", "-id"], include=("decided_at", "cadence_version"), name="decision_of_lead"
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                fields=["decided_at"],
                include=("id", "lead", "cadence_version", "trigger", "decision"),
                name="decision_measured",
            ),
        ),
    ]
