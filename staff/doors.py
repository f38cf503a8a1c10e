"""Which pages of single rows stand open to somebody, asked for all the links of a page at once.

What one may see tells of things that one may not: a customer of ours has a lead with another team. Those are named
without a link, since a link never leads to a refusal.
"""

from __future__ import annotations

from collections.abc import Iterable
from pkgutil import resolve_name
from typing import Any

from django.db.models import CharField, Value

from staff.models import User

#: What has a page, by the word for it, and the id of one of them. Without an id there is nothing to open.
Door = tuple[str, int | None]

#: The permission that the page asks for, and which rows it shows to whom. Named and not imported, as navigation is.
_PAGES = {
    "call": ("outreach.view_call", "outreach.models:Call.objects.visible_to"),
    "contact": ("contacts.view_contact", "reviews.standing:contacts_open_to"),
    "customer": ("retention.view_customer", "retention.models:Customer.objects.visible_to"),
    "lead": ("followups.view_lead", "followups.models:Lead.objects.visible_to"),
    "message": ("reviews.review_drafts", "outreach.models:Draft.objects.visible_to"),
    "reply": ("outreach.view_reply", "outreach.models:Reply.objects.visible_to"),
}


def open_to(user: User, doors: Iterable[Door]) -> dict[str, set[int]]:
    """The ids of those whose page answers this person, by kind. One query, none without doors."""
    ids: dict[str, set[int]] = {kind: set() for kind in _PAGES}
    for kind, pk in doors:
        if pk is not None:
            ids[kind].add(pk)
    asked = [_of(kind, user, pks) for kind, pks in ids.items() if pks and user.has_perm(_PAGES[kind][0])]
    found: dict[str, set[int]] = {kind: set() for kind in _PAGES}
    if asked:
        first, *others = asked
        for kind, pk in first.union(*others, all=True) if others else first:
            found[kind].add(pk)
    return found


def _of(kind: str, user: User, pks: set[int]) -> Any:
    rows = resolve_name(_PAGES[kind][1])(user)
    return rows.filter(pk__in=pks).order_by().values_list(Value(kind, CharField()), "pk")
