"""The pages of measures and pilots: what they say, to whom, in how many queries, and their files."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from followups import services
from followups.measure_charts import curve
from followups.measure_tables import TABLES
from followups.measures import Day
from followups.models import Cadence, Lead, Pilot
from followups.rules.measures import Rate
from staff.models import User
from tests.factories import make_user
from tests.followups.making import NOW, day, draft_of, make_contact, make_lead, owner_of, send, swept

pytestmark = pytest.mark.django_db
PAGE = "/insight/no-response/"


@pytest.fixture(autouse=True)
def a_day_in_may() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def manager(client: Client) -> User:
    user = make_user("SDR manager")
    client.force_login(user)
    client.get("/insight/")  # the first request after signing in also settles the session
    return user


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as counted:
        assert client.get(address).status_code == 200
    return len(counted)


def text(client: Client, address: str, **chosen: str) -> str:
    return " ".join(client.get(address, chosen).content.decode().split())


def silent(**fields: Any) -> Lead:
    lead = make_lead(**fields)
    swept(lead_ids=[lead.pk])
    return lead


def test_insight_leads_to_its_pages(client: Client, manager: User) -> None:
    page = text(client, "/insight/")
    for address in (PAGE, "/insight/pilots/"):
        assert f'href="{address}"' in page
        assert client.get(address).status_code == 200


def test_without_anybody_it_says_so_and_never_nought_per_cent(client: Client, manager: User) -> None:
    page = text(client, PAGE)
    assert "Nobody yet: no lead fell silent in this period." in page
    assert ">0%" not in page


@pytest.mark.trial
def test_each_measure_stands_beside_its_definition(client: Client, manager: User) -> None:
    lead, other = silent(territory="Central"), silent()
    send(draft_of(lead), at=NOW)
    services.close_out(lead=other, disposition="nurture", reason="", by=owner_of(other), now=NOW)
    page = text(client, PAGE)
    assert "50% of the silent leads have an outcome: 1 of 2." in page
    for title in ("Response rate by step", "Stops by condition", "Stale leads", "Handed over to nurture"):
        assert f"<h2>{title}</h2>" in page
    assert "somebody wrote about the lead after the message and before the next one" in page
    narrowed = text(client, PAGE, territory="central")
    assert "0% of the silent leads have an outcome: 0 of 1." in narrowed


@pytest.mark.trial
def test_every_link_of_the_page_leads_to_as_many_leads_as_it_says(client: Client, manager: User) -> None:
    lead, other = silent(), silent()
    send(draft_of(lead), at=NOW)
    services.close_out(lead=other, disposition="stopped", reason="", by=owner_of(other), now=NOW)
    answer = client.get(PAGE)
    links = [cell for table in answer.context["tables"] for row in table.rows for cell in row if "leads/?" in cell.url]
    assert len(links) >= 5
    for cell in links:
        assert len(client.get(cell.url).context["rows"]) == cell.value, cell.url
    for what, wanted in (("silent", 2), ("done", 1), ("open", 1)):
        assert len(client.get(answer.context["links"][what]).context["rows"]) == wanted
    opened = text(client, answer.context["links"]["open"])
    assert f'href="/leads/{lead.pk}/"' in opened
    assert "None yet" in opened


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"first": "2026-05-10", "last": "2026-05-09"}, "This day is before the first one."),
        ({"last": "2026-05-14"}, "Choose a day from 1 January 2000 until today."),
        ({"first": "1999-12-31"}, "Choose a day from 1 January 2000 until today."),
        ({"first": "2020-01-01"}, "This is more than two years."),
        ({"first": "soon"}, "Enter a valid date."),
        ({"owner": "999999"}, "Select a valid choice."),
    ],
)
def test_days_and_parts_that_make_no_sense_are_told(
    client: Client, manager: User, chosen: dict[str, str], said: str
) -> None:
    page = text(client, PAGE, **chosen)
    assert said in page
    assert "Nothing was counted." in page
    assert client.get(f"{PAGE}stops.csv", chosen).status_code == 302
    assert client.get(f"{PAGE}leads/", {"what": "open", **chosen}).status_code == 302


def test_what_nobody_counts_is_not_found(client: Client, manager: User) -> None:
    for address in (f"{PAGE}leads/?what=passwords", f"{PAGE}leads/", f"{PAGE}passwords.csv"):
        assert client.get(address).status_code == 404
    assert client.get(f"{PAGE}leads/?what=stopped&key=%00&after=x").status_code == 200


def test_owners_count_their_own_and_strangers_nothing(client: Client, manager: User) -> None:
    mine = silent()
    silent()
    client.force_login(owner_of(mine))
    page = client.get(PAGE)
    assert page.context["rate"] == Rate(0, 1)
    assert b"Only leads that you may see are counted." in page.content
    client.force_login(make_user("Concierge"))
    for address in ("/insight/", PAGE, f"{PAGE}leads/?what=open", f"{PAGE}stops.csv", "/insight/pilots/"):
        assert client.get(address).status_code == 403


@pytest.mark.trial
def test_files_say_what_the_page_says_and_run_nothing(client: Client, manager: User) -> None:
    silent(territory="=1+1")
    for key in TABLES:
        answer = client.get(f"{PAGE}{key}.csv")
        assert answer["Content-Type"].startswith("text/csv")
        assert f"{key}_2026-04-14_2026-05-13.csv" in answer["Content-Disposition"]
        lines = list(csv.reader(StringIO(answer.content.decode())))
        assert tuple(lines[0]) == client.get(PAGE).context["tables"][0].columns or len(lines[0]) > 1
    lines = list(csv.reader(StringIO(client.get(f"{PAGE}disposition_by_segment.csv").content.decode())))
    assert ["Territory", "'=1+1", "1", "0", "1", "0.0"] in lines


@pytest.mark.trial
def test_as_many_queries_for_many_leads_as_for_few(client: Client, manager: User) -> None:
    def more(number: int) -> None:
        for place in range(number):
            lead = silent(territory=f"T{place}", contact=make_contact())
            send(draft_of(lead), at=NOW)
            silent(expires_on=day(1))

    more(1)
    addresses = [PAGE, f"{PAGE}leads/?what=silent", start(manager)]
    few = [queries(client, address) for address in addresses]
    more(6)
    assert [queries(client, address) for address in addresses] == few


# --- pilots ----------------------------------------------------------------------------------------------------------


def start(by: User, **changed: Any) -> str:
    given: dict[str, Any] = {"name": "Spring", "started_on": day(10), "days": 30, "goal": Decimal("0.9"), "now": NOW}
    cadence = Cadence.objects.get(name=services.DEFAULT)
    return f"/insight/pilots/{services.start_pilot(**{**given, **changed}, cadence=cadence, by=by).pk}/"


def test_a_pilot_shows_its_distance_and_who_is_still_open(client: Client, manager: User) -> None:
    leads = [silent() for _ in range(4)]
    for lead in leads[1:]:
        services.close_out(lead=lead, disposition="no_response", reason="", by=owner_of(lead), now=NOW)
    page = text(client, start(manager))
    assert "75% of the silent leads have an outcome. 1 more lead would meet the goal; 15.0 points are missing." in page
    assert "20 days left" in page
    assert f'href="/leads/{leads[0].pk}/"' in page
    assert f'href="/leads/{leads[1].pk}/"' not in page
    assert "The quote is unanswered" in page
    assert "Goal 90%" in page


def test_a_pilot_whose_goal_is_met_says_so(client: Client, manager: User) -> None:
    lead = silent()
    services.close_out(lead=lead, disposition="documented", reason="Moved.", by=owner_of(lead), now=NOW)
    page = text(client, start(manager))
    assert "The goal is met: 100% of the silent leads have an outcome." in page
    assert "Nobody is open." in page


def test_a_pilot_of_nobody(client: Client, manager: User) -> None:
    assert "Nobody yet: no lead of this cadence fell silent in these days." in text(client, start(manager))


def test_a_pilot_is_started_and_ended_by_forms(client: Client, manager: User) -> None:
    given = {
        "name": "Summer",
        "cadence": str(Cadence.objects.get(name=services.DEFAULT).pk),
        "started_on": "2026-05-13",
        "days": "30",
        "goal": "92.5",
    }
    answer = client.post("/insight/pilots/start/", given)
    made = Pilot.objects.get()
    assert answer["Location"] == f"/insight/pilots/{made.pk}/"
    assert made.goal == Decimal("0.925")
    again = client.post("/insight/pilots/start/", {**given, "name": "Another"})
    assert again.status_code == 422
    assert "End it first, or start on a later day." in again.content.decode()
    wrong = client.post("/insight/pilots/start/", {**given, "goal": "120"})
    assert (wrong.status_code, Pilot.objects.count()) == (422, 1)
    assert "30 days left" in text(client, "/insight/pilots/")
    client.post(f"/insight/pilots/{made.pk}/end/")
    made.refresh_from_db()
    assert made.ended_by == manager
    page = text(client, f"/insight/pilots/{made.pk}/")
    assert "Where it ended" in page
    assert "End the pilot now" not in page
    assert (
        "ended on 13 May 2026 already" in client.post(f"/insight/pilots/{made.pk}/end/", follow=True).content.decode()
    )


@pytest.mark.trial
def test_what_was_ended_stands_as_it_stood(client: Client, manager: User) -> None:
    lead = silent()
    address = start(manager)
    services.end_pilot(pilot=Pilot.objects.get(), by=manager, now=NOW)
    later = NOW + timedelta(hours=2)
    with time_machine.travel(later, tick=False):
        services.close_out(lead=lead, disposition="no_response", reason="", by=owner_of(lead), now=later)
        assert client.get(address).context["rate"] == Rate(0, 1)


def test_owners_look_at_pilots_and_do_not_change_them(client: Client, manager: User) -> None:
    address = start(manager)
    client.force_login(make_user("Account owner"))
    assert "End the pilot now" not in text(client, address)
    assert "Start the pilot" not in text(client, "/insight/pilots/")
    assert client.post(f"{address}end/").status_code == 403
    assert client.post("/insight/pilots/start/", {}).status_code == 403


# --- the curve -------------------------------------------------------------------------------------------------------


def days(*rates: tuple[int, int]) -> list[Day]:
    first = datetime(2026, 5, 1).date()  # noqa: DTZ001  only the day is used
    return [Day(first + timedelta(days=place), Rate(*rate)) for place, rate in enumerate(rates)]


def test_the_curve_begins_with_the_first_lead_and_shows_the_goal() -> None:
    drawn = curve(days((0, 0), (0, 2), (1, 2)), Decimal("0.9"))
    assert drawn is not None
    [line] = drawn.lines
    assert (line.x1, line.y1, line.x2, line.y2) == ("50.00%", "84.00%", "98.00%", "45.00%")
    assert [one.words for one in drawn.levels] == ["Goal 90%"]
    assert drawn.summary == "Disposition rate from 2 May 2026: 0%. On 3 May 2026: 50%, 1 of 2."


def test_there_is_no_curve_of_nobody() -> None:
    assert curve(days((0, 0), (0, 0))) is None
    assert curve([]) is None
    one = curve(days((1, 1)))
    assert one is not None
    assert (one.lines, len(one.dots)) == ([], 1)
