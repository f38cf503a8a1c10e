"""Two reviewers and one message: who has it open, who may decide meanwhile, and what nobody may hold up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.models import ActiveSuppression
from outreach import services as outreach
from outreach.models import Draft
from outreach.states import DraftStatus
from reviews.models import Opened
from staff.models import Claim, User
from staff.services import CLAIM_SECONDS
from tests.factories import make_team
from tests.reviews.pages import form_of, signed_in, status_of, text_of, url
from tests.reviews.world import make_item, make_owner

pytestmark = pytest.mark.django_db
WAITING = DraftStatus.AWAITING_REVIEW


@pytest.fixture
def two() -> tuple[User, User]:
    """An owner and their team's manager: both may decide."""
    manager = make_owner(name="Mia Manager")
    return make_owner(make_team(manager=manager), name="Olivia Owens"), manager


@pytest.fixture
def draft(two: tuple[User, User]) -> Draft:
    return make_item(two[0])


def test_opening_claims_and_a_colleague_is_told(two: tuple[User, User], draft: Draft) -> None:
    owner, manager = two
    assert "has had this open" not in text_of(signed_in(owner).get(url("item", draft)))
    page = text_of(signed_in(manager).get(url("item", draft)))
    assert "Olivia Owens has had this open since" in page
    assert "Take it over" in page


def test_nobody_decides_about_what_a_colleague_has_open(two: tuple[User, User], draft: Draft) -> None:
    owner, manager = two
    signed_in(manager).get(url("item", draft))
    client = signed_in(owner)
    fields = form_of(draft, to_user=str(manager.pk), body=f"{draft.body} More.")
    for verb in ("approve", "edit", "close_out", "set_aside", "snooze", "reassign", "wake", "review_again", "settle"):
        outcome = "given_up" if verb == "settle" else "no-response"
        refused = client.post(url(verb, draft), {**fields, "outcome": outcome})
        assert (refused.status_code, "Mia Manager has" in text_of(refused)) == (409, True), verb
    assert status_of(draft) == WAITING
    assert not draft.review_decisions.exists()


def test_stopping_waits_for_nobody(two: tuple[User, User], draft: Draft) -> None:
    """An opt-out that a reviewer writes down, and one that a person sends, hold at once."""
    owner, manager = two
    other = make_item(owner)
    signed_in(manager).get(url("item", draft))
    signed_in(manager).get(url("item", other))
    answer = signed_in(owner).post(url("suppress", draft), form_of(draft, why="opted_out"))
    assert answer.status_code == 302
    assert status_of(draft) == DraftStatus.SUPPRESSED
    assert ActiveSuppression.objects.filter(contact_id=draft.contact_id, reason="opted_out").exists()
    outreach.opt_out(draft=other, source="Unsubscribe page", now=timezone.now())
    assert status_of(other) == DraftStatus.SUPPRESSED


def test_taken_over_it_is_decided_and_the_other_one_is_told(two: tuple[User, User], draft: Draft) -> None:
    owner, manager = two
    hers, his = signed_in(owner), signed_in(manager)
    his.get(url("item", draft))
    hers.get(url("item", draft))
    hers.post(f"/claims/message/{draft.pk}/", {"take": "1"})
    assert "Olivia Owens has" in text_of(his.post(url("approve", draft), form_of(draft)))
    assert hers.post(url("approve", draft), form_of(draft)).status_code == 302
    assert status_of(draft) == DraftStatus.APPROVED
    assert not Claim.objects.filter(row_id=draft.pk).exists(), "what is decided is open no longer"
    stale = his.post(url("approve", draft), form_of(draft))
    assert (stale.status_code, "Olivia Owens approved it" in text_of(stale)) == (409, True)


def test_a_page_that_was_closed_without_a_word_holds_nobody_up(two: tuple[User, User], draft: Draft) -> None:
    owner, manager = two
    signed_in(manager).get(url("item", draft))
    with time_machine.travel(timezone.now() + timedelta(seconds=CLAIM_SECONDS + 1)):
        assert signed_in(owner).post(url("approve", draft), form_of(draft)).status_code == 302


def test_who_may_only_look_holds_nobody_up(two: tuple[User, User], draft: Draft) -> None:
    """Neither by opening the page, nor by saying to the server that it is open."""
    owner = two[0]
    colleague = make_owner(owner.team, name="Cara Colleague")
    client = signed_in(colleague)
    client.get(url("item", draft))
    assert not Claim.objects.exists()
    client.post(f"/claims/message/{draft.pk}/")
    hers = signed_in(owner)
    assert "Cara Colleague has" not in text_of(hers.get(url("item", draft)))
    assert Claim.objects.get(row_id=draft.pk).user == owner
    client.post(f"/claims/message/{draft.pk}/", {"take": "1"})
    assert hers.post(url("approve", draft), form_of(draft)).status_code == 302


@pytest.mark.parametrize("headers", [{"X-Prefetch": "1"}, {"Sec-Purpose": "prefetch;prerender"}])
def test_a_page_that_is_fetched_ahead_writes_nothing_until_it_is_shown(
    two: tuple[User, User], draft: Draft, headers: dict[str, str]
) -> None:
    client = signed_in(two[0])
    with CaptureQueriesContext(connection) as asked:
        client.get(url("item", draft), headers=headers)
    written = [one["sql"] for one in asked if one["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert not [sql for sql in written if "django_session" not in sql]
    assert client.post(url("seen", draft), {"fingerprint": "another"}).status_code == 204
    assert not Opened.objects.exists()
    client.post(url("seen", draft), {"fingerprint": draft.fingerprint})
    assert Opened.objects.get().fingerprint == draft.fingerprint
    assert Claim.objects.get().user == two[0]


def test_what_was_read_is_kept_once_for_each_text(two: tuple[User, User], draft: Draft) -> None:
    client = signed_in(two[0])
    client.get(url("item", draft))
    client.get(url("item", draft))
    assert Opened.objects.count() == 1
    client.post(url("edit", draft), form_of(draft, body=f"{draft.body}\n\nOne line more."))
    client.get(url("item", draft))
    assert Opened.objects.count() == 2


def test_pages_that_ask_by_themselves_keep_nobody_signed_in(
    settings: Any, draft: Draft, two: tuple[User, User]
) -> None:
    settings.SESSION_IDLE_SECONDS = 600
    client = signed_in(two[0])
    start = timezone.now()
    client.get(url("item", draft))
    for minute in range(1, 12):
        with time_machine.travel(start + timedelta(minutes=minute), tick=False):
            answer = client.post(f"/claims/message/{draft.pk}/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/")
