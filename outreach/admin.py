"""Where managers write and approve wording. Drafts and what the gates said are only looked at here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from outreach import services
from outreach.api.admin import ProductKeyAdmin, PushSubscriptionAdmin  # noqa: F401  registered where they are written
from outreach.brands import default_brand, problems
from outreach.gates.facts import BODY, SUBJECT
from outreach.inbound.admin import ProviderNoticeAdmin  # noqa: F401  registered where it is written
from outreach.marking import finding_spans, segments
from outreach.models import Brand, Draft, GateFinding, Template, TemplateVersion
from outreach.sending_admin import BrandAdmin, TopicAdmin  # noqa: F401  registered where they are written
from outreach.states import TemplateStatus
from outreach.wording_admin import GatePhraseAdmin, LinkHostAdmin  # noqa: F401  registered where they are written
from staff.admin import CarefulAdmin, ReadOnlyAdmin
from staff.models import User


class VersionInline(ReadOnlyAdmin, admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    model = TemplateVersion
    fields = ["number", "status", "subject", "approved_at", "approved_by"]
    show_change_link = True
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[TemplateVersion]:
        return super().get_queryset(request).select_related("approved_by", "template")


class TemplateForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A template. Wording that is in use was approved with a brand that lacks nothing, and so must the next one be."""

    def clean_brand(self) -> Brand | None:
        brand: Brand | None = self.cleaned_data["brand"]
        if self.instance.pk and self.instance.versions.filter(status=TemplateStatus.APPROVED).exists():
            found = problems(brand or default_brand(), channel=self.instance.channel)
            if found:
                raise forms.ValidationError(found)
        return brand


class ReasonFilter(admin.AllValuesFieldListFilter):
    """By the reason that a template gives. Those that close the loop give none, and a link needs words."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {**choice, "display": choice["display"] or "None: it closes the loop"}


@admin.register(Template)
class TemplateAdmin(CarefulAdmin):
    form = TemplateForm
    list_display = ["name", "channel", "angle", "reason_kind", "language", "shipped"]
    list_filter = ["channel", "angle", ("reason_kind", ReasonFilter), "language", "shipped"]
    search_fields = ["name", "key"]
    inlines = [VersionInline]
    actions = ["begin_version"]

    def get_readonly_fields(self, request: HttpRequest, obj: Template | None = None) -> list[str]:
        # What a wording is for is part of its approval: a template that has versions keeps its purpose.
        return ["key", "channel", "angle", "reason_kind", "language"] if obj and obj.versions.exists() else []

    def has_delete_permission(self, request: HttpRequest, obj: Template | None = None) -> bool:
        return False

    @admin.action(description="Begin a new version", permissions=["change"])
    def begin_version(self, request: HttpRequest, queryset: QuerySet[Template]) -> None:
        """A draft with the wording of the latest version, to be changed and then approved."""
        for template in queryset:
            try:
                version = services.new_template_version(template_id=template.pk, by=_user(request))
            except services.Refused as refused:
                self.message_user(request, refused.sentence, messages.ERROR)
                return
            self.message_user(request, f"{version} is begun. Open it below the template to write it.", messages.SUCCESS)


@admin.register(TemplateVersion)
class TemplateVersionAdmin(CarefulAdmin):
    list_display = ["template", "number", "status", "subject", "approved_at", "approved_by"]
    list_filter = ["status", "template__channel", "template__angle"]
    list_select_related = ["template", "approved_by"]
    search_fields = ["template__name", "subject"]
    readonly_fields = ["template", "number", "status", "approved_at", "approved_by", "against_approval", "example"]
    fields = [
        "template", "number", "status", "against_approval", "example", "subject", "body", "approved_at", "approved_by",
    ]  # fmt: skip
    actions = ["approve"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        # A version begins from its template, so that its number is right.
        return False

    def has_change_permission(self, request: HttpRequest, obj: TemplateVersion | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or obj.status == TemplateStatus.DRAFT)

    def has_delete_permission(self, request: HttpRequest, obj: TemplateVersion | None = None) -> bool:
        return False

    @admin.display(description="Stands against approval")
    def against_approval(self, version: TemplateVersion) -> str:
        """What must be mended first, before anybody tries."""
        if version.status != TemplateStatus.DRAFT:
            return "It was decided on."
        found = services.against_approval(version=version, now=timezone.now())
        return format_html_join("", "<p>{}</p>", ((one,) for one in found)) or "Nothing. It can be approved."

    @admin.display(description="With example values")
    def example(self, version: TemplateVersion) -> str:
        """The wording as somebody would get it, with the words marked that a check speaks of."""
        written = services.try_out(template=version.template, version=version, now=timezone.now())
        findings = [
            {"severity": str(one.severity), "spans": [asdict(span) for span in one.spans]} for one in written.findings
        ]
        return format_html_join(
            "", '<p class="example">{}</p>',
            ((_marked(text, finding_spans(findings, field)),)
             for field, text in ((SUBJECT, written.subject), (BODY, written.body)) if text),
        )  # fmt: skip

    def has_approve_permission(self, request: HttpRequest) -> bool:
        return _user(request).has_perm("outreach.approve_templates")

    @admin.action(description="Approve for use", permissions=["approve"])
    def approve(self, request: HttpRequest, queryset: QuerySet[TemplateVersion]) -> None:
        """Try each on an example and put it into use, or say what stands against it."""
        for version in queryset.select_related("template"):
            try:
                services.approve_template_version(version_id=version.pk, by=_user(request), now=timezone.now())
            except services.Refused as refused:
                self.message_user(request, f"{version}: {refused.sentence}", messages.ERROR)
            else:
                self.message_user(request, f"{version} is approved and in use.", messages.SUCCESS)


class FindingInline(ReadOnlyAdmin, admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    model = GateFinding
    fields = ["gate", "severity", "message", "fingerprint"]
    extra = 0


@admin.register(Draft)
class DraftAdmin(ReadOnlyAdmin, CarefulAdmin):
    list_display = ["pk", "kind", "channel", "status", "contact", "owner", "due_at"]
    list_filter = ["status", "channel", "kind"]
    list_select_related = ["contact", "owner"]
    search_fields = ["=id", "contact__name"]
    show_full_result_count = False
    # The link is the contact's own: whoever has it can stop their messages.
    exclude = ["unsubscribe_token"]
    inlines = [FindingInline]


def _marked(text: str, spans: list[tuple[int, int, str]]) -> SafeString:
    pieces = segments(text, spans)
    return SafeString(
        "".join(
            format_html('<mark class="mark-{}">{}</mark>', one.mark, one.text) if one.mark else escape(one.text)
            for one in pieces
        )
    )


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
