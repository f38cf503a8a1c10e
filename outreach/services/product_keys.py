"""Keys with which the customer's own server reads people's inboxes and registers their browsers."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import IntegrityError, transaction

from contacts.services.sources import digest_of
from outreach.models import ProductKey
from outreach.services.refusals import Refused
from staff.models import User
from staff.services import record

_KEY_BYTES = 24
_NAME_LENGTH = 100


@transaction.atomic
def create_product_key(*, name: str, by: User | None = None) -> tuple[ProductKey, str]:
    """A new key, which is known only now: what is kept is its digest.

    Raises Refused without a name, or with one that is taken, also by a key that was revoked.
    """
    name = " ".join(name.split())
    if not name:
        raise Refused("A key needs a name, for instance the product that reads with it.")
    if len(name) > _NAME_LENGTH:
        raise Refused(f"The name has {len(name)} characters. Shorten it to {_NAME_LENGTH}.")
    if not name.isprintable():
        raise Refused("The name holds characters that cannot be shown. Type it anew.")
    key = f"rp_{secrets.token_urlsafe(_KEY_BYTES)}"
    try:
        with transaction.atomic():
            made = ProductKey.objects.create(
                name=name, key_digest=digest_of(key), key_ends_with=key[-4:], created_by=by
            )
    except IntegrityError as problem:
        raise Refused(f"There is a key called {name} already. Choose another name.") from problem
    record(action="outreach.create_product_key", actor=by, on=made)
    return made, key


@transaction.atomic
def revoke_product_key(*, product_key: ProductKey, by: User | None, at: datetime) -> ProductKey:
    """From now on nobody reads with it; servers notice within five seconds. Raises Refused where it was revoked."""
    if not ProductKey.objects.filter(pk=product_key.pk, revoked_at=None).update(revoked_at=at, revoked_by=by):
        raise Refused(f"The key {product_key.name} was revoked before.")
    product_key.refresh_from_db()
    record(action="outreach.revoke_product_key", actor=by, on=product_key)
    return product_key


def product_key_of(key: str) -> ProductKey | None:
    """Which key this is, if it is one and holds."""
    return ProductKey.objects.filter(key_digest=digest_of(key), revoked_at=None).first()
