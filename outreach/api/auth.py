"""Who asks: the product key of a request, as the user name of basic authentication or as a bearer token."""

from __future__ import annotations

import time

from contacts.ingest.auth import key_in_header
from contacts.services.sources import digest_of
from outreach.services.product_keys import product_key_of

#: How long a key that was good is taken for good, in seconds: so long may a revoked one still work.
KNOWN_SECONDS = 5.0
#: So many requests a second one key has in one server process. More come from a loop without an end.
MOST_A_SECOND = 100
_MOST_KNOWN = 1000
_known: dict[str, float] = {}
_counted: dict[str, tuple[int, int]] = {}


def key_of(header: str) -> str:
    """The key in an Authorization header; "" where there is none."""
    scheme, _, rest = header.partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else key_in_header(header)


def is_good(key: str) -> bool:
    """Whether this is a product key that holds. Asks the database every few seconds."""
    if not key:
        return False
    digest, now = digest_of(key), time.monotonic()
    if now < _known.get(digest, 0.0):
        return True
    _known.pop(digest, None)
    if product_key_of(key) is None:
        return False
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    _known[digest] = now + KNOWN_SECONDS
    return True


def is_too_fast(key: str) -> bool:
    """Whether this key has used up its second. Counts the request; ask for good keys only."""
    digest, second = digest_of(key), int(time.monotonic())
    counted_in, count = _counted.get(digest, (second, 0))
    count = count + 1 if counted_in == second else 1
    if len(_counted) >= _MOST_KNOWN:
        _counted.clear()
    _counted[digest] = second, count
    return count > MOST_A_SECOND
