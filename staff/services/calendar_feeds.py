"""The secret address of a person's private calendar. Whoever has it reads it, so it can be made anew at any time."""

from __future__ import annotations

import secrets
from hashlib import sha256

from django.db import transaction

from staff.models import Preferences, User
from staff.services.auditing import record

_BYTES = 32


@transaction.atomic
def new_calendar_secret(*, user: User) -> str:
    """A new secret for the calendar of this person; the one before opens nothing any more. It is told only once."""
    secret = secrets.token_urlsafe(_BYTES)
    Preferences.objects.update_or_create(user=user, defaults={"calendar_digest": _digest(secret)})
    record(action="staff.new_calendar_secret", actor=user, on=user, summary="New address of the private calendar")
    return secret


@transaction.atomic
def end_calendar(*, user: User) -> bool:
    """Nobody reads the calendar of this person any more. False where there was none."""
    ended = Preferences.objects.filter(user=user).exclude(calendar_digest="").update(calendar_digest="")
    if ended:
        record(action="staff.end_calendar", actor=user, on=user, summary="The private calendar ended")
    return bool(ended)


def whose_calendar(secret: str) -> User | None:
    """Whose calendar a secret opens: somebody who still works here, or nobody."""
    found = Preferences.objects.select_related("user__team").filter(
        calendar_digest=_digest(secret), user__is_active=True
    )
    row = found.first()
    return row.user if row is not None else None


def has_calendar(user: User) -> bool:
    """Whether a secret of this person opens something."""
    return Preferences.objects.filter(user=user).exclude(calendar_digest="").exists()


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
