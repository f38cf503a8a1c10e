"""Everything a reviewer can do, one transaction each."""

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

__all__ = [
    "CLOSE_OUT_CHOICES",
    "Incomplete",
    "approve",
    "close_out",
    "edit",
    "edit_and_approve",
    "review_again",
    "set_aside",
    "settle",
    "suppress",
    "use_text",
]
