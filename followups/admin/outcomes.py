"""The company's list of outcomes: how following up may end, in its own words."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from followups.admin.auditing import AuditedAdmin
from followups.models import Outcome
from followups.states import Disposition


class OutcomeForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    class Meta:
        model = Outcome
        fields = ["label", "key", "disposition", "needs_words", "needs_day", "position", "active"]
        help_texts = {
            "label": "What people choose, in your own words",
            "key": "How files and measures name it. It stays",
            "disposition": "What it counts as",
            "needs_words": "Ask for a written reason",
            "needs_day": "Ask for the day to come back on",
            "position": "Small numbers come first",
            "active": "Untick to retire it. Leads that have it keep it",
        }

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("disposition", self.instance.disposition) == Disposition.RECYCLE and not given.get("needs_day"):
            self.add_error("needs_day", "A lead that is put off without a day would never come back. Tick this.")
        return given


@admin.register(Outcome)
class OutcomeAdmin(AuditedAdmin):
    form = OutcomeForm
    list_display = ["label", "disposition", "needs_words", "needs_day", "position", "active"]
    list_filter = ["active", "disposition"]
    search_fields = ["label", "key"]
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # What it counts as stays, or leads of the past would change their disposition.
        return ["key", "disposition"] if obj is not None else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
