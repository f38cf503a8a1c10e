"""Deciding at the same moment as others do, with real connections."""

from __future__ import annotations

import pytest

from outreach import services
from outreach.models import Draft
from outreach.services import StaleDraft
from outreach.states import DraftStatus
from staff.models import AuditEntry, User
from tests.factories import make_user
from tests.outreach.races import race
from tests.outreach.world import NOW, make_contact, make_draft

pytestmark = [pytest.mark.django_db, pytest.mark.trial]


def approve(draft: Draft, by: User | None, fingerprint: str = "") -> Draft:
    return services.approve(draft_id=draft.pk, fingerprint=fingerprint or draft.fingerprint, by=by, now=NOW)


def edit(draft: Draft, by: User, body: str, subject: str = "Your question") -> Draft:
    return services.edit(draft_id=draft.pk, fingerprint=draft.fingerprint, subject=subject, body=body, by=by, now=NOW)


# --- races, with real connections -------------------------------------------------------------------------------------


def two_approvers(rounds: int) -> None:
    owner, manager = make_user(name="Ada Reyes"), make_user(name="Bo Lind", is_superuser=True)
    contact = make_contact()
    wins = {owner.pk: 0, manager.pk: 0}
    for _ in range(rounds):
        draft = make_draft(contact, owner)
        results = race(lambda: approve(draft, owner), lambda: approve(draft, manager))  # noqa: B023 - joined below
        won = [one for one in results if isinstance(one, Draft)]
        lost = [one for one in results if isinstance(one, StaleDraft)]
        assert (len(won), len(lost)) == (1, 1), results
        assert won[0].decided_by is not None
        assert str(won[0].decided_by) in lost[0].sentence, "the other is shown who decided"
        assert AuditEntry.objects.filter(action="outreach.approve", object_id=str(draft.pk)).count() == 1
        wins[won[0].decided_by.pk] += 1
    assert sum(wins.values()) == rounds


@pytest.mark.django_db(transaction=True)
def test_r6_two_people_approve_at_the_same_moment_and_one_wins() -> None:
    two_approvers(20)


@pytest.mark.django_db(transaction=True)
def test_r6_two_people_approve_at_the_same_moment_200_rounds() -> None:
    two_approvers(200)


@pytest.mark.django_db(transaction=True)
def test_r6_an_edit_and_an_approval_at_the_same_moment_never_approve_an_unseen_text() -> None:
    owner, manager = make_user(), make_user(is_superuser=True)
    contact = make_contact()
    for _ in range(20):
        draft = make_draft(contact, owner)
        race(
            lambda: approve(draft, owner),  # noqa: B023 - joined before the next round
            lambda: edit(draft, manager, draft.body.replace("short guide", "long guide")),  # noqa: B023
        )
        after = Draft.objects.get(pk=draft.pk)
        if after.status == DraftStatus.APPROVED:
            assert after.fingerprint == draft.fingerprint
            assert "short guide" in after.body
        else:
            assert "long guide" in after.body
