"""What a person may choose on their preference page, and what each choice means. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from contacts.states import Channel, Consent

#: What the source of everything said on the page begins with. Only that may be taken back there.
PAGE = "Preference page"
#: How the page names each channel. It is what they agree to when they tick it.
CHANNEL_WORDS: Mapping[str, str] = {
    Channel.EMAIL: "By e-mail",
    Channel.SMS: "By text message (SMS)",
    Channel.PUSH: "By push message",
    Channel.IN_APP: "In the app",
    Channel.CALL: "By phone call",
}
QUESTION = "You may reach me"
LONGEST_PAUSE = timedelta(days=366)
_MONTHS = {"1": 1, "3": 3}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer on record to "may we write to you on this channel", and whether it was given on the page."""

    status: str
    on_page: bool


def may_switch_on(history: Sequence[Answer], *, suppressed: bool, reachable: bool) -> bool:
    """Whether the page may take a yes for a channel. ``history`` has the latest answer first.

    It may where nothing keeps us from writing there and where they never said no, or said it here: whoever holds the
    link can give back what was refused with the link. A no from anywhere else was somebody's word to us, and the
    link alone does not undo it.
    """
    if suppressed or not reachable:
        return False
    refusal = next((one for one in history if one.status == Consent.NO), None)
    return refusal is None or refusal.on_page


def pause_until(choice: str, day: date | None, *, today: date) -> datetime:
    """When a pause chosen today ends: ``1`` or ``3`` months, or a ``day``. Raises ValueError with a plain sentence.

    It ends at noon UTC, when that day has begun everywhere, so that nobody is written to on the day before.
    """
    if choice in _MONTHS:
        day = _months_later(today, _MONTHS[choice])
    elif choice != "day":
        raise ValueError("Choose how long we should be quiet.")
    if day is None:
        raise ValueError("Enter the day until which we should be quiet.")
    if day <= today:
        raise ValueError("Choose a day after today.")
    if day - today > LONGEST_PAUSE:
        raise ValueError("Choose a day within a year. To hear nothing any more, stop all messages.")
    return datetime.combine(day, time(12), tzinfo=UTC)


def page_source(draft_id: int, words: str = "") -> str:
    """Where a choice came from, for the record: the message whose link was used, and the words that were shown."""
    return f"{PAGE} of message {draft_id}" + (f": “{words}”" if words else "")


def words_for(channel: str) -> str:
    """What somebody agrees to by ticking this channel, as the page shows it."""
    return f"{QUESTION}: {CHANNEL_WORDS[channel].lower().replace('(sms)', '(SMS)')}"


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
