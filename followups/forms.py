"""What a person fills in on the page of a lead. The services judge it; these only read it."""

from __future__ import annotations

from datetime import UTC, datetime, time

from django import forms

from contacts.forms import WHY_SUPPRESS
from followups.states import Disposition
from staff.forms import Explained, PanelForm

DISPOSITIONS: dict[str, str] = {
    Disposition.NO_RESPONSE: "They never answered. The lead is done.",
    Disposition.NURTURE: "Right company, wrong time.",
    Disposition.RECYCLE: "Worth another try later. The lead rests until they write or somebody reopens it.",
    Disposition.HANDED_OVER: "Normal work goes on elsewhere; no follow-up is needed.",
    Disposition.DOCUMENTED: "Another reason, which you write down.",
}
SCOPES = {
    "contact": ("This person", "Nothing more to this person, on any channel."),
    "account": ("The whole account", "Nothing more to anybody at this account."),
}


class PauseForm(PanelForm):
    area = "pause"
    until = forms.DateField(
        required=False,
        label="Until",
        help_text="Empty: until somebody resumes it.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    reason = forms.CharField(label="Why", max_length=300, required=False)

    def clean_until(self) -> datetime | None:
        """The first moment of that day, in UTC."""
        day = self.cleaned_data["until"]
        return None if day is None else datetime.combine(day, time.min, UTC)


class NoteForm(PanelForm):
    area = "note"
    text = forms.CharField(
        label="What do you know?",
        max_length=500,
        help_text="A reason to write. The contact may read it, word for word.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class CloseForm(PanelForm):
    area = "close"
    disposition = forms.ChoiceField(
        label="How did it end?",
        choices=[(value, Disposition(value).label) for value in DISPOSITIONS],
        widget=Explained(DISPOSITIONS),
    )
    reason = forms.CharField(label="Why", max_length=500, required=False)


class StopForm(PanelForm):
    area = "stop"
    scope = forms.ChoiceField(
        label="How far?",
        choices=[(value, label) for value, (label, _) in SCOPES.items()],
        widget=Explained({value: help_text for value, (_, help_text) in SCOPES.items()}),
        initial="contact",
    )
    why = forms.ChoiceField(label="Why", choices=WHY_SUPPRESS)
    reason = forms.CharField(label="In a few words", max_length=300)
