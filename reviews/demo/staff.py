"""Who works at the agency and the studio: one staff for both."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.password_validation import validate_password

from staff.models import Team, User
from staff.services import create_user, save_team
from staff.states import Role

#: Everybody of the sample world signs in with this. Production refuses to make a sample world.
DEMO_PASSWORD = "harbour-and-tidewater"  # noqa: S105

HARBOUR, TIDEWATER = "Harbour desk", "Tidewater desk"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in to the sample world."""

    username: str
    name: str
    role: str
    team: str = ""


PEOPLE = (
    Person("owner", "Maren Holt", Role.ACCOUNT_OWNER, HARBOUR),
    Person("manager", "Gareth Penrose", Role.SDR_MANAGER),
    Person("concierge", "Lucía Ferrer", Role.CONCIERGE, HARBOUR),
    Person("retention", "Daniel Osei", Role.RETENTION_MANAGER),
    Person("tobias", "Tobias Lindqvist", Role.ACCOUNT_OWNER, HARBOUR),
    Person("priya", "Priya Raman", Role.ACCOUNT_OWNER, TIDEWATER),
)


def make_staff() -> dict[str, User]:
    """Two teams and six people, by user name. The manager looks after the harbour desk."""
    teams = {name: save_team(team=Team(name=name)) for name in (HARBOUR, TIDEWATER)}
    users = {}
    for person in PEOPLE:
        validate_password(DEMO_PASSWORD, User(username=person.username, name=person.name))
        users[person.username] = create_user(
            username=person.username,
            name=person.name,
            email=f"{person.username}@harbourpine.example",
            team=teams.get(person.team),
            roles=[person.role],
            password=DEMO_PASSWORD,
        )
    teams[HARBOUR].manager = users["manager"]
    save_team(team=teams[HARBOUR], by=users["manager"])
    return users
