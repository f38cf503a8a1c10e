"""The list of calls, and one call, as people see and use them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from contacts import services as contacts
from contacts.models import Touch
from contacts.states import Channel, Consent, SuppressionReason
from followups.models import PlannedTouch
from outreach import services
from outreach.models import Call
from outreach.states import CallStatus
from staff.models import User
from staff.services import claim, take_over
from staff.states import ClaimKind
from tests.factories import make_team, make_user
from tests.outreach.calls.making import DAY, NOON, make_call, make_callable

pytestmark = pytest.mark.django_db
LIST = "/calls/"


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        yield


@pytest.fixture
def concierge() -> User:
    return make_user("Concierge", team=make_team())


@pytest.fixture
def seen(client: Client, concierge: User) -> Client:
    client.force_login(concierge)
    return client


def page(call: Call) -> str:
    return reverse("reviews:call", args=[call.pk])


def rows(client: Client, query: str = "") -> list[int]:
    return [row.call.pk for row in client.get(LIST + query).context["rows"]]


def test_the_next_best_call_comes_first_and_each_tab_has_its_own(seen: Client, concierge: User) -> None:
    colleague = make_user("Concierge", team=concierge.team)
    stranger = make_user("Concierge", team=make_team())
    small, large = make_call(owner_id=concierge.pk, priority=1), make_call(owner_id=concierge.pk, priority=9)
    theirs, free = make_call(owner_id=colleague.pk), make_call()
    later = make_call(owner_id=concierge.pk, due_at=NOON + DAY)
    hidden = make_call(owner_id=stranger.pk)
    assert rows(seen) == [large.pk, small.pk]
    assert rows(seen, "?whose=team") == [theirs.pk]
    assert rows(seen, "?whose=free") == [free.pk]
    assert rows(seen, "?whose=mine&when=later") == [later.pk]
    assert seen.get(page(hidden)).status_code == 404
    answer = seen.get(LIST)
    assert [tab["tally"] for tab in answer.context["tabs"]] == [2, 1, 1]
    assert "11:01" in answer.text  # Their clock, not ours.


def test_the_first_to_start_with_may_be_called_now(seen: Client, concierge: User) -> None:
    asleep = make_call(owner_id=concierge.pk, priority=9)
    contacts.suppress(contact=asleep.contact, channel="sms", reason=SuppressionReason.MANUAL, at=NOON)
    assert seen.get(LIST).context["first"].call == asleep, "another channel is nothing to a call"
    contacts.record_consent(contact=asleep.contact, channel=Channel.CALL, status=Consent.NO, source="Desk", at=NOON)
    assert seen.get(LIST).context["first"] is None, "nobody can be called, so there is nothing to start with"
    awake = make_call(owner_id=concierge.pk, priority=1)
    assert seen.get(LIST).context["first"].call == awake


def test_as_many_queries_for_many_calls_as_for_one(
    seen: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_call()
    seen.get(LIST)
    with django_assert_num_queries(17):
        seen.get(LIST)
    for _ in range(7):
        make_call()
    with django_assert_num_queries(17):
        assert len(rows(seen)) == 8


def test_every_call_is_on_exactly_one_page(seen: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outreach.call_queue.PER_PAGE", 2)
    contact = make_callable()
    made = {make_call(contact, priority=number % 2).pk for number in range(5)}
    found, query = [], "?whose=free"
    while query:
        answer = seen.get(LIST + query)
        found += [row.call.pk for row in answer.context["rows"]]
        query = answer.context["next_url"]
    assert sorted(found) == sorted(made)
    assert rows(seen, "?whose=free&after=nonsense") == found[:2]


def test_a_call_shows_what_is_needed_to_make_it(seen: Client) -> None:
    call = make_call()
    text = seen.get(page(call)).text
    number = call.contact.addresses.get(kind="phone").value
    assert f'href="tel:{number}"' in text
    for words in (
        "Three classes missed",
        "Offer a session with their coach",
        "Class missed",
        "It is 11:01 there (London)",
    ):
        assert words in text


def test_nobody_gets_the_number_of_somebody_who_took_consent_back(seen: Client) -> None:
    call = make_call()
    contacts.record_consent(contact=call.contact, channel=Channel.CALL, status=Consent.NO, source="Form", at=NOON)
    text = seen.get(page(call)).text
    assert "tel:" not in text
    assert call.contact.addresses.get(kind="phone").value not in text
    assert "They did not agree to calls." in text


def test_who_only_looks_on_has_neither_number_nor_form(client: Client) -> None:
    client.force_login(make_user("Retention manager"))
    call = make_call()
    text = client.get(page(call)).text
    assert "tel:" not in text
    assert "Keep this" not in text
    assert client.post(page(call) + "outcome/", {"outcome": "reached", "minutes": 3, "tries": 0}).status_code == 403


def test_an_outcome_is_kept_and_said(seen: Client, concierge: User) -> None:
    call = make_call()
    given = {"outcome": "reached", "minutes": 6, "note": "Comes on Friday.", "tries": 0}
    answer = seen.post(page(call) + "outcome/", given, follow=True)
    assert "Kept. This call is done." in answer.text
    call.refresh_from_db()
    assert (call.status, call.done_by, call.minutes) == (CallStatus.DONE, concierge, 6)
    again = seen.post(page(call) + "outcome/", given)
    assert again.status_code == 409
    assert f"{concierge} made this call" in again.text
    assert rows(seen, "?when=over") == [call.pk]


def test_a_moment_to_call_back_is_read_by_their_clock(seen: Client) -> None:
    call = make_call(make_callable(phone="+4930901820"))  # Berlin, two hours ahead of UTC in May.
    given = {"outcome": "call_back", "minutes": 1, "tries": 0, "back_on": "2026-05-22", "back_time": "15:30"}
    assert seen.post(page(call) + "outcome/", given).status_code == 302
    call.refresh_from_db()
    assert call.due_at.isoformat() == "2026-05-22T13:30:00+00:00"
    given = {"outcome": "call_back", "minutes": 1, "tries": 1, "back_on": "", "back_time": ""}
    answer = seen.post(page(call) + "outcome/", given)
    assert answer.status_code == 422
    assert "Say when they want to be called back." in answer.text


def test_what_is_not_filled_in_is_marked_and_kept(seen: Client) -> None:
    answer = seen.post(page(make_call()) + "outcome/", {"minutes": 999, "tries": 0, "note": "Half a sentence"})
    assert answer.status_code == 422
    assert "Half a sentence" in answer.text
    assert "Nothing was kept." in answer.text


def test_calling_off_needs_a_reason(seen: Client, concierge: User) -> None:
    call = make_call()
    assert seen.post(page(call) + "off/", {"reason": ""}).status_code == 422
    assert seen.post(page(call) + "off/", {"reason": "They came in."}).status_code == 302
    call.refresh_from_db()
    assert (call.status, call.status_reason) == (CallStatus.CALLED_OFF, f"{concierge}: They came in.")
    assert seen.post(page(call) + "off/", {"reason": "Again."}).status_code == 409


def test_the_page_of_a_call_that_was_called_off_says_why(seen: Client) -> None:
    call = make_call()
    services.call_off(call_ids=[call.pk], reason="The goal was reached.", now=NOON)
    text = seen.get(page(call)).text
    assert "The goal was reached." in text
    assert "Keep this" not in text


def test_what_came_of_a_call_that_was_called_off_meanwhile_is_kept_and_said(seen: Client) -> None:
    call = make_call()
    assert seen.get(page(call)).status_code == 200
    services.call_off(call_ids=[call.pk], reason="The goal was reached.", now=NOON)
    given = {"outcome": "reached", "minutes": 6, "tries": 0, "note": "Comes on Friday.", "promise": "Send the list"}
    wrong = seen.post(page(call) + "outcome/", given)
    assert wrong.status_code == 422
    assert "Say by which day you promised it." in wrong.text
    assert 'value="Send the list"' in wrong.text
    answer = seen.post(page(call) + "outcome/", {**given, "promise_on": "2026-05-22"}, follow=True)
    assert "Kept as a call that took place. It had been called off meanwhile" in answer.text
    assert "Comes on Friday." in answer.text
    assert "Comes on Friday." in Touch.objects.get(contact=call.contact).summary
    assert PlannedTouch.objects.get().title == "Send the list"
    call.refresh_from_db()
    assert call.status == CallStatus.CALLED_OFF


def test_what_was_typed_about_a_call_of_somebody_faster_can_be_copied(seen: Client, concierge: User) -> None:
    call = make_call()
    colleague = make_user("Concierge", team=concierge.team)
    services.keep_outcome(call_id=call.pk, outcome="reached", note="", minutes=1, by=colleague, now=NOON)
    given = {"outcome": "reached", "minutes": 6, "tries": 0, "note": "Comes on Friday.", "promise": "Send the list"}
    answer = seen.post(page(call) + "outcome/", given)
    assert answer.status_code == 409
    for words in ("Copy it if you need it", "Comes on Friday.", "Send the list"):
        assert words in answer.text


def test_nobody_calls_off_what_a_colleague_has_open(seen: Client, concierge: User) -> None:
    call = make_call()
    colleague = make_user("Concierge", team=concierge.team, name="Olivia Owens")
    claim(kind=ClaimKind.CALL, row_id=call.pk, user=colleague, now=NOON)
    answer = seen.post(page(call) + "off/", {"reason": "They came in."})
    assert answer.status_code == 409
    assert "Olivia Owens has this call open since 10:00 UTC" in answer.text
    assert 'value="They came in."' in answer.text
    call.refresh_from_db()
    assert call.status == CallStatus.WAITING
    take_over(kind=ClaimKind.CALL, row_id=call.pk, user=concierge, now=NOON)
    assert seen.post(page(call) + "off/", {"reason": "They came in."}).status_code == 302
