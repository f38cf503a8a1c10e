"""What reviewers decided, for ever, and what they keep while they work."""

from reviews.models.deadlines import Escalation, HandOver
from reviews.models.decisions import ReviewDecision
from reviews.models.learning import Suggestion
from reviews.models.work import LONGEST_NOTE, LONGEST_QUERY, EditDraft, Note, Opened, SavedView

__all__ = [
    "LONGEST_NOTE",
    "LONGEST_QUERY",
    "EditDraft",
    "Escalation",
    "HandOver",
    "Note",
    "Opened",
    "ReviewDecision",
    "SavedView",
    "Suggestion",
]
