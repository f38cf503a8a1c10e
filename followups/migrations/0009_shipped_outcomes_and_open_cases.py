"""The outcomes that come with Rekindle, and a case for every lead that waits in intake already."""

from django.db import migrations

OUTCOMES = [
    # key, label, disposition, needs_words, needs_day
    ("no-response", "No response", "no_response", False, False),
    ("said-later", "They asked us to come back later", "recycle", True, True),
    ("no-budget", "No budget now", "recycle", False, True),
    ("wrong-time", "Not the right time", "recycle", False, True),
    ("future-fit", "May fit later, keep in touch", "nurture", False, False),
    ("went-elsewhere", "Chose somebody else", "lost", False, False),
    ("not-a-fit", "Not a fit for us", "lost", True, False),
    ("won", "Won", "won", False, False),
    ("taken-over", "Somebody follows up by hand", "handed_over", False, False),
    ("expired", "The opportunity has passed", "expired", False, False),
    ("stopped", "Stopped", "stopped", True, False),
    ("documented", "Kept, with a written reason", "documented", True, False),
]

# As the sweep would have opened them.
CASES = """
INSERT INTO followups_intakecase (lead_id, decision_id, reasons, status, opened_at, answer)
SELECT d.lead_id, d.id, d.reasons, 'open', d.decided_at, ''
  FROM followups_lead l
 CROSS JOIN LATERAL (SELECT * FROM followups_decision d WHERE d.lead_id = l.id ORDER BY d.id DESC LIMIT 1) d
 WHERE d.decision = 'intake' AND l.stage NOT IN ('won', 'lost')
"""


def ship(apps, schema_editor):
    outcome = apps.get_model("followups", "Outcome")
    for position, (key, label, disposition, needs_words, needs_day) in enumerate(OUTCOMES, start=1):
        outcome.objects.get_or_create(
            key=key,
            defaults={
                "label": label,
                "disposition": disposition,
                "needs_words": needs_words,
                "needs_day": needs_day,
                "position": position * 10,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("followups", "0008_the_whole_of_the_workflow")]

    operations = [
        migrations.RunPython(ship, migrations.RunPython.noop),
        migrations.RunSQL(CASES, migrations.RunSQL.noop),
    ]
