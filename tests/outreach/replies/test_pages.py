"""The pages about what came back: whose they are, what they do, and what they cost."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from contacts.models import ActiveSuppression
from outreach.models import Draft, Reply
from outreach.states import ReplyStatus
from staff.models import User
from tests.factories import make_team, make_user
from tests.outreach.replies.test_replying import said
from tests.outreach.world import make_approved

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_user("Account owner", name="Ola Berg", team=make_team())


@pytest.fixture
def draft(owner: User) -> Draft:
    return make_approved(owner=owner)


@pytest.fixture
def held(draft: Draft) -> Reply:
    return said("Take <b>me</b> off your list. Take me off your list.", draft=draft)


def address(name: str, reply: Reply) -> str:
    return reverse(f"outreach:{name}", args=[reply.pk])


def test_held_ones_come_first(client: Client, owner: User, held: Reply) -> None:
    said("Yes, gladly.", draft=make_approved(owner=owner))
    client.force_login(owner)
    page = client.get(reverse("outreach:replies")).content.decode()
    assert page.index("Did they say stop?") < page.index("To be read")
    assert 'Needs you <span class="tally">2</span>' in page


def test_what_they_wrote_is_text_with_the_words_marked(client: Client, owner: User, held: Reply) -> None:
    client.force_login(owner)
    page = client.get(address("reply", held)).content.decode()
    assert '<mark class="mark-review">Take me off</mark>' in page
    assert "Take &lt;b&gt;me&lt;/b&gt;" in page
    assert "Nothing leaves" in page


def test_confirm_and_the_second_one_is_told(client: Client, owner: User, held: Reply) -> None:
    client.force_login(owner)
    assert client.post(address("confirm_reply", held)).status_code == 302
    late = client.post(address("release_reply", held), {"label": "answer", "reason": "No"})
    assert late.status_code == 409
    assert "Ola Berg confirmed that they said stop" in late.content.decode()
    assert Reply.objects.get(pk=held.pk).status == ReplyStatus.CONFIRMED


def test_release_needs_a_reason_and_swaps_the_region(client: Client, owner: User, held: Reply) -> None:
    client.force_login(owner)
    missing = client.post(address("release_reply", held), {"label": "answer", "reason": ""})
    assert missing.status_code == 422
    done = client.post(
        address("release_reply", held),
        {"label": "question", "reason": "They mean invoices"},
        headers={"HX-Request": "true"},
    )
    page = done.content.decode()
    assert page.strip().startswith('<div id="reply">')
    assert "Released. They may be written to again" in page
    assert not ActiveSuppression.objects.filter(contact=held.contact).exists()


def test_reading_and_sorting_anew(client: Client, owner: User, draft: Draft) -> None:
    reply = said("Hm.", draft=draft)
    client.force_login(owner)
    client.post(address("settle_reply", reply), {"note": ""})
    assert Reply.objects.get(pk=reply.pk).status == ReplyStatus.SETTLED
    client.post(address("relabel_reply", reply), {"label": "opt_out", "note": "On the phone"})
    assert Reply.objects.get(pk=reply.pk).status == ReplyStatus.CONFIRMED


def test_another_teams_reply_is_not_there(client: Client, held: Reply) -> None:
    client.force_login(make_user("Account owner", team=make_team()))
    assert client.get(address("reply", held)).status_code == 404
    assert client.post(address("confirm_reply", held)).status_code == 404
    assert "Did they say stop?" not in client.get(reverse("outreach:replies")).content.decode()


def test_only_those_who_may(client: Client, owner: User, held: Reply) -> None:
    client.force_login(make_user("Concierge", team=owner.team))
    assert client.get(address("reply", held)).status_code == 200
    assert client.post(address("confirm_reply", held)).status_code == 403
    client.force_login(make_user())
    assert client.get(reverse("outreach:replies")).status_code == 403


def test_pages_follow_each_other(client: Client, owner: User, draft: Draft) -> None:
    for number in range(27):
        said(f"Fine, number {number}.", draft=draft)
    client.force_login(owner)
    first = client.get(reverse("outreach:replies") + "?show=all")
    assert len(first.context["rows"]) == 25
    second = client.get(reverse("outreach:replies") + first.context["next_url"])
    assert [row.text for row in second.context["rows"]] == ["Fine, number 1.", "Fine, number 0."]
    assert client.get(reverse("outreach:replies") + "?after=nonsense&label=odd").status_code == 200


def test_the_number_of_queries_does_not_grow(
    client: Client, owner: User, draft: Draft, django_assert_max_num_queries: object
) -> None:
    client.force_login(owner)
    said("Fine.", draft=draft)
    client.get(reverse("outreach:replies"))
    counts = []
    for more in (0, 8):
        for number in range(more):
            said(f"Fine {number}.", draft=draft)
        with django_assert_max_num_queries(12) as seen:  # type: ignore[operator]
            client.get(reverse("outreach:replies"))
        counts.append(len(seen))
    assert counts[0] == counts[1]
