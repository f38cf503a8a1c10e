"""What a provider, or a machine of theirs, says became of a message: one form, whoever says it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

#: RFC 3463: no such mailbox, no such system, bad syntax, moved for good, null MX; and a mailbox that was closed.
_DEAD_CODES = re.compile(r"\b5\.(?:1\.(?:1|2|3|6|10)|2\.1)\b")
#: Any other lasting refusal says something of the message or the sender, not of the address.
_OTHER_CODES = re.compile(r"\b[45]\.\d{1,3}\.\d{1,3}\b")
_DEAD_WORDS = re.compile(
    r"user unknown|unknown user|no such (?:user|mailbox|recipient)|mailbox (?:unavailable|not found)"
    r"|(?:user|mailbox|recipient|account) (?:does not|doesn't|doesn’t) exist|invalid recipient",
    re.IGNORECASE,
)


class Unreadable(Exception):  # noqa: N818  an answer to a person, not a fault
    """It is kept, and cannot be understood. ``sentence`` says why, without anything personal."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class News:
    """One piece of news. ``kind`` is a `DeliveryKind`, or "" where nothing is written down; then ``words`` says why.

    ``left`` says that the provider has the message, so that it did leave us. ``stops`` is the reason
    (`SuppressionReason`) for which nothing more may go to this address, or "". ``draft_id``, ``message_ids`` and
    ``address`` say which message it is about, as far as they know. ``prefetched`` means that the provider itself takes
    an opening or click for a machine's.
    """

    provider: str
    kind: str
    at: datetime | None = None
    left: bool = True
    stops: str = ""
    draft_id: int | None = None
    message_ids: tuple[str, ...] = ()
    address: str = ""
    channel: str = "email"
    detail: str = ""
    url: str = ""
    agent: str = ""
    prefetched: bool = False
    words: str = ""


def nobody_has_it(*said: str | None) -> bool:
    """Whether what a mail server said means that nobody has this address. A code counts more than words."""
    text = " ".join(part for part in said if part)
    if _DEAD_CODES.search(text):
        return True
    return not _OTHER_CODES.search(text) and bool(_DEAD_WORDS.search(text))
