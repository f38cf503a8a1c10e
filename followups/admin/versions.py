"""Versions of cadences: written as drafts, tried out, published, retired. What is published can only be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_POST

from followups import services
from followups.admin.auditing import AuditedAdmin
from followups.admin.version_forms import StepForm, StepsFormSet, VersionForm
from followups.models import CadenceStep, CadenceVersion
from followups.rules import say_segment
from followups.states import CLOSED_STAGES, StepKind, Trigger, VersionStatus
from outreach.models import TemplateVersion
from outreach.states import TemplateStatus


class StepsInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    model = CadenceStep
    form = StepForm
    formset = StepsFormSet
    ordering = ["position"]
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may_type(request, obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may_type(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may_type(request, obj) and super().has_delete_permission(request, obj)


def _is_draft(version: CadenceVersion | None) -> bool:
    return version is None or version.status == VersionStatus.DRAFT


def _may_type(request: HttpRequest, version: CadenceVersion | None) -> bool:
    """Whether the page has fields: a draft's has. What was opened as a draft and sent when it no longer was one comes
    back as it was typed, and is refused by the form.
    """
    return _is_draft(version) or (request.method == "POST" and "seen_revision" in request.POST)


class CloneForm(forms.Form):
    """What a copy of a whole cadence is called."""

    name = forms.SlugField(max_length=60, help_text="Letters, digits, hyphens. Commands and files use this name")
    description = forms.CharField(max_length=300, required=False, help_text="Whom it is for, in one sentence")


@admin.register(CadenceVersion)
class CadenceVersionAdmin(AuditedAdmin):
    change_form_template = "followups/admin_version.html"
    form = VersionForm
    list_display = ["__str__", "status", "max_attempts", "max_days", "published_at", "published_by"]
    list_filter = ["status"]
    list_select_related = ["cadence", "published_by"]
    search_fields = ["cadence__name"]
    inlines = [StepsInline]
    actions = ["publish", "begin_draft_from", "retire"]
    show_full_result_count = False
    readonly_fields = ["number", "status", "published_at", "published_by", "takes_in", "close_loop_language"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        segment = [f"segment_{name}" for name in ("stages", "territories", "sources", "tags")]
        segment += ["segment_value_from", "segment_value_below"]
        unsaved = ["leads_to_come", "seen_revision"] if self.has_change_permission(request, obj) else []
        later = ["nurture_every_days", "nurture_most", "recycle_after_days", "recycle_most"]
        return [
            (None, {"fields": ["cadence", "number", "status", "published_at", "published_by", "channels"]}),
            ("Whom it is for", {"fields": ["takes_in", *segment, *unsaved]}),
            ("When somebody counts as quiet (days)", {"fields": [f"wait_{trigger.value}" for trigger in Trigger]}),
            ("When to stop", {"fields": ["max_attempts", "max_days", "min_gap_days", "patience_days"]}),
            ("What needs care", {"fields": ["high_value_threshold", "allow_existing_customers"]}),
            ("What comes after", {"fields": later}),
            (
                "How it ends",
                {
                    "fields": ["close_loop_language"],
                    "description": "The last step closes the loop. Its template is chosen with it, below.",
                },
            ),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, "cadence"] if obj is not None else self.readonly_fields

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may_type(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and _is_draft(obj) and super().has_delete_permission(request, obj)

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("followups.publish_cadences"))

    # --- what the page says -----------------------------------------------------------------------------------------

    @admin.display(description="Takes in")
    def takes_in(self, version: CadenceVersion) -> str:
        """Who is followed up by this version, and how many that would be now."""
        if version.pk is None:
            return "Say it below, and save."
        segment = services.segment_of(version)
        if segment:
            fits = services.leads_in(segment).exclude(stage__in=CLOSED_STAGES).filter(disposition="").count()
            leads = "1 open lead" if fits == 1 else f"{fits} open leads"
            return f"Leads {say_segment(segment)}. That is {leads} now."
        if version.cadence.name == services.DEFAULT:
            return "Every lead that no other published cadence takes in."
        return (
            "Nobody by itself: without anything below, it is used only when somebody names it, as in check_silence "
            f"--cadence {version.cadence}. Say below whom it is for, to have it used every day."
        )

    @admin.display(description="Close-loop language")
    def close_loop_language(self, version: CadenceVersion) -> str:
        """The approved wording that the last step begins with."""
        step = None
        if version.pk is not None:
            step = version.steps.filter(kind=StepKind.CLOSE_LOOP).select_related("template").first()
        if step is None:
            return "There is no close-loop step yet."
        approved = TemplateVersion.objects.filter(status=TemplateStatus.APPROVED).select_related("template")
        if step.template_id is not None:
            chosen = approved.filter(template=step.template_id)
        else:
            channels = [step.channel] if step.channel else version.channels
            chosen = approved.filter(template__angle=step.angle, template__channel__in=channels)
        rows = ((one.template.name, one.template.channel, one.body) for one in chosen.order_by("template")[:6])
        return format_html_join("", "<p><strong>{}</strong> ({}): {}</p>", rows) or (
            "No wording is approved for it. Approve a template, or choose another one for the step."
        )

    # --- saving -----------------------------------------------------------------------------------------------------

    def changeform_view(self, request: HttpRequest, *args: Any, **more: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **more)
        except services.StaleDraft:
            # Somebody saved between our reading and our writing. Read again: the form then says who it was.
            return super().changeform_view(request, *args, **more)

    def save_model(self, request: HttpRequest, obj: CadenceVersion, form: Any, change: bool) -> None:  # type: ignore[override]
        if change:
            obj.revision = services.claim_draft(version=obj, revision=form.cleaned_data["seen_revision"])
        else:
            last = CadenceVersion.objects.filter(cadence=obj.cadence).aggregate(last=Max("number"))["last"]
            obj.number = (last or 0) + 1
        super().save_model(request, obj, form, change)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **more: Any
    ) -> HttpResponse:
        version = context.get("original")
        publisher = self.has_publish_permission(request)
        context["may_publish"] = publisher
        context["may_clone"] = request.user.has_perms(_MAY_CLONE)
        context["may_simulate"] = version is not None and request.user.has_perm("followups.add_simulation")
        context["may_retire"] = (
            publisher
            and version is not None
            and version.status == VersionStatus.PUBLISHED
            and version.cadence.name != services.DEFAULT
        )
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

    # --- publishing and retiring ------------------------------------------------------------------------------------

    def _publish(self, request: HttpRequest, version: CadenceVersion) -> None:
        try:
            published = services.publish_version(version=version, by=request.user, now=timezone.now())  # type: ignore[arg-type]  # signed in
        except services.CadenceHasProblems as refused:
            for problem in refused.problems:
                self.message_user(request, f"{version}: {_place(problem.place)}{problem.sentence}", messages.ERROR)
        except services.Refused as refused:
            self.message_user(request, f"{version}: {refused.sentence}", messages.ERROR)
        else:
            self.message_user(request, f"{version} is in force now. Sequences under way keep the version they have.")
            if version.cadence.name != services.DEFAULT and not services.segment_of(published):
                self.message_user(request, f"{version}: {self.takes_in(published)}", messages.WARNING)

    @admin.action(description="Publish", permissions=["publish"])
    def publish(self, request: HttpRequest, queryset: QuerySet[CadenceVersion]) -> None:
        for version in queryset:
            self._publish(request, version)

    def _retire(self, request: HttpRequest, version: CadenceVersion) -> None:
        try:
            services.retire_version(version=version, by=request.user)  # type: ignore[arg-type]  # signed in
        except services.Refused as refused:
            self.message_user(request, f"{version}: {refused.sentence}", messages.ERROR)
        else:
            self.message_user(request, f"{version} is retired. Sequences under way go on by it to their end.")

    @admin.action(description="Retire: nothing new begins with it", permissions=["publish"])
    def retire(self, request: HttpRequest, queryset: QuerySet[CadenceVersion]) -> None:
        for version in queryset.select_related("cadence"):
            self._retire(request, version)

    @admin.action(description="Begin a new draft from this version", permissions=["change"])
    def begin_draft_from(self, request: HttpRequest, queryset: QuerySet[CadenceVersion]) -> None:
        for base in queryset:
            try:
                draft = services.new_draft_version(cadence=base.cadence, by=request.user, base=base)  # type: ignore[arg-type]  # signed in
            except services.Refused as refused:
                self.message_user(request, f"{base}: {refused.sentence}", messages.ERROR)
            else:
                address = reverse("admin:followups_cadenceversion_change", args=[draft.pk])
                self.message_user(request, format_html('<a href="{}">{}</a> can be edited now.', address, draft))

    # --- pages of one version ---------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site.admin_view
        return [
            path("<int:version_id>/clone/", site(self.clone), name="followups_cadenceversion_clone"),
            path("<int:version_id>/file/", site(self.as_file), name="followups_cadenceversion_file"),
            path(
                "<int:version_id>/retire/", site(require_POST(self.retire_one)), name="followups_cadenceversion_retire"
            ),
            *super().get_urls(),
        ]

    def _version(self, request: HttpRequest, version_id: int) -> CadenceVersion:
        version: CadenceVersion | None = (
            self.get_queryset(request).select_related("cadence").filter(pk=version_id).first()
        )
        if not self.has_view_permission(request, version):
            raise PermissionDenied
        if version is None:
            raise Http404
        return version

    def retire_one(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """Take this version out of force."""
        version = self._version(request, version_id)
        if not self.has_publish_permission(request):
            raise PermissionDenied
        self._retire(request, version)
        return redirect("admin:followups_cadenceversion_change", version.pk)

    def as_file(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """This version as a file, to be reviewed, kept, or brought in elsewhere."""
        version = self._version(request, version_id)
        answer = HttpResponse(services.cadence_as_file(version), content_type="application/json; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{version.cadence.name}-v{version.number}.json"'
        return answer

    def clone(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """A new cadence that begins as a copy of this version."""
        version = self._version(request, version_id)
        if not request.user.has_perms(_MAY_CLONE):
            raise PermissionDenied
        form = CloneForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                copy = services.clone_cadence(base=version, changes={}, by=request.user, **_texts(form.cleaned_data))  # type: ignore[arg-type]  # signed in
            except services.Refused as refused:
                form.add_error("name", refused.sentence)
            else:
                self.message_user(request, f"{copy} is a draft now. Say whom it is for.")
                return redirect("admin:followups_cadenceversion_change", copy.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Clone {version}",
            "opts": self.opts,
            "form": form,
            "intro": "A new cadence with the same steps and rules, as a draft.",
            "button": "Clone",
        }
        return TemplateResponse(request, "followups/admin_form.html", context)


_MAY_CLONE = ["followups.add_cadence", "followups.add_cadenceversion"]


def _texts(given: Mapping[str, Any]) -> dict[str, str]:
    return {"name": given["name"], "description": given["description"]}


def _place(place: str) -> str:
    """Where a problem is, in the words of the page."""
    parts = place.split(".")
    if parts[0] == "steps" and len(parts) > 1:
        return f"Step {parts[1]}: "
    if parts[0] == "segment":
        return "Whom it is for: "
    return "" if parts[0] == "steps" else f"{parts[-1].replace('_', ' ').capitalize()}: "
