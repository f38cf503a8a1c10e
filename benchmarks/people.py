"""Members of staff who own what the benchmarks look at."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from staff.models import Team, User

OWNERS = 50
IDLE = 16
TEAMS = ("North", "South", "East")


def make_people() -> tuple[list[User], list[User], list[User]]:
    """Fifty owners in three teams, the managers of the teams, and sixteen owners who have nothing to do."""
    managers = _make("manager", len(TEAMS), None)
    teams = [Team.objects.create(name=name, manager=manager) for name, manager in zip(TEAMS, managers, strict=True)]
    owners = _make("owner", OWNERS, teams)
    # In no team: what belongs to nobody's colleagues is not theirs to see either.
    idle = _make("idle", IDLE, None)
    Group.objects.get(name="SDR manager").user_set.set(managers)
    Group.objects.get(name="Account owner").user_set.set([*owners, *idle])
    return owners, managers, idle


def _make(what: str, many: int, teams: list[Team] | None) -> list[User]:
    return User.objects.bulk_create(
        User(
            username=f"{what}{number}",
            name=f"{what.title()} Number {number}",
            email=f"{what}{number}@ours.example",
            password=make_password(None),
            team=teams[number % len(teams)] if teams else None,
        )
        for number in range(many)
    )
