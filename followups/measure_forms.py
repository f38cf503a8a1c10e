"""What a person chooses on the pages of measures: days, a part of the leads, and a new pilot."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms

from followups.measures import Period, Scope
from followups.models import Cadence, Lead
from followups.services.pilots import EARLIEST, LONGEST_NAME, MOST_DAYS
from followups.states import Stage, VersionStatus
from staff.forms import PanelForm
from staff.models import Team, User

#: How many days are shown where nobody chose any, today included.
USUAL = 30
#: What few people narrow by.
SELDOM = ("territory", "source", "tag")
#: The longest period: two years.
LONGEST = 731


class DayField(forms.DateField):
    """A day, chosen in the browser's own calendar."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class MeasureForm(forms.Form):
    """Which days and which leads. It lives in the address; without days it means the last 30."""

    first = DayField(label="From", required=False)
    last = DayField(label="To", required=False)
    cadence = forms.ModelChoiceField(Cadence.objects.order_by("name"), required=False, empty_label="All cadences")
    stage = forms.ChoiceField(choices=[("", "All stages"), *Stage.choices], required=False)
    territory = forms.CharField(max_length=100, required=False)
    source = forms.CharField(max_length=100, required=False)
    tag = forms.CharField(max_length=60, required=False)
    owner = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="All owners")
    team = forms.ModelChoiceField(Team.objects.none(), required=False, empty_label="All teams")

    def __init__(self, data: Any, *, user: User, today: date) -> None:
        super().__init__(data)
        self.today = today
        self.user = user
        owners = User.objects.filter(pk__in=Lead.objects.visible_to(user).values("owner"))
        self.fields["owner"].queryset = owners.order_by("name", "id")  # type: ignore[attr-defined]
        self.fields["team"].queryset = Team.objects.filter(members__in=owners).distinct()  # type: ignore[attr-defined]

    @property
    def often(self) -> list[forms.BoundField]:
        """What people narrow by every day."""
        return [field for field in self if field.name not in SELDOM]

    @property
    def seldom(self) -> list[forms.BoundField]:
        """The other fields, which the page keeps folded."""
        return [self[name] for name in SELDOM]

    @property
    def narrowed_seldom(self) -> bool:
        return any(field.value() for field in self.seldom)

    def clean_first(self) -> date | None:
        return self._known(self.cleaned_data["first"])

    def clean_last(self) -> date | None:
        return self._known(self.cleaned_data["last"])

    def _known(self, day: date | None) -> date | None:
        if day is not None and not EARLIEST <= day <= self.today:
            raise forms.ValidationError(f"Choose a day from {EARLIEST:%-d %B %Y} until today.")
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"first", "last"} & set(self.errors):
            return cleaned
        last = cleaned.get("last") or self.today
        first = cleaned.get("first") or max(EARLIEST, last - timedelta(days=USUAL - 1))
        if first > last:
            self.add_error("last", "This day is before the first one. Choose a later one.")
        elif (last - first).days >= LONGEST:
            self.add_error("first", "This is more than two years. Choose a later first day.")
        return {**cleaned, "first": first, "last": last}

    @property
    def period(self) -> Period:
        return Period(self.cleaned_data["first"], self.cleaned_data["last"])

    @property
    def scope(self) -> Scope:
        chosen = self.cleaned_data
        ids = {name: one.pk for name in ("cadence", "owner", "team") if (one := chosen[name]) is not None}
        words = {name: chosen[name] for name in ("stage", "territory", "source", "tag")}
        return Scope(user=self.user, **words, **ids)

    @property
    def address(self) -> str:
        """What was chosen, as the part of an address after the question mark."""
        chosen = {
            name: getattr(value, "pk", value)
            for name, value in self.cleaned_data.items()
            if value not in (None, "") and name in self.fields
        }
        return urlencode(chosen)


class PilotForm(PanelForm):
    """A new pilot. The goal is typed in per cent, and kept as a share."""

    area = "pilot"
    name = forms.CharField(max_length=LONGEST_NAME, help_text="Such as: Central territory, spring")
    cadence = forms.ModelChoiceField(
        Cadence.objects.filter(versions__status=VersionStatus.PUBLISHED).distinct().order_by("name"),
        empty_label="Choose one",
        help_text="Leads count that this cadence decides about.",
    )
    started_on = DayField(label="First day")
    days = forms.IntegerField(initial=30, min_value=1, max_value=MOST_DAYS, help_text="The first day counts.")
    goal = forms.DecimalField(
        label="Goal in per cent",
        initial=90,
        min_value=Decimal("0.1"),
        max_value=100,
        max_digits=4,
        decimal_places=1,
        help_text="Of the silent leads, how many get an outcome.",
    )

    def clean_goal(self) -> Decimal:
        goal: Decimal = self.cleaned_data["goal"]
        return goal / 100
