"""What the pages of the admin here have in common."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from staff.admin import CarefulAdmin
from staff.services import record


class AuditedAdmin(CarefulAdmin):
    """Saves leave an entry in the audit log, in the same transaction as the change."""

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        record(
            action=f"followups.{'change' if change else 'add'}_{obj._meta.model_name}",
            actor=request.user,  # type: ignore[arg-type]  # the admin is only for people who are signed in
            on=obj,
            summary=f"{obj._meta.verbose_name} {'changed' if change else 'added'} in the admin".capitalize(),
            detail={"fields": sorted(form.changed_data)},
        )
