"""What follows from a call, and how a refusal reads to somebody who wants to call. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from outreach.rules.call_times import moment_in_words
from outreach.rules.sending import Hours, Refusal, Whereabouts
from outreach.rules.sending.hours import next_suiting
from outreach.states import CallOutcome

#: So many times in all nobody answers before we stop trying.
MOST_TRIES = 3
#: How far ahead somebody may ask to be called back.
LONGEST_CALL_BACK = timedelta(days=90)
_DAY = timedelta(days=1)
_SATURDAY = 5
#: What messages say and calls do not.
_OF_MESSAGES = (" Nothing was sent.", "")
_MAY_GO = ("It may go ", "Call ")
_WORDS = {
    "address": "There is no phone number of theirs. Ask for one, or call this off.",
    "bounced": "The number we have is not theirs. Ask for another one, or call this off.",
}


@dataclass(frozen=True, slots=True)
class Following:
    """What a call becomes. ``due_at`` None: it is over. Otherwise it is made again then."""

    due_at: datetime | None
    words: str


def as_call(refusal: Refusal | None) -> Refusal | None:
    """A refusal of `outreach.rules.may_send`, in the words of somebody who wants to call."""
    if refusal is None:
        return None
    sentence = _WORDS.get(refusal.code, refusal.sentence.replace(*_OF_MESSAGES).replace(*_MAY_GO))
    return replace(refusal, sentence=sentence)


def following(
    outcome: str,
    *,
    tries: int,
    now: datetime,
    back_at: datetime | None = None,
    place: Whereabouts,
    hours: Hours,
) -> Following:
    """What follows from a call, of which this was try number ``tries``.

    Nobody answered: again one working day later at the same time, in hours that suit them, and `MOST_TRIES` times in
    all. They named a moment: then. Everything else ends it.
    """
    if outcome == CallOutcome.CALL_BACK and back_at is not None:
        return Following(back_at, "They asked to be called back then.")
    if outcome == CallOutcome.VOICEMAIL and tries < MOST_TRIES:
        again = _after_a_working_day(now)
        return Following(next_suiting(again, place, hours) or again, f"Nobody answered, try {tries} of {MOST_TRIES}.")
    if outcome == CallOutcome.VOICEMAIL:
        return Following(None, f"Nobody answered {tries} times.")
    return Following(None, "")


def outlook(*, tries: int, now: datetime, zone: str, place: Whereabouts, hours: Hours) -> dict[str, str]:
    """What each outcome of a call will lead to, in words for whoever is about to choose one.

    ``tries`` are those before this call; ``zone`` is theirs, empty where it is not known (moments are then in UTC).
    """
    again = following(CallOutcome.VOICEMAIL, tries=tries + 1, now=now, place=place, hours=hours)
    if again.due_at is None:
        voicemail = f"This was try {tries + 1} of {MOST_TRIES}. Nobody calls again."
    else:
        when = moment_in_words(again.due_at, now, zone or "UTC") + ("" if zone else " UTC")
        voicemail = f"Comes back {when}, for try {tries + 2} of {MOST_TRIES}."
    return {
        CallOutcome.REACHED: "You talked. This call is done.",
        CallOutcome.VOICEMAIL: voicemail,
        CallOutcome.CALL_BACK: "Comes back at the moment they name, by their clock.",
        CallOutcome.WRONG_NUMBER: "Nobody uses this number again, for calls or SMS. This call is done.",
        CallOutcome.DO_NOT_CALL: "Holds at once and for good. Nobody calls them again.",
    }


def why_not_back_at(back_at: datetime | None, now: datetime) -> str:
    """What is wrong with the moment they are to be called back at, or nothing."""
    if back_at is None:
        return "Say when they want to be called back."
    if back_at <= now:
        return "That moment is over. Choose a later one."
    if back_at > now + LONGEST_CALL_BACK:
        return f"That is more than {LONGEST_CALL_BACK.days} days ahead. Choose an earlier moment."
    return ""


def _after_a_working_day(moment: datetime) -> datetime:
    later = moment + _DAY
    while later.weekday() >= _SATURDAY:
        later += _DAY
    return later
