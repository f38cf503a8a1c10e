"""The cadence that comes with Rekindle, so that the first sweep has something to go by. Leaves a cadence of that name alone."""

from decimal import Decimal

from django.db import migrations
from django.utils import timezone

STEPS = [
    {"position": 1, "kind": "follow_up", "angle": "remind", "word_limit": 90, "pressure": 3},
    {"position": 2, "kind": "follow_up", "angle": "another_angle", "word_limit": 60, "pressure": 2},
    {"position": 3, "kind": "close_loop", "angle": "close_loop", "word_limit": 40, "pressure": 1},
]


def install(apps, schema_editor):
    cadence, created = apps.get_model("followups", "Cadence").objects.get_or_create(
        name="default", defaults={"description": "Comes with Rekindle: two follow-ups, then a close-the-loop note."}
    )
    if not created:
        return
    version = apps.get_model("followups", "CadenceVersion").objects.create(
        cadence=cadence,
        number=1,
        status="published",
        published_at=timezone.now(),
        channels=["email", "sms"],
        wait_missed_next_step=1,
        wait_unanswered_quote=7,
        wait_quiet_proposal=7,
        wait_stalled_conversation=10,
        wait_no_reply=5,
        min_gap_days=5,
        max_attempts=2,
        max_days=45,
        patience_days=14,
        high_value_threshold=Decimal(10_000),
        allow_existing_customers=False,
    )
    step = apps.get_model("followups", "CadenceStep")
    step.objects.bulk_create(step(version=version, review_policy="when_asked", reason_kinds=[], **fields) for fields in STEPS)


class Migration(migrations.Migration):
    dependencies = [("followups", "0005_pairs_and_choices")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
