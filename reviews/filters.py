"""What the queue can be narrowed to."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from contacts.states import Channel
from followups.states import ReasonKind, ReviewReason
from outreach.models import Draft
from outreach.states import DraftKind, DraftStatus

#: The states in which a draft is somebody's business.
OPEN_STATUSES = [
    (DraftStatus.AWAITING_REVIEW.value, DraftStatus.AWAITING_REVIEW.label),
    (DraftStatus.UNKNOWN.value, DraftStatus.UNKNOWN.label),
    (DraftStatus.FAILED.value, DraftStatus.FAILED.label),
    (DraftStatus.APPROVED.value, DraftStatus.APPROVED.label),
]


class QueueFilter(django_filters.FilterSet):
    """Filters live in the address, so a view can be kept as a bookmark."""

    q = django_filters.CharFilter(
        method="search", label="Name or account", widget=forms.TextInput(attrs={"type": "search", "maxlength": "100"})
    )
    status = django_filters.ChoiceFilter(choices=OPEN_STATUSES, method="stands_at", empty_label=None, label="State")
    kind = django_filters.ChoiceFilter(choices=DraftKind.choices, empty_label="All kinds", label="Kind")
    reason_kind = django_filters.ChoiceFilter(choices=ReasonKind.choices, empty_label="All reasons", label="Reason")
    asked = django_filters.ChoiceFilter(
        choices=ReviewReason.choices, method="asked_because", empty_label="Any", label="Review asked for"
    )
    channel = django_filters.ChoiceFilter(
        choices=[(c.value, c.label) for c in (Channel.EMAIL, Channel.SMS)], empty_label="All channels", label="Channel"
    )

    class Meta:
        model = Draft
        fields: list[str] = []

    def search(self, queryset: QuerySet[Draft], name: str, value: str) -> QuerySet[Draft]:
        words = value.strip()[:100]
        return queryset.filter(Q(contact__name__icontains=words) | Q(account_name__icontains=words)) if words else queryset

    def stands_at(self, queryset: QuerySet[Draft], name: str, value: str) -> QuerySet[Draft]:
        return queryset  # The view has applied it already: without a choice it is "waiting for review", not "any".

    def asked_because(self, queryset: QuerySet[Draft], name: str, value: str) -> QuerySet[Draft]:
        return queryset.filter(review_reasons__contains=[value])

    def chips(self) -> list[dict[str, Any]]:
        """The filters in force, each with the address that removes it."""
        found = []
        for name in self.form.fields:
            value = self.data.get(name)
            if not value or name == "status":
                continue
            rest = self.data.copy()
            for key in (name, "after"):
                rest.pop(key, None)
            field = self.form.fields[name]
            shown = dict(getattr(field, "choices", [])).get(value, value)
            found.append({"label": field.label, "shown": shown, "url": f"?{rest.urlencode()}"})
        return found
