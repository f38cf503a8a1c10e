"""Sources of events in the admin: who may send, with which key, and since when it sends. Every write is a service."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from contacts.models import EventName, EventSource
from contacts.services import Refused
from contacts.services.sources import create_source, revoke_source
from contacts.states import EventKind
from staff.admin import CarefulAdmin
from staff.models import User


class SourceForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs are generic, the class is not
    """A new source. Only its name is typed; the key is made."""

    class Meta:
        model = EventSource
        fields = ["name"]
        help_texts = {"name": "What sends the events, for instance Studio app."}

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if EventSource.objects.filter(name=name).exists():
            raise forms.ValidationError(f"There is a source called {name} already. Choose another name.")
        return name


@admin.register(EventSource)
class EventSourceAdmin(CarefulAdmin):
    """Keys cannot be looked at or changed: who needs a new one makes a new source and revokes the old."""

    form = SourceForm
    shown = ["name", "key", "created_at", "created_by", "last_event_at", "revoked_at", "revoked_by"]
    list_display = ["name", "key", "created_at", "last_event_at", "revoked_at"]
    search_fields = ["name"]
    actions = ["revoke"]
    show_full_result_count = False

    def get_fields(self, request: HttpRequest, obj: EventSource | None = None) -> list[Any]:
        return ["name"] if obj is None else self.shown

    def get_readonly_fields(self, request: HttpRequest, obj: EventSource | None = None) -> list[str]:
        return [] if obj is None else self.shown

    def has_delete_permission(self, request: HttpRequest, obj: EventSource | None = None) -> bool:
        # Its events name it.
        return False

    @admin.display(description="key")
    def key(self, source: EventSource) -> str:
        return f"ends with {source.key_ends_with}"

    def save_model(self, request: HttpRequest, obj: EventSource, form: forms.ModelForm[Any], change: bool) -> None:
        if change:
            return
        made, key = create_source(name=obj.name, by=acting(request))
        obj.pk = made.pk
        messages.warning(
            request, f"The write key of {made.name} is {key} – copy it now: it is not kept, and cannot be shown again."
        )

    @admin.action(description="Revoke the key: nobody gets in with it any more", permissions=["change"])
    def revoke(self, request: HttpRequest, sources: QuerySet[EventSource]) -> None:
        revoked = 0
        for source in sources:
            try:
                revoke_source(source=source, by=acting(request), at=timezone.now())
            except Refused as refused:
                messages.error(request, refused.sentence)
            else:
                revoked += 1
        if revoked:
            messages.success(request, f"Revoked {revoked}. What they sent stays.")


@admin.register(EventName)
class EventNameAdmin(CarefulAdmin):
    """A list to look things up in. What a name counts as is said on its own page, which counts the events anew."""

    list_display = ["title", "key", "counts_as", "mapped_at", "mapped_by"]
    list_select_related = ["mapped_by"]
    search_fields = ["title", "key"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: EventName | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: EventName | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: EventName | None = None) -> bool:
        return request.user.has_perm("contacts.map_events")

    @admin.display(description="counts as")
    def counts_as(self, name: EventName) -> str:
        return "not said yet" if name.kind is None else str(EventKind(name.kind).label)


def acting(request: HttpRequest) -> User:
    """Whoever sent the request; the admin is never open to anybody else."""
    assert isinstance(request.user, User)
    return request.user
