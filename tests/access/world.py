"""People of every role, and one thing of each kind for each of the four relations somebody may have to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from followups import services as followups
from followups.models import IntakeCase
from staff.models import User
from staff.services import save_team
from staff.states import Role
from tests.factories import make_team, make_user
from tests.followups.making import make_lead
from tests.outreach.calls.making import make_call
from tests.outreach.replies.test_replying import said
from tests.outreach.world import make_approved, make_draft
from tests.retention.making import make_customer

#: Whose a thing is, seen from whoever asks for it. "team" is a colleague's; "foreign" belongs to somebody elsewhere.
RELATIONS = ("own", "team", "foreign", "nobody")
#: Which part of an address names a thing that belongs to somebody.
OWNED = ("draft_id", "lead_id", "case_id", "plan_id", "call_id", "reply_id", "customer_id", "contact_id")
#: No row of the test database has this number.
NO_ROW = 999_999_999


@dataclass(frozen=True, slots=True)
class World:
    """The people by role, and the numbers of the things by owner: ``things[owner's number]["lead_id"]``."""

    people: dict[str, User]
    colleague: User
    stranger: User
    things: dict[int | None, dict[str, int]]

    def of(self, who: User, relation: str) -> dict[str, int]:
        owner = {"own": who.pk, "team": self.colleague.pk, "foreign": self.stranger.pk, "nobody": None}[relation]
        return self.things[owner]


def make_world() -> World:
    """One team with somebody of every role, a second one with a stranger, and things that belong to each and to nobody.

    The SDR manager looks after the first team.
    """
    team = make_team("Harbour desk")
    people = {role.value: make_user(role, name=f"The {role.label.lower()}", team=team) for role in Role}
    team.manager = people[Role.SDR_MANAGER]
    save_team(team=team)
    colleague = make_user(Role.ACCOUNT_OWNER, name="A colleague", team=team)
    stranger = make_user(Role.ACCOUNT_OWNER, name="A stranger", team=make_team("Tidewater desk"))
    everybody: list[User | None] = [*people.values(), colleague, stranger, None]
    things = {owner.pk if owner else None: dict(things_of(owner)) for owner in everybody}
    return World(people=people, colleague=colleague, stranger=stranger, things=things)


def things_of(owner: User | None) -> Iterator[tuple[str, int]]:
    """One thing of each kind that belongs to this person, or to nobody."""
    now = timezone.now()
    yield "draft_id", make_draft(owner=owner).pk
    lead = make_lead(owner=owner, existing_customer=True)
    list(followups.sweep(now=now, lead_ids=[lead.pk]))
    yield "lead_id", lead.pk
    yield "contact_id", lead.contact_id
    yield "case_id", IntakeCase.objects.get(lead=lead).pk
    planned: dict[str, Any] = {"kind": "task", "title": "Send the floor plan", "at": now + timedelta(days=2)}
    # Somebody planned it for nobody in particular, so that only the lead says whose it is.
    by = owner or make_user(Role.SDR_MANAGER)
    yield (
        "plan_id",
        followups.plan_touch(contact=lead.contact, lead=lead, for_whom=None, by=by, now=now, **planned).pk,
    )
    yield "call_id", make_call(owner_id=owner.pk if owner else None).pk
    yield "reply_id", said("Does the plan stop in May?", draft=make_approved(owner=owner)).pk
    yield "customer_id", make_customer(owner=owner).pk
