"""The signature of the generic webhook: who signs proves that they know the secret, and that it was just now."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256

#: How far the clocks of both sides, and the way between them, may be apart, in seconds. Both ways.
WINDOW_SECONDS = 300
HEADER = "Rekindle-Signature"


def signature(body: bytes, *, at: int, secret: str) -> str:
    """The header for a body that is sent at this moment (Unix time)."""
    return f"t={at},v1={_sign(body, str(at), secret)}"


def is_signed(header: str, body: bytes, *, now: float, secrets: Sequence[str]) -> bool:
    """Whether one of the signatures in the header is of this body, by one of the secrets, within the window."""
    parts = [part.strip().partition("=") for part in header[:2000].split(",")]
    moments = [value for name, _, value in parts if name == "t"]
    given = [value.lower() for name, _, value in parts if name == "v1" and value.isascii()]
    if len(moments) != 1 or not is_recent(moments[0], now=now):
        return False
    wanted = [_sign(body, moments[0], secret) for secret in secrets if secret]
    return any(hmac.compare_digest(one, other) for one in given for other in wanted)


def is_recent(moment: object, *, now: float) -> bool:
    """Whether a moment in Unix time lies within the window around now."""
    text = str(moment)
    return text.isascii() and text.isdecimal() and len(text) <= 12 and abs(int(text) - now) <= WINDOW_SECONDS


def _sign(body: bytes, at: str, secret: str) -> str:
    return hmac.new(secret.encode(), at.encode() + b"." + body, sha256).hexdigest()
