"""Rounds of the sweep by the clock: one that was cut short goes on, and nothing is done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from itertools import pairwise

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext

from followups import services
from followups.models import CadenceVersion, Decision, Lead, SweepRound
from followups.services import rounds
from outreach.models import Draft
from tests.factories import make_user
from tests.followups.making import NOW, drafts_of, make_contact, make_lead
from tests.outreach.trials.test_killed_worker import database_url

pytestmark = pytest.mark.django_db

CHILD = """
import django
django.setup()
from datetime import datetime
from followups import services
services.sweep_round(now=datetime.fromisoformat({now!r}))
"""


def cut_short_behind(lead: Lead) -> SweepRound:
    return SweepRound.objects.create(began_at=NOW, seen_alive_at=NOW, reached=lead.external_id, done=2)


def test_a_round_goes_on_where_it_was_cut_short_and_the_next_looks_at_everybody() -> None:
    leads = [make_lead(external_id=f"X{place}") for place in range(4)]
    left = cut_short_behind(leads[1])

    assert services.sweep_round(now=NOW) == 2
    assert [len(drafts_of(lead)) for lead in leads] == [0, 0, 1, 1]
    left.refresh_from_db()
    assert (left.done, left.finished_at is not None) == (4, True)

    assert services.sweep_round(now=NOW) == 4
    assert [len(drafts_of(lead)) for lead in leads] == [1, 1, 1, 1]
    assert SweepRound.objects.filter(finished_at=None).count() == 0


def test_places_are_in_the_byte_order_of_external_ids() -> None:
    leads = {name: make_lead(external_id=name) for name in ("b", "É", "B", "a")}
    cut_short_behind(leads["a"])
    services.sweep_round(now=NOW)
    assert {name for name, lead in leads.items() if drafts_of(lead)} == {"b", "É"}


def test_where_something_goes_wrong_the_round_is_over_so_that_the_next_begins_anew() -> None:
    lead = make_lead()
    CadenceVersion.objects.filter(status="published").update(status="retired")
    left = cut_short_behind(lead)
    with pytest.raises(services.Refused):
        services.sweep_round(now=NOW)
    left.refresh_from_db()
    assert left.finished_at is not None
    CadenceVersion.objects.filter(status="retired").update(status="published")
    services.sweep_round(now=NOW)
    assert len(drafts_of(lead)) == 1


def test_old_rounds_are_forgotten() -> None:
    services.sweep_round(now=NOW, clock=lambda: NOW)
    services.sweep_round(now=NOW + rounds.ROUNDS_KEPT + timedelta(days=1))
    assert SweepRound.objects.count() == 1


@pytest.mark.trial  # thousands of leads
def test_every_batch_takes_as_many_queries_however_many_leads_are_in_it() -> None:
    owner = make_user("Account owner")
    for _ in range(1_200):
        make_lead(owner=owner)
    list(services.sweep(now=NOW))

    def asked(batch: int) -> list[int]:
        """Statements between the ends of batches, in a sweep that finds everything as it was."""
        seen = []
        with CaptureQueriesContext(connection) as counted:
            for number, _ in enumerate(services.sweep(now=NOW, batch=batch)):
                if number % batch == 0:
                    seen.append(len(counted))
        return [after - before for before, after in pairwise(seen)]

    few, many = asked(100), asked(400)
    assert len(few) == 11
    assert len(many) == 2
    assert len({*few, *many}) == 1


@pytest.mark.trial
@pytest.mark.django_db(transaction=True)
def test_a_sweep_that_is_killed_goes_on_without_doing_anything_twice() -> None:
    owner = make_user("Account owner")
    several = 2_500
    for place in range(several):
        make_lead(external_id=f"K{place:05}", owner=owner, contact=make_contact(email=f"k{place}@killed.example"))
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD.format(now=NOW.isoformat())],
        cwd=settings.BASE_DIR,
        env=environment,
        start_new_session=True,
    )
    try:
        end = time.monotonic() + 120
        while not SweepRound.objects.filter(done__gte=rounds.KEEP_EVERY).exists():
            assert time.monotonic() < end, "it never wrote down how far it is"
            assert child.poll() is None, "it ended before the axe fell"
            time.sleep(0.05)
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait(10)
    # The server rolls back what was under way once it has seen that nobody is there any more.
    left = SweepRound.objects.get()
    assert left.finished_at is None
    decided = set(Decision.objects.values_list("pk", flat=True))
    assert rounds.KEEP_EVERY <= len(decided) < several

    assert services.sweep_round(now=NOW) == several - left.done

    assert set(Decision.objects.filter(pk__in=decided).values_list("pk", flat=True)) == decided
    for made in (Decision, Draft):
        assert made.objects.count() == several
    assert not Lead.objects.annotate(many=Count("attempts")).exclude(many=1).exists()
    assert SweepRound.objects.get().done == several
