"""What people fill in to play a playbook through."""

from __future__ import annotations

from django import forms

from staff.forms import PanelForm


def _day(label: str, **more: str) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **more)  # type: ignore[arg-type]  # no other options are given


class DryRunForm(PanelForm):
    area = "dry_run"
    first_on = _day("From")
    last_on = _day("To", help_text="Both days count. Days are of UTC, and the last one must be over.")
