"""What stands in a message so that an answer finds its way back to it.

Two things name a draft: the Message-ID, and the address that answers go to (``INBOUND_ADDRESS`` with a token behind a
plus). The token holds the draft's number and a signature, and reveals nothing else.
"""

from __future__ import annotations

import re
from email.utils import parseaddr

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from outreach.models import Draft

_MESSAGE_ID = re.compile(r"<?draft-([1-9]\d{0,17})\.([0-9a-f]{16})@[^<>@\s]+>?")
_TOKEN = re.compile(r"d([1-9]\d{0,17})\.([0-9a-f]{10})", re.IGNORECASE)
_SALT = "outreach.channels.addresses"
_SIGNATURE_LENGTH = 10


def message_id(draft: Draft) -> str:
    """The same for the same draft and text, so that a person can look it up and a provider can notice a repetition."""
    domain = parseaddr(settings.FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<draft-{draft.pk}.{draft.fingerprint[:16]}@{domain}>"


def draft_of_message_id(text: str) -> tuple[int, str] | None:
    """(draft, beginning of the fingerprint of its text) that a Message-ID names, or None when it is not ours.

    Anybody can write such an id: whoever acts on it looks whether the draft has that text and went to them.
    """
    found = _MESSAGE_ID.fullmatch(text.strip())
    return (int(found[1]), found[2]) if found else None


def reply_token(draft_id: int) -> str:
    """The signed name of a draft for the address that answers go to."""
    return f"d{draft_id}.{_signature(draft_id, settings.SECRET_KEY)}"


def draft_of_token(token: str) -> int | None:
    """The draft that a token was made for, or None for one that we did not make. Older secret keys count too."""
    found = _TOKEN.fullmatch(token.strip())
    if not found:
        return None
    draft_id, signature = int(found[1]), found[2].lower()
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        if constant_time_compare(signature, _signature(draft_id, secret)):
            return draft_id
    return None


def inbound_address(draft: Draft) -> str:
    """Where answers to this message go so that we read them; "" while `INBOUND_ADDRESS` is not set."""
    if not settings.INBOUND_ADDRESS:
        return ""
    local, _, domain = settings.INBOUND_ADDRESS.rpartition("@")
    return f"{local}+{reply_token(draft.pk)}@{domain}"


def draft_of_address(address: str) -> int | None:
    """The draft that an answer to this address is about, or None. ``address`` may have a name before it."""
    local, _, domain = parseaddr(address)[1].rpartition("@")
    ours, _, our_domain = settings.INBOUND_ADDRESS.rpartition("@")
    before, plus, token = local.rpartition("+")
    if not plus or not ours or (before.lower(), domain.lower()) != (ours.lower(), our_domain.lower()):
        return None
    return draft_of_token(token)


def _signature(draft_id: int, secret: str) -> str:
    signed = salted_hmac(_SALT, str(draft_id), secret=secret, algorithm="sha256")
    return signed.hexdigest()[:_SIGNATURE_LENGTH]
