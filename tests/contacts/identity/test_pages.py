"""The pages of suspected duplicates and merges: what is shown, to whom, and what can be done there."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contacts.models import Merge, SuspectedDuplicate
from contacts.services import record_consent, suppress
from contacts.services.merging import merge
from contacts.states import DuplicateReason, DuplicateStatus, MergeKey
from staff.models import User
from tests.contacts.identity.people import LATER, NOW, person
from tests.factories import make_user

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def manager(client: Client) -> User:
    user = make_user("SDR manager", name="Bo Lind")
    client.force_login(user)
    return user


def suspected(
    first: str = "Marta Lindqvist", second: str = "Martha Lindqvist", reason: str = "name_domain", likeness: int = 96
) -> SuspectedDuplicate:
    return SuspectedDuplicate.objects.create(
        first=person(first, email="a@northlight.example"), second=person(second), reason=reason, likeness=likeness,
        found_at=NOW,
    )  # fmt: skip


@pytest.mark.parametrize("role", ["Account owner", "Concierge"])
def test_who_may_not_merge_sees_none_of_it(client: Client, role: str) -> None:
    pair = suspected()
    made = merge(survivor=person(), merged=person(), key=MergeKey.IDENTIFY, at=NOW)
    client.force_login(make_user(role))
    for address in ("/duplicates/", f"/duplicates/{pair.pk}/", "/merges/"):
        assert client.get(address).status_code == 403
    for address in (f"/duplicates/{pair.pk}/merge/", f"/duplicates/{pair.pk}/dismiss/", f"/merges/{made.pk}/undo/"):
        assert client.post(address, {"keep": pair.first_id, "reason": "Same"}).status_code == 403
    pair.refresh_from_db()
    assert pair.status == DuplicateStatus.OPEN


def test_pairs_are_shown_side_by_side(client: Client, manager: User) -> None:
    suspected(second="<b>Martha</b>")
    page = client.get("/duplicates/").content.decode()
    assert "a@northlight.example" in page
    assert "&lt;b&gt;Martha&lt;/b&gt;" in page
    assert "96 of 100 alike" in page


def test_the_list_can_be_narrowed_and_has_words_for_nothing(client: Client, manager: User) -> None:
    assert "Nobody seems to be here twice" in client.get("/duplicates/").content.decode()
    suspected(reason=DuplicateReason.PHONE)
    assert "Marta Lindqvist" in client.get("/duplicates/?reason=phone").content.decode()
    assert "None for this reason" in client.get("/duplicates/?reason=email").content.decode()
    for odd in ("?after=x", "?after=96.99999999999999999999999", "?reason=nonsense", "?after=-1.1"):
        assert client.get(f"/duplicates/{odd}").status_code == 200


def test_every_pair_is_on_exactly_one_page(client: Client, manager: User) -> None:
    for number in range(45):
        suspected(f"Person {number:02d} Lindqvist", likeness=90 + number % 3)
    seen: list[str] = []
    address = "/duplicates/"
    pages = 0
    while address:
        page = client.get(address)
        seen += [str(pair.first) for pair, _people in page.context["rows"]]
        address = "/duplicates/" + page.context["next_url"] if page.context["next_url"] else ""
        pages += 1
    assert pages == 3
    assert len(seen) == len(set(seen)) == 45


def test_more_pairs_take_no_more_queries(client: Client, manager: User) -> None:
    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        return len(asked)

    suspected()
    merge(survivor=person(), merged=person(), key=MergeKey.IDENTIFY, at=NOW)
    client.get("/duplicates/")
    few = queries("/duplicates/"), queries("/merges/")
    for _number in range(12):
        suspected()
        merge(survivor=person(), merged=person(), key=MergeKey.IDENTIFY, at=NOW)
    assert (queries("/duplicates/"), queries("/merges/")) == few


def test_the_decision_shows_what_moves_and_what_may_be_sent(client: Client, manager: User) -> None:
    pair = suspected()
    record_consent(contact=pair.second, channel="email", status="yes", source="form", at=NOW)
    suppress(contact=pair.first, channel="email", reason="opted_out", at=NOW)
    page = client.get(f"/duplicates/{pair.pk}/?keep={pair.second_id}").content.decode()
    assert "Marta Lindqvist becomes part of Martha Lindqvist" in " ".join(page.split())
    assert "1 addresses" in page or "1 address" in page
    assert "Stricter than before" in page
    swapped = client.get(f"/duplicates/{pair.pk}/?keep={pair.first_id}", headers=HTMX).content.decode()
    assert swapped.strip().startswith('<div class="stack-l" id="pair">')


def test_a_merge_needs_a_reason_and_keeps_who_was_chosen(client: Client, manager: User) -> None:
    pair = suspected()
    address = f"/duplicates/{pair.pk}/merge/"
    refused = client.post(address, {"keep": pair.second_id, "reason": ""})
    assert refused.status_code == 422
    assert "This field is required" in refused.content.decode()
    assert client.post(address, {"keep": "7x", "reason": "Same"}).status_code == 422
    done = client.post(address, {"keep": pair.second_id, "reason": "Same person"}, follow=True)
    assert "Marta Lindqvist is part of Martha Lindqvist now" in done.content.decode()
    made = Merge.objects.get()
    assert (made.survivor, made.merged_by, made.reason) == (pair.second, manager, "Same person")
    again = client.post(address, {"keep": pair.second_id, "reason": "Same person"}, headers=HTMX)
    assert "decided about these two before" in again.content.decode()


def test_a_merge_by_htmx_leads_back_to_the_list(client: Client, manager: User) -> None:
    pair = suspected()
    done = client.post(f"/duplicates/{pair.pk}/merge/", {"keep": pair.first_id, "reason": "Same"}, headers=HTMX)
    assert done["HX-Redirect"] == "/duplicates/"


def test_two_people_stay_two_and_the_list_goes_on(client: Client, manager: User) -> None:
    pair, other = suspected(reason="phone"), suspected("Ada Byron", reason="phone")
    swapped = client.post(f"/duplicates/{pair.pk}/dismiss/", {"query": "reason=phone"}, headers=HTMX).content.decode()
    assert "does not come back" in swapped
    assert "Ada Byron" in swapped
    again = client.post(f"/duplicates/{pair.pk}/dismiss/", {"query": "reason=phone"})
    assert again["Location"] == "/duplicates/?reason=phone"
    page = client.get("/duplicates/").content.decode()
    assert "decided about these two before" in page
    assert str(other.first) in page
    pair.refresh_from_db()
    assert (pair.status, pair.decided_by) == (DuplicateStatus.DISMISSED, manager)


def test_a_merge_can_be_undone_with_a_reason(client: Client, manager: User) -> None:
    assert "Nothing was merged" in client.get("/merges/").content.decode()
    stays, goes = person("Marta"), person("Martha")
    made = merge(survivor=stays, merged=goes, key=MergeKey.PERSON, reason="Same", by=manager, at=LATER)
    assert "Make them two again" in client.get("/merges/").content.decode()
    address = f"/merges/{made.pk}/undo/"
    assert client.post(address, {"reason": ""}).status_code == 422
    swapped = client.post(address, {"reason": "Two sisters"}, headers=HTMX).content.decode()
    assert "Martha and Marta are two contacts again" in swapped
    assert "Two sisters" in swapped
    again = client.post(address, {"reason": "Two sisters"})
    assert again.status_code == 422
    assert "undone before" in again.content.decode()
    made.refresh_from_db()
    assert (made.undone_by, made.undone_reason) == (manager, "Two sisters")


def test_what_has_to_be_undone_first_is_said(client: Client, manager: User) -> None:
    first, second, third = person("Ada"), person("Berta"), person("Carla")
    for survivor, merged in ((second, first), (third, second)):
        merge(survivor=survivor, merged=merged, key=MergeKey.ALIAS, at=LATER)
    page = client.get("/merges/").content.decode()
    assert "Berta became part of Carla since. Undo that merge first." in page
    assert page.count("Make them two again") == 1


def test_what_is_not_there_is_not_found(client: Client, manager: User) -> None:
    assert client.get("/duplicates/999999/").status_code == 404
    assert client.post("/merges/999999/undo/", {"reason": "x"}).status_code == 404
    assert client.get("/merges/?before=99999999999999999999999").status_code == 200
