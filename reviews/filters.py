"""What the queue can be narrowed to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from contacts.searching import search_names
from contacts.states import WRITTEN_CHANNELS
from followups.states import ReasonKind, ReviewReason
from outreach.models import Draft
from outreach.models.drafts import OPEN, DraftQuerySet
from outreach.states import DraftKind, DraftStatus

# “Waiting for review” is long for a narrow list, and the page is called review queue.
OPEN_STATUSES = [
    (status.value, "Waiting" if status == DraftStatus.AWAITING_REVIEW else status.label) for status in OPEN
]
#: What somebody put off until later. It waits all the same, but is left out of what waits now.
SNOOZED = "snoozed"
OPEN_STATUSES.insert(1, (SNOOZED, "Snoozed"))

#: What an address remembers of the queue, so that the next item comes from the same view of it.
KEPT = ("whose", "q", "status", "kind", "reason_kind", "asked", "channel")
LONGEST_VALUE = 100
#: Filters that are always in sight.
OFTEN = ("q", "status")


def kept(given: Mapping[str, str]) -> dict[str, str]:
    """The view of the queue that an address names. Whatever else stands in it, however much, is left out."""
    return {key: given[key][:LONGEST_VALUE] for key in KEPT if given.get(key)}


def address_of(given: Mapping[str, str], *without: str, **other: str) -> str:
    """The same view as an address, with some parts left out and others put in. Empty for the plain queue."""
    parts = {**{key: value for key, value in kept(given).items() if key not in without}, **other}
    return f"?{urlencode(parts)}" if parts else ""


#: Comparing the words of a whole message costs more than those of a name, so more of them are looked up by index.
FEW_MESSAGES = 20_000


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
        label="Name, account or words of the text",
        widget=forms.TextInput(attrs={"type": "search", "maxlength": "100", "placeholder": "Beginning of a word"}),
    )
    status = Choice(choices=OPEN_STATUSES, method="standing", empty_label=None, label="State")
    kind = Choice(choices=DraftKind.choices, empty_label="All kinds", label="Kind")
    reason_kind = Choice(choices=ReasonKind.choices, empty_label="All reasons", label="Reason")
    asked = Choice(choices=ReviewReason.choices, method="asked_because", empty_label="Any", label="Review asked for")
    channel = Choice(
        choices=[(c.value, c.label) for c in WRITTEN_CHANNELS], empty_label="All channels", label="Channel"
    )

    class Meta:
        model = Draft
        fields: list[str] = []

    def __init__(self, data: QueryDict, *args: Any, **kwargs: Any) -> None:
        super().__init__({"status": DraftStatus.AWAITING_REVIEW.value, **kept(data)}, *args, **kwargs)

    def search(self, queryset: QuerySet[Draft], name: str, value: str) -> QuerySet[Draft]:
        text = value.strip()[:100]
        if not text:
            return queryset
        among = Draft.objects.filter(status__in=OPEN)
        fields = ("account_name", "contact__name", ("subject", "body"))
        return search_names(queryset, text, fields=fields, among=among, few=FEW_MESSAGES)

    def standing(self, queryset: DraftQuerySet, name: str, value: str) -> DraftQuerySet:
        now = timezone.now()
        if value == SNOOZED:
            return queryset.snoozed(now)
        found = queryset.filter(status=value)
        return found.awake(now) if value == DraftStatus.AWAITING_REVIEW else found

    def asked_because(self, queryset: QuerySet[Draft], name: str, value: str) -> QuerySet[Draft]:
        return queryset.filter(review_reasons__contains=[value])

    @property
    def often(self) -> list[forms.BoundField]:
        """What the queue is mostly narrowed by."""
        return [self.form[name] for name in self.form.fields if name in OFTEN]

    @property
    def seldom(self) -> list[forms.BoundField]:
        return [self.form[name] for name in self.form.fields if name not in OFTEN]

    @property
    def narrowed_seldom(self) -> bool:
        """Whether a filter is in force that is folded away otherwise."""
        return any(self.data.get(name) for name in self.form.fields if name not in OFTEN)

    def chips(self) -> list[Chip]:
        """The filters in force. What waits for review is no filter: it is what the queue is for."""
        found = []
        for name, field in self.form.fields.items():
            value = self.data.get(name)
            if not value or (name == "status" and value == DraftStatus.AWAITING_REVIEW):
                continue
            shown = dict(getattr(field, "choices", [])).get(value, value)
            label = "Found by" if name == "q" else str(field.label)
            found.append(Chip(label=label, shown=str(shown), url=address_of(self.data, name) or "?"))
        return found
