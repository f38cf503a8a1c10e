"""The palette as a page, and what the page of a message sends."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse

WORKBENCH_PAGES: list[tuple[str, str | None, Callable[[], str]]] = [
    ("palette", "owner", lambda: reverse("reviews:palette") + "?q=be"),
    ("palette, nothing", "concierge", lambda: reverse("reviews:palette") + "?q=zzzz"),
]
POSTED_TO_ITEMS = {
    "add_note",
    "drop_edit",
    "keep_edit",
    "reassign",
    "seen",
    "snooze",
    "undo",
    "use_mine",
    "wake",
}
NO_PAGE_OF_WORKBENCH = {
    "reviews:claim_message": "only says that a page is still open",
    "reviews:claim_call": "only says that a page is still open",
    "staff:keys": "only takes a choice",
}
