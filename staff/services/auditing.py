"""The one way to write the audit log."""

from __future__ import annotations

from typing import Any

from django.db import models

from staff.models import AuditEntry, User


def record(
    *,
    action: str,
    actor: User | None = None,
    on: models.Model | None = None,
    summary: str = "",
    detail: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write one audit entry, in the caller's transaction, so that a deed and its entry stand or fall together.

    ``actor`` is None when a schedule or a command acted. ``summary`` and ``detail`` hold ids and
    counts, nothing personal.
    """
    return AuditEntry.objects.create(
        actor=actor,
        action=action,
        object_type=on._meta.label_lower if on is not None else "",
        object_id=str(on.pk) if on is not None else "",
        summary=summary[:300],
        detail=detail or {},
    )
