"""What the list of customers can be narrowed to. Everything is in the address, so a saved view is a bookmark."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from contacts.searching import search_names
from retention.models import Customer, ScoreModel
from retention.rules.words import REASONS
from retention.states import ValueTier
from staff.models import User

OWNERS = [("mine", "Mine"), ("team", "My team's"), ("unassigned", "Nobody's")]
RECENT = timedelta(days=7)
#: Plans and tiers that a list of choices names. There are a handful; of names that are mistakes there may be many.
MOST_CHOICES = 200


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force, and the address without it."""

    label: str
    shown: str
    url: str


class CustomerFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Filters over `retention.listing.customers`, which gives a customer its band in force and its worth."""

    q = django_filters.CharFilter(
        method="search",
        label="Name, account or id",
        widget=forms.TextInput(attrs={"type": "search", "maxlength": "100", "placeholder": "Beginning of a word"}),
    )
    whose = django_filters.ChoiceFilter(choices=OWNERS, method="owned", empty_label="Everybody's", label="Owner")
    reason = django_filters.ChoiceFilter(
        choices=[(code, wording.label) for code, wording in REASONS.items()],
        method="because",
        empty_label="All reasons",
        label="Reason",
    )
    value = django_filters.ChoiceFilter(
        choices=ValueTier.choices, field_name="worth__tier", empty_label="Any value", label="Value"
    )
    plan = django_filters.ChoiceFilter(field_name="plan", empty_label="All plans", label="Plan")
    tier = django_filters.ChoiceFilter(field_name="tier", empty_label="All tiers", label="Tier")
    model = django_filters.ChoiceFilter(
        field_name="score__version__model__name", empty_label="All models", label="Scored by"
    )
    changed = django_filters.ChoiceFilter(
        choices=[("7", "In the last 7 days")], method="changed_lately", empty_label="At any time", label="Band changed"
    )
    override = django_filters.ChoiceFilter(
        choices=[("yes", "Set by one of us")], method="overridden", empty_label="However set", label="Band set"
    )

    #: Those beside the search box; the others are behind “More filters”.
    FIRST = ("q", "whose", "reason", "value")

    class Meta:
        model = Customer
        fields: list[str] = []

    def __init__(self, data: Any, *, queryset: QuerySet[Any], user: User, now: datetime) -> None:
        super().__init__(data, queryset=queryset)
        self.user, self.now = user, now
        plans, tiers = set(), set()
        for plan, tier in Customer.objects.order_by().values_list("plan", "tier").distinct()[:MOST_CHOICES]:
            plans.add(plan)
            tiers.add(tier)
        self.filters["plan"].extra["choices"] = [(plan, plan) for plan in sorted(plans - {""})]
        self.filters["tier"].extra["choices"] = [(tier, tier) for tier in sorted(tiers - {""})]
        self.filters["model"].extra["choices"] = list(ScoreModel.objects.values_list("name", "title"))

    def search(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        text = value.strip()[:100].replace("\0", "")
        if not text:
            return queryset
        fields = ("contact__name", "contact__account__name")
        return search_names(
            queryset, text, fields=fields, among=Customer.objects.all(), also=Q(external_id__iexact=text)
        )

    def owned(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        if value == "mine":
            return queryset.filter(owner=self.user)
        if value == "unassigned":
            return queryset.filter(owner=None)
        team = Q(owner__team__manager=self.user)
        if self.user.team_id is not None:
            team |= Q(owner__team=self.user.team_id)
        return queryset.filter(team)

    def because(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(score__reasons__contains=[value])

    def changed_lately(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(score__band_since__gte=self.now - RECENT)

    def overridden(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(held__isnull=False)

    def first_fields(self) -> list[forms.BoundField]:
        return [self.form[name] for name in self.FIRST]

    def more_fields(self) -> list[forms.BoundField]:
        return [self.form[name] for name in self.form.fields if name not in self.FIRST]

    def more_in_force(self) -> bool:
        """Whether one of the filters behind “More filters” is in force, so that they are shown."""
        return any(self.data.get(name) for name in self.form.fields if name not in self.FIRST)

    def chips(self) -> list[Chip]:
        """The filters in force."""
        found = []
        for name, field in self.form.fields.items():
            value = self.data.get(name)
            if not value:
                continue
            rest = self.data.copy()
            for key in (name, "after"):
                rest.pop(key, None)
            shown = dict(getattr(field, "choices", [])).get(value, value)
            found.append(Chip(label=str(field.label), shown=str(shown), url=f"?{rest.urlencode()}"))
        return found
