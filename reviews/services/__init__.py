"""Everything a reviewer can do, one transaction each."""

from reviews.services.claiming import Claimed, Held, held_by_colleague, open_message, refuse_claimed
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
from reviews.services.learning import accept_suggestion, dismiss_suggestion, look_for_suggestions
from reviews.services.many import Judged, approve_many, judge_together
from reviews.services.noting import add_note
from reviews.services.reassigning import colleagues_of, reassign
from reviews.services.saved_views import (
    may_remove,
    query_to_keep,
    remove_view,
    save_view,
    teams_to_save_for,
    views_of,
)
from reviews.services.snoozing import snooze, wake
from reviews.services.undoing import last_undoable, undo

__all__ = [
    "CLOSE_OUT_CHOICES",
    "Claimed",
    "Held",
    "Incomplete",
    "Judged",
    "accept_suggestion",
    "add_note",
    "approve",
    "approve_many",
    "close_out",
    "colleagues_of",
    "dismiss_suggestion",
    "drop_edit",
    "edit",
    "edit_and_approve",
    "forget_edits",
    "held_by_colleague",
    "judge_together",
    "keep_edit",
    "last_undoable",
    "look_for_suggestions",
    "may_remove",
    "open_message",
    "query_to_keep",
    "reassign",
    "refuse_claimed",
    "remove_view",
    "review_again",
    "save_view",
    "set_aside",
    "settle",
    "snooze",
    "suppress",
    "teams_to_save_for",
    "undo",
    "use_mine",
    "use_text",
    "views_of",
    "wake",
]
