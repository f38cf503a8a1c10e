"""The queue page: reasons on its rows, its tabs, what arrives, and views that are kept."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from outreach import services as outreach
from outreach.models import Draft
from outreach.services import NotPermitted, Refused
from reviews import services
from reviews.models import LONGEST_QUERY, SavedView
from reviews.services.saved_views import MOST_VIEWS
from reviews.states import ViewOf
from reviews.work_counts import work_tabs
from staff.states import Role
from tests.factories import make_team, make_user
from tests.outreach.calls.making import make_call
from tests.outreach.world import make_draft
from tests.reviews.pages import queries, signed_in, text_of
from tests.reviews.world import make_item, make_owner

pytestmark = pytest.mark.django_db
QUEUE = "/reviews/"
HTMX = {"HX-Request": "true"}


def test_each_row_says_why_it_stands_there() -> None:
    """The points that the sweep gave, not points made up here: a quote without an answer, and half of a high value."""
    owner = make_owner()
    draft = make_item(owner, value=8_000)
    assert draft.priority == sum(one["points"] for one in draft.priority_reasons)
    assert draft.rank_at == draft.due_at - timedelta(minutes=30) * draft.priority
    page = text_of(signed_in(owner).get(QUEUE))
    assert re.search(
        r"Due \d+ days ago\. Counts as 2 days earlier for at least half of a high value, 20 hours for an", page
    )


def test_the_tabs_of_work_count_what_is_theirs_to_do_in_one_query() -> None:
    manager = make_user(Role.SDR_MANAGER, Role.CONCIERGE)
    make_draft(owner=manager)
    make_draft(owner=make_owner())
    make_call()
    client = signed_in(manager)
    assert "Messages 1 Calls 1 Intake 0" in text_of(client.get(QUEUE))
    assert "Messages 0 Calls 1 Intake 0" in text_of(signed_in(make_owner()).get(QUEUE))
    caller, now = make_user(Role.CONCIERGE), timezone.now()
    assert [tab.key for tab in work_tabs(caller, now)] == ["calls", "intake"], "a tab of a page they may not see"
    with CaptureQueriesContext(connection) as captured:
        work_tabs(caller, now)
    assert len(captured) == 1
    assert work_tabs(make_user(), now) == []


def arrived(page: Any) -> str:
    found = re.search(r'hx-get="([^"]*arrived[^"]*)"', page.content.decode())
    assert found is not None
    return unescape(found[1])


def test_what_arrives_is_said_and_nothing_moves() -> None:
    owner = make_owner()
    asleep, now = make_draft(owner=owner), timezone.now()
    until = now + timedelta(days=1)
    outreach.snooze(draft_id=asleep.pk, fingerprint=asleep.fingerprint, until=until, reason="Later", by=owner, now=now)
    client = signed_in(owner)
    address, by_sms = arrived(client.get(QUEUE)), arrived(client.get(QUEUE + "?channel=sms"))
    assert client.get(address, headers=HTMX).status_code == 204
    make_draft(owner=owner)
    assert "One new item. Show it" in text_of(client.get(address, headers=HTMX))
    assert client.get(by_sms, headers=HTMX).status_code == 204, "what arrived is not in this view"
    make_draft(owner=make_owner())
    # The snooze ended while the page was open.
    Draft.objects.filter(pk=asleep.pk).update(snoozed_until=timezone.now())
    said = client.get(address, headers=HTMX)
    assert "2 new items. Show them" in text_of(said)
    assert "<table" not in said.content.decode()
    assert client.get(by_sms.partition("?")[0] + "?since=yesterday", headers=HTMX).status_code == 204


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in() -> None:
    owner = make_owner()
    client = signed_in(owner)
    address = arrived(client.get(QUEUE))
    session = client.session
    session["seen_at"] -= 1000
    session.save()
    client.get(address, headers=HTMX)
    assert client.session["seen_at"] == session["seen_at"]
    client.get(QUEUE)
    assert client.session["seen_at"] > session["seen_at"]


def views(page: Any) -> str:
    """Where the page leads to what “Views” shows, which it does not load before somebody opens it."""
    found = re.search(r'<a class="menu-item"\s+href="([^"]*)">Views of this list</a>', page.content.decode())
    assert found is not None
    return unescape(found[1])


def test_views_are_kept_for_oneself_and_for_a_team() -> None:
    manager = make_owner()
    team = make_team(manager=manager)
    owner = make_owner(team)
    make_draft(owner=owner, channel="sms")
    asked = {"page": "messages", "query": "after=9_9&channel=sms&channel=sms&q=", "name": " Short  ones "}
    answer = signed_in(manager).post(reverse("reviews:save_view"), {**asked, "team": str(team.pk)})
    assert answer["Location"] == "/reviews/?channel=sms"
    client = signed_in(owner)
    page = client.get(views(client.get(QUEUE + "?channel=sms")), headers=HTMX)
    assert re.search(r'href="/reviews/\?channel=sms"\s+aria-current="page">Short ones', page.content.decode())
    view = SavedView.objects.get()
    client.post(reverse("reviews:remove_view", args=[view.pk]), {"page": "messages"})
    assert SavedView.objects.exists(), "a member removed a view of the whole team"
    assert "Remove “Short ones”" not in text_of(page)
    # The same name again replaces what it stood for.
    signed_in(manager).post(reverse("reviews:save_view"), {**asked, "query": "kind=close_loop", "team": str(team.pk)})
    assert SavedView.objects.get().query == "kind=close_loop"
    stranger = signed_in(make_owner())
    assert "Short ones" not in text_of(stranger.get(views(stranger.get(QUEUE))))
    signed_in(manager).post(reverse("reviews:remove_view", args=[view.pk]))
    assert not SavedView.objects.exists()


def test_every_list_of_work_keeps_views() -> None:
    client = signed_in(make_user(is_superuser=True))
    lists = {
        "messages": "/reviews/", "calls": "/calls/", "intake": "/intake/", "leads": "/leads/",
        "customers": "/customers/",
    }  # fmt: skip
    assert set(lists) == set(ViewOf.values)
    for name, address in lists.items():
        offered = views(client.get(f"{address}?whose=team&q=Anna"))
        assert offered == f"/reviews/views/?page={name}&query=whose%3Dteam%26q%3DAnna"
        kept = client.post(reverse("reviews:save_view"), {"page": name, "query": "whose=team&q=Anna", "name": "Annas"})
        assert kept["Location"] == f"{address}?q=Anna&whose=team"
        shown = client.get(offered, headers=HTMX).content.decode()
        assert re.search(rf'href="{re.escape(address)}\?q=Anna&amp;whose=team"\s+aria-current="page">Annas', shown)


@pytest.mark.parametrize(
    ("changes", "refusal", "sentence"),
    [
        ({"name": "  "}, Refused, "Give the view a name."),
        ({"name": "x" * 61}, Refused, "The name has 61 characters. Shorten it to 60."),
        ({"page": "nowhere"}, Refused, "There is no such list."),
        ({"query": "q=" + "x" * LONGEST_QUERY}, Refused, "The filters are too long to keep. Remove some."),
        (
            {"query": "&".join(f"a{n}=1" for n in range(300))},
            Refused,
            "There are too many filters to keep. Remove some.",
        ),
        ({"of_team": True}, NotPermitted, "Only the manager of a team keeps views for it. Keep it for yourself."),
    ],
)
def test_a_view_that_is_not_kept(changes: dict[str, Any], refusal: type[Refused], sentence: str) -> None:
    owner = make_owner(make_team())
    team = owner.team if changes.pop("of_team", False) else None
    asked: dict[str, Any] = {"page": "messages", "name": "Mine", "query": "q=a", **changes}
    with pytest.raises(refusal) as refused:
        services.save_view(by=owner, team=team, **asked)
    assert refused.value.sentence == sentence
    assert not SavedView.objects.exists()


def test_there_is_an_end_to_the_views_somebody_keeps() -> None:
    owner = make_owner()
    for number in range(MOST_VIEWS):
        services.save_view(page="messages", name=f"View {number}", query="q=a", by=owner)
    with pytest.raises(Refused, match="There are 20 views of this list already"):
        services.save_view(page="messages", name="One more", query="q=a", by=owner)
    services.save_view(page="calls", name="One more", query="q=a", by=owner)
    address = views(signed_in(owner).get(QUEUE))
    assert queries(signed_in(owner), address) == queries(signed_in(make_owner()), address)
    answer = signed_in(owner).get(address.partition("?")[0] + "?page=nowhere&query=" + "&".join("a=1" * 300))
    assert "Remove “View 19”" in text_of(answer)


def test_the_queue_asks_no_more_than_it_shows() -> None:
    """The session, the person, what they may do (two), the bell, who is in the team, the rows, and every number."""
    owner = make_owner(make_team())
    make_owner(owner.team)
    draft = make_item(owner)
    client = signed_in(owner)
    assert queries(client, QUEUE) == 8
    assert queries(client, QUEUE + "?whose=team") == 8
    client.post(reverse("reviews:approve", args=[draft.pk]), {"fingerprint": draft.fingerprint})
    assert queries(client, QUEUE) == 9, "what was let go in this browser is asked for"
    assert "Approved for" in text_of(client.get(QUEUE))
    assert "Approved for" not in text_of(signed_in(owner).get(QUEUE))
