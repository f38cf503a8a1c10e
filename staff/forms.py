"""What people type about staff and the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from staff.models import AuditEntry, User
from staff.services import Refused, refuse_taken
from staff.states import Role, Theme


class Explained(forms.RadioSelect):
    """Radio buttons that each say what they mean. Shown by `parts/choices.html`."""

    def __init__(self, help_of: Mapping[Any, str]) -> None:
        super().__init__()
        self.help_of = help_of

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().create_option(name, value, *args, **kwargs), "help": self.help_of.get(str(value), "")}


class PanelForm(forms.Form):
    """One of several forms on a page, so its fields have ids of their own, which begin with ``area``."""

    area = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{self.area}_%s", **kwargs})


class ThemeForm(forms.Form):
    """A choice of colours, from the user menu."""

    theme = forms.ChoiceField(choices=Theme.choices)


class AuditFilterForm(forms.Form):
    """Which part of the audit log to show."""

    action = forms.ChoiceField(label="What was done", required=False)
    actor = forms.ModelChoiceField(
        label="By whom", queryset=User.objects.order_by("name", "id"), required=False, empty_label="Anybody"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        actions = [(action, action) for action in AuditEntry.objects.actions()]
        self.fields["action"].choices = [("", "Anything"), *actions]  # type: ignore[attr-defined]


class UserForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A member of staff, in the admin. Passwords are chosen by the people themselves, by invitation."""

    roles = forms.MultipleChoiceField(
        choices=Role.choices, required=False, widget=forms.CheckboxSelectMultiple, help_text="What they do here."
    )

    class Meta:
        model = User
        fields = ["username", "name", "email", "team"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["roles"] = [group.name for group in self.instance.groups.all()]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        typed = User(pk=self.instance.pk, username=cleaned.get("username", ""), email=cleaned.get("email", ""))
        if "username" in cleaned:
            try:
                refuse_taken(typed)
            except Refused as refusal:
                raise forms.ValidationError(refusal.sentence) from refusal
        return cleaned
