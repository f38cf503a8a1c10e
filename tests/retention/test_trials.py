"""What-ifs and backtests as rows: asked for, worked out by one, taken up again, cancelled, and true to publishing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError, connection

from outreach.models import Draft
from retention import services, tasks
from retention.models import Customer, ScoreTrial, ScoreVersion
from retention.rules import trials as rules
from retention.rules.trials import Cell, Plan
from retention.services.trials import backtest, holding, what_if
from retention.states import Lapse, ModelStatus, TrialStatus
from staff.models import User
from tests.factories import make_user
from tests.retention.making import NOW, active, ago, did, draft, in_force, make_customer, refreshed

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> User:
    return make_user(is_superuser=True)


@pytest.fixture
def world() -> list[Customer]:
    """Customers all along the scale."""
    found = []
    for failed, stopped in ((None, 1), (None, 5), (1, 20), (20, 20), (1, 40), (20, 40), (None, 40), (None, 20)):
        customer = make_customer()
        did(customer, "visit_logged", *range(stopped, 160, 10))
        if failed:
            did(customer, "payment_failed", failed)
        found.append(customer)
    return found


def clock() -> Any:
    return NOW


def asked(version: ScoreVersion, by: User) -> ScoreTrial:
    return services.request_what_if(version=version, by=by, now=NOW)


def looked_back(by: User, *days: float, **more: Any) -> ScoreTrial:
    given = {"horizon_days": 30, "lapse": Lapse.NO_ACTIVITY, **more}
    return services.request_backtest(version=in_force(), dates=[ago(day) for day in days], by=by, now=NOW, **given)


def done(trial: ScoreTrial) -> ScoreTrial:
    services.run_trial(trial.pk, clock=clock)
    trial.refresh_from_db()
    assert (trial.status, trial.problem) == (TrialStatus.DONE, "")
    return trial


# What if


@pytest.mark.parametrize(
    "changes",
    [
        {"payment_weight": "0.5"},
        {"recency_sensitivity": "0.5", "high_from": 60},
        {"medium_from": 20, "high_from": 50},
        {"confirm_hours": 0},
    ],
)
def test_publishing_moves_exactly_those_that_were_named(
    world: list[Customer], manager: User, changes: dict[str, Any]
) -> None:
    refreshed()
    version = draft(**changes)
    result = done(asked(version, manager)).result
    named = {(one["customer"], one["from"], one["to"]) for one in result["named"]}
    published = services.publish(version=version, reason="Tried out.", by=None, now=NOW)
    assert {(one.customer_id, one.before, one.after) for one in published.moved} == named
    assert result["moved"] == len(named)
    assert result["named_all"]
    assert {(one["from"], one["to"]): one["customers"] for one in result["moves"]} == {
        pair: sum((before, after) == pair for _, before, after in named) for pair in {(b, a) for _, b, a in named}
    }
    assert result["customers"] == len(world)


def test_a_segment_moves_customers_to_another_model(manager: User) -> None:
    for plan in ("Shop", "Shop", "Team"):
        did(make_customer(plan=plan), "purchase_made", 100, amount="5")
    version = draft("infrequent", plans=["Shop"])
    before, after = in_force().model_id, version.model_id
    result = done(asked(version, manager)).result
    assert {(one["from"], one["to"]): one["customers"] for one in result["models"]} == {(before, after): 2}
    kept = {one.name for one in what_if.rules_with(version)}
    assert version.name in kept
    assert in_force().name in kept
    assert in_force("infrequent").name not in kept


def test_who_is_held_by_an_override_is_marked(world: list[Customer], manager: User) -> None:
    refreshed()
    version = draft(medium_from=20, high_from=50)
    first = done(asked(version, manager)).result["named"][0]
    assert not first["overridden"]
    services.override(
        customer=Customer.objects.get(pk=first["customer"]),
        band="low",
        reason="We talked to them.",
        expires_at=NOW + timedelta(days=7),
        by=manager,
        now=NOW,
    )
    assert done(asked(version, manager)).result["named"][0] == {**first, "overridden": True}


def test_no_more_are_named_than_fit_and_all_are_counted(
    world: list[Customer], manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = draft(medium_from=20, high_from=50)
    everybody = done(asked(version, manager)).result
    monkeypatch.setattr(rules, "MOST_NAMED", 1)
    few = done(asked(version, manager)).result
    assert (few["named"], few["named_all"]) == (everybody["named"][:1], False)
    assert few["moved"] == everybody["moved"] > 1


def test_what_the_draft_asks_of_us() -> None:
    """Version 1 is in force, 2 the draft; 60 seconds a review, 600 a call."""
    plans = {
        (1, "low"): Plan(),
        (1, "high"): Plan(Decimal(2), Decimal(1), weekly_quota=1, cost_cap=Decimal("1.50")),
        (2, "low"): Plan(Decimal("0.5")),
        (2, "high"): Plan(Decimal(4), Decimal(2), weekly_quota=30, cost_cap=Decimal("1.50")),
    }
    cells = [Cell(1, "low", 2, "low", 60), Cell(1, "low", 2, "high", 30), Cell(1, "high", 2, "high", 10)]
    pace = {"review_seconds": Decimal(60), "call_seconds": Decimal(600), "models": {1: 7, 2: 7}}
    found = rules.what_if(cells, plans, **pace)  # type: ignore[arg-type]
    assert (found.customers, found.moved, found.models) == (100, 30, {})
    assert (found.before["low"], found.after["high"], found.moves) == (90, 40, {("low", "high"): 30})
    assert [found.work_before.messages, found.work_before.calls] == [20, 10]
    assert [found.work_after.messages, found.work_after.calls] == [60 * Decimal("0.5") + 160, 80]
    assert (found.work_after.review_hours, found.work_after.call_hours) == (Decimal("3.2"), Decimal("13.3"))
    assert (found.work_before.cost, found.work_after.cost) == (Decimal("45.00"), Decimal("360.00"))
    (quota,) = found.quotas
    assert (quota.version, quota.contacts_a_week, quota.exceeded) == (2, Decimal(60), True)
    assert found.as_json()["extra"]["cost"] == "315.00"
    exactly = rules.what_if([Cell(1, "low", 2, "high", 20)], plans, **pace)  # type: ignore[arg-type]
    assert (exactly.quotas[0].contacts_a_week, exactly.quotas[0].exceeded) == (Decimal(30), False)


def test_the_pace_of_review_is_the_median_between_decisions_of_one_person(manager: User) -> None:
    assert services.review_pace(now=NOW) == (None, 0)
    other, contact = make_user(), make_customer().contact
    moments = [(manager, 40 * number) for number in range(21)]
    # A break, one click for two, another person in between, and one long ago.
    moments += [(manager, 2000), (manager, 2000), (other, 5), (manager, -91 * 86_400), (manager, -91 * 86_400 + 1)]
    Draft.objects.bulk_create(
        Draft(
            contact=contact,
            kind="follow_up",
            channel="email",
            address="a@one.example",
            body="Text",
            fingerprint="f",
            due_at=NOW,
            status="withdrawn",
            decided_by=by,
            decided_at=ago(1) + timedelta(seconds=after),
        )
        for by, after in moments
    )
    assert services.review_pace(now=NOW) == (Decimal("40.0"), 20)
    result = done(asked(draft(), manager)).result
    assert result["review"] == {"seconds": 40.0, "decisions": 20, "assumed": False}
    Draft.objects.filter(decided_at=ago(1)).delete()
    assert services.review_pace(now=NOW) == (None, 19)
    result = done(asked(draft(), manager)).result
    assert result["review"] == {"seconds": 120.0, "decisions": 19, "assumed": True}
    assert result["call"] == {"seconds": 600, "assumed": True}


# Asking


def test_only_a_draft_is_tried_on_today_and_only_once_at_a_time(manager: User) -> None:
    with pytest.raises(services.Refused, match="Only a draft"):
        asked(in_force(), manager)
    version = draft()
    trial = asked(version, manager)
    with pytest.raises(services.Refused, match="worked out already"):
        asked(version, manager)
    done(trial)
    assert asked(version, manager).pk != trial.pk


def test_whoever_may_not_change_models_may_not_try_them(manager: User) -> None:
    nobody = make_user()
    active(make_customer())
    trial = looked_back(manager, 60)
    ScoreTrial.objects.filter(pk=trial.pk).update(status=TrialStatus.FAILED)
    version = draft()
    for deed in (
        lambda: asked(version, nobody),
        lambda: looked_back(nobody, 60),
        lambda: services.cancel_trial(trial=trial, by=nobody, now=NOW),
        lambda: services.retry_trial(trial=trial, by=nobody, now=NOW),
    ):
        with pytest.raises(services.NotPermitted):
            deed()


# Working out


def test_a_backtest_takes_its_dates_one_by_one_and_goes_on_where_it_was_left(
    world: list[Customer], manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = looked_back(manager, 60, 80, 40)
    scored: list[Any] = []
    real = backtest.outcome

    def counted(**given: Any) -> Any:
        scored.append(given["at"])
        return real(**given)

    monkeypatch.setattr(backtest, "outcome", counted)
    services.run_trial(trial.pk, clock=clock, stop=lambda: len(scored) == 2)
    trial.refresh_from_db()
    assert (trial.status, trial.step, trial.steps, scored) == (TrialStatus.RUNNING, 2, 3, [ago(80), ago(60)])
    assert services.waiting_trials() == [trial.pk]
    result = done(trial).result
    assert scored == [ago(80), ago(60), ago(40)]
    assert trial.started_at == trial.finished_at == NOW
    assert [one["at"] for one in result["dates"]] == [at.isoformat() for at in scored]
    assert result["overall"]["customers"] == sum(one["customers"] for one in result["dates"]) == 3 * len(world)
    assert (result["lapse"], result["horizon_days"], result["ceiling"]) == ("no_activity", 30, 0.5)
    assert services.waiting_trials() == []
    services.run_trial(trial.pk, clock=clock)
    assert len(scored) == 3, "what has ended is left alone"


def test_a_fault_is_kept_in_words_and_can_be_tried_again(
    world: list[Customer], manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = looked_back(manager, 60, 80)
    real = backtest.outcome

    def broken(**given: Any) -> Any:
        if given["at"] == ago(60):
            raise ZeroDivisionError
        return real(**given)

    monkeypatch.setattr(backtest, "outcome", broken)
    services.run_trial(trial.pk, clock=clock)
    trial.refresh_from_db()
    assert (trial.status, trial.step, trial.finished_at) == (TrialStatus.FAILED, 1, NOW)
    assert "ZeroDivisionError" in trial.problem
    assert "Try it again" in trial.problem
    assert services.waiting_trials() == []
    monkeypatch.setattr(backtest, "outcome", real)
    services.retry_trial(trial=trial, by=manager, now=NOW)
    with pytest.raises(services.Refused, match="Only what failed"):
        services.retry_trial(trial=trial, by=manager, now=NOW)
    assert done(trial).step == 2


def test_a_lost_database_is_nobodys_fault_and_the_trial_waits(
    world: list[Customer], manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = looked_back(manager, 60)

    def gone(**_given: Any) -> Any:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(backtest, "outcome", gone)
    with pytest.raises(OperationalError):
        services.run_trial(trial.pk, clock=clock)
    trial.refresh_from_db()
    assert trial.status == TrialStatus.RUNNING
    assert services.waiting_trials() == [trial.pk]


def test_a_draft_that_was_spoilt_meanwhile_fails_with_its_sentence(manager: User) -> None:
    active(make_customer())
    version = draft()
    trial = asked(version, manager)
    version.signals.filter(component="recency").update(type="weather")
    services.run_trial(trial.pk, clock=clock)
    trial.refresh_from_db()
    assert trial.status == TrialStatus.FAILED
    assert "weather" in trial.problem
    assert version.status == ModelStatus.DRAFT


@pytest.fixture
def elsewhere() -> Callable[[Callable[[], None]], None]:
    """Do something in another thread, with a connection of its own."""

    def run(deed: Callable[[], None]) -> None:
        def and_close() -> None:
            try:
                deed()
            finally:
                connection.close()

        thread = threading.Thread(target=and_close)
        thread.start()
        thread.join()

    return run


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_work_on_the_same_trial(
    manager: User, elsewhere: Callable[[Callable[[], None]], None]
) -> None:
    active(make_customer())
    trial = asked(draft(), manager)
    seen: list[list[int]] = []
    with holding.alone_with(trial.pk) as alone:
        assert alone
        elsewhere(lambda: services.run_trial(trial.pk))
        elsewhere(lambda: seen.append(services.waiting_trials()))
    trial.refresh_from_db()
    assert (trial.status, seen) == (TrialStatus.QUEUED, [[]])
    elsewhere(lambda: tasks.run_trial(trial.pk))
    trial.refresh_from_db()
    assert trial.status == TrialStatus.DONE


@pytest.mark.django_db(transaction=True)
def test_what_is_cancelled_on_the_way_writes_nothing_more(
    manager: User, monkeypatch: pytest.MonkeyPatch, elsewhere: Callable[[Callable[[], None]], None]
) -> None:
    active(make_customer())
    trial = looked_back(manager, 60, 80)
    real = backtest.outcome

    def cancelled_meanwhile(**given: Any) -> Any:
        if given["at"] == ago(60):
            elsewhere(lambda: services.cancel_trial(trial=trial, by=manager, now=NOW))
        return real(**given)

    monkeypatch.setattr(backtest, "outcome", cancelled_meanwhile)
    services.run_trial(trial.pk, clock=clock)
    trial.refresh_from_db()
    assert (trial.status, trial.step) == (TrialStatus.CANCELLED, 1)
    assert [one["at"] for one in trial.result["dates"]] == [ago(80).isoformat()]
    services.run_trial(trial.pk, clock=clock)
    with pytest.raises(services.Refused, match="nothing to cancel"):
        services.cancel_trial(trial=trial, by=manager, now=NOW)
