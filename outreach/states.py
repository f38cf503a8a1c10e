"""Kinds of drafts and findings, and the life of a draft from the review queue to its end."""

from collections.abc import Mapping

from django.db.models import TextChoices


class DraftKind(TextChoices):
    FOLLOW_UP = "follow_up", "Follow-up"
    CLOSE_LOOP = "close_loop", "Closing message"


class DraftStatus(TextChoices):
    AWAITING_REVIEW = "awaiting_review", "Waiting for review"
    APPROVED = "approved", "Approved"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Not delivered"
    UNKNOWN = "unknown", "Maybe sent"
    SUPPRESSED = "suppressed", "Suppressed"
    WITHDRAWN = "withdrawn", "Withdrawn"
    CLOSED_OUT = "closed_out", "Closed out"


class Severity(TextChoices):
    """How far a gate's finding reaches: a block stops approval, a review asks for a person, a note only informs."""

    BLOCK = "block", "Blocks"
    REVIEW = "review", "Needs a look"
    NOTE = "note", "Note"


class TemplateStatus(TextChoices):
    DRAFT = "draft", "Draft"
    APPROVED = "approved", "Approved"
    RETIRED = "retired", "Retired"


_S = DraftStatus

# Total: every status is a key, so a status added without a decision about its exits fails the convention test.
TRANSITIONS: Mapping[DraftStatus, frozenset[DraftStatus]] = {
    _S.AWAITING_REVIEW: frozenset({_S.APPROVED, _S.SUPPRESSED, _S.WITHDRAWN, _S.CLOSED_OUT}),
    # Back to review when the approval is taken back or the text changes under it.
    _S.APPROVED: frozenset({_S.SENDING, _S.AWAITING_REVIEW, _S.SUPPRESSED, _S.WITHDRAWN, _S.CLOSED_OUT}),
    # A temporary refusal by the provider keeps the approval; a lost answer becomes unknown, never a second try.
    _S.SENDING: frozenset({_S.SENT, _S.APPROVED, _S.FAILED, _S.UNKNOWN}),
    # Only a person leads out of unknown: they looked whether the message arrived.
    _S.UNKNOWN: frozenset({_S.SENT, _S.FAILED, _S.APPROVED, _S.WITHDRAWN}),
    _S.FAILED: frozenset({_S.AWAITING_REVIEW, _S.WITHDRAWN}),
    _S.SENT: frozenset(),
    _S.SUPPRESSED: frozenset(),
    _S.WITHDRAWN: frozenset(),
    _S.CLOSED_OUT: frozenset(),
}

FINAL = frozenset(status for status, following in TRANSITIONS.items() if not following)


def may_become(status: str, following: str) -> bool:
    """Whether a draft in ``status`` may go to ``following`` in one step."""
    return DraftStatus(following) in TRANSITIONS[DraftStatus(status)]


#: Approved wording is replaced by the next version, never edited and never taken back into a draft.
TEMPLATE_TRANSITIONS: Mapping[TemplateStatus, frozenset[TemplateStatus]] = {
    TemplateStatus.DRAFT: frozenset({TemplateStatus.APPROVED, TemplateStatus.RETIRED}),
    TemplateStatus.APPROVED: frozenset({TemplateStatus.RETIRED}),
    TemplateStatus.RETIRED: frozenset(),
}
