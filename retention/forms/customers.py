"""What people fill in on the page of a customer. The services judge it; these only read it."""

from __future__ import annotations

from datetime import UTC, datetime, time

from django import forms

from retention.rules.words import BANDS
from retention.states import Band
from staff.forms import Explained, PanelForm


class OverrideForm(PanelForm):
    area = "override"
    band = forms.ChoiceField(
        label="Which band holds?",
        choices=[(band.value, band.label) for band in reversed(Band)],
        widget=Explained(BANDS),
    )
    until = forms.DateField(
        label="Until",
        help_text="On this day the score decides again.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    reason = forms.CharField(
        label="What do you know that the score does not?",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean_until(self) -> datetime:
        """The first moment of that day, in UTC."""
        return datetime.combine(self.cleaned_data["until"], time.min, UTC)


class WrongForm(PanelForm):
    area = "wrong"
    note = forms.CharField(
        label="What is wrong?",
        max_length=500,
        help_text="Kept with the score as it is now. Backtests count it; the score itself stays.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
