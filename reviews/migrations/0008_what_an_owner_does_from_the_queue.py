"""Pausing, asking for a reminder and taking over by hand are decisions about a message too."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("outreach", "0007_what_holds_from_the_start"),
        ("reviews", "0007_who_may_settle_and_sign_off"),
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
                    ("pause", "Paused"),
                    ("remind", "Put aside until a reminder"),
                    ("take_over", "Taken over by hand"),
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
                            "pause",
                            "remind",
                            "take_over",
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
