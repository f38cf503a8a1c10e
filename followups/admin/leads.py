"""Material, leads and decisions for administrators. What was decided can be read, not changed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join

from followups.admin.auditing import AuditedAdmin
from followups.models import Asset, Decision, Lead
from followups.states import Stage
from staff.admin import CarefulAdmin, ReadOnlyAdmin
from staff.models import User


class AssetForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    link = forms.URLField(max_length=500, assume_scheme="https")
    stages = forms.MultipleChoiceField(choices=Stage.choices, required=False)

    class Meta:
        model = Asset
        fields = ["title", "link", "industries", "stages", "tags", "published_at", "valid_until"]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not given.get("industries") and not given.get("stages"):
            raise ValidationError("Name at least one industry or stage that this is for.")
        return given


@admin.register(Asset)
class AssetAdmin(AuditedAdmin):
    form = AssetForm
    list_display = ["title", "industries", "stages", "published_at", "valid_until"]
    search_fields = ["title"]
    show_full_result_count = False


@admin.register(Lead)
class LeadAdmin(AuditedAdmin):
    """A lead's own facts. Pausing and closing are done on its page, where they are recorded with a reason."""

    list_display = ["external_id", "contact", "account", "owner", "stage", "value", "disposition"]
    list_filter = ["stage"]
    list_select_related = ["contact", "account", "owner"]
    list_per_page = 50
    search_fields = ["external_id__istartswith", "contact__name__icontains"]
    search_help_text = "The beginning of an id, or a name"
    raw_id_fields = ["contact", "account"]
    ordering = ["external_id"]
    show_full_result_count = False
    readonly_fields = [
        "external_id",
        "paused_at",
        "paused_until",
        "paused_by",
        "paused_reason",
        "disposition",
        "disposition_at",
        "disposition_by",
        "disposition_reason",
        "outcome",
        "woken_at",
        "recycled",
        "latest_decisions",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lead]:
        return Lead.objects.visible_to(request.user)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        # By name: the list of people, where an id could be looked up, is not open to who may change leads.
        if db_field.name == "owner":
            kwargs["queryset"] = User.objects.order_by("-is_active", "name", "id")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        # Leads come by import.
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="Latest decisions")
    def latest_decisions(self, lead: Lead) -> str:
        latest = lead.decisions.defer("evidence").order_by("-id")[:10]
        rows = ((f"{one.decided_at:%Y-%m-%d}", one.get_decision_display(), one.explanation) for one in latest)
        return format_html_join("", "<p>{}: {}. {}</p>", rows) or "Not looked at yet."


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin, CarefulAdmin):
    """Every decision with what it was taken from."""

    list_display = [
        "lead",
        "decision",
        "trigger",
        "reasons",
        "attempts",
        "step",
        "due_at",
        "decided_at",
        "cadence_version",
    ]
    list_filter = ["decision"]
    list_select_related = ["lead", "cadence_version__cadence"]
    list_per_page = 50
    search_fields = ["lead__external_id__exact"]
    search_help_text = "The whole id of a lead"
    ordering = ["-id"]
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        # Whoever may see a lead may see what was decided about it.
        return bool(request.user.has_perm("followups.view_lead"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Decision]:
        return super().get_queryset(request).filter(lead__in=Lead.objects.visible_to(request.user))
