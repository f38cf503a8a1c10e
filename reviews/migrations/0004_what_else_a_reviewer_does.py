"""Edits that are not approved yet, sending again, and taking up what failed are decisions too."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("outreach", "0004_shipped_templates"),
        ("reviews", "0003_decisions_append_only_and_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="reviewdecision",
            name="review_action",
        ),
        migrations.AlterField(
            model_name="reviewdecision",
            name="action",
            field=models.CharField(
                choices=[
                    ("approve", "Approved"),
                    ("edit_approve", "Edited and approved"),
                    ("edit", "Edited"),
                    ("suppress", "Suppressed"),
                    ("close_out", "Closed out"),
                    ("resolve_sent", "Settled: it was sent"),
                    ("resolve_not_sent", "Settled: it was not sent"),
                    ("send_again", "Settled: it was not sent, so it is sent again"),
                    ("review_again", "Taken up again"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "action__in",
                        [
                            "approve",
                            "edit_approve",
                            "edit",
                            "suppress",
                            "close_out",
                            "resolve_sent",
                            "resolve_not_sent",
                            "send_again",
                            "review_again",
                        ],
                    )
                ),
                name="review_action",
            ),
        ),
    ]
