"""Cadences, material, leads and decisions for administrators. What is published or decided can be read, not changed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Max, Model, QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from followups import services
from followups.models import Asset, Cadence, CadenceStep, CadenceVersion, Decision, Lead
from followups.rules import CadenceRules, StepRules, Waits, validate_cadence
from followups.states import ReasonKind, Stage, Trigger, VersionStatus
from staff.services import record


class AuditedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # the stubs are generic, the class is not
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


class ReadOnly:
    """Nothing is added, changed or removed here."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


# --- cadences -----------------------------------------------------------------------------------------------------


class VersionsInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    model = CadenceVersion
    fields = ["number", "status", "max_attempts", "max_days", "published_at", "published_by"]
    ordering = ["-number"]
    show_change_link = True
    verbose_name_plural = "versions"


@admin.register(Cadence)
class CadenceAdmin(AuditedAdmin):
    list_display = ["name", "description", "in_force"]
    search_fields = ["name"]
    inlines = [VersionsInline]
    actions = ["begin_draft"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cadence]:
        return super().get_queryset(request).prefetch_related("versions")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # Commands and files name a cadence, so its name stays.
        return ["name"] if obj is not None else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="In force")
    def in_force(self, cadence: Cadence) -> str:
        numbers = [one.number for one in cadence.versions.all() if one.status == VersionStatus.PUBLISHED]
        return f"v{numbers[0]}" if numbers else "none"

    @admin.action(description="Begin a new draft version", permissions=["change"])
    def begin_draft(self, request: HttpRequest, queryset: QuerySet[Cadence]) -> None:
        for cadence in queryset:
            try:
                version = services.new_draft_version(cadence=cadence, by=request.user)  # type: ignore[arg-type]
            except services.Refused as refused:
                self.message_user(request, f"{cadence}: {refused.sentence}", messages.ERROR)
                continue
            address = reverse("admin:followups_cadenceversion_change", args=[version.pk])
            self.message_user(request, format_html('<a href="{}">{}</a> can be edited now.', address, version))


class StepsFormSet(BaseInlineFormSet):  # type: ignore[type-arg]  # generic in the stubs only
    """All steps together with their version: a cadence that breaks its own rules is not saved (followups.md)."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        version = self.instance
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        try:
            rules = _rules(version, rows)
        except (TypeError, KeyError):
            # A field of the version itself is missing, and says so in its own place.
            return
        if problems := validate_cadence(rules):
            raise ValidationError([f"{_place(problem.place)}{problem.sentence}" for problem in problems])


def _rules(version: CadenceVersion, rows: list[dict[str, Any]]) -> CadenceRules:
    """A version as it would be saved, with the steps as they were typed."""
    steps = tuple(
        StepRules(
            position=row["position"],
            kind=row["kind"],
            angle=row["angle"],
            word_limit=row["word_limit"],
            pressure=row["pressure"],
            reason_kinds=tuple(row["reason_kinds"]),
            channel=row["channel"] or None,
            review_policy=row["review_policy"],
        )
        for row in rows
    )
    return CadenceRules(
        name="draft",
        version=version.number or 1,
        channels=tuple(version.channels or ()),
        steps=steps,
        max_attempts=version.max_attempts,
        max_days=version.max_days,
        waits=Waits(**{trigger.value: getattr(version, f"wait_{trigger.value}") for trigger in Trigger}),
        min_gap_days=version.min_gap_days,
        patience_days=version.patience_days,
        high_value_threshold=version.high_value_threshold,
        allow_existing_customers=version.allow_existing_customers,
    )


def _place(place: str) -> str:
    """Where a problem is, in the words of the page."""
    parts = place.split(".")
    if parts[0] == "steps" and len(parts) > 1:
        return f"Step {parts[1]}: "
    return "" if parts[0] == "steps" else f"{parts[-1].replace('_', ' ').capitalize()}: "


class StepForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    reason_kinds = forms.MultipleChoiceField(
        choices=ReasonKind.choices, required=False, help_text="None chosen: every useful reason"
    )

    class Meta:
        model = CadenceStep
        fields = [
            "position",
            "kind",
            "angle",
            "channel",
            "word_limit",
            "pressure",
            "reason_kinds",
            "template",
            "review_policy",
        ]


class StepsInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    model = CadenceStep
    form = StepForm
    formset = StepsFormSet
    ordering = ["position"]
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_draft(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_draft(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_draft(obj) and super().has_delete_permission(request, obj)


def _is_draft(version: CadenceVersion | None) -> bool:
    return version is None or version.status == VersionStatus.DRAFT


@admin.register(CadenceVersion)
class CadenceVersionAdmin(AuditedAdmin):
    change_form_template = "followups/admin_version.html"
    list_display = ["__str__", "status", "max_attempts", "max_days", "published_at", "published_by"]
    list_filter = ["status"]
    list_select_related = ["cadence", "published_by"]
    search_fields = ["cadence__name"]
    autocomplete_fields = ["cadence"]
    inlines = [StepsInline]
    actions = ["publish", "begin_draft_from"]
    show_full_result_count = False
    readonly_fields = ["number", "status", "published_at", "published_by"]
    fieldsets = [
        (None, {"fields": ["cadence", "number", "status", "published_at", "published_by", "channels"]}),
        ("When somebody counts as quiet (days)", {"fields": [f"wait_{trigger.value}" for trigger in Trigger]}),
        ("When to stop", {"fields": ["max_attempts", "max_days", "min_gap_days", "patience_days"]}),
        ("What needs care", {"fields": ["high_value_threshold", "allow_existing_customers"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, "cadence"] if obj is not None else self.readonly_fields

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_draft(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and _is_draft(obj) and super().has_delete_permission(request, obj)

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("followups.publish_cadences"))

    def save_model(self, request: HttpRequest, obj: CadenceVersion, form: Any, change: bool) -> None:  # type: ignore[override]
        if not change:
            last = CadenceVersion.objects.filter(cadence=obj.cadence).aggregate(last=Max("number"))["last"]
            obj.number = (last or 0) + 1
        super().save_model(request, obj, form, change)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **more: Any
    ) -> HttpResponse:
        context["may_publish"] = self.has_publish_permission(request)
        return super().render_change_form(request, context, *args, **more)

    def response_add(self, request: HttpRequest, obj: CadenceVersion, *args: Any, **more: Any) -> HttpResponse:
        return self._published(request, obj) or super().response_add(request, obj, *args, **more)

    def response_change(self, request: HttpRequest, obj: CadenceVersion) -> HttpResponse:
        return self._published(request, obj) or super().response_change(request, obj)

    def _published(self, request: HttpRequest, version: CadenceVersion) -> HttpResponse | None:
        """The answer to “Save and publish”; None when another button was pressed."""
        if "_publish" not in request.POST or not self.has_publish_permission(request):
            return None
        self._publish(request, version)
        return redirect("admin:followups_cadenceversion_change", version.pk)

    def _publish(self, request: HttpRequest, version: CadenceVersion) -> None:
        try:
            services.publish_version(version=version, by=request.user, now=timezone.now())  # type: ignore[arg-type]
        except services.CadenceHasProblems as refused:
            for problem in refused.problems:
                self.message_user(request, f"{version}: {_place(problem.place)}{problem.sentence}", messages.ERROR)
        except services.Refused as refused:
            self.message_user(request, f"{version}: {refused.sentence}", messages.ERROR)
        else:
            self.message_user(request, f"{version} is in force now. Sequences under way keep the version they have.")

    @admin.action(description="Publish", permissions=["publish"])
    def publish(self, request: HttpRequest, queryset: QuerySet[CadenceVersion]) -> None:
        for version in queryset:
            self._publish(request, version)

    @admin.action(description="Begin a new draft from this version", permissions=["change"])
    def begin_draft_from(self, request: HttpRequest, queryset: QuerySet[CadenceVersion]) -> None:
        for base in queryset:
            try:
                draft = services.new_draft_version(cadence=base.cadence, by=request.user, base=base)  # type: ignore[arg-type]
            except services.Refused as refused:
                self.message_user(request, f"{base}: {refused.sentence}", messages.ERROR)
            else:
                address = reverse("admin:followups_cadenceversion_change", args=[draft.pk])
                self.message_user(request, format_html('<a href="{}">{}</a> can be edited now.', address, draft))


# --- material and leads -------------------------------------------------------------------------------------------


class AssetForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    link = forms.URLField(max_length=500, assume_scheme="https")
    stages = forms.MultipleChoiceField(choices=Stage.choices, required=False)

    class Meta:
        model = Asset
        fields = ["title", "link", "industries", "stages", "published_at", "valid_until"]

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
    raw_id_fields = ["contact", "account", "owner"]
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
        "latest_decisions",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lead]:
        return Lead.objects.visible_to(request.user)

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
class DecisionAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
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
