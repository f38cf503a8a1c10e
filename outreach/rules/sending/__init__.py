"""Whether an approved message may leave at this moment, and what becomes of it if not."""

from outreach.rules.sending.caps import full
from outreach.rules.sending.collision import wins
from outreach.rules.sending.facts import (
    Cap,
    Consequence,
    Departed,
    Hours,
    Refusal,
    Rival,
    SendFacts,
    StopFact,
    SuppressionFact,
    Verdict,
    Whereabouts,
    ZoneSource,
)
from outreach.rules.sending.hours import next_allowed
from outreach.rules.sending.tries import MOST_TRIES, next_try
from outreach.rules.sending.verdict import as_due, if_approved, may_send, outlook, why_not_send
from outreach.rules.sending.words import suppression_sentence

__all__ = [
    "MOST_TRIES",
    "Cap",
    "Consequence",
    "Departed",
    "Hours",
    "Refusal",
    "Rival",
    "SendFacts",
    "StopFact",
    "SuppressionFact",
    "Verdict",
    "Whereabouts",
    "ZoneSource",
    "as_due",
    "full",
    "if_approved",
    "may_send",
    "next_allowed",
    "next_try",
    "outlook",
    "suppression_sentence",
    "why_not_send",
    "wins",
]
