"""Which channels are open to us for many people at once, and how they answer on each.

The answer is that of `outreach.rules.may_send`, asked about facts that hold only what time does not end: consent,
refusals, and whether there is an address. Quiet hours, caps, a pause or another message hold a message back later; they
close no channel. So thousands can be asked about in a few queries.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from contacts.permission import Outline, id_array, outlines_of
from contacts.states import ADDRESS_KIND_OF_CHANNEL, Channel, IdentityKind, SuppressionReason
from outreach.rules import Hours, SendFacts, SuppressionFact, Whereabouts, why_not_send
from outreach.rules.calling import as_call
from outreach.states import CallOutcome, CallStatus, DeliveryKind, DraftKind, DraftStatus, Flow, ReplyLabel

#: What a person has done with a message for it to count as answered.
ANSWERS = (DeliveryKind.OPENED, DeliveryKind.CLICKED)
#: Replies that no person wrote.
BY_MACHINES = (ReplyLabel.OUT_OF_OFFICE, ReplyLabel.AUTO_REPLY)
#: Calls in which they themselves spoke.
SPOKEN = (CallOutcome.REACHED, CallOutcome.CALL_BACK, CallOutcome.DO_NOT_CALL)

_NO_ADDRESS = {
    Channel.EMAIL: "There is no e-mail address of theirs.",
    Channel.SMS: "There is no phone number of theirs.",
    Channel.PUSH: "No device of theirs takes push messages.",
    Channel.IN_APP: "They have not signed in to the app.",
    Channel.CALL: "There is no phone number of theirs.",
}
_CHANNELS = tuple(Channel)
_PUSH, _IN_APP = Channel.PUSH.value, Channel.IN_APP.value
_ANY_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
_ANY_TEXT = "any"

_SUPPRESSIONS = """
SELECT contact_id, channel, reason, at, suppression_id FROM contacts_active_suppression
 WHERE contact_id = ANY(%s::bigint[]) ORDER BY contact_id, key
"""
_IN_THE_PRODUCT = """
SELECT contact_id, 'push' FROM outreach_pushsubscription WHERE contact_id = ANY(%(ids)s::bigint[]) AND ended_at IS NULL
 UNION
SELECT contact_id, 'in_app' FROM contacts_identity WHERE contact_id = ANY(%(ids)s::bigint[]) AND kind = %(user)s
"""
_ANSWERED = """
SELECT d.contact_id, d.channel, count(*),
       count(*) FILTER (WHERE EXISTS (
             SELECT FROM outreach_deliveryevent e
              WHERE e.draft_id = d.id AND NOT e.machine AND e.kind = ANY(%(answers)s) AND e.at <= %(until)s)
          OR EXISTS (
             SELECT FROM outreach_reply r
              WHERE r.draft_id = d.id AND r.label <> ALL(%(machines)s) AND r.at <= %(until)s))
  FROM outreach_draft d
 WHERE d.contact_id = ANY(%(ids)s::bigint[]) AND d.status = %(sent)s AND d.kind <> %(confirmation)s
   AND d.sent_at > %(since)s AND d.sent_at <= %(until)s
 GROUP BY 1, 2
 UNION ALL
SELECT c.contact_id, 'call', count(*), count(*) FILTER (WHERE c.outcome = ANY(%(spoken)s))
  FROM outreach_call c
 WHERE c.contact_id = ANY(%(ids)s::bigint[]) AND c.status = %(done)s
   AND c.done_at > %(since)s AND c.done_at <= %(until)s
 GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Openness:
    """What one person lets us do. ``closed`` has a sentence for every channel that is closed; others are open.

    ``stopped`` says that they, or we for them, closed every channel at once, or each that messages are written to.
    """

    closed: dict[str, str]
    stopped: bool


def openness_of(contact_ids: Collection[int]) -> dict[int, Openness]:
    """Every channel of every contact asked about, in five queries however many they are.

    What a person refused and allowed counts whatever moment is asked about, so this takes no time.
    """
    outlines = outlines_of(contact_ids)
    refusing = [contact for contact, known in outlines.items() if known.refused]
    suppressed: dict[int, list[SuppressionFact]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SUPPRESSIONS, [id_array(refusing)])
        for contact, channel, reason, at, suppression in cursor.fetchall():
            suppressed.setdefault(contact, []).append(SuppressionFact(channel, reason, at, suppression))
        cursor.execute(_IN_THE_PRODUCT, {"ids": id_array(outlines), "user": IdentityKind.USER.value})
        reached: set[tuple[int, str]] = set(cursor.fetchall())
    found = {}
    for contact, known in outlines.items():
        push, in_app = (contact, _PUSH) in reached, (contact, _IN_APP) in reached
        # Few people are different from all others, and those have refused something.
        if contact in suppressed:
            found[contact] = _openness(known, push, in_app, tuple(suppressed[contact]))
        else:
            found[contact] = _usual(known, push, in_app)
    return found


def answers_of(
    contact_ids: Collection[int], *, since: datetime, until: datetime
) -> dict[tuple[int, str], tuple[int, int]]:
    """(contact, channel) → messages that left after ``since`` and until ``until``, and how many of them they answered.

    An opening, a click or a reply of theirs is an answer; machines never are. Calls count with those in which they
    spoke. One query.
    """
    values: dict[str, Any] = {
        "ids": id_array(dict.fromkeys(contact_ids)),
        "since": since,
        "until": until,
        "answers": [one.value for one in ANSWERS],
        "machines": [one.value for one in BY_MACHINES],
        "spoken": [one.value for one in SPOKEN],
        "sent": DraftStatus.SENT.value,
        "confirmation": DraftKind.CONFIRMATION.value,
        "done": CallStatus.DONE.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED, values)
        return {(contact, channel): (sent, answered) for contact, channel, sent, answered in cursor.fetchall()}


@lru_cache(maxsize=4096)
def _usual(known: Outline, push: bool, in_app: bool) -> Openness:
    return _openness(known, push, in_app, ())


def _openness(known: Outline, push: bool, in_app: bool, held: tuple[SuppressionFact, ...]) -> Openness:
    there = {channel: ADDRESS_KIND_OF_CHANNEL.get(channel) in known.kinds for channel in _CHANNELS}
    there |= {Channel.PUSH: push, Channel.IN_APP: in_app}
    closed = {}
    for channel, consent in zip(_CHANNELS, known.consents, strict=True):
        sentence = _why_closed(channel, consent, there[channel], held)
        if sentence:
            closed[channel.value] = sentence
    refused = {one.channel for one in held if one.reason != SuppressionReason.HARD_BOUNCE}
    written = {channel.value for channel in _CHANNELS if channel != Channel.CALL}
    return Openness(closed, "all" in refused or written <= refused)


def _why_closed(channel: Channel, consent: str, there: bool, held: tuple[SuppressionFact, ...]) -> str:
    """Why nothing may be sent by this channel as long as nothing changes; "" if it may."""
    address = channel.value if there else ""
    facts = replace(
        _EVERYTHING_ELSE_SUITS,
        channel=channel.value,
        address=address,
        current_address=address,
        consent=consent,
        suppressions=held,
        hard_bounced=any(
            one.reason == SuppressionReason.HARD_BOUNCE and one.channel in (channel, "all") for one in held
        ),
    )
    refusal = why_not_send(facts)
    if refusal is None:
        return ""
    if refusal.code in ("address", "unreachable"):
        return _NO_ADDRESS[channel]
    if channel == Channel.CALL:
        refusal = as_call(refusal) or refusal
    return refusal.sentence.replace(" Nothing was sent.", "")


#: A message that nothing stands against. What is asked about is put in.
_EVERYTHING_ELSE_SUITS = SendFacts(
    draft_id=0,
    contact_id=0,
    kind=DraftKind.FOLLOW_UP,
    flow=Flow.PLAYBOOK,
    channel=Channel.EMAIL,
    address="",
    status=DraftStatus.APPROVED,
    fingerprint=_ANY_TEXT,
    approved_fingerprint=_ANY_TEXT,
    text_fingerprint=_ANY_TEXT,
    now=_ANY_MOMENT,
    due_at=_ANY_MOMENT,
    not_before=None,
    decided_at=_ANY_MOMENT,
    by_policy=False,
    reason_kind="",
    priority=0,
    confirms=0,
    consent="",
    suppressions=(),
    current_address="",
    hard_bounced=False,
    replied_at=None,
    refused_topic="",
    paused_until=None,
    stops=(),
    caps=(),
    departed=(),
    rivals=(),
    hours=Hours(opens=0, closes=24, on_weekends=True, on_holidays=True),
    whereabouts=Whereabouts(),
)
