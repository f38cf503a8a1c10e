"""Two contacts become one, and one becomes two again. Everything that moved is written down, so that it can go back."""

from contacts.services.merging.joining import gather_left_behind, merge, refuse_impossible
from contacts.services.merging.looking import MergePreview, Outcome, preview
from contacts.services.merging.separating import undo_merge, why_not_undo

__all__ = [
    "MergePreview",
    "Outcome",
    "gather_left_behind",
    "merge",
    "preview",
    "refuse_impossible",
    "undo_merge",
    "why_not_undo",
]
