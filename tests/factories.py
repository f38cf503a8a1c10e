"""People to test with. Everything that has a service is made through it, so that no impossible state can be made."""

from __future__ import annotations

from itertools import count

from django.contrib.auth.models import Group

from staff.models import Team, User

_numbers = count(1)
PASSWORD = "a-long-enough-password"


def make_user(*roles: str, name: str = "", team: Team | None = None, **fields: object) -> User:
    """A member of staff who can sign in with PASSWORD. Roles are group names: "Account owner", "SDR manager", …"""
    number = next(_numbers)
    user = User(
        username=f"user{number}", email=f"user{number}@ours.example", name=name or f"User {number}", team=team, **fields
    )
    user.set_password(PASSWORD)
    user.save()
    user.groups.set(Group.objects.filter(name__in=roles))
    return user


def make_team(name: str = "", manager: User | None = None) -> Team:
    return Team.objects.create(name=name or f"Team {next(_numbers)}", manager=manager)
