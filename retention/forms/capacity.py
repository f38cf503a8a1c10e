"""What people fill in about time: minutes, absences, the rules. The services judge it; these only read it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from retention.models import CapacityRules
from retention.services.capacity import RULES
from retention.states import WorkKind
from staff.forms import PanelForm
from staff.models import User

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def colleagues() -> QuerySet[User]:
    """Everybody who works here."""
    return User.objects.filter(is_active=True).order_by("name", "id")


class MinutesForm(PanelForm):
    area = "minutes"
    user = forms.ModelChoiceField(label="Who", queryset=User.objects.none(), empty_label="Choose")
    kind = forms.ChoiceField(label="For what", choices=WorkKind.choices)
    minutes_a_day = forms.IntegerField(label="Minutes a day", help_text="0: none any more.", widget=forms.NumberInput())
    weekdays = forms.TypedMultipleChoiceField(
        label="On which days",
        choices=list(enumerate(WEEKDAYS, start=1)),
        coerce=int,
        initial=[1, 2, 3, 4, 5],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = colleagues()  # type: ignore[attr-defined]  # the form says which field


class AbsenceForm(PanelForm):
    """Without ``everybody`` it is about whoever is signed in."""

    area = "absence"
    user = forms.ModelChoiceField(label="Who", queryset=User.objects.none(), empty_label="Choose")
    first_on = forms.DateField(label="First day", widget=forms.DateInput(attrs={"type": "date"}))
    last_on = forms.DateField(label="Last day", widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label="Why", max_length=100, required=False, help_text="Everybody here can read this.")

    def __init__(self, *args: Any, everybody: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if everybody:
            self.fields["user"].queryset = colleagues()  # type: ignore[attr-defined]  # the form says which field
        else:
            del self.fields["user"]


class RulesForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """How time is shared out."""

    class Meta:
        model = CapacityRules
        fields = RULES
        labels = {
            "headroom_percent": "Kept free, in percent",
            "review_days": "Working days until a message is read",
            "call_days": "Working days until a call is made",
            "wait_days": "Days somebody may wait for time",
            "review_minute_cost": "Cost of a minute of reading",
            "call_minute_cost": "Cost of a minute of calls",
        }
        help_texts = {"currency": "Three letters, such as EUR."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "rules_%s", **kwargs})

    def _post_clean(self) -> None:
        """The row itself is changed by the service alone, which checks each value."""
