"""What people answer to intake: each answer changes the facts or rules on a conflict, and so ends what it was about.

Every answer holds the contact and the lead, looks whether the case still asks what was answered, and writes the answer
to the case in the same transaction. Of two people who answer one case at the same moment, the second is told. Whoever
answers has the leads concerned decided about again (`sweep`), which opens a new case where a conflict remains.
"""

from followups.services.intake.answering import Answered, StaleCase, why_not_settle
from followups.services.intake.clearing import DAYS_TO_ASK, allow_customer, ask, drop, hand_over, prove_consent
from followups.services.intake.duplicates import keep_apart, merge_with
from followups.services.intake.owners import (
    give,
    give_to_account_owner,
    hand_out_by_rule,
    hand_out_in_turn,
    keep_owner,
    keep_owners,
    keep_territory,
    use_account_territory,
)

__all__ = [
    "DAYS_TO_ASK",
    "Answered",
    "StaleCase",
    "allow_customer",
    "ask",
    "drop",
    "give",
    "give_to_account_owner",
    "hand_out_by_rule",
    "hand_out_in_turn",
    "hand_over",
    "keep_apart",
    "keep_owner",
    "keep_owners",
    "keep_territory",
    "merge_with",
    "prove_consent",
    "use_account_territory",
    "why_not_settle",
]
