"""What a person fills in on the page of a lead. The services judge it; these only read it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Any

from django import forms

from contacts.forms import WHY_SUPPRESS
from followups.models import Outcome
from followups.states import Disposition
from staff.forms import Explained, PanelForm

SCOPES = {
    "sequence": ("This follow-up", "It ends here. Other messages stay possible."),
    "contact": ("This person", "Nothing more to this person, on any channel."),
    "account": ("The whole account", "Nothing more to anybody at this account."),
}


WAYS_TO_PUT_OFF = {
    Disposition.RECYCLE.value: ("Come back on a day", "It rests until then, and comes back with its history."),
    Disposition.NURTURE.value: ("Keep in touch slowly", "The nurture list: seldom, and only with something useful."),
}
MAY_BE_READ = "For a lead that is put off this becomes the reason to write when it comes back. They may read it."


def first_moment(day: date | None) -> datetime | None:
    """The first moment of a day, in UTC."""
    return None if day is None else datetime.combine(day, time.min, UTC)


def day_field(label: str, help_text: str = "", *, required: bool = False) -> forms.DateField:
    """A day, picked or typed."""
    picker = forms.DateInput(attrs={"type": "date"})
    return forms.DateField(required=required, label=label, help_text=help_text, widget=picker)


class OutcomeChoices(forms.RadioSelect):
    """The company's outcomes, each with what it asks for. Shown by `parts/choices.html`."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().create_option(name, value, *args, **kwargs), "help": self.explain(value.instance)}

    @staticmethod
    def explain(outcome: Outcome) -> str:
        """What the outcome means where its own words do not say, and what it asks for."""
        means = str(Disposition(outcome.disposition).label)
        asked = [word for word, needed in (("a day", outcome.needs_day), ("words", outcome.needs_words)) if needed]
        said = [] if means.casefold() == outcome.label.casefold() else [f"{means}."]
        return " ".join([*said, *([f"Needs {' and '.join(asked)}."] if asked else [])])


class OutcomeForm(PanelForm):
    """How following up on a lead ended. What an outcome asks for is judged by the service."""

    area = "close"
    side_by_side = ("recycle_on", "reason")
    outcome = forms.ModelChoiceField(
        queryset=Outcome.objects.filter(active=True),
        to_field_name="key",
        empty_label=None,
        label="How did it end?",
        widget=OutcomeChoices,
        error_messages={"invalid_choice": "This outcome is not in use any more. Choose another one."},
    )
    recycle_on = day_field("Come back on", "For an outcome that needs a day.")
    reason = forms.CharField(
        label="In a few words",
        max_length=500,
        required=False,
        help_text=f"For an outcome that needs words. {MAY_BE_READ}",
    )


class PauseForm(PanelForm):
    area = "pause"
    until = day_field("Until", "Empty: until somebody resumes it.")
    reason = forms.CharField(label="Why", max_length=300, required=False)

    def clean_until(self) -> datetime | None:
        """The first moment of that day, in UTC."""
        return first_moment(self.cleaned_data["until"])


class NoteForm(PanelForm):
    area = "note"
    text = forms.CharField(
        label="What do you know?",
        max_length=500,
        help_text="A reason to write. The contact may read it, word for word.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RemindForm(PanelForm):
    area = "remind"
    at = day_field("On", "Nothing is written before.", required=True)
    title = forms.CharField(label="Of what?", max_length=300)

    def clean_at(self) -> datetime | None:
        """The first moment of that day, in UTC."""
        return first_moment(self.cleaned_data["at"])


class PutOffForm(PanelForm):
    area = "put_off"
    how = forms.ChoiceField(
        label="What then?",
        choices=[(value, label) for value, (label, _) in WAYS_TO_PUT_OFF.items()],
        widget=Explained({value: help_text for value, (_, help_text) in WAYS_TO_PUT_OFF.items()}),
        initial=Disposition.RECYCLE.value,
    )
    recycle_on = day_field("Come back on")
    reason = forms.CharField(label="Why", max_length=500, required=False, help_text=MAY_BE_READ)


class TakeOverForm(PanelForm):
    area = "take_over"
    reason = forms.CharField(
        label="What will you do?",
        max_length=300,
        help_text="It becomes your task. Until that is done, nothing is written by anybody else.",
    )


class TagsForm(PanelForm):
    area = "tags"
    tags = forms.CharField(
        label="Tags", max_length=1500, required=False, help_text="Separated by commas. Cadences can be for some only."
    )

    def clean_tags(self) -> list[str]:
        """The tags one by one."""
        return [one for one in re.split(r"[|;,]", self.cleaned_data["tags"]) if one.strip()]


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
