"""What people type about staff and the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from staff.calendars import time_zones
from staff.models import Absence, AuditEntry, Preferences, Team, User
from staff.rules.notices import DEFAULTS, Choice
from staff.services import Refused, refuse_taken
from staff.states import NotificationKind, Role, Telling, Theme


class Explained(forms.RadioSelect):
    """Radio buttons that each say what they mean. Shown by `parts/choices.html`."""

    def __init__(self, help_of: Mapping[Any, str]) -> None:
        super().__init__()
        self.help_of = help_of

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().create_option(name, value, *args, **kwargs), "help": self.help_of.get(str(value), "")}


class PanelForm(forms.Form):
    """One of several forms on a page, so its fields have ids of their own, which begin with ``area``.

    The fields named in ``side_by_side`` share a line where there is room.
    """

    area = ""
    side_by_side: tuple[str, ...] = ()

    @property
    def pair(self) -> list[forms.BoundField]:
        """The fields that share a line. They come after all others."""
        return [self[name] for name in self.side_by_side]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{self.area}_%s", **kwargs})


class ThemeForm(forms.Form):
    """A choice of colours, from the user menu."""

    theme = forms.ChoiceField(choices=Theme.choices)


class KeysForm(forms.Form):
    """Whether single keys act, from the user menu. Speech input types letters, so they can be switched off."""

    keys = forms.ChoiceField(choices=[("on", "On"), ("off", "Off")])


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


WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class TeamForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A team, its hours and its rules, in the admin."""

    timezone = forms.ChoiceField(help_text="The clock that its hours and days go by.")
    work_days = forms.TypedMultipleChoiceField(
        choices=list(enumerate(WEEKDAYS)), coerce=int, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Team
        fields = [
            "name",
            "manager",
            "timezone",
            "work_days",
            "opens",
            "closes",
            "review_hours",
            "intake_hours",
            "hand_over",
            "four_eyes_from",
        ]
        widgets = {
            "opens": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            "closes": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["timezone"].choices = [(name, name) for name in sorted(time_zones())]  # type: ignore[attr-defined]  # the form says which field

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        opens, closes = cleaned.get("opens"), cleaned.get("closes")
        if opens and closes and closes <= opens:
            self.add_error("closes", "A team closes after it opens, on the same day.")
        return cleaned


class AbsentForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """Days on which somebody does not work. ``by`` chooses among the people they may say it of; alone, not at all."""

    class Meta:
        model = Absence
        fields = ["user", "first_on", "last_on", "substitute", "reason"]
        labels = {
            "user": "Who",
            "first_on": "First day",
            "last_on": "Last day",
            "substitute": "Who decides meanwhile",
            "reason": "Why",
        }
        help_texts = {"reason": "Everybody here can read this.", "substitute": ""}
        widgets = {
            "first_on": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "last_on": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        }

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = plannable_by(by)
        if people.exclude(pk=by.pk).exists():
            self.fields["user"].queryset = people  # type: ignore[attr-defined]  # the form says which field
            self.fields["user"].initial = by.pk
        else:
            del self.fields["user"]
            self.instance.user = by
        active = User.objects.filter(is_active=True).order_by("name", "id")
        self.fields["substitute"].queryset = active  # type: ignore[attr-defined]  # the form says which field
        self.fields["substitute"].empty_label = "As the team says"  # type: ignore[attr-defined]  # the same

    def _post_clean(self) -> None:
        """The row itself is written by the service alone, which checks what was filled in."""


def plannable_by(by: User) -> QuerySet[User]:
    """The people ``by`` may say absences of: themselves, the teams they manage, or everybody."""
    people = User.objects.filter(is_active=True).order_by("name", "id")
    if by.has_perm("staff.plan_absences"):
        return people
    return people.filter(Q(pk=by.pk) | Q(team__manager=by))


#: What fits into a column of a table.
SHORT_TELLING = [(Telling.NEVER, "Never"), (Telling.DIGEST, "Digest"), (Telling.AT_ONCE, "At once")]


class NoticeChoicesForm(PanelForm):
    """For each kind of notice how it comes by mail and by chat, and the hour of the daily digest."""

    area = "choice"
    digest_at = forms.TimeField(label="Digest at", widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = {one.kind: one for one in user.notification_choices.all()}
        preferences = Preferences.objects.filter(user=user).first() or Preferences()
        self.fields["digest_at"].initial = preferences.digest_at
        for kind, usual in DEFAULTS.items():
            for way in ("mail", "slack"):
                self.fields[f"{kind.value}_{way}"] = forms.ChoiceField(
                    label=f"{kind.label}: by {'mail' if way == 'mail' else 'chat'}",
                    choices=SHORT_TELLING,
                    initial=getattr(chosen.get(kind.value, usual), way),
                )

    def rows(self) -> list[dict[str, Any]]:
        """The kinds in order, each with its two fields, as the page shows them."""
        return [
            {"label": kind.label, "mail": self[f"{kind.value}_mail"], "slack": self[f"{kind.value}_slack"]}
            for kind in DEFAULTS
        ]

    def choices(self) -> dict[NotificationKind, Choice]:
        """What was chosen."""
        told = self.cleaned_data
        return {
            kind: Choice(Telling(told[f"{kind.value}_mail"]), Telling(told[f"{kind.value}_slack"])) for kind in DEFAULTS
        }
