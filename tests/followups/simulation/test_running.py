"""Simulations as rows: asked for, worked out, cancelled, lost and taken up again; nothing about a lead is written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from followups import services, tasks
from followups.models import CadenceStep, CadenceVersion, Simulation, SimulationRow
from followups.services import trying
from staff.models import AuditEntry, User
from tests.factories import make_user
from tests.followups.making import NOW, ago, day, everything_written, make_lead, make_touch, swept
from tests.followups.simulation.trying import default_draft, moves_of, rows_of, segment_draft, simulated

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> User:
    return make_user("SDR manager")


def asked(version: CadenceVersion | None = None, **options: Any) -> Simulation:
    return services.request_simulation(version=version or default_draft(), by=None, now=NOW, **options)


def run(simulation: Simulation, **options: Any) -> None:
    services.run_simulation(simulation_id=simulation.pk, clock=lambda: NOW, **options)
    simulation.refresh_from_db()


def test_it_counts_moves_reviews_and_messages() -> None:
    first, second = make_lead(), make_lead(quote_sent_on=day(2))
    make_lead(owner=None)
    version = default_draft(wait_unanswered_quote=1, wait_no_reply=1, min_gap_days=1)
    simulation = simulated(version)
    assert moves_of(simulation) == {
        ("continue", "continue"): 1,
        ("stand_down", "continue"): 1,
        ("intake", "intake"): 1,
    }
    found = simulation.found
    assert (found["now"]["drafts"], found["then"]["drafts"]) == (1, 2)
    assert (found["now"]["review_minutes"], found["then"]["review_minutes"]) == (2, 4)
    assert (found["concerned"], found["minutes_a_review"], found["revision"]) == (3, 2, version.revision)
    # Now the second is silent for five days on the third day from noon on. Where patience ends in the four weeks,
    # after 7 and 14 days, the closing note follows a day later.
    assert [place for place, many in enumerate(found["now"]["messages"]) if many] == [0, 3, 22, 25]
    assert found["then"]["messages"][0] == 2
    assert (simulation.done, simulation.total, simulation.finished_at) == (3, 3, NOW)
    row = rows_of(simulation)[second.external_id]
    assert (row.now_reasons, row.reasons, row.step, row.channel) == ("not_silent", "quote_unanswered", "1", "email")
    assert row.needs_review
    assert rows_of(simulation)[first.external_id].due_at is not None


def test_leads_that_somebody_closed_ask_for_no_work() -> None:
    lead = make_lead()
    owner = lead.owner
    assert owner is not None
    services.close_out(lead=lead, disposition="documented", reason="They merged.", by=owner, now=ago(1))
    found = simulated(default_draft()).found
    assert (found["now"]["drafts"], found["then"]["review_minutes"]) == (0, 0)
    assert sum(found["then"]["messages"]) == 0


def test_a_policy_of_always_reading_costs_minutes() -> None:
    lead = make_lead(quote_sent_on=day(30), value=10)
    make_touch(lead, at=ago(10))
    never = default_draft()
    CadenceStep.objects.filter(version=never).update(review_policy="never")
    found = simulated(never).found
    assert (found["now"]["review_minutes"], found["then"]["review_minutes"]) == (2, 0)


def test_nothing_about_a_lead_is_written() -> None:
    for days in (2, 10, 60):
        make_lead(quote_sent_on=day(days))
    swept(ago(3))
    before = everything_written()
    simulated(segment_draft())
    simulated(default_draft(min_gap_days=1), as_of=ago(5), batch=1)
    assert everything_written() == before


def test_leads_are_read_in_transactions_that_cannot_write(monkeypatch: pytest.MonkeyPatch) -> None:
    make_lead()
    seen = []

    def spy(*given: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_read_only")
            seen.append(cursor.fetchone()[0])
        return decide_twice(*given)

    decide_twice = trying._decide_twice
    monkeypatch.setattr(trying, "_decide_twice", spy)
    simulated(default_draft())
    assert seen == ["on"]


def test_queries_do_not_grow_with_the_leads() -> None:
    version = default_draft(min_gap_days=1)

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            simulated(version)
        return len(captured)

    for days in (8, 9):
        make_lead(quote_sent_on=day(days))
    few = statements()
    for days in (2, 8, 9, 20, 60):
        make_lead(quote_sent_on=day(days))
    assert statements() == few


# --- asking -------------------------------------------------------------------------------------------------------


def test_only_who_may_asks_and_cancels(manager: User) -> None:
    version = default_draft()
    owner = make_user("Account owner")
    with pytest.raises(services.Refused, match="You may not simulate cadences"):
        services.request_simulation(version=version, by=owner, now=NOW)
    simulation = services.request_simulation(version=version, by=manager, now=NOW)
    assert (simulation.as_of, simulation.requested_by) == (NOW, manager)
    with pytest.raises(services.Refused, match="You may not simulate cadences"):
        services.cancel_simulation(simulation=simulation, by=owner, now=NOW)
    services.cancel_simulation(simulation=simulation, by=manager, now=NOW)
    actions = list(AuditEntry.objects.filter(actor=manager).order_by("pk").values_list("action", flat=True))
    assert actions == ["followups.simulate", "followups.cancel_simulation"]


def test_what_makes_no_sense_is_refused_in_words() -> None:
    with pytest.raises(services.Refused, match="Only a draft can be simulated"):
        asked(services.published_version())
    version = default_draft()
    with pytest.raises(services.Refused, match="15 May 2026 is still to come"):
        asked(version, as_of=ago(-2))
    CadenceVersion.objects.filter(pk=version.pk).update(max_attempts=5)
    with pytest.raises(services.CadenceHasProblems, match="2 follow-up steps for at most 5 attempts"):
        asked(version)
    CadenceVersion.objects.filter(pk=version.pk).update(max_attempts=2)
    asked(version)
    with pytest.raises(services.Refused, match="simulated already"):
        asked(version)


# --- cancelled, lost, failed --------------------------------------------------------------------------------------


def test_who_cancels_while_it_runs_stops_it_at_the_next_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        make_lead()
    simulation = asked()
    keep_rows = trying._keep_rows
    batches = []

    def kept(*given: Any) -> Any:
        batches.append(keep_rows(*given))
        services.cancel_simulation(simulation=simulation, by=None, now=NOW)
        return batches[-1]

    monkeypatch.setattr(trying, "_keep_rows", kept)
    run(simulation, batch=1)
    assert (simulation.status, simulation.found, len(batches)) == ("cancelled", {}, 1)
    assert not simulation.rows.exists()
    with pytest.raises(services.Refused, match="nothing to cancel"):
        services.cancel_simulation(simulation=simulation, by=None, now=NOW)
    run(simulation)
    assert simulation.status == "cancelled"


def test_a_lost_one_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    leads = [make_lead() for _ in range(3)]
    simulation = asked()
    keep_rows = trying._keep_rows

    def killed(*given: Any) -> Any:
        if SimulationRow.objects.exists():
            raise OperationalError("server closed the connection unexpectedly")
        return keep_rows(*given)

    with monkeypatch.context() as patched:
        patched.setattr(trying, "_keep_rows", killed)
        with pytest.raises(OperationalError):
            run(simulation, batch=1)
    simulation.refresh_from_db()
    assert (simulation.status, simulation.done, simulation.rows.count()) == ("running", 1, 1)

    assert services.waiting_simulations(now=NOW + timedelta(minutes=4)) == []
    assert services.waiting_simulations(now=NOW + timedelta(minutes=6)) == [simulation.pk]
    run(simulation, batch=1)
    assert (simulation.status, simulation.done) == ("done", 3)
    assert set(rows_of(simulation)) == {lead.external_id for lead in leads}
    assert sum(moves_of(simulation).values()) == 3


def test_a_slow_worker_that_was_given_up_writes_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        make_lead()
    simulation = asked()
    took_over: list[bool] = []
    keep_rows = trying._keep_rows

    def kept(*given: Any) -> Any:
        found = keep_rows(*given)
        if not took_over:
            took_over.append(True)
            later = NOW + timedelta(minutes=6)
            assert services.waiting_simulations(now=later) == [simulation.pk]
            services.run_simulation(simulation_id=simulation.pk, clock=lambda: later)
        return found

    monkeypatch.setattr(trying, "_keep_rows", kept)
    run(simulation, batch=1)
    assert (simulation.status, simulation.began_at) == ("done", NOW + timedelta(minutes=6))
    assert simulation.rows.count() == 2


def test_two_workers_do_not_run_one_simulation() -> None:
    simulation = asked()
    Simulation.objects.filter(pk=simulation.pk).update(status="running", began_at=NOW, seen_alive_at=NOW)
    run(simulation)
    assert (simulation.status, simulation.total) == ("running", 0)


def test_a_fault_is_kept_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    make_lead()
    simulation = asked()

    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(trying, "_decide_twice", broken)
    run(simulation)
    assert (simulation.status, simulation.finished_at) == ("failed", NOW)
    assert "went wrong on our side (ZeroDivisionError)" in simulation.problem
    assert not simulation.rows.exists()


def test_the_clock_runs_what_waits_and_forgets_old_names() -> None:
    make_lead()
    simulation = asked()
    tasks.run_simulations()
    simulation.refresh_from_db()
    assert (simulation.status, simulation.rows.count()) == ("done", 1)
    tasks.forget_simulated_names()
    assert simulation.rows.count() == 1
    Simulation.objects.filter(pk=simulation.pk).update(finished_at=ago(31))
    assert services.forget_simulated_names(now=NOW) == 1
    assert sum(moves_of(simulation).values()) == 1, "the counts stay"
