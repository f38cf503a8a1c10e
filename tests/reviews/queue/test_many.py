"""Approving several at once, as pages and services do it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from outreach.models import Draft
from outreach.states import DraftStatus
from reviews import services
from reviews.models import Opened, ReviewDecision
from staff import services as staff
from staff.models import User
from staff.states import ClaimKind
from tests.factories import make_team
from tests.outreach.world import make_contact, make_draft
from tests.reviews.pages import queries, signed_in, status_of, text_of
from tests.reviews.world import make_item, make_owner

pytestmark = pytest.mark.django_db
MANY = "/reviews/many/"


def read(owner: User, *drafts: Draft) -> None:
    for draft in drafts:
        Opened.objects.create(draft=draft, user=owner, fingerprint=draft.fingerprint, at=timezone.now())


def ticked(*drafts: Draft) -> dict[str, list[str]]:
    return {"draft": [f"{draft.pk}-{draft.fingerprint}" for draft in drafts]}


def test_what_was_read_is_approved_and_the_rest_is_named_with_why() -> None:
    team = make_team()
    owner = make_owner(team)
    mine = [make_draft(make_contact(name=name), owner) for name in ("Ana", "Bo", "Cy", "Dee")]
    closing = make_draft(make_contact(name="Eve"), owner, kind="close_loop")
    colleague = make_draft(make_contact(name="Fay"), make_owner(team))
    foreign = make_draft(owner=make_owner(make_team()))
    read(owner, *mine[:3], closing, colleague)
    client = signed_in(owner)
    page = text_of(client.get(MANY))
    assert "3 of 5 may be approved together" in page
    # One was changed, and one was opened by a colleague, after this page was shown.
    Draft.objects.filter(pk=mine[1].pk).update(fingerprint="0" * 64)
    manager = make_owner()
    team.manager = manager
    team.save()
    services.open_message(draft=Draft.objects.get(pk=mine[2].pk), by=manager, now=timezone.now())
    done = client.post(f"{MANY}approve/", ticked(*mine, closing, colleague, foreign), follow=True)
    said = text_of(done)
    assert "One message is approved. You can take each back for 60 seconds." in said
    for name, why in {
        "Bo": "The text changed after you opened this page.",
        "Cy": f"{manager} has this open.",
        "Dee": "Somebody changed the text, and you have not read it.",
        "Eve": "It closes a conversation.",
        "Fay": "This belongs to a colleague.",
    }.items():
        assert f"{name}: {why}" in said
    assert "6 stayed as they were" in said
    assert "It is not there any more, or not yours to see." in said
    assert [status_of(draft) for draft in (*mine, closing, colleague, foreign)].count(DraftStatus.APPROVED) == 1
    approved = Draft.objects.get(pk=mine[0].pk)
    assert approved.undo_until is not None
    assert approved.undo_until > timezone.now() + timedelta(seconds=50)
    decision = ReviewDecision.objects.get()
    assert (decision.action, decision.draft_id, decision.decided_by) == ("approve", mine[0].pk, owner)


def test_an_unchanged_wording_is_read_three_times_and_never_again() -> None:
    owner = make_owner()
    drafts = [make_item(owner, value=100) for _ in range(5)]
    judged = services.judge_together(drafts=drafts, by=owner, now=timezone.now())
    assert {one.why_not for one in judged} == {"Read it, or 3 more messages with this wording."}
    read(owner, *drafts[:3])
    assert not any(one.why_not for one in services.judge_together(drafts=drafts, by=owner, now=timezone.now()))
    # What one reads of a wording says nothing about a text that somebody wrote over it.
    last = drafts[4]
    services.edit(
        draft_id=last.pk,
        fingerprint=last.fingerprint,
        subject=last.subject,
        body=f"{last.body}\n\nSee you.",
        by=owner,
        now=timezone.now(),
    )
    last.refresh_from_db()
    judged = services.judge_together(drafts=drafts, by=owner, now=timezone.now())
    assert [bool(one.why_not) for one in judged] == [False] * 4 + [True]
    month_later = timezone.now() + timedelta(days=31)
    assert services.judge_together(drafts=drafts[3:4], by=owner, now=month_later)[0].why_not


def test_the_cost_does_not_grow_and_odd_forms_are_harmless() -> None:
    owner = make_owner()
    client = signed_in(owner)
    assert "Nothing waits in this view" in text_of(client.get(MANY))
    make_draft(owner=owner)
    few = queries(client, MANY)
    for _ in range(5):
        make_draft(owner=owner)
    assert queries(client, MANY) == few
    odd = {"draft": ["", "1", "x-y", "9" * 30 + "-" + "0" * 64, "-1-" + "0" * 64], "whose": "mine", "q": "a" * 5000}
    assert "Nothing was approved. Tick what you want" in text_of(client.post(f"{MANY}approve/", odd, follow=True))
    gone = {"draft": ["1" * 18 + "-" + "0" * 64]}
    assert "1 stayed as it was" in text_of(client.post(f"{MANY}approve/", gone, follow=True))
    assert reverse("reviews:many") == MANY
    assert not ReviewDecision.objects.exists()


def test_a_lease_of_somebody_who_may_not_decide_keeps_nobody_away() -> None:
    team = make_team()
    owner, onlooker = make_owner(team), make_owner(team)
    draft = make_draft(owner=owner)
    read(owner, draft)
    staff.claim(kind=ClaimKind.MESSAGE, row_id=draft.pk, user=onlooker, now=timezone.now())
    done = services.approve_many(chosen={draft.pk: draft.fingerprint}, by=owner, now=timezone.now())
    assert done.approved == [draft.pk]
