"""What a person fills in about a call. The services judge it; these only read it."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django import forms

from outreach.services.call_outcomes import LONGEST_NOTE, MOST_MINUTES
from outreach.services.calls import LONGEST_REASON
from outreach.states import CallOutcome
from staff.forms import Explained, PanelForm

#: When to call back on a day that came without an hour.
NINE = time(9)
_MEANING = {
    CallOutcome.REACHED: "You talked. The call is done.",
    CallOutcome.VOICEMAIL: "Nobody answered. It comes back on the next working day, three times in all.",
    CallOutcome.CALL_BACK: "They named a better moment. It comes back then.",
    CallOutcome.WRONG_NUMBER: "The number is not theirs. It is not used again, for calls or SMS.",
    CallOutcome.DO_NOT_CALL: "They want no calls. Nobody calls them again.",
}


class OutcomeForm(PanelForm):
    """``zone`` is where the moment of calling back is meant; ``tries`` are those the form was shown with."""

    area = "outcome"
    outcome = forms.ChoiceField(
        label="What came of it?",
        choices=[(one.value, one.label) for one in _MEANING],
        widget=Explained({str(outcome): words for outcome, words in _MEANING.items()}),
    )
    back_on = forms.DateField(
        label="Call back on", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    back_time = forms.TimeField(
        label="At", required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    minutes = forms.IntegerField(label="Minutes it took", min_value=0, max_value=MOST_MINUTES, initial=5)
    note = forms.CharField(
        label="What was said",
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Kept with the person, for whoever talks to them next.",
    )
    tries = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=32767)

    def back_at(self, zone: str) -> datetime | None:
        """The moment they named, by the clock of ``zone``. A date without a time is nine in the morning."""
        day = self.cleaned_data["back_on"]
        if day is None:
            return None
        return datetime.combine(day, self.cleaned_data["back_time"] or NINE, tzinfo=ZoneInfo(zone))


class CallOffForm(PanelForm):
    area = "off"
    reason = forms.CharField(label="Why nobody needs to call", max_length=LONGEST_REASON)
