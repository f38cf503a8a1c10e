"""What was tried out on a score model before it was published."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from retention.models.versions import ScoreVersion
from retention.states import TrialKind, TrialStatus


class ScoreTrial(models.Model):
    """A what-if (a version against today's customers) or a backtest (against what then happened), and its result.

    ``parameters`` are what was asked, ``result`` what came of it (`retention.rules`), ``step`` of ``steps`` how far
    it is.
    """

    version = models.ForeignKey(ScoreVersion, on_delete=models.CASCADE, related_name="trials")
    kind = models.CharField(max_length=10, choices=TrialKind.choices)
    status = models.CharField(max_length=10, choices=TrialStatus.choices, default=TrialStatus.QUEUED)
    parameters: Any = models.JSONField(default=dict)
    result: Any = models.JSONField(null=True, blank=True)
    problem = models.CharField(max_length=500, blank=True)
    step = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=TrialKind.values), name="trial_kind"),
            models.CheckConstraint(condition=Q(status__in=TrialStatus.values), name="trial_status"),
            models.CheckConstraint(
                condition=~Q(status=TrialStatus.DONE) | Q(result__isnull=False, finished_at__isnull=False),
                name="trial_done_has_a_result",
            ),
        ]
        indexes = [models.Index(fields=["version", "kind", "-id"], name="trial_of_version")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"
