"""How a service says no. Each has a plain sentence for the person who asked."""

from __future__ import annotations

from collections.abc import Sequence

from outreach.gates import Finding
from outreach.models import Draft
from outreach.states import DraftStatus, Severity


class Refused(Exception):  # noqa: N818 - read as "refused: <sentence>" where it is caught
    """Something was not done. ``sentence`` says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotPermitted(Refused):
    """The person may not do this."""


class FourEyes(NotPermitted):
    """The person may approve this message, but not this text: a price in it is their own."""


class BlockedByGates(Refused):
    """The gates forbid the text as it stands; ``findings`` are all they said about it."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        blocking = [one.message for one in self.findings if one.severity == Severity.BLOCK]
        super().__init__(" ".join(blocking) or "A check stops this text.")


class StaleDraft(Refused):
    """Somebody else decided, or the text changed meanwhile. ``draft`` is the row as it is now."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        super().__init__(_what_happened(draft))


def _what_happened(draft: Draft) -> str:
    if draft.status == DraftStatus.AWAITING_REVIEW:
        return "The text changed after you opened it. Read it again, then decide."
    status = {
        DraftStatus.APPROVED: "approved it",
        DraftStatus.SUPPRESSED: "suppressed it",
        DraftStatus.CLOSED_OUT: "closed it out",
        DraftStatus.WITHDRAWN: "withdrew it",
    }.get(DraftStatus(draft.status))
    if status and draft.decided_by is not None and draft.decided_at is not None:
        day = f"{draft.decided_at.day} {draft.decided_at:%B} at {draft.decided_at:%H:%M} UTC"
        return f"{draft.decided_by} {status} on {day}. Nothing of yours was changed or sent."
    return (
        f"This is no longer waiting for a decision: {draft.get_status_display().lower()}. {draft.status_reason}".strip()
    )
