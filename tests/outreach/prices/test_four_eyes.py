"""Whoever changes a price does not approve it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach import services
from outreach.gates import Finding
from outreach.models import Draft
from outreach.rules import ApprovalFacts, PriceEdit, ReviewFacts, why_not_approve
from outreach.services import FourEyes, NotPermitted
from outreach.states import DraftStatus, Severity
from staff.models import Team, User
from tests.factories import make_team, make_user
from tests.outreach.world import NOW, make_draft

PRICED = "Hello Marta,\n\nyes. It is 990 EUR.\n\nStop these: [[unsubscribe]]"


def facts(*, by: int | None, price: PriceEdit | None, **changes: Any) -> ApprovalFacts:
    review = ReviewFacts(user_id=by, owner_id=1, owner_team_manager_id=2, reviews_drafts=True) if by else None
    return ApprovalFacts(
        **{
            "status": DraftStatus.AWAITING_REVIEW,
            "fingerprint": "a",
            "fingerprint_seen": "a",
            "findings": [],
            "review": review,
            "price": price,
            **changes,
        }
    )


def code(asked: ApprovalFacts) -> str:
    refused = why_not_approve(asked)
    return refused.code if refused else ""


@settings(max_examples=60, deadline=None)
@given(
    by=st.sampled_from([None, 1, 2]),
    edited_by=st.sampled_from([None, 1, 2]),
    value=st.none() | st.integers(0, 3).map(Decimal),
    limit=st.integers(0, 3).map(Decimal),
)
def test_nobody_approves_a_price_of_their_own_from_the_limit_on(
    by: int | None, edited_by: int | None, value: Decimal | None, limit: Decimal
) -> None:
    price = PriceEdit(edited_by=edited_by, value=value, four_eyes_from=limit) if edited_by else None
    found = code(facts(by=by, price=price))
    counts = price is not None and (value is None or value >= limit)
    assert found == (
        "" if not counts or (by is not None and by != edited_by) else "four_eyes" if by else "needs_person"
    )


@pytest.mark.parametrize(
    ("who_may", "said"),
    [
        (("Mira",), "You changed a price, so somebody else approves it: Mira."),
        (("Ines", "Mira"), "You changed a price, so somebody else approves it: Ines or Mira."),
        ((), "You changed a price, so somebody else approves it: somebody who reviews every team."),
    ],
)
def test_the_sentence_says_who_may(who_may: tuple[str, ...], said: str) -> None:
    refused = why_not_approve(facts(by=1, price=PriceEdit(edited_by=1, value=None, who_may=who_may)))
    assert refused is not None
    assert refused.sentence == said


def test_what_a_check_stops_is_said_first() -> None:
    """Nobody is sent to a colleague with a text that cannot leave anyway."""
    stopped = [Finding("commitment", Severity.BLOCK, "No.", ())]
    assert code(facts(by=1, price=PriceEdit(edited_by=1, value=None), findings=stopped)) == "blocked"


# --- in the database --------------------------------------------------------------------------------------------------


@pytest.fixture
def team() -> Team:
    return make_team(manager=make_user("SDR manager", name="Mira Mensah"))


@pytest.fixture
def owner(team: Team) -> User:
    return make_user("Account owner", name="Olivia Owens", team=team)


def edit(draft: Draft, by: User, body: str) -> Draft:
    return services.edit(
        draft_id=draft.pk, fingerprint=draft.fingerprint, subject=draft.subject, body=body, by=by, now=NOW
    )


def approve(draft: Draft, by: User | None) -> Draft:
    return services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=by, now=NOW)


def with_evidence(owner: User, **changes: Any) -> Draft:
    """A draft in which 990 EUR and 900 EUR may stand, because both were quoted."""
    known = ({"at": NOW.isoformat(), "what": "Quotes sent", "detail": "990 EUR, then 900 EUR"},)
    return make_draft(owner=owner, evidence=known, **changes)


@pytest.mark.django_db
def test_whoever_changed_the_price_leaves_the_approval_to_another(owner: User, team: Team) -> None:
    draft = edit(with_evidence(owner), owner, PRICED)
    assert (draft.price_edited_by, draft.price_edited_at) == (owner, NOW)
    # Another word leaves the mark where it is, and so does another hand.
    draft = edit(draft, owner, PRICED.replace("yes.", "yes, gladly."))
    assert draft.price_edited_by == owner
    with pytest.raises(FourEyes, match="somebody else approves it: Mira Mensah"):
        approve(draft, owner)
    draft.refresh_from_db()
    assert draft.status == DraftStatus.AWAITING_REVIEW
    assert team.manager is not None
    assert approve(draft, team.manager).status == DraftStatus.APPROVED


@pytest.mark.django_db
def test_the_last_who_changed_it_counts_and_the_first_text_needs_nobody(owner: User, team: Team) -> None:
    assert team.manager is not None
    first = with_evidence(owner)
    draft = edit(edit(first, owner, PRICED), team.manager, PRICED.replace("990", "900"))
    with pytest.raises(FourEyes, match="Olivia Owens"):
        approve(draft, team.manager)
    back = edit(draft, team.manager, first.body)
    assert (back.price_edited_by, back.price_edited_at) == (None, None)
    assert approve(back, team.manager).status == DraftStatus.APPROVED


@pytest.mark.django_db
def test_the_limit_of_the_team_counts(owner: User, team: Team) -> None:
    team.four_eyes_from = Decimal(1000)
    team.save()
    small = edit(with_evidence(owner, value=Decimal(999), currency="EUR"), owner, PRICED)
    assert approve(small, owner).status == DraftStatus.APPROVED
    large = edit(with_evidence(owner, value=Decimal(1000), currency="EUR"), owner, PRICED)
    with pytest.raises(FourEyes):
        approve(large, owner)


@pytest.mark.django_db
def test_a_policy_approves_no_price_that_a_person_changed(owner: User) -> None:
    draft = edit(with_evidence(owner, review_reasons=()), owner, PRICED)
    Draft.objects.filter(pk=draft.pk).update(review_reasons=[])
    with pytest.raises(NotPermitted, match="a person has to look"):
        approve(draft, None)
