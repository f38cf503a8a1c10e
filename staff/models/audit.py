"""What everybody did."""

from __future__ import annotations

from typing import Any, Self

from django.db import connection, models

from staff.models.people import User


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """Reads of the audit log, newest first."""

    def matching(self, *, action: str | None, actor: User | None) -> Self:
        """Only entries of this action and by this person; None or "" means any."""
        found = self.filter(action=action) if action else self
        return found.filter(actor=actor) if actor else found

    def before(self, pk: int) -> Self:
        return self.filter(pk__lt=pk)

    def actions(self) -> list[str]:
        """Every action that occurs, in alphabetical order. Steps along the index, so a long log costs nothing more."""
        with connection.cursor() as cursor:
            cursor.execute(
                """
                WITH RECURSIVE known(action) AS (
                    (SELECT action FROM staff_auditentry ORDER BY action LIMIT 1)
                    UNION ALL
                    SELECT (SELECT entry.action FROM staff_auditentry entry
                             WHERE entry.action > known.action ORDER BY entry.action LIMIT 1)
                      FROM known WHERE known.action IS NOT NULL
                )
                SELECT action FROM known WHERE action IS NOT NULL
                """
            )
            return [action for (action,) in cursor.fetchall()]


class AuditEntry(models.Model):
    """One thing somebody did, for ever. A trigger in the database refuses changes and deletions."""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=60, help_text="app.verb, for instance outreach.approve")
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=60, blank=True)
    summary = models.CharField(max_length=300, blank=True)
    detail: Any = models.JSONField(default=dict, blank=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_object"),
            models.Index(fields=["actor", "-id"], name="audit_actor"),
            models.Index(fields=["action", "-id"], name="audit_action"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.object_type} {self.object_id}".strip()

    @property
    def facts(self) -> list[tuple[str, str]]:
        """``detail`` as names and words, for pages."""
        return [
            (name.replace("_", " "), ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value))
            for name, value in self.detail.items()
            if value is not None
        ]
