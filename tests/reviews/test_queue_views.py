"""The queue as a page: who sees what in it, in which order, at what cost."""

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
from outreach.states import DraftKind, DraftStatus
from reviews import queue
from reviews.rules import A_POINT, QueuePlace
from tests.factories import make_team, make_user
from tests.outreach.world import make_approved, make_contact, make_draft
from tests.reviews.pages import queries, shown, signed_in, text_of, url
from tests.reviews.world import NOW, make_item, make_manager, make_owner

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
DECISIONS = ["approve", "edit", "suppress", "close_out", "settle", "review_again"]


# --- the queue --------------------------------------------------------------------------------------------------------


def test_the_tabs_share_out_everything_a_person_may_see() -> None:
    manager = make_owner()
    team = make_team(manager=manager)
    owner, colleague, stranger = make_owner(team), make_owner(team), make_owner(make_team())
    drafts = {who: make_draft(owner=who) for who in (owner, colleague, stranger, manager, None)}
    everybody = make_manager()
    for user in (owner, colleague, stranger, manager, everybody, make_user(is_superuser=True)):
        tabs = [set(queue.whose(user, tab, Draft.objects.all()).values_list("pk", flat=True)) for tab in queue.TABS]
        seen = set(Draft.objects.visible_to(user).values_list("pk", flat=True))
        assert sum(map(len, tabs)) == len(set.union(*tabs)), "one message stands under two tabs"
        assert set.union(*tabs) == seen
    assert set(queue.whose(owner, "team", Draft.objects.all())) == {drafts[colleague]}


def test_the_queue_says_how_many_wait_and_stops_counting_at_a_hundred(monkeypatch: pytest.MonkeyPatch) -> None:
    team = make_team()
    owner, colleague = make_owner(team), make_owner(team)
    for who in (owner, owner, owner, colleague, None):
        make_draft(owner=who)
    page = text_of(signed_in(owner).get(reverse("reviews:queue")))
    assert "Mine 3 Team 1 Unassigned 1" in page
    monkeypatch.setattr(queue, "COUNT_LIMIT", 3)
    assert "Mine 2+ Team 1 Unassigned 1" in text_of(signed_in(owner).get(reverse("reviews:queue")))


def test_the_most_pressing_comes_first() -> None:
    owner = make_owner()
    plain = make_draft(owner=owner, due_at=NOW)
    same = make_draft(owner=owner, due_at=NOW)
    weighty = make_draft(owner=owner, priority=49, due_at=NOW)
    longer = make_draft(owner=owner, due_at=NOW - timedelta(days=1))
    assert shown(signed_in(owner).get(reverse("reviews:queue"))) == [weighty.pk, longer.pk, plain.pk, same.pk]


def test_the_number_of_queries_does_not_grow_with_the_rows() -> None:
    team = make_team()
    owner, colleague = make_owner(team), make_owner(team)
    client = signed_in(owner)
    few: dict[str, int] = {}
    for wanted in (2, 9):
        while Draft.objects.filter(owner=owner).count() < wanted:
            for who in (owner, colleague, None):
                make_draft(owner=who)
        for tab in queue.TABS:
            address = f"{reverse('reviews:queue')}?whose={tab}"
            assert len(shown(client.get(address))) == wanted
            assert queries(client, address) == few.setdefault(tab, queries(client, address)), (tab, wanted)
    assert max(few[tab] for tab in queue.TABS) <= 13


def test_going_through_all_pages_while_others_decide_loses_and_repeats_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "PAGE", 9)
    owner = make_owner()
    everything = [
        make_draft(owner=owner, priority=number % 4, due_at=NOW - timedelta(days=number % 3)) for number in range(24)
    ]
    client = signed_in(owner)
    address, seen = reverse("reviews:queue") + "?whose=mine", []
    while address:
        page = client.get(address)
        seen += shown(page)
        # Between two clicks, some of what was seen and some of what is still to come is decided.
        for pk in (*seen[-2:], seen[0]):
            Draft.objects.filter(pk=pk).update(status=DraftStatus.WITHDRAWN)
        following = re.search(r'href="([^"]+)" rel="next"', page.content.decode())
        address = reverse("reviews:queue") + unescape(following[1]) if following else ""
    assert seen == [one.pk for one in sorted(everything, key=lambda one: (one.due_at - one.priority * A_POINT, one.pk))]


def test_a_page_after_which_nothing_is_left_leads_back() -> None:
    owner = make_owner()
    make_draft(owner=owner, priority=1)
    page = signed_in(owner).get(reverse("reviews:queue") + "?whose=mine&after=9000000000000000_1")
    assert "Nothing comes after this" in text_of(page)
    assert shown(signed_in(owner).get(reverse("reviews:queue") + "?after=typed-by-hand"))


@pytest.mark.parametrize("after", ["", "mine"])
def test_page_one_thousand_reads_as_little_as_page_one(after: str) -> None:
    """Each step reads one range of an index: no sort of everything, no row that is thrown away in bulk."""
    owner = make_owner()
    place = QueuePlace(NOW, 5) if after else None
    with CaptureQueriesContext(connection) as captured:
        queue.page(queue.whose(owner, "mine", Draft.objects.awaiting_review()), place)
    for query in captured:
        with connection.cursor() as cursor:
            for way in ("seqscan", "sort", "bitmapscan"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
            cursor.execute(f"EXPLAIN {query['sql']}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "draft_queue" in plan
        assert "Sort" not in plan.replace("Sort Key", "")


FILTERS: list[tuple[str, set[str]]] = [
    ("q=lindq", {"marta"}),
    ("q=NORTH", {"marta"}),
    ("q=mart", {"marta"}),
    ("q=lind+mart", {"marta"}),
    ("q=marta+jo", set()),
    ("q=bicyc", {"jo"}),
    ("q=bicycles+guide", {"jo"}),
    ("q=bicycles+unheard", set()),
    ("q=orth", set()),
    ("q=%3F!+%26", set()),
    ("q=nobody", set()),
    ("kind=close_loop", {"closing"}),
    ("reason_kind=owner_note", {"jo"}),
    ("asked=high_value", {"jo"}),
    ("channel=sms", {"sms"}),
    ("channel=sms&kind=close_loop", set()),
    ("status=approved", {"approved"}),
    ("status=awaiting_review", {"marta", "jo", "closing", "sms"}),
    ("status=", {"marta", "jo", "closing", "sms"}),
    ("status=snoozed", {"asleep"}),
    ("status=snoozed&channel=sms", set()),
    ("q=cy", {"closing"}),
    ("kind=unheard-of", set()),
    ("status=unheard-of", set()),
    ("q=%00", set()),
    # Of what comes twice the last counts, and whatever else stands there, however much, changes nothing.
    ("channel=email&" + "&".join(f"filter{number}=x" for number in range(300)) + "&channel=sms", {"sms"}),
    ("&".join("q=bicyc" for _ in range(300)), {"jo"}),
]


def test_filters() -> None:
    owner = make_owner()

    def drafted(name: str, *, question: str = "Does it work?", **changes: Any) -> Draft:
        said = {"first_name": name.split()[0], "sender_name": "Una", "question": question}
        return make_draft(make_contact(name=name), owner, values=said, **changes)

    drafts = {
        "marta": drafted("Marta Lindqvist", account_name="Northlight Studio"),
        "jo": drafted("Jo", question="Bicycles?", reason_kind="owner_note", review_reasons=("high_value",)),
        "closing": drafted("Cy", kind=DraftKind.CLOSE_LOOP),
        "sms": drafted("Sam", channel="sms"),
        "asleep": drafted("Cyril"),
        "approved": make_approved(make_contact(name="Ana"), owner),
    }
    asleep, now = drafts["asleep"], timezone.now()
    snooze: dict[str, Any] = {
        "until": now + timedelta(days=1),
        "reason": "They asked for a day",
        "by": owner,
        "now": now,
    }
    outreach.snooze(draft_id=asleep.pk, fingerprint=asleep.fingerprint, **snooze)
    client, names = signed_in(owner), {draft.pk: name for name, draft in drafts.items()}
    few = queries(client, f"{reverse('reviews:queue')}?q=bicyc")
    for query, found in FILTERS:
        page = client.get(f"{reverse('reviews:queue')}?{query}")
        assert page.status_code == 200, query
        assert {names[pk] for pk in shown(page)} == found, query
        assert not re.search(r'(href|hx-get)="[^"]*filter299', page.content.decode()), query
    assert queries(client, f"{reverse('reviews:queue')}?{FILTERS[-1][0]}") == few
    assert "They asked for a day" in text_of(client.get(f"{reverse('reviews:queue')}?status=snoozed"))


def test_a_filter_can_be_taken_away_and_goes_along_to_the_item() -> None:
    owner = make_owner()
    draft = make_draft(owner=owner)
    page = signed_in(owner).get(reverse("reviews:queue") + "?whose=mine&q=Marta&channel=email").content.decode()
    assert f'href="/reviews/{draft.pk}/?whose=mine&amp;q=Marta&amp;channel=email"' in page
    chips = re.findall(r'class="chip"\s+href="([^"]+)">[^<]+: ', page)
    assert [unescape(chip) for chip in chips] == [
        "?whose=mine&status=awaiting_review&channel=email",
        "?whose=mine&q=Marta&status=awaiting_review",
    ]


def test_names_with_markup_are_shown_as_they_are() -> None:
    owner = make_owner()
    draft = make_item(owner, name="<script>alert(1)</script> & Sons")
    for address in (reverse("reviews:queue"), url("item", draft), "/"):
        page = signed_in(owner).get(address).content
        assert b"<script>alert" not in page
    assert b"&lt;script&gt;alert(1)&lt;/script&gt; &amp; Sons" in signed_in(owner).get(url("item", draft)).content
