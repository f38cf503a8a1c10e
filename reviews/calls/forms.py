"""What a person fills in about a call. The services judge it; these only read it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from followups.services.plans import LONGEST_TITLE
from outreach.services.call_outcomes import LONGEST_NOTE, MOST_MINUTES
from outreach.services.calls import LONGEST_REASON
from outreach.states import CallOutcome
from reviews.services.calling import Promise
from staff.forms import PanelForm

#: When to call back on a day that came without an hour.
NINE = time(9)
_USUAL_MINUTES = 5


class OutcomeForm(PanelForm):
    """``outcome`` comes from the button that was pressed. ``back`` is a moment offered, pressed in its place.

    ``tries`` are those the form was shown with.
    """

    area = "outcome"
    outcome = forms.ChoiceField(label="What came of it?", choices=CallOutcome.choices, required=False)
    back = forms.CharField(required=False, max_length=40)
    back_on = forms.DateField(
        label="Another day", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    back_time = forms.TimeField(
        label="At", required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    minutes = forms.IntegerField(label="Minutes it took", min_value=0, max_value=MOST_MINUTES, initial=_USUAL_MINUTES)
    note = forms.CharField(
        label="What was said",
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "For whoever talks to them next"}),
    )
    promise = forms.CharField(
        label="What you promised",
        required=False,
        max_length=LONGEST_TITLE,
        help_text="Becomes a task of yours. Empty: nothing was promised.",
        widget=forms.TextInput(attrs={"placeholder": "Send the price list"}),
    )
    promise_on = forms.DateField(
        label="By the end of", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    tries = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=32767)

    @classmethod
    def fresh(cls, *, tries: int, promise_on: date) -> OutcomeForm:
        """One to be filled in."""
        return cls(initial={"tries": tries, "promise_on": promise_on})

    def clean_back(self) -> datetime | None:
        """The moment of the button, in UTC; None without one."""
        text = self.cleaned_data["back"]
        if not text:
            return None
        try:
            found = datetime.fromisoformat(text)
        except ValueError as wrong:
            raise forms.ValidationError("This is no moment. Choose a day and a time.") from wrong
        if timezone.is_naive(found):
            raise forms.ValidationError("This is no moment. Choose a day and a time.")
        return found.astimezone(UTC)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("back") is not None:
            cleaned["outcome"] = CallOutcome.CALL_BACK.value
        elif not cleaned.get("outcome") and "outcome" not in self.errors:
            self.add_error("outcome", "Choose what came of the call.")
        return cleaned

    def back_at(self, zone: str) -> datetime | None:
        """The moment they named, by the clock of ``zone``. A date without a time is nine in the morning."""
        if (offered := self.cleaned_data["back"]) is not None:
            return offered  # type: ignore[no-any-return]  # what clean_back gives
        day = self.cleaned_data["back_on"]
        if day is None:
            return None
        return datetime.combine(day, self.cleaned_data["back_time"] or NINE, tzinfo=ZoneInfo(zone))

    def promised(self) -> Promise | None:
        """What was promised, if anything."""
        what = " ".join(self.cleaned_data["promise"].split())
        return Promise(what, self.cleaned_data["promise_on"]) if what else None


class CallOffForm(PanelForm):
    area = "off"
    reason = forms.CharField(label="Why nobody needs to call", max_length=LONGEST_REASON)
