"""R9: quiet hours are decided at the moment of sending, in the recipient's own time zones, from the database.

Nothing is scheduled ahead: the rounds of a worker run every few seconds through the night, with the clock on the wall,
and a message leaves in the first of them in which every clock that may be its reader's is inside the hours.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from contacts.models import Contact
from contacts.states import Channel
from outreach import services, tasks
from outreach.models import ChannelRules, Draft
from outreach.services.holding import OF_HOURS
from outreach.states import DraftStatus
from tests.factories import make_user
from tests.outreach.world import NOW, make_contact, make_draft

pytestmark = pytest.mark.django_db

MINUTES = timedelta(minutes=1)


def text_to(timezone: str, *, phone: str = "", due_at: datetime = NOW) -> Draft:
    """A text message approved the day before, to somebody whose time zone is entered only then."""
    contact, owner = make_contact(phone=phone), make_user()
    draft = make_draft(contact, owner, channel=Channel.SMS, due_at=due_at)
    services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner, now=due_at - timedelta(days=1))
    Contact.objects.filter(pk=contact.pk).update(timezone=timezone)
    services.release_holds(held_by=OF_HOURS, now=due_at - timedelta(days=1))
    draft.refresh_from_db()
    assert draft.not_before == due_at
    return draft


def round_at(moment: datetime) -> None:
    with time_machine.travel(moment, tick=False):
        tasks.deliver_due()


def left_at(draft: Draft) -> datetime | None:
    draft.refresh_from_db()
    assert draft.status in (DraftStatus.APPROVED, DraftStatus.SENT)
    return draft.sent_at


def local(zone: str, *moment: int) -> datetime:
    return datetime(*moment, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[arg-type, misc]


# The nights in which clocks are changed: an hour less, an hour more, half an hour, and at midnight.
@pytest.mark.parametrize(
    ("zone", "evening", "morning"),
    [
        ("Europe/Berlin", (2026, 3, 28, 21, 0), (2026, 3, 29, 8, 0)),
        ("Europe/Berlin", (2026, 10, 24, 21, 0), (2026, 10, 25, 8, 0)),
        ("America/New_York", (2026, 11, 20, 21, 0), (2026, 11, 21, 8, 0)),
        ("Australia/Lord_Howe", (2026, 10, 3, 21, 0), (2026, 10, 4, 8, 0)),
        ("Asia/Kathmandu", (2026, 5, 20, 21, 0), (2026, 5, 21, 8, 0)),
        ("Africa/Cairo", (2026, 4, 23, 21, 0), (2026, 4, 24, 8, 0)),
    ],
)
def test_r9_it_waits_for_the_morning_where_its_reader_is(
    outbox: Path, zone: str, evening: tuple[int, ...], morning: tuple[int, ...]
) -> None:
    dusk, dawn = local(zone, *evening), local(zone, *morning)
    draft = text_to(zone, due_at=dusk)
    for moment in (dusk, dusk + 90 * MINUTES, dawn - 31 * MINUTES, dawn - timedelta(seconds=1)):
        round_at(moment)
        assert left_at(draft) is None, moment
    round_at(dawn)
    assert left_at(draft) is not None
    assert len(list(outbox.glob("*"))) == 1


def test_r9_what_is_due_at_the_last_minute_of_the_evening_leaves_and_a_minute_later_does_not() -> None:
    closing = local("Europe/Berlin", 2026, 5, 20, 21, 0)
    early = text_to("Europe/Berlin", due_at=closing - MINUTES)
    late = text_to("Europe/Berlin", due_at=closing)
    round_at(closing - MINUTES)
    round_at(closing)
    assert left_at(early) is not None
    assert left_at(late) is None


def test_r9_somebody_of_whom_nothing_is_known_gets_it_when_it_is_day_everywhere(settings: Settings) -> None:
    settings.SEND_COUNTRIES = ["US"]
    # The number belongs to no place: it may ring from Maine to Hawaii.
    draft = text_to("", phone="+15550001111", due_at=local("America/New_York", 2026, 5, 20, 9, 0))
    round_at(local("America/New_York", 2026, 5, 20, 13, 59))
    assert left_at(draft) is None
    assert "Their time zone is not known." in draft.status_reason
    round_at(local("Pacific/Honolulu", 2026, 5, 20, 8, 0))
    assert left_at(draft) is not None


def test_r9_a_reader_who_moves_while_it_waits_is_asked_about_anew() -> None:
    evening = local("Europe/Berlin", 2026, 5, 20, 22, 0)
    draft = text_to("Europe/Berlin", due_at=evening)
    round_at(evening)
    assert left_at(draft) is None
    Contact.objects.filter(pk=draft.contact_id).update(timezone="America/New_York")
    with time_machine.travel(evening + MINUTES, tick=False):
        tasks.look_again_at_holds()
    round_at(evening + MINUTES)
    assert left_at(draft) is not None


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    zone=st.sampled_from(
        ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Chatham", "Asia/Beirut"]
    ),
    start=st.sampled_from([(2026, 3, 7), (2026, 3, 28), (2026, 4, 4), (2026, 9, 26), (2026, 10, 24), (2026, 10, 31)]),
    hours=st.integers(0, 23),
)
def test_r9_whenever_it_leaves_its_readers_clock_is_inside(zone: str, start: tuple[int, int, int], hours: int) -> None:
    # Of the days on which clocks are changed some are holidays, which are not what this is about.
    ChannelRules.objects.filter(channel="sms").update(on_holidays=True)
    due = datetime(*start, tzinfo=UTC) + timedelta(hours=hours)
    draft = text_to(zone, due_at=due)
    moment = due
    while left_at(draft) is None:
        round_at(moment)
        moment += timedelta(hours=1)
        assert moment < due + timedelta(hours=14)
    assert 8 <= (draft.sent_at or due).astimezone(ZoneInfo(zone)).hour < 21
