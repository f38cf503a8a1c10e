"""Brands and topics are written in the admin. What was stopped, sent and said by providers is only looked at here.

Hours, caps, rates and warm-up are set on the page about sending, which refuses what makes no sense.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from outreach.brands import problems
from outreach.models import (
    Brand,
    ChannelRules,
    ContactCap,
    DeliveryEvent,
    Departures,
    PolicyApproval,
    ProviderRate,
    SenderDomain,
    SendingStop,
    Topic,
)
from outreach.services.brands import objection_to, save_brand, save_topic
from staff.admin import CarefulAdmin, ReadOnlyAdmin, acting


class BrandForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """What a manager writes about a brand, with the refusals of the service beside it."""

    class Meta:
        model = Brand
        fields = ["key", "name", "from_name", "from_email", "postal_address", "sms_sender", "is_default"]

    def _get_validation_exclusions(self) -> set[str]:
        # A new default takes the place of the one before, so that there are two for a moment is no fault.
        return {*super()._get_validation_exclusions(), "is_default"}  # type: ignore[misc]  # Django's own, untyped

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own, untyped
        if not self.errors and (objection := objection_to(self.instance)):
            self.add_error(None, objection)


@admin.register(Brand)
class BrandAdmin(CarefulAdmin):
    """In whose name messages leave. Brands stay: sent messages name them."""

    form = BrandForm
    fields = [*BrandForm.Meta.fields, "lacks"]
    readonly_fields = ["lacks"]
    list_display = ["name", "from_email", "is_default", "lacks"]
    search_fields = ["name", "key"]

    @admin.display(description="What it lacks")
    def lacks(self, brand: Brand) -> str:
        return " ".join(problems(brand)) or "Nothing"

    def has_delete_permission(self, request: HttpRequest, obj: Brand | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Brand, form: Any, change: bool) -> None:
        save_brand(brand=obj, by=acting(request))


@admin.register(Topic)
class TopicAdmin(CarefulAdmin):
    """What messages are about. Topics stay, since people refused them; one that is over is not active."""

    list_display = ["name", "key", "position", "active"]
    search_fields = ["name", "key"]

    def has_delete_permission(self, request: HttpRequest, obj: Topic | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Topic, form: Any, change: bool) -> None:
        save_topic(topic=obj, by=acting(request))


@admin.register(ChannelRules)
class ChannelRulesAdmin(ReadOnlyAdmin, CarefulAdmin):
    list_display = ["channel", "opens", "closes", "on_weekends", "on_holidays"]


@admin.register(ContactCap)
class ContactCapAdmin(ReadOnlyAdmin, CarefulAdmin):
    list_display = ["channel", "most", "days"]


@admin.register(ProviderRate)
class ProviderRateAdmin(ReadOnlyAdmin, CarefulAdmin):
    list_display = ["provider", "per_minute"]


@admin.register(SenderDomain)
class SenderDomainAdmin(ReadOnlyAdmin, CarefulAdmin):
    list_display = ["domain", "began_on", "first_day", "growth", "most_a_day"]


@admin.register(SendingStop)
class SendingStopAdmin(ReadOnlyAdmin, CarefulAdmin):
    list_display = ["scope", "stopped_at", "stopped_by", "lifted_at", "lifted_by"]
    list_filter = ["scope"]
    list_select_related = ["stopped_by", "lifted_by"]


@admin.register(Departures)
class DeparturesAdmin(ReadOnlyAdmin, CarefulAdmin):
    list_display = ["key", "window", "count"]
    show_full_result_count = False


@admin.register(PolicyApproval)
class PolicyApprovalAdmin(ReadOnlyAdmin, CarefulAdmin):
    list_display = ["pk", "draft_id", "policy", "approved_at"]
    search_fields = ["=draft__id"]
    show_full_result_count = False
    raw_id_fields = ["draft"]


@admin.register(DeliveryEvent)
class DeliveryEventAdmin(ReadOnlyAdmin, CarefulAdmin):
    list_display = ["pk", "draft_id", "kind", "at", "machine", "provider"]
    list_filter = ["kind", "machine"]
    search_fields = ["=draft__id"]
    show_full_result_count = False
    ordering = ["-id"]
