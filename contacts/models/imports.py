"""Files that managers upload to be imported."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from contacts.states import ImportStatus


class ImportFile(models.Model):
    """An uploaded file with its choices, its dry-run report and its progress.

    The file lies in the media folder until it is imported.
    """

    kind = models.CharField(max_length=20, help_text="accounts, contacts, customers, leads, touches or optouts")
    file = models.FileField(upload_to="imports/")
    original_name = models.CharField(max_length=255)
    options: Any = models.JSONField(default=dict, blank=True, help_text="Mapping, date format, constants, delimiter")
    status = models.CharField(max_length=12, choices=ImportStatus.choices, default=ImportStatus.UPLOADED)
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    report: Any = models.JSONField(
        default=dict, blank=True, help_text="Counts, unknown columns, the first refused lines"
    )
    error = models.TextField(blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=Q(status__in=ImportStatus.values), name="import_file_status")]
        permissions = [("import_files", "Can import files")]

    def __str__(self) -> str:
        return f"{self.original_name} ({self.kind})"
