"""What the list of leads can be narrowed to."""

from __future__ import annotations

from dataclasses import dataclass

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q

from contacts.searching import search_names
from followups.models import Decision, Lead, Outcome
from followups.models.leads import LeadQuerySet
from followups.states import DecisionKind, DecisionReason, Disposition, ReasonKind, Stage, Trigger


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force, and the address without it."""

    label: str
    shown: str
    url: str


class LeadFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Filters live in the address. Decision, reason and trigger are those of the latest decision."""

    q = django_filters.CharFilter(
        method="search",
        label="Name, account or id",
        widget=forms.TextInput(attrs={"type": "search", "maxlength": "100", "placeholder": "Beginning of a word"}),
    )
    stage = django_filters.ChoiceFilter(choices=Stage.choices, empty_label="All stages", label="Stage")
    decision = django_filters.ChoiceFilter(
        choices=DecisionKind.choices, method="decided", empty_label="All decisions", label="Decision"
    )
    reason = django_filters.ChoiceFilter(
        choices=[*ReasonKind.choices, *DecisionReason.choices],
        method="decided_because",
        empty_label="All reasons",
        label="Reason",
    )
    trigger = django_filters.ChoiceFilter(
        choices=Trigger.choices, method="decided", empty_label="All triggers", label="Trigger"
    )

    disposition = django_filters.ChoiceFilter(
        choices=[("none", "Still open"), *Disposition.choices],
        method="ended",
        empty_label="Open or ended",
        label="How it ended",
    )
    outcome = django_filters.ModelChoiceFilter(
        queryset=Outcome.objects.all(), to_field_name="key", empty_label="All outcomes", label="Outcome"
    )

    class Meta:
        model = Lead
        fields: list[str] = []

    @property
    def often(self) -> list[forms.BoundField]:
        """What people narrow by every day."""
        return [self.form[name] for name in ("q", "stage", "decision", "reason")]

    @property
    def seldom(self) -> list[forms.BoundField]:
        """The other fields, which the page keeps folded."""
        return [field for field in self.form if field not in self.often]

    @property
    def narrowed_seldom(self) -> bool:
        return any(field.value() for field in self.seldom)

    def search(self, queryset: LeadQuerySet, name: str, value: str) -> LeadQuerySet:
        text = value.strip()[:100].replace("\0", "")
        if not text:
            return queryset
        fields = ("contact__name", "account__name")
        return search_names(queryset, text, fields=fields, among=Lead.objects.all(), also=Q(external_id__iexact=text))

    def decided(self, queryset: LeadQuerySet, name: str, value: str) -> LeadQuerySet:
        return queryset.filter(Exists(Decision.objects.filter(pk=OuterRef("latest_decision"), **{name: value})))

    def decided_because(self, queryset: LeadQuerySet, name: str, value: str) -> LeadQuerySet:
        return queryset.filter(
            Exists(Decision.objects.filter(pk=OuterRef("latest_decision"), reasons__contains=[value]))
        )

    def ended(self, queryset: LeadQuerySet, name: str, value: str) -> LeadQuerySet:
        return queryset.filter(disposition="" if value == "none" else value)

    @property
    def shows_days_to_come_back(self) -> bool:
        """Whether the list is about leads that were put off."""
        if not self.form.is_valid():
            return False
        outcome = self.form.cleaned_data["outcome"]
        ways = (self.form.cleaned_data["disposition"], outcome.disposition if outcome is not None else "")
        return Disposition.RECYCLE.value in ways

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
            # The keys of rows come wrapped.
            names = {str(getattr(key, "value", key)): label for key, label in getattr(field, "choices", [])}
            shown = names.get(value, value)
            found.append(Chip(label=str(field.label), shown=str(shown), url=f"?{rest.urlencode()}"))
        return found
