"""How an experiment stands: added up once a day, and the one planned look taken when it has come."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from retention.models import Assignment, Experiment, ExperimentReading
from retention.rules.experiments.reading import Reading
from retention.services import Refused
from retention.services.experiments import (
    Drawn,
    Sample,
    assign,
    assign_waiting,
    latest,
    looks_due,
    measure,
    note_contamination,
    read,
    read_all,
    sample_of,
)
from retention.states import Arm, EnrolmentStatus, Kpi, ValueTier
from staff.models import AuditEntry
from tests.retention.experiments.making import assigned, enrolled, make_experiment, people
from tests.retention.making import NOW, ago, did, make_customer

pytestmark = pytest.mark.django_db

BEGAN = ago(100)


def _played(kpi: Kpi = Kpi.REACTIVATION) -> Experiment:
    """Three treated, of whom two come again, and two held out, of whom one does; all windows are over by NOW."""
    experiment = make_experiment(kpi=kpi, window_days=30)
    came, spent, gone, other, idle = people(5)
    for each, arm, stratum in (
        (came, Arm.TREATED, "high"), (spent, Arm.TREATED, "low"), (gone, Arm.TREATED, "low"),
        (other, Arm.HOLDOUT, "high"), (idle, Arm.HOLDOUT, "low"),
    ):  # fmt: skip
        assigned(experiment, each, arm, at=BEGAN, stratum=stratum)
    did(came, "visit_logged", 90)
    did(spent, "visit_logged", 85)
    did(spent, "purchase_made", 85, amount=60, currency="USD")
    did(other, "visit_logged", 75)
    did(idle, "purchase_made", 80, amount=15, currency="USD")
    type(gone).objects.filter(pk=gone.pk).update(churned_on=ago(80).date())
    return experiment


def test_both_arms_are_added_up_in_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    experiment = _played()
    measure(now=NOW)
    # Savepoint, the experiment, the planned one before, the sums, the reading, the audit entry, release.
    with django_assert_num_queries(7):
        kept = read(experiment_id=experiment.pk, now=NOW)
    found = Reading.from_json(kept.result)
    assert (found.treated.assigned, found.treated.counted, found.treated.conversions) == (3, 3, 2)
    assert (found.holdout.assigned, found.holdout.counted, found.holdout.conversions) == (2, 2, 1)
    assert found.point == pytest.approx(2 / 3 - 1 / 2)
    assert latest(experiment) == found


@pytest.mark.parametrize(("kpi", "treated", "holdout"), [(Kpi.RETENTION, 2 / 3, 1.0), (Kpi.REVENUE, 60 / 3, 15 / 2)])
def test_the_other_kpis(kpi: Kpi, treated: float, holdout: float) -> None:
    experiment = _played(kpi)
    measure(now=NOW)
    found = Reading.from_json(read(experiment_id=experiment.pk, now=NOW).result)
    assert [found.treated.mean, found.holdout.mean] == pytest.approx([treated, holdout])


def test_customers_of_another_currency_are_left_out_of_money() -> None:
    experiment = make_experiment(kpi=Kpi.REVENUE)
    ours = [make_customer(currency="USD") for _ in range(4)]
    foreign = [make_customer(currency="JPY") for _ in range(2)]
    for place, each in enumerate([*ours, *foreign]):
        assigned(experiment, each, Arm.HOLDOUT if place % 2 else Arm.TREATED, at=BEGAN)
        did(each, "purchase_made", 90, amount=10, currency="USD" if each in ours else "JPY")
    Assignment.objects.update(revenue=10)
    found = Reading.from_json(read(experiment_id=experiment.pk, now=NOW).result)
    assert (found.treated.assigned, found.treated.counted, found.treated.mean) == (3, 2, 10)


def test_before_the_look_only_those_count_whose_window_is_over() -> None:
    experiment = _played()
    (late,) = people(1)
    assigned(experiment, late, at=BEGAN + timedelta(days=20))
    early = BEGAN + timedelta(days=40)
    measure(now=early)
    kept = read(experiment_id=experiment.pk, now=early)
    found = Reading.from_json(kept.result)
    assert (found.treated.assigned, found.treated.counted) == (4, 3)
    assert (kept.planned, found.fixed) == (False, None)
    assert looks_due(now=early) == []


def test_the_planned_look_is_taken_once_and_shown_from_then_on() -> None:
    experiment = _played()
    experiment.refresh_from_db()
    assert experiment.look_at is not None
    assert read_all(now=experiment.look_at - timedelta(days=1)).readings == 1
    assert looks_due(now=experiment.look_at) == [experiment.pk]
    assert read_all(now=experiment.look_at).readings == 1
    assert read_all(now=experiment.look_at + timedelta(minutes=5)).readings == 0  # once a day
    assert read_all(now=experiment.look_at + timedelta(days=1)).readings == 1
    kept = list(ExperimentReading.objects.order_by("at"))
    assert [one.planned for one in kept] == [False, True, False]
    assert [Reading.from_json(one.result).fixed is None for one in kept] == [True, False, False]
    assert AuditEntry.objects.filter(action="retention.planned_look").count() == 1
    assert looks_due(now=NOW + timedelta(days=50)) == []


def test_a_reading_is_never_changed_and_no_second_look_is_planned() -> None:
    experiment = _played()
    kept = read(experiment_id=experiment.pk, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExperimentReading.objects.create(experiment=experiment, at=NOW, planned=True, result={})
    with pytest.raises(IntegrityError), transaction.atomic():
        ExperimentReading.objects.filter(pk=kept.pk).update(planned=False)


def test_nothing_is_read_before_the_first_customer() -> None:
    with pytest.raises(Refused, match="Nobody has been assigned yet"):
        read(experiment_id=make_experiment().pk, now=NOW)


def test_contaminated_ones_stay_in_and_are_told_apart() -> None:
    experiment = _played()
    idle = Assignment.objects.get(experiment=experiment, arm=Arm.HOLDOUT, stratum="low")
    note_contamination(customer_ids=[idle.customer_id], what="An offer.", now=BEGAN + timedelta(days=2))
    measure(now=NOW)
    found = Reading.from_json(read(experiment_id=experiment.pk, now=NOW).result)
    assert (found.holdout.counted, found.holdout.contaminated) == (2, 1)
    assert found.holdout.mean == 0.5


def test_the_live_sample_is_the_last_reading_and_who_came_since(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    experiment = _played()
    assert sample_of(experiment) == Sample(3, 2, 5)
    kept = read(experiment_id=experiment.pk, now=BEGAN + timedelta(days=1))
    assert sample_of(experiment, kept) == Sample(3, 2, 0)
    assigned(experiment, people(1)[0], Arm.HOLDOUT, at=BEGAN + timedelta(days=2))
    with django_assert_num_queries(1):
        assert sample_of(experiment, kept) == Sample(3, 3, 1)


class TestStaggered:
    """Three waves, ten days apart: who has begun is compared with who still waits."""

    def _waiting(self, experiment: Experiment, number: int) -> None:
        for each in people(number):
            enrolment = enrolled(experiment, each, at=BEGAN)
            type(enrolment).objects.filter(pk=enrolment.pk).update(
                status=EnrolmentStatus.WAITING, started_at=None, arm="", fitted_at=BEGAN - timedelta(hours=1)
            )

    def test_waves_that_began_against_those_that_wait(self) -> None:
        experiment = make_experiment(staggered=True, waves=3, wave_days=10)
        first, second, third, early = people(4)
        rows = [(first, 1), (second, 2), (third, 3), (early, 3)]
        assign(
            experiment_id=experiment.pk, now=BEGAN,
            rows=[Drawn(one.pk, one.contact_id, Arm.TREATED, ValueTier.HIGH, wave) for one, wave in rows],
        )  # fmt: skip
        did(first, "visit_logged", 95)  # day 5: wave 1 has begun, 2 and 3 wait
        did(early, "visit_logged", 94)  # so nothing can be seen of them later
        did(second, "visit_logged", 85)  # day 15: wave 2 has begun, 3 waits
        did(third, "visit_logged", 75)  # day 25: nobody waits any more
        assert read_all(now=NOW).readings == 1
        found = latest(experiment)
        assert found is not None
        # Step 1: one of one, against one of three. Step 2: one of one, against none of one.
        assert (found.treated.counted, found.treated.conversions) == (2, 2)
        assert (found.holdout.counted, found.holdout.conversions) == (4, 1)
        assert sample_of(experiment) == Sample(4, 0, 0)
        assert found.staggered
        assert "weaker claim" in found.claim

    @pytest.mark.parametrize("kpi", Kpi)
    def test_every_kpi_can_be_read(self, kpi: Kpi) -> None:
        experiment = make_experiment(staggered=True, waves=2, wave_days=10, kpi=kpi)
        one, two = people(2)
        for each, wave in ((one, 1), (two, 2)):
            assigned(experiment, each, at=BEGAN, wave=wave)
        did(one, "purchase_made", 95, amount=30, currency="USD")
        did(one, "purchase_made", 85, amount=99, currency="USD")
        type(two).objects.filter(pk=two.pk).update(churned_on=ago(93).date())
        read_all(now=NOW)
        found = latest(experiment)
        assert found is not None
        assert (found.treated.mean, found.holdout.mean) == {
            Kpi.REACTIVATION: (0, 0), Kpi.RETENTION: (1, 0), Kpi.REVENUE: (30, 0),
        }[kpi]  # fmt: skip

    def test_those_whose_wave_has_not_come_are_kept_from_the_moment_they_fitted(self) -> None:
        experiment = make_experiment(staggered=True, waves=3, wave_days=10)
        assigned(experiment, people(1)[0], at=BEGAN, wave=1)
        self._waiting(experiment, 3)
        experiment.refresh_from_db()
        assert assign_waiting(experiment=experiment, now=BEGAN + timedelta(days=1)) == 3
        assert assign_waiting(experiment=experiment, now=BEGAN + timedelta(days=2)) == 0
        kept = Assignment.objects.filter(experiment=experiment)
        assert {one.assigned_at for one in kept} == {BEGAN}  # nobody before the design was locked
        assert {one.wave for one in kept} <= {1, 2, 3}
