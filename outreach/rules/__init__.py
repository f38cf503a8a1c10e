"""What may be decided, approved and sent. Pure: no database, clock or network."""

from outreach.rules.reviewing import (
    ApprovalFacts,
    Reason,
    ReviewFacts,
    may_approve,
    may_review,
    why_not_approve,
    why_not_review,
)
from outreach.rules.sending import (
    MOST_TRIES,
    Consequence,
    Refusal,
    SendFacts,
    SuppressionFact,
    may_send,
    next_try,
    suppression_sentence,
    why_not_send,
)
from outreach.rules.writing import DraftRequest, Wording, WrittenText, facts_of, write

__all__ = [
    "MOST_TRIES",
    "ApprovalFacts",
    "Consequence",
    "DraftRequest",
    "Reason",
    "Refusal",
    "ReviewFacts",
    "SendFacts",
    "SuppressionFact",
    "Wording",
    "WrittenText",
    "facts_of",
    "may_approve",
    "may_review",
    "may_send",
    "next_try",
    "suppression_sentence",
    "why_not_approve",
    "why_not_review",
    "why_not_send",
    "write",
]
