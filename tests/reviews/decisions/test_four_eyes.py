"""A changed price from the side of the page: the text is kept, and somebody else approves it."""

from __future__ import annotations

import pytest

from outreach.models import Draft
from outreach.services import FourEyes
from outreach.states import DraftStatus
from reviews import services
from reviews.states import ReviewAction
from staff.services import release
from staff.states import ClaimKind
from tests.factories import make_team, make_user
from tests.reviews.pages import form_of, signed_in, status_of, text_of, url
from tests.reviews.world import NOW, make_item, make_owner

pytestmark = pytest.mark.django_db


def with_price(draft: Draft) -> str:
    return draft.body.replace("\n\n", "\n\nThere are two months free. ", 1)


def test_edit_and_approve_keeps_the_text_and_leaves_the_approval_to_another() -> None:
    manager = make_user("Account owner", name="Mira Mensah")
    owner = make_owner(make_team(manager=manager))
    draft = make_item(owner)
    with pytest.raises(FourEyes, match="Mira Mensah"):
        services.edit_and_approve(
            draft_id=draft.pk, fingerprint=draft.fingerprint, subject=draft.subject, body=with_price(draft), by=owner,
            now=NOW,
        )  # fmt: skip
    draft.refresh_from_db()
    assert (draft.status, draft.price_edited_by) == (DraftStatus.AWAITING_REVIEW, owner)
    assert "two months free" in draft.body
    decision = draft.review_decisions.get()
    assert decision.action == ReviewAction.EDIT
    refused = signed_in(owner).post(url("approve", draft), form_of(draft))
    assert refused.status_code == 403
    assert "You changed a price, so somebody else approves it: Mira Mensah." in text_of(refused)
    # Whoever cannot approve it goes on to something else, which lets a colleague open it.
    release(kind=ClaimKind.MESSAGE, row_id=draft.pk, user=owner)
    services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=manager, now=NOW)
    assert status_of(draft) == DraftStatus.APPROVED
