"""Everything a reviewer can do, one transaction each."""

from reviews.services.claiming import Claimed, refuse_claimed
from reviews.services.deciding import (
    CLOSE_OUT_CHOICES,
    Incomplete,
    approve,
    close_out,
    edit,
    edit_and_approve,
    review_again,
    set_aside,
    settle,
    suppress,
    use_text,
)
from reviews.services.keeping import drop_edit, forget_edits, keep_edit, use_mine
from reviews.services.noting import add_note
from reviews.services.reassigning import colleagues_of, reassign
from reviews.services.snoozing import snooze, wake
from reviews.services.undoing import last_undoable, undo

__all__ = [
    "CLOSE_OUT_CHOICES",
    "Claimed",
    "Incomplete",
    "add_note",
    "approve",
    "close_out",
    "colleagues_of",
    "drop_edit",
    "edit",
    "edit_and_approve",
    "forget_edits",
    "keep_edit",
    "last_undoable",
    "reassign",
    "refuse_claimed",
    "review_again",
    "set_aside",
    "settle",
    "snooze",
    "suppress",
    "undo",
    "use_mine",
    "use_text",
    "wake",
]
