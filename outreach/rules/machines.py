"""Whether a person or a machine opened a message or followed its link. Pure.

What a machine did is kept and never counted: mail programs fetch pictures in advance, and gateways follow every link
before they let a message through. Nothing that a machine did may look like interest, or stop a follow-up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from outreach.states import DeliveryKind

#: Links that are followed within this time belong to one visit.
BURST = timedelta(seconds=10)
#: Where we do not know how many links a message has, so many different ones in one burst are a scanner's.
MANY_LINKS = 3
#: Nobody reads and follows a link this soon after the message arrived.
_TOO_SOON = timedelta(seconds=1)
#: Programs that fetch, by what they call themselves. The proxies through which people look at pictures (Gmail, Yahoo)
#: are not among them: they fetch when somebody looks.
_PROGRAMS = re.compile(
    r"bot\b|crawler|spider|preview|prefetch|scan(?:ner)?\b|headless|phantomjs|python-|aiohttp|httpx|curl/|wget/"
    r"|go-http-client|okhttp|java/|libwww|lwp|postman|barracuda|proofpoint|mimecast|messagelabs|symantec|fireeye"
    r"|trendmicro|bitdefender|ironport|forcepoint|sophos|safelinks|urldefense|mailscanner|facebookexternalhit"
    r"|whatsapp|slack|telegram|discord",
    re.IGNORECASE,
)
#: Apple's privacy proxy says no more than this.
_PRIVACY_PROXY = "Mozilla/5.0"


@dataclass(frozen=True, slots=True)
class Action:
    """An opening or a click. ``prefetched``: the provider itself says that it was a machine."""

    kind: str
    at: datetime
    url: str = ""
    agent: str = ""
    prefetched: bool = False


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """What is known about the message: when it left us, when it arrived (the provider's clock), how many links."""

    left_at: datetime | None = None
    delivered_at: datetime | None = None
    links: int = 0


def why_machine(action: Action, around: Sequence[Action], message: MessageFacts) -> str:
    """Why this was a machine, in words; "" for a person. ``around`` is what else happened to the same message."""
    if action.prefetched:
        return "The provider says that a machine fetched it."
    if action.agent.strip() == _PRIVACY_PROXY:
        return "A privacy proxy fetched it in advance."
    if _PROGRAMS.search(action.agent):
        return "A program fetched it that calls itself one."
    if message.delivered_at is not None and action.at < message.delivered_at:
        return "It happened before the message was delivered."
    if action.kind != DeliveryKind.CLICKED:
        return ""
    if message.delivered_at is not None and action.at - message.delivered_at < _TOO_SOON:
        return "The link was followed the moment the message arrived."
    if _is_burst(action, around, message.links):
        return f"All its links were followed within {BURST.seconds} seconds."
    return ""


def _is_burst(action: Action, around: Sequence[Action], links: int) -> bool:
    """Whether some stretch of time as long as a burst holds this click and clicks on all other links too."""
    clicks = [one for one in around if one.kind == DeliveryKind.CLICKED and one.url] + [action]
    needed = links if links >= 2 else MANY_LINKS
    for first in clicks:
        together = {one.url for one in clicks if first.at <= one.at <= first.at + BURST}
        if first.at <= action.at <= first.at + BURST and len(together) >= needed and action.url in together:
            return True
    return False
