"""Who was drawn is kept for ever, and the design is locked at the first of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from retention.models import Assignment, Customer, Experiment
from retention.services import Refused
from retention.services.experiments import Assigned, Drawn, assign
from retention.states import Arm, ExperimentStatus, Kpi, ValueTier, Verdict
from staff.models import AuditEntry
from tests.retention.experiments.making import assigned, make_experiment, make_version, people
from tests.retention.making import NOW, did

pytestmark = pytest.mark.django_db


def _rows(customers: Iterable[Customer], arm: Arm = Arm.TREATED, wave: int = 0) -> list[Drawn]:
    return [Drawn(one.pk, one.contact_id, arm, ValueTier.HIGH, wave) for one in customers]


def test_the_first_assignment_locks_the_design_and_says_until_when() -> None:
    experiment = make_experiment(window_days=42)
    one, two = people(2)
    assert assign(experiment_id=experiment.pk, rows=_rows([one, two]), now=NOW) == Assigned(new=2)
    experiment.refresh_from_db()
    assert experiment.status == ExperimentStatus.RUNNING
    assert experiment.locked_at == NOW
    # Nobody could say how many it needs: four weeks, and the look when the last of them had the whole window.
    assert experiment.enrolment_ends_at == NOW + timedelta(days=28)
    assert experiment.look_at == NOW + timedelta(days=28 + 42)
    assert AuditEntry.objects.filter(action="retention.lock_experiment", object_id=str(experiment.pk)).count() == 1


def test_a_second_time_changes_nothing_and_the_lock_stays(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    experiment = make_experiment()
    customers = people(3)
    assign(experiment_id=experiment.pk, rows=_rows(customers[:1]), now=NOW)
    with django_assert_num_queries(4):  # savepoint, the experiment, the rows, release
        done = assign(experiment_id=experiment.pk, rows=_rows(customers, Arm.HOLDOUT), now=NOW + timedelta(days=1))
    assert done == Assigned(new=2, known=1)
    kept = Assignment.objects.get(customer=customers[0])
    assert (kept.arm, kept.assigned_at) == (Arm.TREATED, NOW)
    experiment.refresh_from_db()
    assert experiment.locked_at == NOW


@pytest.mark.parametrize(("kpi", "value"), [(Kpi.REACTIVATION, 3), (Kpi.RETENTION, 3), (Kpi.REVENUE, Decimal("50.00"))])
def test_what_they_did_before_is_kept(kpi: Kpi, value: object) -> None:
    experiment = make_experiment(kpi=kpi, pre_days=30)
    (one,) = people(1)
    did(one, "visit_logged", 1, 29, 31)
    did(one, "purchase_made", 2, amount=50, currency="USD")
    did(one, "purchase_made", 40, amount=500, currency="USD")
    did(one, "product_viewed", 3)
    did(one, "visit_logged", -1)
    assigned(experiment, one)
    assert Assignment.objects.get().pre_value == value


def test_after_the_end_of_enrolment_and_after_a_decision_nobody_is_assigned() -> None:
    experiment = make_experiment()
    one, two = people(2)
    assigned(experiment, one)
    late = NOW + timedelta(days=28)
    assert assign(experiment_id=experiment.pk, rows=_rows([two]), now=late) == Assigned(closed=True)
    Experiment.objects.filter(pk=experiment.pk).update(
        status=ExperimentStatus.DECIDED, decided_at=NOW, verdict=Verdict.STOP, verdict_reason="Nothing came of it"
    )
    assert assign(experiment_id=experiment.pk, rows=_rows([two]), now=NOW).closed
    assert Assignment.objects.count() == 1


@pytest.mark.parametrize(
    ("staggered", "row", "says"),
    [
        (False, ("nobody", "high", 0), "no arm called nobody"),
        (False, ("treated", "huge", 0), "no value tier called huge"),
        (False, ("treated", "high", 1), "Only a staggered rollout"),
        (True, ("holdout", "high", 1), "holds nobody out"),
        (True, ("treated", "high", 0), "from 1 to 4"),
        (True, ("treated", "high", 5), "from 1 to 4"),
    ],
)
def test_what_cannot_be_is_refused_and_locks_nothing(staggered: bool, row: tuple[str, str, int], says: str) -> None:
    experiment = make_experiment(staggered=staggered)
    (one,) = people(1)
    with pytest.raises(Refused, match=says):
        assign(experiment_id=experiment.pk, rows=[(one.pk, one.contact_id, *row)], now=NOW)
    experiment.refresh_from_db()
    assert experiment.locked_at is None


def test_a_staggered_rollout_ends_with_its_last_wave() -> None:
    experiment = make_experiment(staggered=True, waves=3, wave_days=10)
    (one,) = people(1)
    assigned(experiment, one, wave=3)
    experiment.refresh_from_db()
    assert experiment.enrolment_ends_at == experiment.look_at == NOW + timedelta(days=30)


def test_enough_at_once_takes_in_for_a_week() -> None:
    experiment = make_experiment(required_treated=1, required_holdout=1)
    assign(experiment_id=experiment.pk, rows=_rows(people(2)), now=NOW)
    experiment.refresh_from_db()
    assert experiment.enrolment_ends_at == NOW + timedelta(days=7)


class TestTheDatabaseHoldsIt:
    """Whoever goes round the services meets the database."""

    @pytest.fixture
    def running(self) -> Experiment:
        experiment = make_experiment()
        assigned(experiment, people(1)[0])
        experiment.refresh_from_db()
        return experiment

    @pytest.mark.parametrize(
        "change",
        [
            {"kpi": Kpi.REVENUE}, {"window_days": 60}, {"holdout_percent": 20}, {"baseline_percent": 3},
            {"min_effect": 1}, {"salt": "another"}, {"pre_days": 10}, {"look_at": NOW}, {"question": "Another?"},
            {"enrolment_ends_at": NOW}, {"locked_at": NOW - timedelta(days=1)}, {"power_percent": 60},
        ],
        ids=lambda change: next(iter(change)),
    )  # fmt: skip
    def test_a_locked_design_stays(self, running: Experiment, change: dict[str, object]) -> None:
        with pytest.raises(IntegrityError, match="is locked"), transaction.atomic():
            Experiment.objects.filter(pk=running.pk).update(**change)

    @pytest.mark.parametrize(
        "change",
        [
            {"arm": Arm.HOLDOUT}, {"stratum": ValueTier.LOW}, {"assigned_at": NOW - timedelta(days=1)}, {"wave": 1},
            {"pre_value": 7},
        ],
        ids=lambda change: next(iter(change)),
    )  # fmt: skip
    def test_a_draw_stays(self, running: Experiment, change: dict[str, object]) -> None:
        with pytest.raises(IntegrityError, match="is locked"), transaction.atomic():
            Assignment.objects.filter(experiment=running).update(**change)

    def test_nobody_is_assigned_before_the_design_is_locked(self) -> None:
        experiment, (one,) = make_experiment(), people(1)
        with pytest.raises(IntegrityError, match="before the design is locked"), transaction.atomic():
            Assignment.objects.create(
                experiment=experiment, customer=one, contact=one.contact, arm=Arm.TREATED, stratum="high",
                assigned_at=NOW,
            )  # fmt: skip

    def test_a_published_version_and_its_steps_stay(self) -> None:
        version = make_version()
        step = version.steps.get()
        for change in ({"goal": "Another"}, {"priority": 99}, {"max_complaint_rate": Decimal("0.5")}):
            with pytest.raises(IntegrityError, match="is locked"), transaction.atomic():
                type(version).objects.filter(pk=version.pk).update(**change)
        with pytest.raises(IntegrityError, match="are published"), transaction.atomic():
            type(step).objects.filter(pk=step.pk).update(latest_hours=400)
        with pytest.raises(IntegrityError, match="are published"), transaction.atomic():
            step.delete()
        step.pk = None
        step.position = 2
        with pytest.raises(IntegrityError, match="are published"), transaction.atomic():
            step.save(force_insert=True)
