"""Who may decide, what may be approved, and the waits between tries. What may leave is in `tests.outreach.sending`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from outreach.gates import Finding
from outreach.rules import (
    MOST_TRIES,
    ApprovalFacts,
    Consequence,
    Refusal,
    ReviewFacts,
    may_approve,
    may_review,
    next_try,
    why_not_approve,
    why_not_review,
)
from outreach.states import DraftStatus, Severity

NOW = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)


def test_the_waits_between_tries_grow_and_end() -> None:
    waits = [next_try(tries, NOW) for tries in range(1, MOST_TRIES + 1)]
    minutes = [int((moment - NOW).total_seconds() // 60) for moment in waits if moment is not None]
    assert minutes == [5, 10, 20, 40, 80]
    assert waits[-1] is None


# --- who may decide ---------------------------------------------------------------------------------------------------

REVIEWER = ReviewFacts(user_id=1, owner_id=1, owner_team_manager_id=2, reviews_drafts=True)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (REVIEWER, None),
        (replace(REVIEWER, user_id=2), None),
        (replace(REVIEWER, user_id=3), "not_yours"),
        (replace(REVIEWER, user_id=3, reviews_every_team=True), None),
        (replace(REVIEWER, user_id=3, owner_id=None), None),
        (replace(REVIEWER, user_id=3, owner_id=None, reviews_drafts=False), "not_reviewer"),
        (replace(REVIEWER, active=False), "inactive"),
        (replace(REVIEWER, active=False, reviews_every_team=True), "inactive"),
    ],
)
def test_who_may_decide(facts: ReviewFacts, code: str | None) -> None:
    refused = why_not_review(facts)
    assert (refused.code if refused else None) == code
    assert may_review(facts) == (code is None)


APPROVABLE = ApprovalFacts(
    status=DraftStatus.AWAITING_REVIEW, fingerprint="f1", fingerprint_seen="f1", findings=(), review=REVIEWER,
    review_reasons=("first_message",),
)  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (APPROVABLE, None),
        (replace(APPROVABLE, findings=(Finding("length", Severity.REVIEW, "Long."),)), None),
        (replace(APPROVABLE, findings=(Finding("consent", Severity.BLOCK, "No."),)), "blocked"),
        (replace(APPROVABLE, review=replace(REVIEWER, user_id=9)), "not_yours"),
        (replace(APPROVABLE, review=None), "needs_person"),
        (replace(APPROVABLE, review=None, review_reasons=()), None),
        (replace(APPROVABLE, status=DraftStatus.APPROVED), "decided"),
        (replace(APPROVABLE, fingerprint_seen="f0"), "changed"),
        (replace(APPROVABLE, has_text=False), "empty"),
        (replace(APPROVABLE, in_its_way=Refusal("topic", "No.", Consequence.SUPPRESS)), "in_its_way"),
        (replace(APPROVABLE, in_its_way=Refusal("unreachable", "No.", Consequence.REVIEW)), "in_its_way"),
        (replace(APPROVABLE, in_its_way=Refusal("cap", "Later.", Consequence.HOLD)), None),
        (replace(APPROVABLE, in_its_way=Refusal("not_yet", "Later.", Consequence.KEEP)), None),
    ],
)
def test_what_may_be_approved(facts: ApprovalFacts, code: str | None) -> None:
    refused = why_not_approve(facts)
    assert (refused.code if refused else None) == code
    assert may_approve(facts) == (code is None)
