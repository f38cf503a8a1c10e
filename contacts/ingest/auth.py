"""Who sends us events: the write key of a request, and the source it belongs to."""

from __future__ import annotations

import base64
import time
from binascii import Error as NotBase64

from contacts.services.sources import digest_of, source_of_key

#: How long a key that was good is taken for good, in seconds: so long may a revoked one still work.
KNOWN_SECONDS = 5.0
_MOST_KNOWN = 1000
_known: dict[str, tuple[int, float]] = {}


def key_in_header(header: str) -> str:
    """The user name of basic authentication, which is where Segment's clients put the key; "" where there is none."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[0].strip()
    except (NotBase64, UnicodeDecodeError, ValueError):
        return ""


def source_id_of(key: str) -> int | None:
    """The source of a write key, None for one that is unknown or revoked. Asks the database every few seconds."""
    if not key:
        return None
    digest = digest_of(key)
    now = time.monotonic()
    source_id, until = _known.get(digest, (None, 0.0))
    if now < until:
        return source_id
    _known.pop(digest, None)
    source = source_of_key(key)
    if source is None:
        return None
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    _known[digest] = source.pk, now + KNOWN_SECONDS
    return source.pk
