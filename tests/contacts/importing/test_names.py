"""Saying what an event name counts as, on the page and in the store; and forgetting events that are too old."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contacts import services, tasks
from contacts.ingest import names as page
from contacts.models import Arrival, Event, EventName
from contacts.services.forgetting import forget_old_events
from contacts.services.names import map_name
from contacts.states import EventKind
from staff.models import AuditEntry
from tests.factories import make_user

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MANAGER = "Retention manager"


def happened(name: str, *, machine: bool = False, at: datetime = NOW, **properties: object) -> Event:
    contact = services.create_contact(name="Ada")
    return services.record_event(
        contact=contact, name=name, occurred_at=at, machine=machine, properties=properties
    )  # fmt: skip


def counted() -> list[tuple[Any, ...]]:
    return list(Event.objects.order_by("id").values_list("kind", "value", "amount", "reference"))


def test_events_count_as_their_name_does_from_now_on() -> None:
    events = [
        happened("Wheel Spun"),
        happened("wheel spun", machine=True),
        happened("Wheel Spun", at=NOW.replace(1980)),
    ]
    Arrival.objects.all().delete()
    name, by = EventName.objects.get(key="wheel_spun"), make_user()
    assert map_name(name=name, kind=EventKind.VISIT_LOGGED, by=by, now=NOW) == 1
    assert [kind for kind, *_ in counted()] == [1, 0, 0]
    assert [row.contact_ids for row in Arrival.objects.all()] == [[events[0].contact_id]]
    name.refresh_from_db()
    assert (name.kind, name.mapped_by, name.mapped_at) == (1, by, NOW)
    assert map_name(name=name, kind=EventKind.VISIT_LOGGED, by=by, now=NOW) == 0
    assert AuditEntry.objects.filter(action="contacts.map_name").count() == 1
    assert happened("wheel-spun").kind == EventKind.VISIT_LOGGED
    assert map_name(name=name, kind=None, by=by, now=NOW) == 2
    name.refresh_from_db()
    assert (name.kind, name.mapped_by, name.mapped_at) == (None, None, None)


def test_what_a_kind_needs_is_read_again_and_what_does_not_fit_has_no_effect() -> None:
    happened("Feedback", score="9", order_id="7", total="3.5", severity="low")
    happened("Feedback", score=11)
    name = EventName.objects.get(key="feedback")
    for kind, expected in (
        (EventKind.NPS_SUBMITTED, [(40, 9, None, ""), (0, None, None, "")]),
        (EventKind.PURCHASE_MADE, [(7, None, 3.5, "7"), (7, None, None, "")]),
        (EventKind.SUPPORT_TICKET_CREATED, [(42, 1, None, ""), (42, 2, None, "")]),
        (EventKind.APP_OPENED, [(5, None, None, ""), (5, None, None, "")]),
        (EventKind.NO_EFFECT, [(0, None, None, ""), (0, None, None, "")]),
    ):
        map_name(name=name, kind=kind, by=None, now=NOW)
        name.refresh_from_db()
        assert counted() == expected


def test_a_kind_that_is_none_is_refused() -> None:
    name = EventName.objects.create(key="odd", title="odd")
    with pytest.raises(services.Refused, match="Choose one of the list"):
        map_name(name=name, kind=19, by=None, now=NOW)


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(make_user(MANAGER))
    return client


def test_the_page_shows_unmapped_names_first_with_their_events(manager: Client) -> None:
    happened("Zebra Seen")
    happened("Zebra Seen")
    rows = manager.get(reverse("contacts:event_names")).context["rows"]
    assert [(row["name"].title, row["events"]) for row in rows[:1]] == [("Zebra Seen", 2)]
    assert rows[1]["name"].kind is not None


def test_the_page_asks_a_fixed_number_of_times_and_says_when_there_are_many(
    manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "COUNTED", 2)
    happened("Zebra Seen")
    manager.get(reverse("contacts:event_names"))
    found = []
    for round_number in range(2):
        for number in range(3):
            happened("Zebra Seen")
            EventName.objects.create(key=f"odd_{round_number}_{number}", title="odd")
        with CaptureQueriesContext(connection) as queries:
            answer = manager.get(reverse("contacts:event_names"))
        found.append(len(queries))
        assert "2 or more" in answer.content.decode()
    assert found[0] == found[1]


def test_many_names_are_paged_and_none_at_all_is_said(manager: Client) -> None:
    EventName.objects.bulk_create(EventName(key=f"odd_{n}", title="odd") for n in range(page.PAGE))
    first = manager.get(reverse("contacts:event_names")).content.decode()
    assert 'href="?page=2"' in first
    assert "Page 2 of 2" in manager.get(reverse("contacts:event_names"), {"page": 2}).content.decode()
    EventName.objects.all().delete()
    assert "No event has come yet" in manager.get(reverse("contacts:event_names")).content.decode()


def test_a_name_is_mapped_with_and_without_javascript(manager: Client) -> None:
    happened("Wheel Spun")
    name = EventName.objects.get(key="wheel_spun")
    url = reverse("contacts:map_event_name", args=[name.pk])
    answer = manager.post(url, {"kind": "1"}, headers={"hx-request": "true"})
    assert "Saved. Events that count differently now: 1." in answer.content.decode()
    assert f'id="event-name-{name.pk}"' in answer.content.decode()
    assert "<html" not in answer.content.decode()
    plain = manager.post(url, {"kind": "0"}, follow=True)
    assert plain.redirect_chain == [(reverse("contacts:event_names"), 302)]
    assert "Saved." in plain.content.decode()
    name.refresh_from_db()
    assert name.kind == 0
    wrong = manager.post(url, {"kind": "99"}, headers={"hx-request": "true"})
    assert (wrong.status_code, "Choose what it counts as" in wrong.content.decode()) == (422, True)


def test_a_name_with_very_many_events_is_mapped_by_a_worker(manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "AT_ONCE", 1)
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr(tasks.map_event_name, "delay", lambda *arguments: asked.append(arguments))
    happened("Wheel Spun")
    happened("Wheel Spun")
    name = EventName.objects.get(key="wheel_spun")
    answer = manager.post(reverse("contacts:map_event_name", args=[name.pk]), {"kind": "1"}, follow=True)
    assert "counted anew in the background" in answer.content.decode()
    assert {kind for kind, *_ in counted()} == {0}
    [arguments] = asked
    tasks.map_event_name(*arguments)
    assert {kind for kind, *_ in counted()} == {1}


def test_nobody_else_may_say_what_names_mean(client: Client) -> None:
    client.force_login(make_user("Account owner"))
    assert client.get(reverse("contacts:event_names")).status_code == 403
    name = EventName.objects.order_by("id")[0]
    assert client.post(reverse("contacts:map_event_name", args=[name.pk]), {"kind": "1"}).status_code == 403


@pytest.mark.parametrize(("days", "left"), [(365, 2), (800, 3), (0, 4)])
def test_old_events_are_forgotten(days: int, left: int, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contacts.services.forgetting.LOOKED_FOR", 1)
    settings.EVENT_RETENTION_DAYS = days
    for age in (0, 365, 700, 1095):
        happened("visit_logged", at=NOW - timedelta(days=age, seconds=1 if age > 365 else 0))
    assert forget_old_events(now=NOW) == 4 - left
    assert Event.objects.count() == left
    assert AuditEntry.objects.filter(action="contacts.forget_events").count() == (1 if left < 4 else 0)


def test_a_mistaken_date_is_kept_by_the_day_it_reached_us(settings: Any) -> None:
    settings.EVENT_RETENTION_DAYS = 365
    event = happened("visit_logged", at=NOW.replace(1970))
    assert forget_old_events(now=NOW) == 0
    assert forget_old_events(now=event.received_at + timedelta(days=366)) == 1


@pytest.mark.parametrize("days", ["364", "1", "-1"])
def test_too_short_a_memory_is_refused_at_the_start(days: str) -> None:
    found = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=django_settings.BASE_DIR, env=os.environ | {"EVENT_RETENTION_DAYS": days}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert found.returncode != 0
    assert f"EVENT_RETENTION_DAYS is {days}." in found.stderr
    assert "set it to 365 or more, or to 0 to keep them all" in found.stderr
