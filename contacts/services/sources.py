"""Sources of events and their write keys."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import IntegrityError, transaction

from contacts.models import EventSource
from contacts.services.errors import Refused
from staff.models import User
from staff.services import record

_KEY_BYTES = 24
_NAME_LENGTH = 100


@transaction.atomic
def create_source(*, name: str, by: User | None = None) -> tuple[EventSource, str]:
    """A new source and its write key, which is known only now: what is kept is its digest.

    Raises Refused without a name, or with one that is taken, also by a source that was revoked.
    """
    name = " ".join(name.split())
    if not name:
        raise Refused("A source needs a name, for instance the product that sends the events.")
    if len(name) > _NAME_LENGTH:
        raise Refused(f"The name has {len(name)} characters. Shorten it to {_NAME_LENGTH}.")
    if not name.isprintable():
        raise Refused("The name holds characters that cannot be shown. Type it anew.")
    key = f"rk_{secrets.token_urlsafe(_KEY_BYTES)}"
    try:
        with transaction.atomic():
            source = EventSource.objects.create(
                name=name, key_digest=digest_of(key), key_ends_with=key[-4:], created_by=by
            )
    except IntegrityError as problem:
        raise Refused(f"There is a source called {name} already. Choose another name.") from problem
    record(action="contacts.create_source", actor=by, on=source)
    return source, key


@transaction.atomic
def revoke_source(*, source: EventSource, by: User | None, at: datetime) -> EventSource:
    """From now on nobody gets in with its key; servers notice within five seconds. What it sent stays.

    Raises Refused where it was revoked before.
    """
    if not EventSource.objects.filter(pk=source.pk, revoked_at=None).update(revoked_at=at, revoked_by=by):
        raise Refused(f"The key of {source.name} was revoked before.")
    source.refresh_from_db()
    record(action="contacts.revoke_source", actor=by, on=source)
    return source


def source_of_key(key: str) -> EventSource | None:
    """Whose write key this is, if it is one and holds."""
    return EventSource.objects.filter(key_digest=digest_of(key), revoked_at=None).first()


def digest_of(key: str) -> str:
    """What is kept of a key. It is random and long, so that no slow hash is needed to keep it from being guessed."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()
