"""From requests to events: once each, in order, whatever happens on the way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from contacts.ingest import inbox
from contacts.ingest.messages import open_envelope
from contacts.ingest.store import Incoming, store
from contacts.ingest.turn import LOCK
from contacts.models import Arrival, Contact, DeadLetter, Event, EventBatch, EventName, EventSource, Identity
from contacts.services import create_contact
from contacts.services.arrivals import CONTACTS_OF_AN_ARRIVAL
from contacts.states import EventFlag, EventKind, IdentityKind
from contacts.tasks import take_in_events

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def track(number: int, **extra: Any) -> dict[str, Any]:
    return {"type": "track", "userId": "u1", "event": "Visit Logged", "messageId": f"m{number}", **extra}


def accept(source: EventSource, *messages: Any, at: datetime = NOW, **extra: Any) -> None:
    body = json.dumps({"batch": messages, **extra}).encode()
    inbox.accept(source_id=source.pk, call="batch", body=body, envelope=open_envelope("batch", body), received_at=at)


def known(value: str = "u1", **fields: Any) -> Contact:
    """A contact whom a source calls by this id."""
    contact = create_contact(name="Ana", **fields)
    Identity.objects.create(kind=IdentityKind.USER, value=value, contact=contact)
    return contact


def incoming(number: int, **fields: Any) -> Incoming:
    given: dict[str, Any] = {
        "message_id": UUID(int=number),
        "identity": ("user", "u1"),
        "name": "visit_logged",
        "occurred_at": NOW,
        "received_at": NOW,
        "properties": {},
        "source_id": None,
    }
    return Incoming(**(given | fields))


def test_events_are_taken_in_and_the_inbox_is_empty(source: EventSource) -> None:
    contact = known()
    payment = {"event": "payment failed", "properties": {"amount": "49.90", "currency": "eur", "order": 7}}
    accept(source, track(1, timestamp="2026-03-01T09:00:00Z"), track(2, **payment), sentAt=NOW.isoformat())
    taken = inbox.take_in(now=NOW)
    assert (taken.events, taken.duplicates, taken.refused, taken.batches) == (2, 0, 0, 1)
    visit, failed = Event.objects.order_by("occurred_at")
    assert (visit.contact, visit.kind, visit.source) == (contact, EventKind.VISIT_LOGGED, source)
    assert visit.occurred_at == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert visit.received_at == NOW
    assert (failed.kind, str(failed.amount), failed.currency) == (EventKind.PAYMENT_FAILED, "49.90", "EUR")
    assert failed.properties == payment["properties"]
    assert not EventBatch.objects.exists()
    assert [(arrival.contact_ids, arrival.due_at) for arrival in Arrival.objects.all()] == [([contact.pk], NOW)]
    source.refresh_from_db()
    assert source.last_event_at == NOW


def test_taking_in_twice_changes_nothing(source: EventSource) -> None:
    accept(source, track(1))
    take_in_events()
    Arrival.objects.all().delete()
    take_in_events()
    assert (Event.objects.count(), Arrival.objects.count()) == (1, 0)


def test_the_same_request_twice_is_one_event_each(source: EventSource) -> None:
    """A client that got no answer sends again, later: the clock correction moves, the event does not."""
    message = track(1, timestamp="2026-03-01T09:00:00Z", properties={"a": [1, {"b": None}], "c": 1.5})
    accept(source, message, sentAt=NOW.isoformat())
    accept(source, message, message, sentAt=NOW.isoformat(), at=NOW + timedelta(seconds=3))
    assert inbox.take_in(now=NOW) == inbox.Taken(events=1, duplicates=2, batches=2)
    accept(source, message, at=NOW + timedelta(days=1))
    assert inbox.take_in(now=NOW) == inbox.Taken(duplicates=1, batches=1)
    assert Event.objects.get().occurred_at == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert not DeadLetter.objects.exists()


@pytest.mark.parametrize(
    "other",
    [{"event": "Class Attended"}, {"userId": "u2"}, {"properties": {"x": 1}}],
    ids=["name", "person", "properties"],
)
@pytest.mark.parametrize("together", [True, False])
def test_an_id_that_comes_with_another_body_is_refused(
    source: EventSource, other: dict[str, Any], together: bool
) -> None:
    accept(source, track(1))
    if not together:
        inbox.take_in(now=NOW)
    accept(source, track(2), track(1, **other), track(1))
    taken = inbox.take_everything_in(now=NOW)
    assert (taken.duplicates, taken.refused) == (1, 1)
    letter = DeadLetter.objects.get()
    assert (letter.code, letter.body) == ("duplicate_id", track(1, **other))
    assert "messageId" in letter.reason
    assert Event.objects.count() == 2


def test_an_event_of_one_person_by_two_ids_is_the_same_event(source: EventSource) -> None:
    contact = known()
    Identity.objects.create(kind=IdentityKind.ANONYMOUS, value="a1", contact=contact)
    accept(source, track(1))
    accept(source, track(1, userId=None, anonymousId="a1"))
    assert inbox.take_in(now=NOW) == inbox.Taken(events=1, duplicates=1, batches=2)


def test_impossible_dates_are_kept_flagged_and_do_not_count(source: EventSource) -> None:
    contact = known()
    for number, year in enumerate((1970, 2099)):
        accept(source, track(number, timestamp=f"{year}-01-01T00:00:00Z"))
    inbox.take_in(now=NOW)
    old, new = Event.objects.order_by("occurred_at")
    assert (old.flag, old.kind, old.contact) == (EventFlag.TOO_OLD, 0, contact)
    assert (new.flag, new.kind, new.contact) == (EventFlag.FUTURE, 0, contact)
    assert [arrival.due_at for arrival in Arrival.objects.all()] == [NOW]


def test_a_date_to_come_is_announced_again_when_it_comes(source: EventSource) -> None:
    contact = known()
    accept(source, track(1, timestamp="2026-03-09T10:00:30Z"), track(2))
    inbox.take_in(now=NOW)
    assert [(one.due_at, one.contact_ids) for one in Arrival.objects.order_by("due_at")] == [
        (NOW, [contact.pk]),
        (datetime(2026, 3, 9, 10, 1, tzinfo=UTC), [contact.pk]),
    ]


def test_a_property_that_counts_and_is_wrong_becomes_a_dead_letter(source: EventSource) -> None:
    accept(source, track(1), track(2, event="nps_submitted", properties={"score": 11}))
    assert inbox.take_in(now=NOW) == inbox.Taken(events=1, refused=1, batches=1)
    letter = DeadLetter.objects.get()
    assert (letter.code, letter.reason) == ("bad_property", "The property score must be a whole number from 0 to 10.")
    assert letter.received_at == NOW


def test_machines_and_unknown_names_have_no_effect(source: EventSource) -> None:
    accept(source, track(1, properties={"machine": True}), track(2, event="Thing Done!"), track(3, event="thing-done!"))
    inbox.take_in(now=NOW)
    assert set(Event.objects.values_list("kind", flat=True)) == {0}
    name = EventName.objects.get(key="thing_done!")
    assert (name.kind, name.title) == (None, "Thing Done!")
    assert Event.objects.filter(name=name).count() == 2


def test_pages_and_screens_are_events(source: EventSource) -> None:
    accept(
        source,
        {"type": "page", "anonymousId": "a", "name": "Prices"},
        {"type": "screen", "anonymousId": "a", "name": "Start"},
    )
    inbox.take_in(now=NOW)
    assert list(Event.objects.order_by("id").values_list("name__title", "properties")) == [
        ("Page Viewed", {"name": "Prices"}),
        ("Screen Viewed", {"name": "Start"}),
    ]


def test_who_somebody_is_counts_for_what_they_did_before(source: EventSource) -> None:
    contact = known()
    accept(source, track(1, userId=None, anonymousId="a9"))
    inbox.take_in(now=NOW)
    assert Event.objects.get().contact is None
    accept(source, {"type": "identify", "userId": "u1", "anonymousId": "a9"})
    inbox.take_in(now=NOW)
    assert Event.objects.get().contact == contact
    assert Arrival.objects.filter(contact_ids__contains=[contact.pk]).exists()


def test_what_was_left_out_at_acceptance_is_not_taken_in_again(source: EventSource) -> None:
    accept(source, {"type": "track"}, track(1), {"type": "track"})
    inbox.take_in(now=NOW)
    assert (Event.objects.count(), DeadLetter.objects.count()) == (1, 2)


class BrokenError(Exception):
    pass


def break_on(monkeypatch: pytest.MonkeyPatch, bad: str, problem: Exception) -> list[int]:
    """Let the store fail as soon as an event has this name. Tells how many events it was asked to store each time."""
    calls: list[int] = []
    real = store

    def failing(events: Sequence[Incoming], *, now: datetime) -> Any:
        calls.append(len(events))
        stored = real(events, now=now)
        if any(event.name == bad for event in events):
            raise problem
        return stored

    monkeypatch.setattr(inbox, "store", failing)
    return calls


def test_a_crash_in_the_middle_leaves_everything_for_the_next_time(
    source: EventSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(source, track(1), track(2))
    with monkeypatch.context() as broken:
        break_on(broken, "Visit Logged", OperationalError("the server closed the connection"))
        with pytest.raises(OperationalError):
            inbox.take_in(now=NOW)
    assert (Event.objects.count(), EventBatch.objects.count(), DeadLetter.objects.count()) == (0, 1, 0)
    inbox.take_in(now=NOW)
    assert (Event.objects.count(), EventBatch.objects.count()) == (2, 0)


def test_an_event_that_cannot_be_stored_does_not_stop_the_others(
    source: EventSource, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(0, 40, 2):
        accept(source, track(number), track(number + 1, event="poison" if number == 20 else "Visit Logged"))
    calls = break_on(monkeypatch, "poison", BrokenError("ana@example.com"))
    taken = inbox.take_everything_in(now=NOW)
    assert (taken.events, taken.refused, taken.batches) == (39, 1, 20)
    assert len(calls) < 20, "the batches around it are taken in together"
    letter = DeadLetter.objects.get()
    assert (letter.code, letter.body["messageId"]) == ("failed", "m21")
    assert "BrokenError" in letter.reason
    assert "ana@example.com" not in letter.reason + caplog.text
    assert not EventBatch.objects.exists()


def test_the_oldest_first_and_no_more_than_asked(source: EventSource) -> None:
    for number in range(6):
        accept(source, track(number))
    assert inbox.take_in(now=NOW, limit=2).events == 2
    assert set(Event.objects.values_list("message_id", flat=True)) == {
        one.message_id for one in Event.objects.order_by("id")[:2]
    }
    assert inbox.waiting(100) == 4
    assert inbox.take_everything_in(now=NOW).events == 4


@pytest.mark.django_db(transaction=True)
def test_only_one_takes_in_at_a_time(source: EventSource) -> None:
    accept(source, track(1))
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            assert inbox.take_in(now=NOW) == inbox.Taken()
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    finally:
        other.close()
    assert inbox.take_in(now=NOW).events == 1


def test_arrivals_name_a_bounded_number_of_contacts() -> None:
    people = Contact.objects.bulk_create(Contact(name=str(number)) for number in range(CONTACTS_OF_AN_ARRIVAL + 1))
    Identity.objects.bulk_create(
        Identity(kind=IdentityKind.USER, value=f"p{place}", contact=person) for place, person in enumerate(people)
    )
    events = [incoming(place + 1, identity=("user", f"p{place}")) for place in range(len(people))]
    assert store(events, now=NOW).created == len(people)
    assert sorted(len(arrival.contact_ids) for arrival in Arrival.objects.all()) == [1, CONTACTS_OF_AN_ARRIVAL]


def test_storing_nothing_asks_nobody() -> None:
    assert store([], now=NOW).created == 0


CONTENT = st.tuples(st.integers(1, 4), st.sampled_from(["visit_logged", "other"]), st.sampled_from(["u1", "u2"]))


@hypothesis_settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CONTENT, max_size=5), max_size=4))
def test_however_they_come_each_id_is_stored_once_and_everything_is_accounted_for(
    db: None, parts: list[list[tuple[int, str, str]]]
) -> None:
    Event.objects.all().delete()
    firsts: dict[int, tuple[str, str]] = {}
    for part in parts:
        stored = store([incoming(number, name=name, identity=("user", user)) for number, name, user in part], now=NOW)
        refused = sum(firsts.setdefault(number, (name, user)) != (name, user) for number, name, user in part)
        assert stored.created + stored.duplicates + len(stored.refused) == len(part)
        assert len(stored.refused) == refused
    found = {
        event.message_id.int: (event.name.key, event.identity.value)
        for event in Event.objects.select_related("name", "identity")
        if event.message_id and event.identity
    }
    assert found == firsts
