"""What the start page says to whom."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from followups import services as followups
from followups.models import Lead, PlannedTouch
from outreach import services as outreach
from outreach.inbound.message import IncomingMessage
from outreach.models import Draft
from reviews import home
from reviews.calls.promises import promises_of
from reviews.home import Need, calendar_for, news_for, reckon, won_by
from reviews.services.calling import Promise, keep_call
from staff.calendars import calendar_of
from staff.models import Team, User
from staff.navigation import navigation_for
from tests.factories import make_team, make_user
from tests.outreach.calls.making import NOON, make_call
from tests.outreach.world import make_draft
from tests.reviews.pages import queries, signed_in, text_of, url
from tests.reviews.world import NOW, make_item, make_manager, make_owner, make_undelivered, make_unsettled

pytestmark = pytest.mark.django_db


def lead_of(draft: Draft) -> Lead:
    return Lead.objects.get(attempts__draft=draft)


def they_write(draft: Draft, text: str) -> None:
    message = IncomingMessage("email", draft.address, ("us@ours.example",), text, NOW)
    outreach.receive_reply(message=message, draft=draft, contact=draft.contact, notice=None, now=NOW)


def needs(user: User, now: datetime) -> list[Need]:
    return home.needs_of(user, now, home.calendar_for(user))


def titles(user: User) -> list[tuple[str, str]]:
    return [(need.title, need.tally) for need in needs(user, NOW)]


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("Account owner", "Nothing waits for you"),
        ("SDR manager", "Import accounts, contacts and leads from a file"),
        ("Concierge", "Nobody waits for a call"),
        ("Retention manager", "Nothing needs a decision"),
        ("", "You have no role yet"),
    ],
)
def test_it_says_something_useful_to_every_role(role: str, words: str) -> None:
    page = signed_in(make_user(*[role] if role else [])).get("/")
    assert page.status_code == 200
    assert words in text_of(page)


def test_the_first_task_of_an_owner_is_one_press_away() -> None:
    owner = make_owner()
    make_item(owner, name="Later", value=10)
    first = make_item(owner, name="Sooner", value=90_000)
    make_item(None, name="Nobody's")
    page = signed_in(owner).get("/").content.decode()
    assert url("item", first) in page[: page.index("autofocus")].rsplit("<a ", 1)[1]
    assert "Review the message for Sooner" in page[page.index("autofocus") :]
    assert titles(owner) == [("Messages to review", "2")]
    assert "Unassigned 1" in text_of(signed_in(owner).get("/"))


def test_what_may_be_a_wish_to_stop_comes_before_everything_else() -> None:
    owner = make_owner()
    make_item(owner)
    they_write(make_item(owner, name="Ola Berg"), "Please take me off your list.")
    held, messages = needs(owner, NOW)
    assert (held.title, held.first.what, held.urgent) == ("Did they say stop?", "Ola Berg", True)
    assert messages.tally == "1"


def test_a_manager_sees_what_waits_with_others_and_what_went_wrong() -> None:
    make_unsettled(make_owner())
    make_undelivered(make_owner())
    make_item(make_owner())
    make_item(None)
    assert titles(make_manager()) == [
        ("Messages nobody owns", "1"),
        ("Messages of your teams", "1"),
        ("Maybe sent, please settle", "1"),
        ("Could not be delivered", "1"),
    ]
    assert titles(make_owner(make_team())) == [("Messages nobody owns", "1")]


def test_a_concierge_is_led_to_the_next_call() -> None:
    concierge = make_user("Concierge", name="Lu Conci")
    later = make_call(owner_id=concierge.pk)
    first = make_call(owner_id=concierge.pk, priority=500)
    make_call(owner_id=concierge.pk, due_at=NOON + timedelta(days=1))
    make_call()
    mine, free = needs(concierge, NOON)
    assert [task.url for task in mine.tasks] == [f"/calls/{call.pk}/" for call in (first, later)]
    assert (mine.title, free.title, free.tally) == ("Calls to make", "Calls nobody has", "1")


def test_what_changed_and_what_was_won_is_ones_own_and_a_manager_s_is_everybody_s() -> None:
    owner, other, manager = make_owner(), make_owner(), make_manager()
    they_write(make_item(owner, name="Ola Berg"), "Does it work on Mondays?")
    they_write(make_item(other), "No, thank you.")
    for who, value in ((owner, 900), (other, 100)):
        lead = lead_of(make_item(who, value=value))
        followups.close_out(lead=lead, disposition="won", reason="Signed", by=who, now=NOW)
    meeting = lead_of(make_item(owner, name="Ida Lund"))
    followups.plan_touch(
        contact=meeting.contact, lead=meeting, kind="meeting", title="Look at it together", at=NOW + timedelta(days=2),
        for_whom=owner, by=owner, now=NOW,
    )  # fmt: skip
    days = reckon(NOW, calendar_for(owner))
    told = {news.words: news.figure for news in news_for(owner, days.since)}
    assert told["answer came in"] == "1"
    assert "person asked us to stop" not in told
    assert {news.words: news.figure for news in news_for(manager, days.since)}["person asked us to stop"] == "1"

    won = {one.words: one for one in won_by(owner, days.week)}
    assert set(won) == {"answer to what we wrote", "meeting agreed", "deal"}
    assert [name for name, _ in won["meeting agreed"].people] == ["Ida Lund"]
    assert won["deal"].money == "900 EUR"
    assert {one.words: one for one in won_by(manager, days.week)}["deals"].money == "1,000 EUR"
    assert won_by(owner, days.week + timedelta(days=7)) == []


def test_it_opens_for_a_team_whose_time_zone_this_machine_does_not_know() -> None:
    team = make_team()
    Team.objects.filter(pk=team.pk).update(timezone="Atlantis/Center")
    owner = User.objects.get(pk=make_owner(team).pk)
    assert signed_in(owner).get("/").status_code == 200
    assert reckon(NOW, calendar_for(owner)) == reckon(NOW, calendar_for(make_owner()))


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Honolulu", "Pacific/Auckland"])
def test_what_is_due_stands_on_the_day_that_was_chosen(zone: str) -> None:
    """Los Angeles closes at midnight of UTC, which is also how the day of a reminder is kept."""
    team = Team.objects.create(name=zone, timezone=zone)
    concierge, owner = make_user("Concierge", team=team), make_owner(team)
    day = date(2026, 5, 27)
    keep_call(
        call_id=make_call().pk, outcome="reached", note="They ask for plans", minutes=4, by=concierge, now=NOON,
        promise=Promise("Send the plans", day),
    )  # fmt: skip
    assert [one.on for one in promises_of(concierge, calendar_of(team), NOON)] == [day]
    lead = lead_of(make_item(owner))
    followups.remind(lead=lead, at=datetime.combine(day, time.min, UTC), title="Look again", by=owner, now=NOW)
    for person, asked in ((concierge, "Task"), (owner, "Reminder")):
        (due,) = [one for one in needs(person, NOW + timedelta(days=30)) if one.title == "Due now"]
        assert [task.why for task in due.tasks] == [f"{asked} with Marta Lindqvist, 27 May 2026"]


def test_what_a_calendar_tells_stands_on_the_day_it_was_here() -> None:
    owner = make_owner(Team.objects.create(name="West", timezone="America/Los_Angeles"))
    lead = lead_of(make_item(owner))
    for at in (datetime(2026, 5, 27, tzinfo=UTC), datetime(2026, 5, 28, 1, tzinfo=UTC)):
        PlannedTouch.objects.create(
            contact=lead.contact, lead=lead, kind="meeting", title="Plans", at=at, source="calendar", created_at=NOW
        )
    (due,) = [one for one in needs(owner, NOW + timedelta(days=30)) if one.title == "Due now"]
    assert [task.why for task in due.tasks] == ["Meeting with Marta Lindqvist, 27 May 2026"] * 2


def test_the_number_of_queries_does_not_depend_on_what_waits() -> None:
    owner, manager = make_owner(), make_manager()
    few = {who: queries(signed_in(who), "/") for who in (owner, manager) if make_item(owner)}
    for _ in range(6):
        make_draft(owner=owner, due_at=timezone.now())
    for who in (owner, manager):
        # One more counts what is not all named.
        assert queries(signed_in(who), "/") <= few[who] + 1
    assert max(few.values()) <= 36


@pytest.mark.parametrize(
    ("role", "phone"),
    [
        ("Account owner", ["Home", "Review", "Calls", "Intake"]),
        ("SDR manager", ["Home", "Review", "Intake", "Leads"]),
        ("Concierge", ["Home", "Calls", "Leads", "Customers"]),
        ("Retention manager", ["Home", "Playbooks", "Leads", "Customers"]),
    ],
)
def test_a_phone_shows_what_a_role_opens_all_day_and_more_has_the_rest(role: str, phone: list[str]) -> None:
    found = navigation_for(make_user(role, is_staff=True))
    assert [link.short for link in found.often] == phone
    everything = {link.url for group in found.groups for link in group}
    assert everything == {link.url for link in (*found.often, *found.more)}
    assert len(everything) == len(found.often) + len(found.more)
    assert reverse("retention:playbooks") in everything
