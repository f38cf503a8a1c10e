"""What somebody wrote to us, whatever brought it: one form for e-mail and text messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a mail. Its content is never opened; ``size`` is about how many bytes it has."""

    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """One message to us, harmless to keep and to show.

    ``text`` is what there is to read, with what they quoted. ``html`` is only there where the text was made from it,
    and holds no script, style, picture or link. ``headers`` have their names in lower case, the first of each name.
    ``in_reply_to`` and ``references`` are message ids with their angle brackets. ``provider_message_id`` is what the
    sender's program or the provider calls it. ``at`` is when it reached us, by our clock. With
    ``stopped_at_provider`` the provider itself took it for a stop and has told them so.
    """

    channel: str
    sender: str
    recipients: tuple[str, ...]
    text: str
    at: datetime
    subject: str = ""
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    provider_message_id: str = ""
    attachments: tuple[Attachment, ...] = ()
    stopped_at_provider: bool = False
