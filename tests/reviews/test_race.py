"""Two people decide about one message at the same moment, each on a connection of their own (promises.md R6)."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection

from outreach.models import Draft
from outreach.services import StaleDraft
from outreach.states import DraftStatus
from reviews import services
from reviews.models import ReviewDecision
from staff.models import User
from tests.factories import make_team
from tests.reviews.world import NOW, make_item, make_owner

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.trial]

Decide = Callable[[User], object]


def both_at_once(first: tuple[User, Decide], second: tuple[User, Decide]) -> dict[int, BaseException | None]:
    """What each of the two got: None, or the exception. They start together."""
    start = Barrier(2)
    got: dict[int, BaseException | None] = {}

    def run(user: User, decide: Decide) -> None:
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            decide(user)
            got[user.pk] = None
        except BaseException as problem:  # noqa: BLE001  the test looks at every outcome
            got[user.pk] = problem
        finally:
            connection.close()

    threads = [Thread(target=run, args=one) for one in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return got


def two_people() -> tuple[User, User]:
    """An owner and their team's manager: both may decide."""
    manager = make_owner()
    return make_owner(make_team(manager=manager), name="Ida Owner"), manager


def race(rounds: int) -> None:
    owner, manager = two_people()
    drafts = [make_item(owner) for _ in range(min(rounds, 20))]
    # Making drafts is slow, so the later rounds put decided ones back before their reviewers.
    for number in range(rounds):
        draft = drafts[number % len(drafts)]
        Draft.objects.filter(pk=draft.pk).update(
            status=DraftStatus.AWAITING_REVIEW,
            approved_fingerprint="",
            decided_at=None,
            decided_by=None,
            not_before=None,
        )
        recorded = ReviewDecision.objects.count()

        def approve(by: User, draft: Draft = draft) -> None:
            services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=by, now=NOW)

        got = both_at_once((owner, approve), (manager, approve))
        assert len(got) == 2
        winners = [user for user in (owner, manager) if got[user.pk] is None]
        assert len(winners) == 1, got
        other = manager if winners == [owner] else owner
        refusal = got[other.pk]
        assert isinstance(refusal, StaleDraft), refusal
        assert f"{winners[0].name} approved it" in refusal.sentence
        draft.refresh_from_db()
        assert (draft.status, draft.decided_by) == (DraftStatus.APPROVED, winners[0])
        assert ReviewDecision.objects.count() == recorded + 1
        assert ReviewDecision.objects.latest("id").decided_by == winners[0]


def test_of_two_approvals_at_the_same_moment_one_wins() -> None:
    race(20)


def test_of_two_approvals_at_the_same_moment_one_wins_two_hundred_times() -> None:
    race(200)


def test_an_approval_and_the_suppression_of_the_account_never_lock_each_other() -> None:
    owner, manager = two_people()
    for _ in range(5):
        draft = make_item(owner)

        def approve(by: User, draft: Draft = draft) -> None:
            services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=by, now=NOW)

        def suppress(by: User, draft: Draft = draft) -> None:
            services.suppress(
                draft_id=draft.pk,
                fingerprint=draft.fingerprint,
                scope="account",
                why="manual",
                reason="No",
                by=by,
                now=NOW,
            )

        got = both_at_once((owner, approve), (manager, suppress))
        # Approved first, the suppression stops it all the same; suppressed first, the approval comes too late.
        assert got[manager.pk] is None
        assert got[owner.pk] is None or isinstance(got[owner.pk], StaleDraft)
        assert Draft.objects.get(pk=draft.pk).status == DraftStatus.SUPPRESSED
