"""What stands in the main navigation: the pages a role works with, in three groups, and which of them a phone shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from staff.models import User

#: A phone's bar has room for home, so many pages and “More”.
ON_A_PHONE = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the navigation, for whoever has ``permission``. ``phone`` opens the bar of a phone, lowest first, for
    whoever has ``phone_permission`` too; ``short`` is how its name begins there. ``section`` is what its pages say they
    are in (`staff.context`), ``icon`` is a template below icons/."""

    label: str
    url_name: str
    section: str
    icon: str
    permission: str
    phone: int
    phone_permission: str = ""
    short: str = ""
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A place as a page shows it."""

    short: str
    rest: str
    url: str
    section: str
    icon: str

    @property
    def label(self) -> str:
        return self.short + self.rest


@dataclass(frozen=True, slots=True)
class Navigation:
    """``groups`` are for a rail; ``often`` and ``more`` for a phone."""

    groups: list[list[Link]]
    often: list[Link]
    more: list[Link]


#: What is done all day, whom it is about, and what makes it better.
GROUPS: tuple[tuple[Place, ...], ...] = (
    (
        Place("Home", "reviews:home", "home", "home", "", 0),
        Place("Review queue", "reviews:queue", "queue", "queue", "reviews.review_drafts", 1, short="Review"),
        Place("Calls", "reviews:calls", "calls", "phone", "outreach.view_call", 2, "outreach.make_calls"),
        Place(
            "Intake", "followups:intake", "intake", "intake", "followups.view_intakecase", 3,
            "followups.settle_intake",
        ),
        Place("Sent mail", "outreach:outbox", "sent", "sent", "outreach.view_draft", 8),
    ),
    (
        Place("Leads", "followups:leads", "leads", "leads", "followups.view_lead", 5),
        Place("Customers", "retention:customers", "customers", "customers", "retention.view_customer", 6),
    ),
    (
        Place(
            "Playbooks", "retention:playbooks", "playbooks", "playbook", "retention.view_playbook", 4,
            "retention.change_playbook",
        ),
        Place("Score", "retention:score", "score", "score", "retention.view_scoreversion", 7),
        Place(
            "Cadences", "admin:followups_cadence_changelist", "cadences", "cadence", "followups.view_cadence", 9,
            admin=True,
        ),
        Place("Insight", "followups:insight", "insight", "insight", "followups.view_pilot", 9),
        Place("Data", "imports:start", "import", "import", "contacts.import_files", 9),
    ),
)  # fmt: skip


def navigation_for(user: User) -> Navigation:
    """What ``user`` may open. Permissions are asked once for each request, and no query is made beyond that."""
    groups = [[place for place in group if _may_open(user, place)] for group in GROUPS]
    ranked = sorted(_on_a_phone(user, groups), key=lambda place: place.phone)[: ON_A_PHONE + 1]
    return Navigation(
        groups=[[_link(place) for place in group] for group in groups if group],
        often=[_link(place) for place in ranked],
        more=[_link(place) for group in groups for place in group if place not in ranked],
    )


def _may_open(user: User, place: Place) -> bool:
    return (not place.permission or user.has_perm(place.permission)) and (not place.admin or user.is_staff)


def _on_a_phone(user: User, groups: list[list[Place]]) -> Iterator[Place]:
    for group in groups:
        for place in group:
            if not place.phone_permission or user.has_perm(place.phone_permission):
                yield place


def _link(place: Place) -> Link:
    short = place.short or place.label
    url = reverse(place.url_name)
    return Link(short, place.label.removeprefix(short), url, place.section, f"icons/{place.icon}.html")
