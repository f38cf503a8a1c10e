"""The words of the answers. They are read beside the message, so they say what holds and when it ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from contacts.states import SuppressionChannel, SuppressionReason
from outreach.rules.sending.facts import StopFact, SuppressionFact
from outreach.states import StopScope

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
_STOPPED: dict[str, str] = {
    StopScope.ALL: "All sending is stopped",
    StopScope.EMAIL: "E-mail is stopped",
    StopScope.SMS: "SMS is stopped",
    StopScope.PUSH: "Push is stopped",
    StopScope.IN_APP: "Messages in the app are stopped",
    StopScope.POLICY: "Sending what no person has read is stopped",
}


def channel_words(channel: str) -> str:
    """A channel in the middle of a sentence, for instance "SMS"."""
    return _CHANNELS.get(channel, channel)


def suppression_sentence(suppression: SuppressionFact) -> str:
    """What a suppression says and since when, for instance "They opted out of every channel on 3 May 2026."."""
    words = _REFUSED.get(suppression.reason, "Messages to them on {channel} were stopped")
    return f"{words.format(channel=channel_words(suppression.channel))} on {day_words(suppression.at)}."


def stop_sentence(stop: StopFact) -> str:
    """That a stop switch is thrown, and that it has no end of its own."""
    what = _STOPPED.get(stop.scope, "Sending is stopped")
    return f"{what} since {day_words(stop.since)}. It goes on when somebody lifts the stop."


def day_words(moment: datetime) -> str:
    """For instance "3 May 2026"."""
    return f"{moment.day} {moment:%B %Y}"


def city(zone: str) -> str:
    """What people call a time zone: "America/New_York" is "New York"."""
    return zone.rpartition("/")[2].replace("_", " ")


def may_go(moment: datetime, now: datetime, zone: str = "") -> str:
    """When it may go, in one sentence, for instance "It may go at 08:00 (Berlin)."; with the day when that is far."""
    there = moment.astimezone(ZoneInfo(zone)) if zone else moment.astimezone(UTC)
    place = city(zone) if zone else "UTC"
    # Within a day there is one such time of day. After that the date is needed too.
    day = "" if moment - now < timedelta(hours=20) else f"on {there.day} {there:%B} "
    return f"It may go {day}at {there:%H:%M} ({place})."
