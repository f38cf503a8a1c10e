"""The managers' phrases and the allowed hosts in the admin. Every write is a service."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from outreach.gates import GATE_NAMES
from outreach.gates.phrasebook import TAKES_PHRASES
from outreach.models import GatePhrase, LinkHost
from outreach.services import phrases
from outreach.services.refusals import Refused
from staff.admin import CarefulAdmin
from staff.models import User


class PhraseForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs are generic, the class is not
    """A new phrase, or an old one with another reach. Its words and its gate stay: other words are another phrase."""

    gate = forms.ChoiceField(
        choices=[(gate, f"{GATE_NAMES[gate]}: {what}") for gate, what in TAKES_PHRASES.items()],
        help_text="Which check looks for it.",
    )

    class Meta:
        model = GatePhrase
        fields = ["gate", "phrase", "severity", "note"]
        help_texts = {
            "phrase": "As people write it. A star at the end of a word is any ending: guarant* finds guarantee.",
        }

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if self.instance.pk is None and {"gate", "phrase", "severity"} <= found.keys():
            refused = phrases.why_not_add(
                gate=found["gate"], phrase=found["phrase"], severity=found["severity"], note=found.get("note", "")
            )
            if refused is None and _is_listed(found["gate"], found["phrase"]):
                refused = "This phrase is on the list already. If it was retired, take it up again there."
            if refused is not None:
                self.add_error("phrase", refused)
        return found


def _is_listed(gate: str, phrase: str) -> bool:
    return GatePhrase.objects.filter(gate=gate, phrase=" ".join(phrase.split())).exists()


@admin.register(GatePhrase)
class GatePhraseAdmin(CarefulAdmin):
    form = PhraseForm
    list_display = ["phrase", "gate", "severity", "active", "added_by", "added_at"]
    list_filter = ["gate", "severity", "active"]
    list_select_related = ["added_by"]
    search_fields = ["phrase", "note"]
    actions = ["retire", "take_up_again"]

    def get_fields(self, request: HttpRequest, obj: GatePhrase | None = None) -> list[Any]:
        shown = ["gate", "phrase", "severity", "note"]
        return shown if obj is None else [*shown, "active", "added_by", "added_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: GatePhrase | None = None) -> list[str]:
        return [] if obj is None else ["gate", "phrase", "active", "added_by", "added_at"]

    def has_delete_permission(self, request: HttpRequest, obj: GatePhrase | None = None) -> bool:
        # What was once found is explained by its phrase. Retire it instead.
        return False

    def save_model(self, request: HttpRequest, obj: GatePhrase, form: forms.ModelForm[Any], change: bool) -> None:
        by = _user(request)
        if change:
            phrases.change_phrase(phrase_id=obj.pk, severity=obj.severity, note=obj.note, by=by)
        else:
            made = phrases.add_phrase(gate=obj.gate, phrase=obj.phrase, severity=obj.severity, note=obj.note, by=by)
            obj.pk, obj.phrase = made.pk, made.phrase

    @admin.action(description="Retire: look for it no longer", permissions=["change"])
    def retire(self, request: HttpRequest, rows: QuerySet[GatePhrase]) -> None:
        retired = sum(phrases.retire_phrase(phrase_id=row.pk, by=_user(request)) for row in rows)
        messages.success(request, f"Retired {retired}.")

    @admin.action(description="Look for it again", permissions=["add"])
    def take_up_again(self, request: HttpRequest, rows: QuerySet[GatePhrase]) -> None:
        for row in rows:
            try:
                phrases.add_phrase(
                    gate=row.gate, phrase=row.phrase, severity=row.severity, note=row.note, by=_user(request)
                )
            except Refused as refused:
                messages.error(request, refused.sentence)
            else:
                messages.success(request, f"“{row.phrase}” is looked for again.")


class HostForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A host to allow. A whole link may be entered; its host is kept."""

    class Meta:
        model = LinkHost
        fields = ["host", "note"]
        help_texts = {"host": "For instance docs.example.com. What is below it is allowed too."}

    def clean_host(self) -> str:
        host = phrases.host_of(self.cleaned_data["host"])
        refused = phrases.why_not_host(host)
        if refused is not None:
            raise forms.ValidationError(refused)
        return host


@admin.register(LinkHost)
class LinkHostAdmin(CarefulAdmin):
    """Hosts are added and removed, never changed: another host is another permission to link."""

    form = HostForm
    list_display = ["host", "note", "added_by", "added_at"]
    list_select_related = ["added_by"]
    search_fields = ["host", "note"]
    actions = ["remove"]

    def get_fields(self, request: HttpRequest, obj: LinkHost | None = None) -> list[Any]:
        return ["host", "note"] if obj is None else ["host", "note", "added_by", "added_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: LinkHost | None = None) -> list[str]:
        return [] if obj is None else ["host", "note", "added_by", "added_at"]

    def has_delete_permission(self, request: HttpRequest, obj: LinkHost | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: LinkHost, form: forms.ModelForm[Any], change: bool) -> None:
        if not change:
            obj.pk = phrases.add_link_host(host=obj.host, note=obj.note, by=_user(request)).pk

    @admin.action(description="Remove: links to it stop a message again", permissions=["change"])
    def remove(self, request: HttpRequest, rows: QuerySet[LinkHost]) -> None:
        removed = sum(phrases.remove_link_host(host_id=row.pk, by=_user(request)) for row in rows)
        messages.success(request, f"Removed {removed}.")


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
