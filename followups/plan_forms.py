"""What a person fills in about a plan or a calendar. The services judge it; these only read it."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from followups import services
from followups.states import PlannedKind
from staff.forms import PanelForm

EARLY = time(9)


class PlanForm(PanelForm):
    area = "plan"
    kind = forms.ChoiceField(label="What", choices=PlannedKind.choices)
    title = forms.CharField(label="In a few words", max_length=300)
    day = forms.DateField(
        required=False,
        label="Day",
        help_text="Only a task may be without.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    at_time = forms.TimeField(
        required=False,
        label="Time, in UTC",
        help_text="Empty: 9 o’clock.",
        widget=forms.TimeInput(attrs={"type": "time"}),
    )

    def planned(self) -> dict[str, Any]:
        """What the service asks for: kind, title and the moment in UTC."""
        day, clock = self.cleaned_data["day"], self.cleaned_data["at_time"]
        at = None if day is None else datetime.combine(day, clock or EARLY, UTC)
        return {"kind": self.cleaned_data["kind"], "title": self.cleaned_data["title"], "at": at}


class CalendarForm(forms.Form):
    file = forms.FileField(
        label="Calendar file",
        allow_empty_file=True,
        help_text=f"As .ics, up to {services.LARGEST_CALENDAR // 1_000_000} MB.",
        widget=forms.ClearableFileInput(attrs={"accept": ".ics,text/calendar"}),
    )

    def clean_file(self) -> bytes:
        """What is in it, never more than is allowed."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        return bytes(file.read(services.LARGEST_CALENDAR + 1))
