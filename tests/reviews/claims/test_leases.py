"""Leases: one row is open in front of one person at a time, and no longer than its page says so."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from staff import services
from staff.models import Claim, User
from staff.services import CLAIM_SECONDS
from staff.states import ClaimKind
from tests.factories import make_team, make_user
from tests.outreach.calls.making import make_call
from tests.outreach.races import race
from tests.outreach.world import make_draft
from tests.reviews.world import NOW, make_owner

pytestmark = pytest.mark.django_db
MESSAGE = ClaimKind.MESSAGE
LEASE, SECOND = timedelta(seconds=CLAIM_SECONDS), timedelta(seconds=1)


def claim(user: User, at: timedelta = timedelta(0), row: int = 7) -> services.Held | None:
    return services.claim(kind=MESSAGE, row_id=row, user=user, now=NOW + at)


def test_a_lease_is_of_one_person_until_it_is_over() -> None:
    ida, bo = make_owner(), make_owner()
    assert claim(ida) is None
    held = claim(bo, LEASE - SECOND)
    assert held is not None
    assert (held.by, held.since, held.seen) == (ida, NOW, NOW)
    assert claim(bo, LEASE - SECOND, row=8) is None, "another row is another matter"
    assert services.claim(kind=ClaimKind.CALL, row_id=7, user=bo, now=NOW) is None
    assert claim(bo, LEASE) is None
    back = claim(ida, LEASE + SECOND)
    assert back is not None
    assert (back.by, back.since) == (bo, NOW + LEASE)


def test_saying_that_it_is_still_open_keeps_since_and_moves_seen() -> None:
    ida, bo = make_owner(), make_owner()
    for seconds in (0, 40, 80, 120):
        assert claim(ida, timedelta(seconds=seconds)) is None
    held = claim(bo, timedelta(seconds=200))
    assert held is not None
    assert (held.since, held.seen) == (NOW, NOW + LEASE)
    # After a break it is a new beginning.
    assert claim(ida, timedelta(seconds=1000)) is None
    assert Claim.objects.get(kind=MESSAGE, row_id=7).since == NOW + timedelta(seconds=1000)


def test_leaving_frees_only_what_is_ones_own() -> None:
    ida, bo = make_owner(), make_owner()
    claim(ida)
    services.release(kind=MESSAGE, row_id=7, user=bo)
    assert claim(bo, SECOND) is not None
    services.release(kind=MESSAGE, row_id=7, user=ida)
    assert claim(bo, SECOND) is None


def test_taking_over_is_seen_by_whoever_had_it() -> None:
    ida, bo = make_owner(), make_owner()
    claim(ida)
    services.take_over(kind=MESSAGE, row_id=7, user=bo, now=NOW + SECOND)
    held = claim(ida, 2 * SECOND)
    assert held is not None
    assert (held.by, held.since) == (bo, NOW + SECOND)
    assert services.held_by_others(kind=MESSAGE, row_ids=[7, 8], user=ida, now=NOW)[7] == held


def test_leases_that_are_over_are_forgotten() -> None:
    ida = make_owner()
    claim(ida)
    claim(ida, 2 * SECOND, row=8)
    assert services.forget_claims(now=NOW + LEASE + SECOND) == 1
    assert Claim.objects.get().row_id == 8


def test_the_address_says_who_has_it_and_hands_it_over(client: Client) -> None:
    bo = make_owner(name="Bo Lind")
    ida = make_owner(make_team(manager=bo), name="Ida Owens")
    draft = make_draft(owner=ida)
    home, address = f"/reviews/{draft.pk}/", reverse("reviews:claim_message", args=[draft.pk])
    client.force_login(ida)
    assert b"has had this open" not in client.post(address).content
    client.force_login(bo)
    assert b"Ida Owens has had this open since" in client.post(address).content
    client.post(address, {"release": "1"})
    assert b"Ida Owens" in client.post(address).content, "leaving frees nothing of hers"
    answer = client.post(address, {"take": "1", "next": "/reviews/7/"})
    assert answer["Location"] == "/reviews/7/"
    assert Claim.objects.get().user == bo
    for elsewhere in ("https://elsewhere.example/", ""):
        assert client.post(address, {"take": "1", "next": elsewhere})["Location"] == home
    assert client.get(address).status_code == 405


def test_a_page_that_is_left_gives_back_only_what_it_had(client: Client) -> None:
    """Browsers say so after the next page, or the same one again, was answered: that one keeps its lease."""
    ida = make_owner(make_team())
    draft = make_draft(owner=ida)
    address = reverse("reviews:claim_message", args=[draft.pk])
    client.force_login(ida)

    def opened() -> str:
        found = re.search(r'data-claimed="([^"]+)"', client.get(f"/reviews/{draft.pk}/").content.decode())
        assert found is not None
        return unescape(found[1])

    first = opened()
    opened()
    client.post(address, {"release": "1", "claimed": first})
    assert Claim.objects.get().user == ida, "opened again meanwhile"
    client.post(address, {"release": "1", "claimed": "no moment"})
    assert not Claim.objects.exists()
    second = opened()
    client.post(address, {"release": "1", "claimed": second})
    assert not Claim.objects.exists()


def test_taking_over_leads_to_the_page_of_the_row_wherever_one_was_refused(client: Client) -> None:
    bo = make_owner()
    ida = make_owner(make_team(manager=bo))
    draft = make_draft(owner=ida)
    page, address = f"/reviews/{draft.pk}/", reverse("reviews:claim_message", args=[draft.pk])
    client.force_login(ida)
    client.get(page)
    client.force_login(bo)
    refused = client.post(f"{page}approve/?whose=team", {"fingerprint": draft.fingerprint})
    beat = client.post(address, headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}?whose=team"})
    for answer in (refused, beat):
        assert f'name="next" value="{page}?whose=team"' in answer.content.decode()
    elsewhere = {"HX-Request": "true", "HX-Current-URL": "http://testserver/calls/"}
    assert f'name="next" value="{page}"' in client.post(address, headers=elsewhere).content.decode()


def test_only_who_does_such_work_and_sees_it_may_have_it_open(client: Client) -> None:
    concierge = make_user("Concierge", team=make_team())
    client.force_login(concierge)
    assert client.post(reverse("reviews:claim_message", args=[make_draft(owner=concierge).pk])).status_code == 403
    foreign = make_call(owner_id=make_owner(make_team()).pk)
    for row, status in ((make_call(owner_id=concierge.pk).pk, 200), (foreign.pk, 404), (10**17, 404)):
        assert client.post(reverse("reviews:claim_call", args=[row])).status_code == status
    assert Claim.objects.get().user == concierge


def test_who_may_not_decide_takes_a_message_from_nobody(client: Client) -> None:
    team = make_team()
    ida, peer = make_owner(team), make_owner(team)
    draft = make_draft(owner=ida)
    address = reverse("reviews:claim_message", args=[draft.pk])
    client.force_login(ida)
    client.post(address)
    client.force_login(peer)
    assert client.post(address).status_code == 204
    assert client.post(address, {"take": "1"}).status_code == 403
    assert Claim.objects.get().user == ida


@pytest.mark.trial
@pytest.mark.django_db(transaction=True)
def test_of_two_who_come_at_the_same_moment_one_has_it() -> None:
    ida, bo = make_owner(), make_owner()
    for row in range(30):
        got = race(lambda: claim(ida, row=row), lambda: claim(bo, row=row))  # noqa: B023 - joined below
        owner = Claim.objects.get(row_id=row).user
        assert [one is None for one in got] == [owner == ida, owner == bo], got
    assert not connection.in_atomic_block
