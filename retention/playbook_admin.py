"""Playbooks for administrators: drafts are edited as a whole, what is or was in force can only be read.

Every change goes through `retention.services.playbooks`, so that a page, a command and a file are refused alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from contacts.states import EventKind
from retention.forms.playbook_versions import (
    CloneForm,
    DesignForm,
    DesignFormSet,
    FileForm,
    PlaybookForm,
    ReasonForm,
    StepForm,
    StepsFormSet,
    VersionForm,
)
from retention.models import Experiment, Playbook, PlaybookStep, PlaybookVersion
from retention.rules.playbooks.checks import Grade
from retention.rules.playbooks.files import EXPERIMENT_FIELDS
from retention.services import playbooks
from retention.services.refusals import Refused
from retention.states import ExperimentStatus, ModelStatus
from staff.admin import CarefulAdmin
from staff.services import record

_MAY_CLONE = ["retention.add_playbook", "retention.add_playbookversion"]
_SAID_AS = {Grade.WRONG: messages.ERROR, Grade.MISSING: messages.WARNING, Grade.NOTE: messages.INFO}
_BEFORE = {Grade.WRONG: "", Grade.MISSING: "Before it can be published. ", Grade.NOTE: "Note. "}


def _is_draft(version: PlaybookVersion | None) -> bool:
    return version is None or version.status == ModelStatus.DRAFT


def _may_type(request: HttpRequest, version: PlaybookVersion | None) -> bool:
    """Whether the page has fields: a draft's has. What was opened as a draft and sent when it no longer was one comes
    back as it was typed, and is refused by the form.
    """
    return _is_draft(version) or (request.method == "POST" and "seen" in request.POST)


class Kept(CarefulAdmin):
    """Nothing is ever deleted here."""

    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("retention.publish_playbooks"))

    def has_draft_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("retention.add_playbookversion"))

    def ask(self, request: HttpRequest, form: Any, title: str, intro: str, button: str, **more: Any) -> HttpResponse:
        """A page with one small form."""
        context = {**self.admin_site.each_context(request), "opts": self.opts, "form": form}
        context |= {"title": title, "intro": intro, "button": button, **more}
        return TemplateResponse(request, "retention/playbook_admin_form.html", context)

    def begin_drafts(self, request: HttpRequest, begin: Callable[[Any], PlaybookVersion], rows: Any) -> None:
        """Begin a draft for each row, and say where it can be edited."""
        for row in rows:
            try:
                draft = begin(row)
            except Refused as refused:
                self.message_user(request, f"{row}: {refused.sentence}", messages.ERROR)
            else:
                address = reverse("admin:retention_playbookversion_change", args=[draft.pk])
                self.message_user(request, format_html('<a href="{}">{}</a> can be edited now.', address, draft.name))


# --- playbooks ----------------------------------------------------------------------------------------------------


class VersionsInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    model = PlaybookVersion
    fk_name = "playbook"
    fields = ["number", "status", "mode", "note", "published_at", "published_by"]
    readonly_fields = ["number", "status", "mode", "note", "published_at", "published_by"]
    ordering = ["-number"]
    show_change_link = True
    verbose_name_plural = "versions"
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Playbook)
class PlaybookAdmin(Kept):
    change_list_template = "retention/playbook_admin_list.html"
    form = PlaybookForm
    list_display = ["title", "name", "stage", "in_force", "owner"]
    list_select_related = ["owner"]
    search_fields = ["name", "title"]
    inlines = [VersionsInline]
    actions = ["begin_draft"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Playbook]:
        return super().get_queryset(request).prefetch_related("versions")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # Commands and files name a playbook, so its name stays.
        return ["name"] if obj is not None else []

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        if not change:
            given = {name: form.cleaned_data[name] for name in ("name", "title", "description")}
            made = playbooks.create_playbook(by=request.user, **given).playbook  # type: ignore[arg-type]  # signed in
            obj.pk = made.pk
            obj._state.adding = False
            form.instance.owner = form.cleaned_data.get("owner") or made.owner
        super().save_model(request, obj, form, change)
        record(
            action=f"retention.{'change' if change else 'add'}_playbook",
            actor=request.user,  # type: ignore[arg-type]
            on=obj,
            summary=f"Playbook {'changed' if change else 'added'} in the admin",
            detail={"fields": sorted(form.changed_data)},
        )

    def get_urls(self) -> list[URLPattern]:
        address = path("import/", self.admin_site.admin_view(self.bring_in), name="retention_playbook_import")
        return [address, *super().get_urls()]

    @admin.display(description="In force")
    def in_force(self, playbook: Playbook) -> str:
        numbers = [one.number for one in playbook.versions.all() if one.status == ModelStatus.PUBLISHED]
        return f"v{numbers[0]}" if numbers else "none"

    @admin.action(description="Begin a draft from the newest version", permissions=["draft"])
    def begin_draft(self, request: HttpRequest, queryset: QuerySet[Playbook]) -> None:
        self.begin_drafts(request, lambda row: playbooks.draft_version(playbook=row, by=request.user), queryset)  # type: ignore[arg-type]

    def bring_in(self, request: HttpRequest) -> HttpResponse:
        """Make a draft from a file. What the file says wrong is named by its place, and nothing is made then."""
        if not request.user.has_perms(_MAY_CLONE):
            raise PermissionDenied
        form = FileForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            try:
                version = playbooks.import_playbook(text=given["file"], name=given["name"], by=request.user)  # type: ignore[arg-type]
            except playbooks.PlaybookHasProblems as refused:
                form.add_error("file", [f"{problem.where}: {problem.sentence}" for problem in refused.problems])
            except Refused as refused:
                form.add_error("name", refused.sentence)
            else:
                self.message_user(request, f"{version.name} is a draft now. Look through it, try it out, publish it.")
                return redirect("admin:retention_playbookversion_change", version.pk)
        intro = "The file becomes a draft. Nothing begins before somebody publishes it."
        return self.ask(request, form, "Import a playbook", intro, "Import as a draft")


# --- versions -----------------------------------------------------------------------------------------------------


class PartsInline(admin.options.InlineModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """What belongs to a version, editable while that is a draft, by whoever may change versions."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("retention.view_playbookversion"))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may_type(request, obj) and bool(request.user.has_perm("retention.change_playbookversion"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


class StepsInline(PartsInline, admin.TabularInline):  # type: ignore[type-arg]
    model = PlaybookStep
    form = StepForm
    formset = StepsFormSet
    fields = list(StepForm.Meta.fields)
    ordering = ["position"]
    extra = 0


class ExperimentInline(PartsInline, admin.StackedInline):  # type: ignore[type-arg]
    """The design, as long as nobody was assigned; then it is locked and only read."""

    model = Experiment
    form = DesignForm
    formset = DesignFormSet
    fields = list(EXPERIMENT_FIELDS)
    max_num = 1
    extra = 1
    can_delete = False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        experiment = getattr(obj, "experiment", None)
        locked = experiment is not None and experiment.status != ExperimentStatus.DRAFT
        return not locked and super().has_change_permission(request, obj)


@admin.register(PlaybookVersion)
class PlaybookVersionAdmin(Kept):
    change_form_template = "retention/playbook_admin_version.html"
    form = VersionForm
    list_display = ["__str__", "status", "mode", "priority", "published_at", "published_by"]
    list_filter = ["status", "mode"]
    list_select_related = ["playbook", "published_by"]
    search_fields = ["playbook__name", "playbook__title"]
    inlines = [StepsInline, ExperimentInline]
    actions = ["begin_draft_from", "publish", "retire"]
    readonly_fields = ["playbook", "number", "status", "published_at", "published_by", "publish_reason", "to_be_said"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        unsaved = ["seen"] if self.has_change_permission(request, obj) else []
        goal_kinds = "goal_kinds" if self.has_change_permission(request, obj) else "reached_by"
        stops = ["max_complaint_rate", "max_unsubscribe_rate", "max_value_decline", "max_revenue_decline"]
        gate = ["gate_min_roi", "gate_min_net_each", "gate_max_payback_days"]
        risk = ["bands", "score_from", "score_to", "reasons_any", "reasons_all", "urgent"]
        segment = ["plans", "tiers", "value_tiers", "excluded_plans", "excluded_tiers"]
        return [
            (None, {"fields": [*self.readonly_fields, "mode", "note", *unsaved]}),
            ("What begins it", {"fields": ["trigger", *risk, "milestones", "days_before"]}),
            ("For whom (empty: everybody)", {"fields": [*segment, "excluded_playbooks", "after_playbooks"]}),
            ("What ends it", {"fields": ["goal", goal_kinds, "lasts_days", "cooldown_days", "priority"]}),
            ("What it takes", {"fields": ["review_minutes", "call_minutes", "assumed_uplift", "uplift_source"]}),
            ("What it may cost", {"fields": ["pilot_most", "offer_budget", "offer_min_clv"]}),
            ("What stops it (parts of 1)", {"fields": stops}),
            ("When it may be for everybody", {"fields": gate}),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PlaybookVersion]:
        return super().get_queryset(request).select_related("playbook")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        if request.method == "POST" and object_id.isdecimal():
            # Whoever changes or publishes it meanwhile waits, so that what was judged is what is saved.
            list(PlaybookVersion.objects.select_for_update(no_key=True).filter(pk=int(object_id)).values_list("pk"))
        return super().get_object(request, object_id, from_field)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A version begins from a playbook or from another version.
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may_type(request, obj) and super().has_change_permission(request, obj)

    @admin.display(description="Goal kinds")
    def reached_by(self, version: PlaybookVersion) -> str:
        """Which events reach the goal, in words."""
        return ", ".join(str(EventKind(kind).label) for kind in version.goal_kinds)

    @admin.display(description="To be said about it")
    def to_be_said(self, version: PlaybookVersion) -> str:
        """What is missing before it can be published, and notes."""
        if not _is_draft(version):
            return "Published versions stay as they are. Begin a new draft to change something."
        rows = ((_BEFORE[problem.grade] + problem.said,) for problem in playbooks.problems_of(version))
        return format_html_join("", "<p>{}</p>", rows) or "Nothing is missing."

    # --- saving ---------------------------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The service saves version, steps and experiment in one, once all of them are known."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        playbooks.edit_version(
            version=form.instance,
            changes=form.changes,
            steps=form.instance.given_steps,
            experiment=form.instance.given_design,
            by=request.user,  # type: ignore[arg-type]  # signed in
        )

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        return super().construct_change_message(request, form, [], add)

    def response_change(self, request: HttpRequest, obj: PlaybookVersion) -> HttpResponse:
        for problem in playbooks.problems_of(obj):
            self.message_user(request, _BEFORE[problem.grade] + problem.said, _SAID_AS[problem.grade])
        return super().response_change(request, obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **more: Any
    ) -> HttpResponse:
        context["may_clone"] = request.user.has_perms(_MAY_CLONE)
        return super().render_change_form(request, context, *args, **more)

    # --- publishing and retiring ----------------------------------------------------------------------------------

    @admin.action(description="Begin a new draft from this version", permissions=["draft"])
    def begin_draft_from(self, request: HttpRequest, queryset: QuerySet[PlaybookVersion]) -> None:
        self.begin_drafts(request, lambda row: playbooks.draft_version(of=row, by=request.user), queryset)  # type: ignore[arg-type]

    @admin.action(description="Publish", permissions=["publish"])
    def publish(self, request: HttpRequest, queryset: QuerySet[PlaybookVersion]) -> HttpResponse | None:
        intro = "The version before it is retired. Whoever is under way stays on the version they began."
        return self._with_reason(request, queryset, playbooks.publish, "publish", "Publish", intro)

    @admin.action(description="Retire, or discard a draft", permissions=["publish"])
    def retire(self, request: HttpRequest, queryset: QuerySet[PlaybookVersion]) -> HttpResponse | None:
        intro = "Nobody begins with it any more. Whoever is under way goes on by it to the end."
        return self._with_reason(request, queryset, playbooks.retire, "retire", "Retire", intro)

    def _with_reason(
        self, request: HttpRequest, queryset: QuerySet[PlaybookVersion], act: Any, action: str, word: str, intro: str
    ) -> HttpResponse | None:
        """Ask for a reason on a page of its own, then act on each version; None leads back to the list."""
        form = ReasonForm(request.POST if "reason" in request.POST else None)
        if not form.is_valid():
            title = f"{word} {', '.join(one.name for one in queryset)}"
            more = {"versions": queryset, "action": action, "checkbox": helpers.ACTION_CHECKBOX_NAME}
            return self.ask(request, form, title, intro, word, **more)
        for version in queryset:
            try:
                act(version=version, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
            except playbooks.PlaybookHasProblems as refused:
                for problem in refused.problems:
                    self.message_user(request, f"{version.name}: {problem.said}", messages.ERROR)
            except Refused as refused:
                self.message_user(request, f"{version.name}: {refused.sentence}", messages.ERROR)
            else:
                done = "is in force now" if action == "publish" else "is retired"
                self.message_user(request, f"{version.name} {done}.")
        return None

    # --- pages of one version -------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site.admin_view
        return [
            path("<int:version_id>/clone/", site(self.clone), name="retention_playbookversion_clone"),
            path("<int:version_id>/file/", site(self.as_file), name="retention_playbookversion_file"),
            *super().get_urls(),
        ]

    def _version(self, request: HttpRequest, version_id: int) -> PlaybookVersion:
        version: PlaybookVersion | None = self.get_queryset(request).filter(pk=version_id).first()
        if not self.has_view_permission(request, version):
            raise PermissionDenied
        if version is None:
            raise Http404
        return version

    def as_file(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """This version as a file, to be reviewed, kept, or brought in elsewhere."""
        version = self._version(request, version_id)
        answer = HttpResponse(playbooks.export_playbook(version), content_type="application/toml; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{version.name}.toml"'
        return answer

    def clone(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """A new playbook that begins as a copy of this version."""
        version = self._version(request, version_id)
        if not request.user.has_perms(_MAY_CLONE):
            raise PermissionDenied
        form = CloneForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                copy = playbooks.clone_playbook(of=version, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
            except Refused as refused:
                form.add_error("name", refused.sentence)
            else:
                self.message_user(request, f"{copy.name} is a draft now. Say whom it is for.")
                return redirect("admin:retention_playbookversion_change", copy.pk)
        intro = "A new playbook with the same steps and rules, as a draft."
        return self.ask(request, form, f"Clone {version.name}", intro, "Clone")
