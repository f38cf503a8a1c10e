"""Every write about messages: written, decided, sent, stopped."""

from outreach.services.confirming import confirm_by_message, withdraw_late_confirmations
from outreach.services.deciding import (
    approve,
    close_out_draft,
    edit,
    review_again,
    review_facts,
    review_verdict,
    settle_unknown,
    suppress_draft,
    suppress_pending,
    withdraw,
)
from outreach.services.delivery import Delivered, Result, claim, deliver_due, deliver_one, mark_lost_sends
from outreach.services.policy import approve_by_policy, policy_is_stopped, take_back_what_nobody_read
from outreach.services.refusals import BlockedByGates, NotPermitted, Refused, StaleDraft
from outreach.services.templates import (
    approve_template_version,
    install_shipped_templates,
    new_template_version,
    try_out,
)
from outreach.services.unsubscribing import (
    Unsubscribed,
    is_unsubscribed,
    recipient_of,
    unsubscribe,
    wait_until_quiet,
)
from outreach.services.writing import TemplateLibrary, library, store_draft, write

__all__ = [
    "BlockedByGates",
    "Delivered",
    "NotPermitted",
    "Refused",
    "Result",
    "StaleDraft",
    "TemplateLibrary",
    "Unsubscribed",
    "approve",
    "approve_by_policy",
    "approve_template_version",
    "claim",
    "close_out_draft",
    "confirm_by_message",
    "deliver_due",
    "deliver_one",
    "edit",
    "install_shipped_templates",
    "is_unsubscribed",
    "library",
    "mark_lost_sends",
    "new_template_version",
    "policy_is_stopped",
    "recipient_of",
    "review_again",
    "review_facts",
    "review_verdict",
    "settle_unknown",
    "store_draft",
    "suppress_draft",
    "suppress_pending",
    "take_back_what_nobody_read",
    "try_out",
    "unsubscribe",
    "wait_until_quiet",
    "withdraw",
    "withdraw_late_confirmations",
    "write",
]
