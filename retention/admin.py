"""Score models for administrators. What is or was in force can be read, not changed; a draft is checked as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.exceptions import ValidationError
from django.db.models import Max, Model, QuerySet
from django.forms import BaseInlineFormSet, inlineformset_factory
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from retention import services
from retention.models import ScoreBand, ScoreComponent, ScoreModel, ScoreSignal, ScoreVersion
from retention.playbook_admin import PlaybookAdmin, PlaybookVersionAdmin  # noqa: F401  found by the admin here
from retention.rules.model import ComponentRules, Knobs, ModelRules, Placed, problems
from retention.signals import TYPES, signal_of
from retention.states import Knob, ModelStatus
from staff.admin import CarefulAdmin
from staff.services import record

_LEAST, _MOST = Decimal("0.5"), Decimal(2)


def _is_draft(version: ScoreVersion | None) -> bool:
    return version is None or version.status == ModelStatus.DRAFT


class WithVersions(admin.options.BaseModelAdmin):  # type: ignore[type-arg]  # the stubs are generic, the class is not
    """Models, versions and their parts go by the permissions about versions. Nothing is ever deleted."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("retention.view_scoreversion"))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("retention.add_scoreversion"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("retention.change_scoreversion"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("retention.publish_scores"))


def _begin_drafts(here: Any, request: HttpRequest, versions: Iterable[ScoreVersion]) -> None:
    for version in versions:
        try:
            draft = services.draft_version(of=version, by=request.user)  # type: ignore[arg-type]  # signed in
        except services.Refused as refused:
            here.message_user(request, f"{version}: {refused.sentence}", messages.ERROR)
        else:
            address = reverse("admin:retention_scoreversion_change", args=[draft.pk])
            here.message_user(request, format_html('<a href="{}">{}</a> can be edited now.', address, draft))


# --- models -------------------------------------------------------------------------------------------------------


class VersionsInline(WithVersions, admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    model = ScoreVersion
    fk_name = "model"
    fields = ["number", "status", "medium_from", "high_from", "published_at", "published_by"]
    ordering = ["-number"]
    show_change_link = True
    verbose_name_plural = "versions"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ScoreModel)
class ScoreModelAdmin(WithVersions, CarefulAdmin):
    list_display = ["title", "name", "position", "in_force"]
    search_fields = ["name", "title"]
    inlines = [VersionsInline]
    actions = ["begin_draft"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScoreModel]:
        return super().get_queryset(request).prefetch_related("versions")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # Commands and files name a model, so its name stays. Where it stands decides whom it scores.
        return ["name", "position"] if obj is not None else []

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        record(
            action=f"retention.{'change' if change else 'add'}_model",
            actor=request.user,  # type: ignore[arg-type]  # the admin is only for people who are signed in
            on=obj,
            summary=f"Score model {'changed' if change else 'added'} in the admin",
            detail={"fields": sorted(form.changed_data)},
        )

    @admin.display(description="In force")
    def in_force(self, model: ScoreModel) -> str:
        numbers = [one.number for one in model.versions.all() if one.status == ModelStatus.PUBLISHED]
        return f"v{numbers[0]}" if numbers else "none"

    @admin.action(description="Begin a draft from the newest version", permissions=["add"])
    def begin_draft(self, request: HttpRequest, queryset: QuerySet[ScoreModel]) -> None:
        newest = [max(model.versions.all(), key=lambda one: one.number, default=None) for model in queryset]
        _begin_drafts(self, request, [version for version in newest if version is not None])
        if None in newest:
            self.message_user(request, "A model without versions gets its first one by hand.", messages.ERROR)


# --- versions -----------------------------------------------------------------------------------------------------


class VersionForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    class Meta:
        model = ScoreVersion
        fields = ["model", "note", *Knob.values, "medium_from", "high_from", "fall_margin", "confirm_hours"]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for knob in Knob.values:
            if given.get(knob) is not None and not _LEAST <= given[knob] <= _MOST:
                self.add_error(knob, f"Give a number from {_LEAST} to {_MOST}.")
        medium, high = given.get("medium_from"), given.get("high_from")
        if medium is not None and medium < 1:
            self.add_error("medium_from", "Medium begins at 1 or more.")
        if high is not None and high > 100:
            self.add_error("high_from", "High begins at 100 at most.")
        if medium is not None and high is not None and medium >= high:
            self.add_error("high_from", f"High must begin above medium. Give more than {medium}.")
        return given


class SignalForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    type = forms.ChoiceField(choices=[(name, one.title) for name, one in TYPES.items()])

    class Meta:
        model = ScoreSignal
        fields = ["position", "component", "type", "parameters"]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if "type" in given and "parameters" in given:
            try:
                signal_of(given["type"], given["parameters"])
            except ValueError as problem:
                self.add_error("parameters", str(problem))
        return given


class SignalsFormSet(BaseInlineFormSet):  # type: ignore[type-arg]  # generic in the stubs only
    """All signals together with their version and its components: a model that cannot be published is not saved."""

    def clean(self) -> None:
        super().clean()
        components = _Components(self.data, instance=self.instance, prefix=_Components.get_default_prefix())
        if any(self.errors) or not components.is_valid():
            return
        try:
            rules = _rules(self.instance, _rows(components), _rows(self))
        except (TypeError, KeyError):
            # A field of the version itself is missing, and says so in its own place.
            return
        if found := problems(rules):
            raise ValidationError(found)


_Components: Any = inlineformset_factory(ScoreVersion, ScoreComponent, fields=["component", "max_points", "combine"])


def _rows(formset: Any) -> list[dict[str, Any]]:
    return [form.cleaned_data for form in formset.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]


def _rules(version: ScoreVersion, components: list[dict[str, Any]], signals: list[dict[str, Any]]) -> ModelRules:
    """A version as it would be saved, with components and signals as they were typed."""
    knobs: Mapping[str, Decimal] = {knob: Decimal(getattr(version, knob)) for knob in Knob.values}
    return ModelRules(
        name="draft",
        version_id=version.pk or 0,
        components={row["component"]: ComponentRules(row["max_points"], row["combine"]) for row in components},
        signals=tuple(
            Placed(row["component"], signal_of(row["type"], row["parameters"]))
            for row in sorted(signals, key=lambda row: row["position"])
        ),
        knobs=Knobs(**knobs),
        medium_from=version.medium_from,
        high_from=version.high_from,
        fall_margin=version.fall_margin,
        confirm_hours=version.confirm_hours,
        plans=tuple(version.plans or ()),
        tiers=tuple(version.tiers or ()),
    )


class PartsInline(WithVersions, admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    """What belongs to a version, editable while that is a draft."""

    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_draft(obj) and super().has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_draft(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


class ComponentsInline(PartsInline):
    model = ScoreComponent
    fields = ["component", "max_points", "combine"]


class SignalsInline(PartsInline):
    model = ScoreSignal
    form = SignalForm
    formset = SignalsFormSet
    ordering = ["position"]


class BandsInline(PartsInline):
    model = ScoreBand
    fields = ["band", "next_action", "messages_each", "calls_each", "weekly_quota", "cost_cap"]


@admin.register(ScoreVersion)
class ScoreVersionAdmin(WithVersions, CarefulAdmin):
    form = VersionForm
    list_display = ["__str__", "status", "medium_from", "high_from", "published_at", "published_by"]
    list_filter = ["status", "model"]
    list_select_related = ["model", "published_by"]
    search_fields = ["model__name"]
    inlines = [ComponentsInline, SignalsInline, BandsInline]
    actions = ["begin_draft_from", "publish", "retire"]
    show_full_result_count = False
    readonly_fields = [
        "number",
        "status",
        "created_by",
        "published_at",
        "published_by",
        "publish_reason",
        "retired_at",
        "retired_by",
    ]
    fieldsets = [
        (None, {"fields": ["model", "note", *readonly_fields]}),
        ("Knobs (0.5 to 2)", {"fields": list(Knob.values)}),
        ("Bands (points, hours)", {"fields": ["medium_from", "high_from", "fall_margin", "confirm_hours"]}),
        ("For whom (empty: everybody)", {"fields": ["plans", "tiers"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScoreVersion]:
        return super().get_queryset(request).select_related("model")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        if request.method == "POST" and object_id.isdecimal():
            # Whoever publishes it meanwhile waits, so that nothing is changed that is in force by then.
            list(ScoreVersion.objects.select_for_update().filter(pk=int(object_id)).values_list("pk"))
        return super().get_object(request, object_id, from_field)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, "model"] if obj is not None else self.readonly_fields

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_draft(obj) and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: ScoreVersion, form: Any, change: bool) -> None:
        if not change:
            last = ScoreVersion.objects.filter(model=obj.model).aggregate(last=Max("number"))["last"]
            obj.number = (last or 0) + 1
            obj.created_by = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        parts = [one.prefix for one in formsets if one.has_changed()]
        record(
            action="retention.edit_version" if change else "retention.draft_version",
            actor=request.user,  # type: ignore[arg-type]
            on=form.instance,
            summary=f"{'Changed' if change else 'Began'} {form.instance.name} in the admin",
            detail={"changed": sorted([*form.changed_data, *parts])},
        )

    @admin.action(description="Begin a new draft from this version", permissions=["add"])
    def begin_draft_from(self, request: HttpRequest, queryset: QuerySet[ScoreVersion]) -> None:
        _begin_drafts(self, request, queryset)

    @admin.action(description="Publish", permissions=["publish"])
    def publish(self, request: HttpRequest, queryset: QuerySet[ScoreVersion]) -> HttpResponse | None:
        def put_in_force(version: ScoreVersion, reason: str) -> str:
            done = services.publish(version=version, reason=reason, by=request.user, now=timezone.now())  # type: ignore[arg-type]
            return f"Published {version}. {len(done.moved):,} of {done.customers:,} customers change band."

        return self._with_reason(request, queryset, put_in_force, "publish", "Publish")

    @admin.action(description="Retire, or discard a draft", permissions=["publish"])
    def retire(self, request: HttpRequest, queryset: QuerySet[ScoreVersion]) -> HttpResponse | None:
        def take_out(version: ScoreVersion, reason: str) -> str:
            services.retire_version(version=version, reason=reason, by=request.user, now=timezone.now())  # type: ignore[arg-type]
            return f"Retired {version}."

        return self._with_reason(request, queryset, take_out, "retire", "Retire")

    def _with_reason(
        self, request: HttpRequest, queryset: QuerySet[ScoreVersion], act: Any, action: str, word: str
    ) -> HttpResponse | None:
        """Ask for a reason on a page of its own, then act on each version; None leads back to the list."""
        form = ReasonForm(request.POST if "reason" in request.POST else None)
        if not form.is_valid():
            context = {
                **self.admin_site.each_context(request),
                "title": f"{word} {', '.join(str(one) for one in queryset)}",
                "opts": self.model._meta,
                "form": form,
                "versions": queryset,
                "action": action,
                "word": word,
                "checkbox": helpers.ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "retention/admin_reason.html", context)
        for version in queryset:
            try:
                said = act(version, form.cleaned_data["reason"])
            except services.ModelHasProblems as refused:
                for problem in refused.problems:
                    self.message_user(request, f"{version}: {problem}", messages.ERROR)
            except services.Refused as refused:
                self.message_user(request, f"{version}: {refused.sentence}", messages.ERROR)
            else:
                self.message_user(request, said)
        return None


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=500,
        label="Why?",
        help_text="Kept with the version, for everybody who asks later.",
        error_messages={"required": "Say why. The reason is kept with the version."},
    )
