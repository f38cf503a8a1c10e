"""What the list of decisions can be narrowed to. It lives in the address."""

from __future__ import annotations

from typing import Any

from django import forms

from outreach.models import Template
from reviews.decisions import people_for
from reviews.states import ReviewAction
from staff.models import User


class DecisionFilterForm(forms.Form):
    """Every part may be left out. ``draft`` has no field on the page: the page of a message leads here with it."""

    by = forms.ModelChoiceField(User.objects.none(), required=False, label="Who", empty_label="Everybody")
    action = forms.ChoiceField(choices=[("", "Everything"), *ReviewAction.choices], required=False, label="What")
    template = forms.ModelChoiceField(
        Template.objects.order_by("name", "id"), required=False, label="Wording", empty_label="Every wording"
    )
    first = forms.DateField(required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(required=False, label="Until", widget=forms.DateInput(attrs={"type": "date"}))
    draft = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        who = self.fields["by"]
        if isinstance(who, forms.ModelChoiceField):
            who.queryset = people_for(user)

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or {}
        first, last = chosen.get("first"), chosen.get("last")
        if first and last and last < first:
            self.add_error("last", "The last day is before the first one.")
        return chosen
