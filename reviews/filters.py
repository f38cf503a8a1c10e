"""What the queue can be narrowed to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from contacts.searching import search_names
from contacts.states import Channel
from followups.states import ReasonKind, ReviewReason
from outreach.models import Draft
from outreach.models.drafts import OPEN
from outreach.states import DraftKind, DraftStatus

# “Waiting for review” is long for a narrow list, and the page is called review queue.
OPEN_STATUSES = [
    (status.value, "Waiting" if status == DraftStatus.AWAITING_REVIEW else status.label) for status in OPEN
]


class QuickSelect(forms.Select):
    """A select put together in one go. Django's own renders a template for each option, which the queue page felt."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        chosen = "" if value is None else str(value)
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((key, mark_safe(" selected") if str(key) == chosen else "", label) for key, label in self.choices),
        )
        return format_html('<select name="{}" id="{}">{}</select>', name, (attrs or {}).get("id", ""), options)


class Choice(django_filters.ChoiceFilter):  # type: ignore[misc]  # the package has no types
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=QuickSelect, **kwargs)


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force, and the address without it."""

    label: str
    shown: str
    url: str


class QueueFilter(django_filters.FilterSet):  # type: ignore[misc]  # the package has no types
    """Filters live in the address, so a view can be kept as a bookmark. Without a state: what waits for review."""

    q = django_filters.CharFilter(
        method="search",
        label="Name or account",
        widget=forms.TextInput(attrs={"type": "search", "maxlength": "100", "placeholder": "Beginning of a word"}),
    )
    status = Choice(choices=OPEN_STATUSES, empty_label=None, label="State")
    kind = Choice(choices=DraftKind.choices, empty_label="All kinds", label="Kind")
    reason_kind = Choice(choices=ReasonKind.choices, empty_label="All reasons", label="Reason")
    asked = Choice(choices=ReviewReason.choices, method="asked_because", empty_label="Any", label="Review asked for")
    channel = Choice(
        choices=[(c.value, c.label) for c in (Channel.EMAIL, Channel.SMS)], empty_label="All channels", label="Channel"
    )

    class Meta:
        model = Draft
        fields: list[str] = []

    def __init__(self, data: QueryDict, *args: Any, **kwargs: Any) -> None:
        chosen = data.copy()
        if not chosen.get("status"):
            chosen["status"] = DraftStatus.AWAITING_REVIEW
        super().__init__(chosen, *args, **kwargs)

    def search(self, queryset: QuerySet[Draft], name: str, value: str) -> QuerySet[Draft]:
        text = value.strip()[:100]
        if not text:
            return queryset
        among = Draft.objects.filter(status__in=OPEN)
        return search_names(queryset, text, fields=("account_name", "contact__name"), among=among)

    def asked_because(self, queryset: QuerySet[Draft], name: str, value: str) -> QuerySet[Draft]:
        return queryset.filter(review_reasons__contains=[value])

    def chips(self) -> list[Chip]:
        """The filters in force. What waits for review is no filter: it is what the queue is for."""
        found = []
        for name, field in self.form.fields.items():
            value = self.data.get(name)
            if not value or (name == "status" and value == DraftStatus.AWAITING_REVIEW):
                continue
            rest = self.data.copy()
            for key in (name, "after"):
                rest.pop(key, None)
            shown = dict(getattr(field, "choices", [])).get(value, value)
            found.append(Chip(label=str(field.label), shown=str(shown), url=f"?{rest.urlencode()}"))
        return found
