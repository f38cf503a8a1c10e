"""Whether an approved message may leave at this moment, and what becomes of it if not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from contacts.states import Consent, SuppressionChannel, SuppressionReason
from outreach.states import DraftStatus

#: After this many refused tries a person has to look. With the waits below that is about half a day.
MOST_TRIES = 6
_FIRST_WAIT = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(hours=6)


class Consequence(StrEnum):
    """What becomes of a draft that may not leave."""

    KEEP = "keep"  # It stays where it is: not yet, or somebody else has it.
    REVIEW = "review"  # Back to the reviewer: what was approved is no longer true.
    SUPPRESS = "suppress"  # For good: they do not want it.


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message does not leave: a code, a sentence for people, and what becomes of it."""

    code: str
    sentence: str
    consequence: Consequence


@dataclass(frozen=True, slots=True)
class SuppressionFact:
    """A suppression that holds for the contact now. ``channel`` may be `all`."""

    channel: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SendFacts:
    """Everything that decides about one message at the moment of sending.

    ``text_fingerprint`` is computed anew from what would be sent. ``current_address`` is the contact's present address
    for the channel, empty when there is none. ``replied_at`` is the latest answer from them; out-of-office and
    automatic replies are no answer.
    """

    channel: str
    address: str
    status: str
    fingerprint: str
    approved_fingerprint: str
    text_fingerprint: str
    now: datetime
    not_before: datetime | None
    decided_at: datetime | None
    consent: str
    suppressions: tuple[SuppressionFact, ...]
    current_address: str
    hard_bounced: bool
    replied_at: datetime | None


_REFUSED: dict[str, str] = {
    SuppressionReason.OPTED_OUT: "They opted out of {channel}",
    SuppressionReason.EXPLICIT_NO: "They said no to {channel}",
    SuppressionReason.COMPLAINT: "They reported a message as spam, so we stopped {channel}",
    SuppressionReason.LEGAL: "A legal hold on {channel} began",
    SuppressionReason.MANUAL: "A colleague stopped {channel} to them",
    SuppressionReason.HARD_BOUNCE: "Their address turned out not to exist, so we stopped {channel}",
}
_CHANNELS: dict[str, str] = {
    SuppressionChannel.ALL: "every channel",
    SuppressionChannel.EMAIL: "e-mail",
    SuppressionChannel.SMS: "SMS",
    SuppressionChannel.PUSH: "push messages",
    SuppressionChannel.IN_APP: "messages in the app",
    SuppressionChannel.CALL: "calls",
}
_STRICTEST_FIRST = [str(reason) for reason in SuppressionReason.values]


def why_not_send(facts: SendFacts) -> Refusal | None:
    """Why this message must not leave now; None when it may (mission.md 5.4). What they want comes first.

    Unknown consent is no. A suppression of the channel or of all channels holds whenever it began.
    """
    if facts.status != DraftStatus.APPROVED:
        return Refusal(
            "not_approved", "Nobody has approved this, or it is no longer waiting to be sent.", Consequence.KEEP
        )
    holding = [one for one in facts.suppressions if one.channel in (facts.channel, SuppressionChannel.ALL)]
    if holding:
        strictest = min(holding, key=lambda one: (_rank(one.reason), one.at))
        return Refusal(
            f"suppressed_{strictest.reason}",
            f"{suppression_sentence(strictest)} Nothing was sent.",
            Consequence.SUPPRESS,
        )
    channel = _CHANNELS.get(facts.channel, facts.channel)
    if facts.consent != Consent.YES:
        what = (
            f"They did not agree to {channel}."
            if facts.consent == Consent.NO
            else f"There is no record that they agreed to {channel}."
        )
        return Refusal("consent", f"{what} Nothing was sent.", Consequence.SUPPRESS)
    if not (facts.approved_fingerprint and facts.approved_fingerprint == facts.fingerprint == facts.text_fingerprint):
        return Refusal("text", "The text is not the one that was approved. Read it again.", Consequence.REVIEW)
    if facts.decided_at is None:
        return Refusal("text", "It is not known when this was approved. Approve it again.", Consequence.REVIEW)
    if not facts.current_address or facts.current_address != facts.address:
        return Refusal(
            "address", "Their address changed after this was approved. Check where it should go.", Consequence.REVIEW
        )
    if facts.hard_bounced:
        return Refusal(
            "bounced", "Messages to this address come back. Find another way to reach them.", Consequence.REVIEW
        )
    if facts.replied_at is not None and facts.replied_at > facts.decided_at:
        return Refusal("replied", "They wrote back after this was approved.", Consequence.REVIEW)
    if facts.not_before is not None and facts.not_before > facts.now:
        return Refusal("not_yet", "It waits for the moment it is due.", Consequence.KEEP)
    return None


def may_send(facts: SendFacts) -> bool:
    """Whether this message may leave now."""
    return why_not_send(facts) is None


def suppression_sentence(suppression: SuppressionFact) -> str:
    """What a suppression says and since when, for instance "They opted out of every channel on 3 May 2026."."""
    words = _REFUSED.get(suppression.reason, "Messages to them on {channel} were stopped")
    day = f"{suppression.at.day} {suppression.at:%B %Y}"
    return f"{words.format(channel=_CHANNELS.get(suppression.channel, suppression.channel))} on {day}."


def next_try(tries: int, now: datetime) -> datetime | None:
    """When to try again after ``tries`` refused tries, or None for no more.

    The first wait is 5 minutes, each further one twice as long, up to 6 hours.
    """
    if tries >= MOST_TRIES:
        return None
    doublings: int = 2 ** max(tries - 1, 0)
    return now + min(_FIRST_WAIT * doublings, _LONGEST_WAIT)


def _rank(reason: str) -> int:
    return _STRICTEST_FIRST.index(reason) if reason in _STRICTEST_FIRST else len(_STRICTEST_FIRST)
