"""Pages of simulations: asking, watching, reading, and only for those who manage cadences."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from followups import services
from followups.models import Simulation
from staff.models import User
from tests.factories import make_team, make_user
from tests.followups.making import NOW, make_lead
from tests.followups.simulation.trying import default_draft, simulated

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    """The pages look at the clock; it stands still at noon."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def manager(client: Client) -> User:
    """Somebody who manages cadences, signed in."""
    user = make_user("SDR manager", name="Ada Ruiz")
    client.force_login(user)
    return user


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_simulation_is_asked_for_watched_and_read(client: Client, manager: User) -> None:
    lead = make_lead()
    version = default_draft(wait_unanswered_quote=30, wait_no_reply=30)
    assert f'value="{version.pk}"' in client.get("/leads/simulations/").content.decode()
    response = client.post("/leads/simulations/", {"version": version.pk, "as_of": ""})
    simulation = Simulation.objects.get()
    address = f"/leads/simulations/{simulation.pk}/"
    assert response["Location"] == address
    page = client.get(address).content.decode()
    assert 'hx-trigger="load delay:2s"' in page
    assert f'<a class="button" href="{address}">Refresh</a>' in page
    services.run_simulation(simulation_id=simulation.pk, clock=lambda: NOW)
    part = client.get(address, headers=HTMX).content.decode()
    assert part.strip().startswith('<div class="stack-l"')
    assert "hx-trigger" not in part, "what is done is not asked for again"
    read = words(part)
    assert "1 of 1 lead would get another decision. This version would decide on 1 of them." in read
    assert "Minutes to review them 2 0 −2" in read
    assert "Assumed: 2 minutes" in read
    assert "The most on one day: 1 on 2 June 2026." in read
    cell = f"{address}leads/?now=continue&amp;then=stand_down"
    assert cell in part
    names = client.get(cell.replace("&amp;", "&")).content.decode()
    assert f'<a class="row-link" href="/leads/{lead.pk}/">{lead.contact.name}</a>' in names
    assert "The quote is unanswered" in names
    assert "Not silent" in names


def test_a_past_day_is_its_first_moment(client: Client, manager: User) -> None:
    version = default_draft()
    client.post("/leads/simulations/", {"version": version.pk, "as_of": "2026-05-01"})
    assert Simulation.objects.get().as_of.isoformat() == "2026-05-01T00:00:00+00:00"
    tomorrow = client.post("/leads/simulations/", {"version": version.pk, "as_of": "2026-05-14"})
    assert tomorrow.status_code == 422
    assert "14 May 2026 is still to come. Choose today or a day before it." in tomorrow.content.decode()
    published = client.post("/leads/simulations/", {"version": services.published_version().pk})
    assert "This is no draft any more." in published.content.decode()


def test_it_is_cancelled_and_says_so(client: Client, manager: User) -> None:
    simulation = services.request_simulation(version=default_draft(), by=manager, now=NOW)
    address = f"/leads/simulations/{simulation.pk}/cancel/"
    assert "It was cancelled, so there is no result." in client.post(address, follow=True).content.decode()
    assert "nothing to cancel" in client.post(address, follow=True).content.decode()


def test_what_failed_says_why_and_a_changed_draft_is_said(client: Client, manager: User) -> None:
    version = default_draft()
    simulation = simulated(version)
    version.revision += 1
    version.save()
    page = client.get(f"/leads/simulations/{simulation.pk}/").content.decode()
    assert "The draft was saved again since." in page
    Simulation.objects.filter(pk=simulation.pk).update(status="failed", problem="The disk was full.")
    assert "The disk was full." in client.get(f"/leads/simulations/{simulation.pk}/").content.decode()


def test_others_see_no_simulation_and_only_managers_start_one(client: Client) -> None:
    version = default_draft()
    simulation = simulated(version)
    looker = make_user("Account owner")
    client.force_login(looker)
    address = f"/leads/simulations/{simulation.pk}/"
    for path in ("/leads/simulations/", address, f"{address}leads/?now=wait&then=wait"):
        assert client.get(path).status_code == 403
    looker.user_permissions.add(Permission.objects.get(codename="view_simulation"))
    assert client.get(address).status_code == 200
    assert client.post("/leads/simulations/", {"version": version.pk}).status_code == 403
    assert client.post(f"{address}cancel/").status_code == 403


def test_names_of_other_teams_leads_stay_hidden(client: Client) -> None:
    team = make_team()
    mine = make_lead(owner=make_user("Account owner", team=team))
    theirs = make_lead(owner=make_user("Account owner", team=make_team()))
    simulation = simulated(default_draft())
    looker = make_user("Account owner", team=team)
    looker.user_permissions.add(Permission.objects.get(codename="view_simulation"))
    client.force_login(looker)
    page = client.get(f"/leads/simulations/{simulation.pk}/leads/?now=continue&then=continue").content.decode()
    assert f"/leads/{mine.pk}/" in page
    assert f"/leads/{theirs.pk}/" not in page
    assert "Only leads that you may see" in page


def test_the_names_come_page_by_page_with_as_many_queries(
    client: Client, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    make_lead()
    few = simulated(default_draft())
    for _ in range(4):
        make_lead()
    many = simulated(few.version)
    cell = "leads/?now=continue&then=continue"
    for place in ("", cell):
        addresses = [f"/leads/simulations/{one.pk}/{place}" for one in (few, many)]
        queries(addresses[0])
        assert queries(addresses[0]) == queries(addresses[1])
    monkeypatch.setattr("followups.simulated.NAMED", 3)
    first = client.get(f"/leads/simulations/{many.pk}/{cell}").context
    second = client.get(first["next_url"]).context
    seen = [one.lead.pk for page in (first, second) for one in page["rows"]]
    assert (len(first["rows"]), len(seen), len(set(seen)), second["next_url"]) == (3, 5, 5, "")
    assert client.get(f"/leads/simulations/{many.pk}/leads/?now=nonsense&then=wait").status_code == 404


def test_forgotten_names_are_said_to_be(client: Client, manager: User) -> None:
    make_lead()
    simulation = simulated(default_draft())
    Simulation.objects.filter(pk=simulation.pk).update(finished_at="2026-03-01T00:00:00Z")
    page = client.get(f"/leads/simulations/{simulation.pk}/").content.decode()
    assert "The names were kept until 31 March 2026." in page
    assert "?now=" not in page


def test_what_holds_new_sequences_back_is_said_with_the_way_to_mend_it(
    client: Client, manager: User, settings: Settings
) -> None:
    simulation = simulated(default_draft())
    address = f"/leads/simulations/{simulation.pk}/"
    assert "Go to the draft" not in client.get(address).content.decode(), "the admin is not open to everybody"
    User.objects.filter(pk=manager.pk).update(is_staff=True)
    page = client.get(address).content.decode()
    assert "New sequences would wait" not in page
    assert f'href="/admin/followups/cadenceversion/{simulation.version_id}/change/">Go to the draft</a>' in page
    settings.EMAIL_URL, settings.IMAP_URL, settings.WEBHOOK_SECRET = "smtp://mail.example:25", "", ""
    page = client.get(address).content.decode()
    assert "New sequences would wait" in page
    assert "nothing tells Rekindle which messages came back" in page
    assert 'href="/readiness/#bounces">What to do</a>' in page


def test_without_a_draft_the_page_says_where_to_make_one(client: Client, manager: User) -> None:
    assert "There is no draft to try" in client.get("/leads/simulations/").content.decode()
    User.objects.filter(pk=manager.pk).update(is_staff=True)
    page = client.get("/leads/simulations/").content.decode()
    assert 'href="/admin/followups/cadenceversion/">Cadences</a>' in page
    assert "Simulate</button>" not in page
