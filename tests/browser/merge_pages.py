"""The pages of suspected duplicates and merges, and what they need to stand on."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse
from django.utils import timezone

from contacts.models import SuspectedDuplicate
from contacts.services import create_contact, record_consent, suppress
from contacts.services.duplicates import find_duplicates
from contacts.services.merging import merge
from contacts.states import MergeKey

EMAIL = "studio@twice.example"


def pair() -> str:
    return reverse("contacts:duplicate", args=[SuspectedDuplicate.objects.get(first__addresses__value=EMAIL).pk])


MERGE_PAGES: list[tuple[str, str | None, Callable[[], str]]] = [
    ("suspected duplicates", "manager", lambda: reverse("contacts:duplicates")),
    ("suspected duplicates, none", "manager", lambda: reverse("contacts:duplicates") + "?reason=source"),
    ("suspected duplicate", "manager", pair),
    ("merges", "manager", lambda: reverse("contacts:merges")),
]
POSTED_TO_MERGES = {"merge_duplicate", "dismiss_duplicate", "undo_merge"}


def rare_merges() -> None:
    """Two who share a mailbox and allow different things, and two merges, one of which has to wait for the other."""
    now = timezone.now()
    first, second = (create_contact(name=name, email=EMAIL) for name in ("Tilda Åkesson", "T. Akesson"))
    record_consent(contact=first, channel="email", status="yes", source="Form", at=now)
    suppress(contact=second, channel="sms", reason="opted_out", at=now)
    find_duplicates(now=now, contacts=[first.pk])
    one, other, third = (create_contact(name=name) for name in ("Ivo Kern", "Ivo Kerner", "I. Kern"))
    merge(survivor=other, merged=one, key=MergeKey.ALIAS, at=now)
    merge(survivor=third, merged=other, key=MergeKey.IDENTIFY, at=now)
