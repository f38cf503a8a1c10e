"""May we send? One answer for everybody who asks: composer, queue, approval and delivery (mission.md 5.4, issue 4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from contacts.states import ADDRESS_KIND_OF_CHANNEL, Consent, SuppressionReason
from outreach.rules.confirming import is_too_late
from outreach.rules.sending import hours
from outreach.rules.sending.caps import full
from outreach.rules.sending.collision import first_of, near, wins
from outreach.rules.sending.confirmation import confirmed_by, is_confirmation, stopping
from outreach.rules.sending.facts import (
    Consequence,
    Departed,
    Refusal,
    SendFacts,
    StopFact,
    SuppressionFact,
    Verdict,
    ZoneSource,
)
from outreach.rules.sending.words import channel_words, day_words, may_go, stop_sentence, suppression_sentence
from outreach.states import DraftStatus, StopScope

#: What has no end of its own is looked at again after this time, should nobody have released it.
LOOK_AGAIN = timedelta(hours=1)
#: Where no hour suits, somebody may enter the time zone meanwhile.
NO_COMMON_HOUR_WAIT = timedelta(days=1)
_STRICTEST_FIRST = [str(reason) for reason in SuppressionReason.values]


def may_send(facts: SendFacts) -> Verdict:
    """Whether this message may leave now, and if not why. True when it may."""
    refusal = why_not_send(facts)
    return Verdict(refusal, () if refusal is not None else _notes(facts, facts.now))


def why_not_send(facts: SendFacts) -> Refusal | None:
    """Why this message must not leave now; None when it may. What they want comes first.

    Unknown consent is no. A suppression of the channel or of all channels holds whenever it began.
    """
    refusal = _for_good(facts) or _stopped(facts) or _paused(facts, facts.now)
    if refusal is not None:
        return refusal
    if facts.not_before is not None and facts.not_before > facts.now:
        return Refusal("not_yet", "It waits for the moment it is due.", Consequence.KEEP, facts.not_before)
    if facts.undoable:
        return Refusal("undo", "Its approval can still be taken back.", Consequence.KEEP, facts.undo_until)
    return None if is_confirmation(facts) else _wait(facts, facts.now, later=False)


def outlook(facts: SendFacts) -> Verdict:
    """What is to be expected of a message that may be due later: `may_send` at the moment it is due, as far as known.

    Of an approved message this says when it may go, so that whoever approves it sees that.
    """
    moment = max(facts.now, facts.not_before or facts.now, facts.undo_until or facts.now)
    if moment == facts.now:
        return may_send(facts)
    refusal = _for_good(facts) or _paused(facts, moment)
    if refusal is None and not is_confirmation(facts):
        refusal = _wait(facts, moment, later=True)
    if refusal is None:
        refusal = Refusal("not_yet", "It waits for the moment it is due.", Consequence.KEEP, moment)
        return Verdict(refusal, _notes(facts, moment))
    return Verdict(refusal)


def if_approved(facts: SendFacts) -> SendFacts:
    """The facts of a message that is not decided yet, as if its text were approved at this moment."""
    return replace(
        facts,
        status=DraftStatus.APPROVED,
        approved_fingerprint=facts.fingerprint,
        decided_at=facts.now,
        by_policy=False,
        undo_until=None,
        not_before=max(facts.due_at, facts.now),
    )


def as_due(facts: SendFacts) -> SendFacts:
    """The facts of a message that is held, as if nothing had held it yet."""
    return replace(facts, not_before=max(facts.due_at, facts.undo_until or facts.due_at))


def _for_good(facts: SendFacts) -> Refusal | None:
    """What time does not heal: their will first, then the text, the address, and what happened since the approval."""
    return _not_approved(facts) or _unwanted(facts) or _changed(facts)


def _not_approved(facts: SendFacts) -> Refusal | None:
    if facts.status == DraftStatus.APPROVED:
        return None
    return Refusal("not_approved", "Nobody has approved this, or it is no longer waiting to be sent.", Consequence.KEEP)


def _unwanted(facts: SendFacts) -> Refusal | None:
    holding = stopping(facts)
    if holding:
        strictest = min(holding, key=lambda one: (_rank(one), one.at))
        return Refusal(
            f"suppressed_{strictest.reason}",
            f"{suppression_sentence(strictest)} Nothing was sent.",
            Consequence.SUPPRESS,
        )
    if is_confirmation(facts):
        if confirmed_by(facts) is None:
            return Refusal("nothing_to_confirm", "The opt-out that this confirms was lifted.", Consequence.SUPPRESS)
        if is_too_late(said_at=facts.due_at, now=facts.now):
            return Refusal("too_late", "They said stop too long ago for a confirmation.", Consequence.SUPPRESS)
    channel = channel_words(facts.channel)
    if facts.consent != Consent.YES:
        what = (
            f"They did not agree to {channel}."
            if facts.consent == Consent.NO
            else f"There is no record that they agreed to {channel}."
        )
        return Refusal("consent", f"{what} Nothing was sent.", Consequence.SUPPRESS)
    if facts.refused_topic and not is_confirmation(facts):
        return Refusal(
            "topic", f"They do not want to hear about {facts.refused_topic}. Nothing was sent.", Consequence.SUPPRESS
        )
    return None


def _changed(facts: SendFacts) -> Refusal | None:
    if not (facts.approved_fingerprint and facts.approved_fingerprint == facts.fingerprint == facts.text_fingerprint):
        return Refusal("text", "The text is not the one that was approved. Read it again.", Consequence.REVIEW)
    if facts.decided_at is None:
        return Refusal("text", "It is not known when this was approved. Approve it again.", Consequence.REVIEW)
    if not facts.current_address and facts.channel not in ADDRESS_KIND_OF_CHANNEL:
        return Refusal(
            "unreachable",
            f"There is no place left where {channel_words(facts.channel)} reach them. Choose another channel.",
            Consequence.REVIEW,
        )
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
    return None


def _stopped(facts: SendFacts) -> Refusal | None:
    stop = next((stop for stop in facts.stops if _concerns(stop, facts)), None)
    if stop is None:
        return None
    return Refusal("stopped", stop_sentence(stop), Consequence.HOLD, facts.now + LOOK_AGAIN)


def _concerns(stop: StopFact, facts: SendFacts) -> bool:
    if stop.scope == StopScope.POLICY:
        return facts.by_policy and not is_confirmation(facts)
    return stop.scope in (StopScope.ALL, facts.channel)


def _paused(facts: SendFacts, moment: datetime) -> Refusal | None:
    if facts.paused_until is None or facts.paused_until <= moment or is_confirmation(facts):
        return None
    return Refusal(
        "pause",
        f"They asked for quiet until {day_words(facts.paused_until)}.",
        Consequence.HOLD,
        _suiting(facts, facts.paused_until),
    )


def _wait(facts: SendFacts, moment: datetime, *, later: bool) -> Refusal | None:
    """What the coming hours or days end by themselves: another message, too many of them, the wrong hour."""
    return _collides(facts, moment) or _too_many(facts, moment) or _wrong_hour(facts, moment, later=later)


def _collides(facts: SendFacts, moment: datetime) -> Refusal | None:
    first = first_of(facts.as_rival, near(facts.rivals, moment))
    if first is None:
        return None
    leaves = max(first.not_before or moment, moment)
    after = full((*facts.departed, Departed(leaves, first.channel)), facts.caps, facts.channel, leaves)
    free_at = _suiting(facts, after.free_at if after is not None else leaves)
    rule = wins(first, facts.as_rival)[1]
    return Refusal(
        "collision",
        f"Another message to them leaves before this one. {rule} {may_go(free_at, moment, _one_zone(facts))}",
        Consequence.HOLD,
        # Even where no cap keeps them apart, the other one needs a moment to leave.
        max(free_at, moment + timedelta(minutes=1)),
    )


def _too_many(facts: SendFacts, moment: datetime) -> Refusal | None:
    reached = full(facts.departed, facts.caps, facts.channel, moment)
    if reached is None:
        return None
    free_at = _suiting(facts, reached.free_at)
    return Refusal("cap", f"{reached.sentence} {may_go(free_at, moment, _one_zone(facts))}", Consequence.HOLD, free_at)


def _wrong_hour(facts: SendFacts, moment: datetime, *, later: bool) -> Refusal | None:
    if facts.hours.always:
        return None
    allowed = hours.next_suiting(moment, facts.whereabouts, facts.hours)
    if allowed == moment:
        return None
    if allowed is None:
        return Refusal(
            "time_zone",
            "No hour suits every place where they may be. Enter their time zone.",
            Consequence.HOLD,
            moment + NO_COMMON_HOUR_WAIT,
        )
    found = hours.outside_of(moment, facts.whereabouts, facts.hours)
    assert found is not None  # Where every zone suits, the moment itself is allowed.
    sentence = hours.quiet_sentence(found, facts.whereabouts, moment, allowed, later=later)
    return Refusal(found.code, sentence, Consequence.HOLD, allowed)


def _suiting(facts: SendFacts, moment: datetime) -> datetime:
    """The first moment from then on at which the hour suits too, as far as one is known."""
    return hours.next_suiting(moment, facts.whereabouts, facts.hours) or moment


def _notes(facts: SendFacts, moment: datetime) -> tuple[str, ...]:
    rivals = near(facts.rivals, moment)
    if not rivals or is_confirmation(facts):
        return ()
    strongest = first_of(rivals[0], rivals[1:]) or rivals[0]
    rule = wins(facts.as_rival, strongest)[1]
    return (f"It leaves before another message to them. {rule}",)


def _one_zone(facts: SendFacts) -> str:
    """Their zone, where there is just one."""
    place = facts.whereabouts
    return place.zones[0] if len(place.zones) == 1 and place.source != ZoneSource.UNKNOWN else ""


def _rank(suppression: SuppressionFact) -> int:
    reason = suppression.reason
    return _STRICTEST_FIRST.index(reason) if reason in _STRICTEST_FIRST else len(_STRICTEST_FIRST)
