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

#: So many people and accounts are shown: a palette leads to one thing, and is no list.
MOST = 6


@dataclass(frozen=True, slots=True)
class Page:
    """A page with its permission: "" for whoever is signed in."""

    label: str
    url_name: str
    permission: str


@dataclass(frozen=True, slots=True)
class Way:
    """One line of the palette."""

    label: str
    detail: str
    url: str


#: The pages in the order of the main menu.
PAGES = (
    Page("Home", "reviews:home", ""),
    Page("Review queue", "reviews:queue", "reviews.review_drafts"),
    Page("Calls", "reviews:calls", "outreach.view_call"),
    Page("Intake", "followups:intake", "followups.view_intakecase"),
    Page("Leads", "followups:leads", "followups.view_lead"),
    Page("Customers", "retention:customers", "retention.view_customer"),
    Page("Playbooks", "retention:playbooks", "retention.view_playbook"),
    Page("Score", "retention:score", "retention.view_scoreversion"),
    Page("Sent mail", "outreach:outbox", "outreach.view_draft"),
    Page("Sending", "outreach:sending", "outreach.view_draft"),
    Page("Insight", "followups:insight", "followups.view_pilot"),
    Page("Decisions", "reviews:decisions", "reviews.view_reviewdecision"),
    Page("Suggestions", "reviews:suggestions", "reviews.view_suggestion"),
    Page("Data", "imports:start", "contacts.import_files"),
    Page("Material", "followups:material", "followups.view_asset"),
    Page("Duplicates", "contacts:duplicates", "contacts.merge_contacts"),
    Page("Audit log", "staff:audit", "staff.view_auditentry"),
    Page("Change password", "account_change_password", ""),
    Page("Second factor", "mfa_index", ""),
)


def pages_for(user: User, words: str) -> list[Way]:
    """The pages this person may open whose name has each word in it, in any case."""
    wanted = words.lower().split()
    return [
        Way(page.label, "", reverse(page.url_name))
        for page in PAGES
        if (not page.permission or user.has_perm(page.permission)) and all(w in page.label.lower() for w in wanted)
    ]


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
