"""What people fill in to try a version out, and to publish it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from django import forms

from retention.states import Lapse
from staff.forms import Explained, PanelForm

LAPSES: dict[str, str] = {
    Lapse.NO_ACTIVITY: "No visit, booking, purchase or use of the app in that time.",
    Lapse.NO_PURCHASE: "Nothing bought in that time.",
    Lapse.CHURNED: "They ended it: the day they left lies in that time.",
}


class Days(forms.CharField):
    """Days with commas between them, as 2026-03-31."""

    def to_python(self, value: Any) -> list[datetime]:  # type: ignore[override]
        days = []
        for part in (super().to_python(value) or "").replace("\n", ",").split(","):
            if not part.strip():
                continue
            try:
                days.append(date.fromisoformat(part.strip()))
            except ValueError as problem:
                raise forms.ValidationError(
                    f"“{part.strip()[:20]}” is not a day. Write year, month and day, for instance 2026-03-31."
                ) from problem
        return [datetime.combine(day, time.min, UTC) for day in sorted(set(days))]


class BacktestForm(PanelForm):
    area = "backtest"
    dates = Days(
        label="Score as of these days",
        help_text="For instance 2026-01-31, 2026-02-28. What came later is hidden from the score.",
    )
    horizon_days = forms.IntegerField(
        label="Then look ahead so many days", min_value=7, max_value=730, initial=90, widget=forms.NumberInput()
    )
    lapse = forms.ChoiceField(
        label="Who counts as lapsed?",
        choices=Lapse.choices,
        widget=Explained(LAPSES),
        initial=Lapse.NO_ACTIVITY,
    )


class PublishForm(PanelForm):
    area = "publish"
    reason = forms.CharField(
        label="Why publish this?",
        max_length=500,
        help_text="Kept with the version, for everyone to read.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    sure = forms.BooleanField(
        label="I have read what it changes",
        error_messages={"required": "Tick this after reading what publishing changes."},
    )


class RetireForm(PanelForm):
    area = "retire"
    reason = forms.CharField(label="Why?", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
