"""Cadences by name: begin a draft, bring one in from a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from followups import services
from followups.admin.auditing import AuditedAdmin
from followups.models import Cadence, CadenceVersion
from followups.states import VersionStatus
from staff.admin import ReadOnlyAdmin

#: A cadence with its steps is a few thousand characters.
LARGEST_FILE = 1_000_000


class VersionsInline(ReadOnlyAdmin, admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    model = CadenceVersion
    fields = ["number", "status", "max_attempts", "max_days", "published_at", "published_by"]
    ordering = ["-number"]
    show_change_link = True
    verbose_name_plural = "versions"


class FileForm(forms.Form):
    """The file of a cadence, and the name it gets here."""

    file = forms.FileField(label="File", help_text="As it was exported here or elsewhere: JSON")
    name = forms.SlugField(
        max_length=60, required=False, help_text="Empty: the name in the file. A name in use gets a new draft version"
    )

    def clean_file(self) -> str:
        """The text of the file."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_FILE:
            raise forms.ValidationError("This is larger than 1 MB. Choose the file of a cadence.")
        content: bytes = file.read()
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise forms.ValidationError("This is not text in UTF-8. Choose the file of a cadence.") from error


@admin.register(Cadence)
class CadenceAdmin(AuditedAdmin):
    change_list_template = "followups/admin_cadences.html"
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

    def get_urls(self) -> list[URLPattern]:
        address = path("import/", self.admin_site.admin_view(self.bring_in), name="followups_cadence_import")
        return [address, *super().get_urls()]

    @admin.display(description="In force")
    def in_force(self, cadence: Cadence) -> str:
        numbers = [one.number for one in cadence.versions.all() if one.status == VersionStatus.PUBLISHED]
        return f"v{numbers[0]}" if numbers else "none"

    @admin.action(description="Begin a new draft version", permissions=["change"])
    def begin_draft(self, request: HttpRequest, queryset: QuerySet[Cadence]) -> None:
        for cadence in queryset:
            try:
                version = services.new_draft_version(cadence=cadence, by=request.user)  # type: ignore[arg-type]  # signed in
            except services.Refused as refused:
                self.message_user(request, f"{cadence}: {refused.sentence}", messages.ERROR)
                continue
            address = reverse("admin:followups_cadenceversion_change", args=[version.pk])
            self.message_user(request, format_html('<a href="{}">{}</a> can be edited now.', address, version))

    def bring_in(self, request: HttpRequest) -> HttpResponse:
        """Make a draft from a file. What the file says wrong is named by its place, and nothing is made then."""
        if not request.user.has_perms(["followups.add_cadence", "followups.add_cadenceversion"]):
            raise PermissionDenied
        form = FileForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            try:
                version = services.import_cadence(text=given["file"], name=given["name"], by=request.user)  # type: ignore[arg-type]  # signed in
            except services.CadenceHasProblems as refused:
                form.add_error("file", [f"{problem.place}: {problem.sentence}" for problem in refused.problems])
            except services.Refused as refused:
                form.add_error("name", refused.sentence)
            else:
                self.message_user(request, f"{version} is a draft now. Look through it, simulate it, publish it.")
                return redirect("admin:followups_cadenceversion_change", version.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": "Import a cadence",
            "opts": self.opts,
            "form": form,
            "intro": "The file becomes a draft. Nothing is used before somebody publishes it.",
            "button": "Import as a draft",
        }
        return TemplateResponse(request, "followups/admin_form.html", context)
