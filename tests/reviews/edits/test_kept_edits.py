"""Nothing that somebody typed is lost: kept while they type, shown again, and laid beside what changed meanwhile."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from outreach.models import Draft
from outreach.services import Refused
from outreach.states import DraftStatus
from reviews import services
from reviews.kept_edits import conflict, kept_edit
from reviews.models import EditDraft
from staff.models import User
from tests.factories import make_team
from tests.reviews.pages import form_of, signed_in, status_of, text_of, url
from tests.reviews.world import NOW, make_item, make_owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_owner(make_team(manager=make_owner(name="Mia Manager")), name="Olivia Owens")


@pytest.fixture
def draft(owner: User) -> Draft:
    return make_item(owner)


def begun(draft: Draft, by: User, body: str = "", subject: str = "") -> EditDraft | None:
    return services.keep_edit(
        draft_id=draft.pk, fingerprint=draft.fingerprint, by=by, now=NOW,
        subject=subject or draft.subject, body=body or f"{draft.body} I was about to say",
    )  # fmt: skip


def changed_by_a_colleague(draft: Draft) -> Draft:
    manager = draft.owner.team.manager  # type: ignore[union-attr]  # made with one above
    assert manager is not None
    services.edit(
        draft_id=draft.pk, fingerprint=draft.fingerprint, subject=draft.subject,
        body=draft.body.replace("Hello", "Good morning"), by=manager, now=NOW,
    )  # fmt: skip
    return Draft.objects.get(pk=draft.pk)


def test_half_a_text_is_kept_and_comes_back_in_the_form(owner: User, draft: Draft) -> None:
    client = signed_in(owner)
    typed = "Half a sentence, and no \N{WAVING HAND SIGN} opt-out"
    answer = client.post(url("keep_edit", draft), form_of(draft, body=typed))
    assert "Kept at" in text_of(answer)
    page = client.get(url("item", draft)).content.decode()
    assert typed in page
    assert status_of(draft) == DraftStatus.AWAITING_REVIEW
    assert not draft.review_decisions.exists(), "keeping decides nothing"


def test_the_text_itself_is_not_kept(owner: User, draft: Draft) -> None:
    begun(draft, owner)
    assert begun(draft, owner, body=draft.body.replace("\n", "\r\n")) is None
    assert not EditDraft.objects.exists()


def test_it_is_of_one_person(owner: User, draft: Draft) -> None:
    begun(draft, owner, "Hers")
    manager = owner.team.manager  # type: ignore[union-attr]  # made with one above
    assert manager is not None
    begun(draft, manager, "His")
    assert services.drop_edit(draft_id=draft.pk, by=manager)
    assert EditDraft.objects.get().body == "Hers"


@pytest.mark.parametrize(("verb", "kept"), [("edit", 0), ("suppress", 0), ("snooze", 1)])
def test_it_ends_with_the_decision_unless_it_only_waits(owner: User, draft: Draft, verb: str, kept: int) -> None:
    begun(draft, owner)
    fields = form_of(draft, body=f"{draft.body}\n\nOne more line.") if verb == "edit" else form_of(draft)
    signed_in(owner).post(url(verb, draft), fields)
    assert EditDraft.objects.count() == kept


def test_nothing_is_approved_while_an_edit_of_ones_own_is_begun(owner: User, draft: Draft) -> None:
    """The text that would leave is not the one that they have in mind; and what they typed would be gone."""
    begun(draft, owner, "Corrected")
    client = signed_in(owner)
    page = client.get(url("item", draft)).content.decode()
    assert "You began to change this text. Save it or throw it away, then approve." in page
    assert f'action="{url("approve", draft)}"' not in page
    assert re.search(r'data-panel="edit"\s+open>', page), "what was typed is on the screen"
    refused = client.post(url("approve", draft), form_of(draft))
    assert (refused.status_code, status_of(draft)) == (422, DraftStatus.AWAITING_REVIEW)
    many = services.approve_many(chosen={draft.pk: draft.fingerprint}, by=owner, now=timezone.now())
    assert (many.approved, status_of(draft)) == ([], DraftStatus.AWAITING_REVIEW)
    assert EditDraft.objects.get().body == "Corrected"
    services.drop_edit(draft_id=draft.pk, by=owner)
    assert client.post(url("approve", draft), form_of(draft)).status_code == 302
    assert status_of(draft) == DraftStatus.APPROVED


@pytest.mark.parametrize("field", ["subject", "body"])
def test_what_no_text_may_be_is_not_kept(owner: User, draft: Draft, field: str) -> None:
    answer = signed_in(owner).post(url("keep_edit", draft), form_of(draft, **{field: "x" * 100_000}))
    assert (answer.status_code, "100000 characters" in answer.content.decode()) == (422, True)
    assert not EditDraft.objects.exists()


def test_a_change_meanwhile_is_shown_as_both_differences(owner: User, draft: Draft) -> None:
    begun(draft, owner, draft.body.replace("Hello", "Dear"))
    now = changed_by_a_colleague(draft)
    found = conflict(kept_edit(owner, now), now, list(now.review_decisions.select_related("decided_by")))
    assert found is not None
    assert found.by is not None
    assert found.by.name == "Mia Manager"
    theirs = "".join(one.text for one in found.theirs if one.kind != "del")
    yours = "".join(one.text for one in found.yours if one.kind != "del")
    before = "".join(one.text for one in found.theirs if one.kind != "ins")
    assert (theirs, before) == (now.body, draft.body)
    assert yours == draft.body.replace("Hello", "Dear")
    page = text_of(signed_in(owner).get(url("item", now)))
    assert "Use mine" in page
    assert "Use theirs" in page


def test_keeping_on_after_the_change_still_knows_what_both_began_from(owner: User, draft: Draft) -> None:
    """The page of the one who types does not know yet, with or without an earlier keep."""
    now = changed_by_a_colleague(draft)
    kept = begun(draft, owner, "Mine, late")
    assert kept is not None
    assert (kept.base_body, kept.fingerprint) == (draft.body, draft.fingerprint)
    assert conflict(kept, now, []) is not None


def test_a_save_on_an_old_text_is_refused_and_lost_to_nobody(owner: User, draft: Draft) -> None:
    changed_by_a_colleague(draft)
    stale = signed_in(owner).post(url("edit", draft), form_of(draft, body="My whole new text"))
    assert stale.status_code == 409
    assert "My whole new text" in stale.content.decode()
    assert EditDraft.objects.get(user=owner).body == "My whole new text"
    assert Draft.objects.get(pk=draft.pk).body.startswith("Good morning")


def test_an_edit_of_what_somebody_approved_meanwhile_is_kept(owner: User, draft: Draft) -> None:
    manager = owner.team.manager  # type: ignore[union-attr]  # made with one above
    assert manager is not None
    services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=manager, now=timezone.now())
    answer = signed_in(owner).post(url("edit", draft), form_of(draft, body="Too late, but not lost"))
    assert answer.status_code == 409
    assert EditDraft.objects.get(user=owner).body == "Too late, but not lost"


def test_use_mine_goes_on_from_the_text_as_it_is(owner: User, draft: Draft) -> None:
    mine = draft.body.replace("Hello", "Dear")
    begun(draft, owner, mine)
    now = changed_by_a_colleague(draft)
    client = signed_in(owner)
    assert client.post(url("use_mine", draft), {"fingerprint": draft.fingerprint}).status_code == 409
    page = client.post(url("use_mine", draft), {"fingerprint": now.fingerprint})
    assert page.status_code == 200
    kept = EditDraft.objects.get(user=owner)
    assert (kept.body, kept.fingerprint, kept.base_body) == (mine, now.fingerprint, now.body)
    assert conflict(kept, now, []) is None
    saved = client.post(url("edit", now), form_of(now, body=mine))
    assert saved.status_code == 302
    assert Draft.objects.get(pk=draft.pk).body == mine


def test_use_theirs_throws_mine_away(owner: User, draft: Draft) -> None:
    begun(draft, owner)
    client = signed_in(owner)
    assert client.post(url("drop_edit", draft)).status_code == 302
    assert not EditDraft.objects.exists()
    assert "Nothing was kept" in text_of(client.post(url("drop_edit", draft), headers={"HX-Request": "true"}))
    with pytest.raises(Refused):
        services.use_mine(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner, now=NOW)


def test_after_the_sign_in_ended_it_is_all_there(owner: User, draft: Draft) -> None:
    client = signed_in(owner)
    client.post(url("keep_edit", draft), form_of(draft, body="Written before lunch"))
    client.logout()
    led = client.post(url("edit", draft), form_of(draft, body="Written before lunch"))
    assert led["Location"].startswith("/account/login/")
    client.force_login(owner)
    assert "Written before lunch" in client.get(url("item", draft)).content.decode()


def test_what_nobody_came_back_to_is_forgotten(owner: User, draft: Draft) -> None:
    begun(draft, owner)
    assert services.forget_edits(now=NOW + timedelta(days=29)) == 0
    assert services.forget_edits(now=NOW + timedelta(days=31)) == 1


def test_edits_are_of_drafts_that_one_may_see(draft: Draft) -> None:
    stranger = signed_in(make_owner(make_team()))
    for verb in ("keep_edit", "drop_edit", "use_mine"):
        assert stranger.post(url(verb, draft), form_of(draft)).status_code == 404
    assert not EditDraft.objects.exists()
