"""How many messages one person gets within some days, over all flows and channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from outreach.rules.sending.facts import Cap, Departed
from outreach.rules.sending.words import channel_words


@dataclass(frozen=True, slots=True)
class Full:
    """A cap that is reached, and when there is room again."""

    cap: Cap
    free_at: datetime

    @property
    def sentence(self) -> str:
        """What they already got, for instance "They got 1 message within 1 day, and more we do not send."."""
        what = "messages" if not self.cap.channel else f"messages by {channel_words(self.cap.channel)}"
        what = what.replace("messages", "message", 1) if self.cap.most == 1 else what
        days = "1 day" if self.cap.days == 1 else f"{self.cap.days} days"
        return f"They got {self.cap.most} {what} within {days}, which is the most we send."


def full(departed: Sequence[Departed], caps: Sequence[Cap], channel: str, moment: datetime) -> Full | None:
    """The cap that keeps a message on this channel back longest at ``moment``; None when there is room.

    A message counts from the moment it left until the days of the cap are over. One that may have left counts too.
    """
    reached = [found for cap in caps if (found := _reached(cap, departed, channel, moment)) is not None]
    return max(reached, key=lambda one: one.free_at, default=None)


def _reached(cap: Cap, departed: Sequence[Departed], channel: str, moment: datetime) -> Full | None:
    if cap.channel not in ("", channel):
        return None
    window = timedelta(days=cap.days)
    counted = sorted(
        (one.at for one in departed if cap.channel in ("", one.channel) and one.at + window > moment), reverse=True
    )
    if len(counted) < cap.most:
        return None
    # There is room once the oldest of the latest ``most`` has left the window.
    return Full(cap, counted[cap.most - 1] + window)
