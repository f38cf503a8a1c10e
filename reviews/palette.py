"""Where the palette leads: pages of one's role, people and accounts by the beginnings of words of their names."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef
from django.urls import reverse

from contacts.models import Account, Contact
from contacts.searching import search_names
from reviews.standing import visible_contacts
from staff.models import User
from staff.navigation import navigation_for

#: So many people and accounts are shown: a palette leads to one thing, and is no list.
MOST = 6


@dataclass(frozen=True, slots=True)
class Page:
    """A page that the navigation does not have, with its permission: "" for whoever is signed in."""

    label: str
    url_name: str
    permission: str


@dataclass(frozen=True, slots=True)
class Way:
    """One line of the palette."""

    label: str
    detail: str
    url: str


#: Pages that lie behind others and have no room in the navigation.
ELSEWHERE = (
    Page("Sending", "outreach:sending", "outreach.view_draft"),
    Page("Decisions", "reviews:decisions", "reviews.view_reviewdecision"),
    Page("Suggestions", "reviews:suggestions", "reviews.view_suggestion"),
    Page("Material", "followups:material", "followups.view_asset"),
    Page("Duplicates", "contacts:duplicates", "contacts.merge_contacts"),
    Page("Audit log", "staff:audit", "staff.view_auditentry"),
    Page("Change password", "account_change_password", ""),
    Page("Second factor", "mfa_index", ""),
)


def pages_for(user: User, words: str) -> list[Way]:
    """The pages this person may open whose name has each word in it, in any case: the navigation, then the others."""
    wanted = words.lower().split()
    ways = [Way(link.label, "", link.url) for group in navigation_for(user).groups for link in group]
    ways += [
        Way(page.label, "", reverse(page.url_name))
        for page in ELSEWHERE
        if not page.permission or user.has_perm(page.permission)
    ]
    return [way for way in ways if all(word in way.label.lower() for word in wanted)]


def people_for(user: User, words: str) -> list[Way]:
    """People of that name, or of an account of that name, whom this person may see."""
    if not words or not user.has_perm("contacts.view_contact"):
        return []
    seen = Contact.objects.filter(visible_contacts(user), merged_into=None).select_related("account")
    found = search_names(seen, words, fields=("name", "account__name"), among=Contact.objects.all())
    return [
        Way(one.name or "No name", one.account.name if one.account else "", reverse("reviews:contact", args=[one.pk]))
        for one in found.order_by("name", "id")[:MOST]
    ]


def accounts_for(user: User, words: str) -> list[Way]:
    """Accounts of that name with somebody whom this person may see. They lead to the people of the account."""
    if not words or not user.has_perm("contacts.view_contact"):
        return []
    place, permission = "followups:leads", "followups.view_lead"
    if not user.has_perm(permission):
        return []
    theirs = Contact.objects.filter(visible_contacts(user), account=OuterRef("pk"))
    found = search_names(Account.objects.filter(Exists(theirs)), words, fields=("name",), among=Account.objects.all())
    return [
        Way(one.name, "Leads of this account", f"{reverse(place)}?{urlencode({'q': one.name})}")
        for one in found.order_by("name", "id")[:MOST]
    ]
