"""Members of staff whom an import names and we do not have yet."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.contrib.auth.hashers import make_password
from django.utils.text import slugify

from contacts.rules import normalise_email
from staff.models import User
from staff.services import record

_MANY = 1000


def create_owners(texts: Sequence[str], *, by: User | None) -> list[int]:
    """Make an inactive user without a usable password for each name. They own leads, and sign in once invited.

    Names that differ in upper and lower case only are one person. Returns the ids of those made.
    """
    people: dict[str, str] = {}
    for text in texts:
        people.setdefault(text.lower(), text)
    ids: list[int] = []
    wanted = list(people.values())
    for start in range(0, len(wanted), _MANY):
        batch = wanted[start : start + _MANY]
        taken = _taken_usernames(batch)
        users = [
            User(
                username=_username(name, taken),
                name=name,
                email=_email(name),
                is_active=False,
                password=make_password(None),
            )
            for name in batch
        ]
        ids += [user.pk for user in User.objects.bulk_create(users)]
    record(action="staff.create_owners", actor=by, detail={"users": ids[:_MANY], "count": len(ids)})
    return ids


def _taken_usernames(names: Sequence[str]) -> set[str]:
    """Every user name, in lower case, that could stand in the way of one of these."""
    begins = "^(" + "|".join(re.escape(stem) for stem in sorted({_stem(name) for name in names})) + r")(-\d+)?$"
    found = User.objects.filter(username__iregex=begins).values_list("username", flat=True)
    return {username.lower() for username in found}


def _stem(name: str) -> str:
    return slugify(name.partition("@")[0], allow_unicode=False)[:140] or "owner"


def _username(name: str, taken: set[str]) -> str:
    stem = candidate = _stem(name)
    number = 1
    while candidate in taken:
        number += 1
        candidate = f"{stem}-{number}"
    taken.add(candidate)
    return candidate


def _email(name: str) -> str:
    try:
        return normalise_email(name)
    except ValueError:
        return ""
