"""The pages of experiments: what is said, drawn and decided, whatever was assigned."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from retention.models import Assignment, Experiment
from retention.pages import drawing
from retention.rules.experiments.charts import Amount, Bar, span
from retention.rules.experiments.samples import Count
from retention.states import Arm
from staff.models import User
from tests.factories import make_user
from tests.retention.making import NOW, make_customer
from tests.retention.pages import queries
from tests.retention.playbook_pages.making import begun, in_force, kept, tally

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def manager(client: Client) -> User:
    user = make_user("Retention manager", name="Ada Ruiz")
    client.force_login(user)
    return user


@pytest.fixture
def running() -> Experiment:
    return begun(in_force(), [make_customer(), make_customer()])


def words_of(client: Client, experiment: Experiment) -> str:
    answer = client.get(f"/experiments/{experiment.pk}/")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_before_the_first_reading_the_design_is_there(client: Client, manager: User, running: Experiment) -> None:
    text = words_of(client, running)
    assert "The first reading comes within a day." in text
    assert "12%, drawn at random in every value tier" in text
    assert "Locked since the first customer was assigned" in text
    assert client.get(f"/experiments/{running.pk}/").context["told"].sample.treated == 1


def test_before_the_look_only_the_wide_interval_is_shown(client: Client, manager: User, running: Experiment) -> None:
    kept(running)
    page = client.get(f"/experiments/{running.pk}/")
    labels = [one.label for one in page.context["told"].figures]
    assert labels[0] == "Difference so far"
    assert "Adjusted" not in labels
    assert "Until then only the wide interval may be read." in page.content.decode()


def test_at_the_look_everything_is_shown_with_a_table_beside_each_chart(
    client: Client, manager: User, running: Experiment
) -> None:
    kept(running, planned=True, tallies=[tally(Arm.TREATED, 10560, 950), tally(Arm.HOLDOUT, 1440, 80)])
    page = client.get(f"/experiments/{running.pk}/")
    text = words_of(client, running)
    assert "Of 100 customers we wrote to, 9.0 came back; of 100 we left alone, 5.6 did." in text
    html = page.content.decode()
    for chart in ("funnel", "arms", "waterfall"):
        assert f'aria-labelledby="{chart}-title"' in html
        assert re.search(rf'id="{chart}-title">[^<]{{20,}}<', html), "a chart says in words what it shows"
    assert {"Difference", "In relation", "Adjusted"} <= {one.label for one in page.context["told"].figures}
    assert "Over twice the time, if 50% of them stay" in text
    assert "style=" not in html


def test_a_draw_that_does_not_fit_is_said_first(client: Client, manager: User, running: Experiment) -> None:
    kept(running, tallies=[tally(Arm.TREATED, 1000, 90), tally(Arm.HOLDOUT, 300, 15)])
    text = words_of(client, running)
    assert "The draw does not fit" in text
    assert text.index("The draw does not fit") < text.index("What it says")
    assert "too small" in text


@pytest.mark.trial
def test_who_was_reached_though_held_out_is_said(client: Client, manager: User, running: Experiment) -> None:
    kept(running, tallies=[tally(Arm.TREATED, 1056, 95), tally(Arm.HOLDOUT, 144, 8, contaminated=3)])
    text = words_of(client, running)
    assert "3 held out people were reached all the same" in text
    assert "Clean only" in text


def test_it_is_decided_once_with_a_reason(client: Client, manager: User, running: Experiment) -> None:
    kept(running)
    address = f"/experiments/{running.pk}/decide/"
    assert client.post(address, {"verdict": "stop", "reason": ""}).status_code == 422
    closed = client.post(address, {"verdict": "scale", "reason": "I like it."})
    assert "It cannot be for everybody yet." in closed.content.decode()
    client.post(address, {"verdict": "stop", "reason": "It did not help."})
    running.refresh_from_db()
    assert (running.verdict, running.decided_by) == ("stop", manager)
    stale = client.post(address, {"verdict": "go_on", "reason": "Or not."})
    assert stale.status_code == 422
    assert "This was decided already." in stale.content.decode()
    assert "Decided: Stop" in stale.content.decode(), "the fresh state is shown"


def test_an_owner_reads_and_does_not_decide(client: Client, running: Experiment) -> None:
    client.force_login(make_user("Account owner"))
    assert "Decide it" not in words_of(client, running)
    assert client.post(f"/experiments/{running.pk}/decide/", {"verdict": "stop", "reason": "x"}).status_code == 403


def test_the_page_never_adds_up_assignments(client: Client, manager: User, running: Experiment) -> None:
    """A million of them would make it slow: it reads the latest reading, and counts what came since by an index."""
    kept(running)
    queries(client, f"/experiments/{running.pk}/")
    with CaptureQueriesContext(connection) as counted:
        client.get(f"/experiments/{running.pk}/")
    about = [one["sql"] for one in counted if "retention_assignment" in one["sql"]]
    assert len(about) == 1
    assert '"settled_at" IS NULL' in about[0]
    assert '"assigned_at" >' in about[0]
    before = len(counted)
    for customer in [make_customer() for _ in range(5)]:
        Assignment.objects.create(
            experiment=running, customer=customer, contact=customer.contact, arm=Arm.TREATED, stratum="middle",
            assigned_at=NOW + timedelta(hours=1), pre_value=Decimal(0),
        )  # fmt: skip
    assert queries(client, f"/experiments/{running.pk}/") == before


def test_the_list_says_how_each_stands(client: Client, manager: User, running: Experiment) -> None:
    kept(running)
    queries(client, "/experiments/")
    before = queries(client, "/experiments/")
    for _ in range(2):
        kept(begun(in_force(), [make_customer()]))
    assert queries(client, "/experiments/") == before
    rows = client.get("/experiments/").context["rows"]
    assert all(row.sentence and row.stand.startswith("Running, look on") for row in rows[:3])


# --- where the pieces go


def test_bars_are_as_long_as_their_share() -> None:
    drawn = drawing.funnel(
        [Bar("Begun", 200, 1.0), Bar("Contacted", 100, 0.5), Bar("Clicked", 0, 0.0), Bar("Goal", 20, 0.1)]
    )
    assert drawn is not None
    widths = [float(one.width.rstrip("%")) for one in drawn.blocks]
    assert widths[0] == pytest.approx(98)
    assert widths[1] == pytest.approx(49)
    assert 0 < widths[2] < 1, "nothing is still seen"
    assert drawing.funnel([Bar("Begun", 0, 0.0)]) is None


@pytest.mark.parametrize("cost", [100, 900])
def test_the_waterfall_ends_where_the_amounts_end(cost: int) -> None:
    """Also where it costs more than it brought: then the last bar lies left of nought."""
    amounts = [
        Amount("Brought", Decimal(1000), True), Amount("Anyway", Decimal(-500), False),
        Amount("Because of us", Decimal(500), True), Amount("Cost", Decimal(-cost), False),
        Amount("Left", Decimal(500 - cost), True),
    ]  # fmt: skip
    drawn = drawing.waterfall(amounts)
    assert drawn is not None
    zero = float(drawn.zero.rstrip("%"))
    starts = [float(one.x.rstrip("%")) for one in drawn.blocks]
    ends = [start + float(one.width.rstrip("%")) for start, one in zip(starts, drawn.blocks, strict=True)]
    assert starts[0] == pytest.approx(zero, abs=0.02)
    assert starts[1] == pytest.approx(ends[2], abs=0.02), "what would have come anyway ends where ours begins"
    assert (starts[4] if cost == 900 else ends[4]) == pytest.approx(starts[3], abs=0.02)
    assert all(start >= 0 and end <= 100 for start, end in zip(starts, ends, strict=True))


def test_intervals_stay_inside_the_chart() -> None:
    spans = [span(30, Count(90, 1000), Count(5, 100), 0.05), span(60, Count(0, 0), Count(0, 0), 0.05)]
    drawn = drawing.arms([*spans, span(90, Count(1000, 1000), Count(0, 3), 0.05)])
    assert drawn is not None
    places = [float(end.rstrip("%")) for one in drawn.whiskers for end in (one.line.y1, one.line.y2)]
    assert all(drawing.TOP - 0.01 <= place <= drawing.BOTTOM + 0.01 for place in places)
    assert len(drawn.whiskers) == 4, "nobody is known after 60 days"
    assert drawing.arms(spans[1:]) is None
    assert [row.treated for row in drawing.rows(spans)][1] == "Nobody yet"
