"""What somebody is told before a playbook begins, from history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from contacts.models import Contact
from retention.models import Customer, Experiment, PlaybookVersion
from retention.services.experiments import plan_of, why_not_launch
from retention.services.experiments.eligible import baseline_of, demand_of
from retention.states import Band, Kpi, PlaybookTrigger
from tests.retention.experiments.making import assigned, came, make_experiment, make_version, many_people, scored_high
from tests.retention.making import NOW, ago

pytestmark = pytest.mark.django_db

AT_RISK: dict[str, Any] = {"bands": [Band.HIGH]}


def _said(version: PlaybookVersion) -> dict[str, str]:
    return {sentence: severity for severity, sentence in why_not_launch(version, NOW)}


def _with_history(number: int = 200) -> list[Customer]:
    """So many at high risk for 40 days, of whom a tenth came again by themselves, and 28 since last week."""
    long_ago = many_people(number)
    scored_high(long_ago, since=ago(40))
    came(long_ago[: number // 10], at=ago(20))
    scored_high(many_people(28), since=ago(6))
    return long_ago


def test_how_many_fit_now_and_how_many_begin_to_every_day() -> None:
    found = _with_history()
    assert demand_of(make_version(**AT_RISK), NOW).now == 228
    assert demand_of(make_version(**AT_RISK), NOW).a_day == 1
    Customer.objects.filter(pk=found[0].pk).update(churned_on=date(2026, 5, 1))
    Customer.objects.filter(pk__in=[one.pk for one in found[1:4]]).update(plan="Gold", tier="A")
    assert demand_of(make_version(**AT_RISK), NOW).now == 227
    for narrower, fits in (
        ({"plans": ["gold"]}, 3),
        ({"excluded_plans": ["GOLD"]}, 224),
        ({"tiers": ["a"], "plans": ["gold"]}, 3),
        ({"excluded_tiers": ["A"]}, 224),
        ({"score_from": 81}, 0),
        ({"score_to": 79}, 0),
        ({"reasons_any": ["quiet_30d", "visits_down"]}, 227),
        ({"reasons_all": ["quiet_30d", "visits_down"]}, 0),
        ({"value_tiers": ["none"]}, 227),
        ({"value_tiers": ["high"]}, 0),
        ({"bands": [Band.LOW]}, 0),
    ):
        assert demand_of(make_version(**{**AT_RISK, **narrower}), NOW).now == fits, narrower


def test_birthdays_and_milestones_come_day_by_day() -> None:
    customers = many_people(40)
    Contact.objects.filter(customers__in=customers[:10]).update(birthday=date(1990, 5, 20))
    birthday = make_version(trigger=PlaybookTrigger.BIRTHDAY, days_before=7)
    assert demand_of(birthday, NOW).now == 10
    assert demand_of(birthday, NOW).a_day == pytest.approx(10 / 365.25)
    for days in (100, 90, 10):
        came(customers[:14], at=ago(days))
    milestone = make_version(trigger=PlaybookTrigger.MILESTONE, milestones=[3])
    assert demand_of(milestone, NOW).a_day == 0.5


def test_what_they_did_by_themselves_is_read_from_history(django_assert_num_queries: Callable[..., Any]) -> None:
    customers = _with_history()
    came(customers[100:110], at=ago(31))  # before they fitted for this
    came(customers[50:70], at=ago(10), amount=30)
    Customer.objects.filter(pk=customers[150].pk).update(churned_on=ago(15).date())
    version = make_version(**AT_RISK)
    with django_assert_num_queries(1):
        found = baseline_of(version, window_days=30, now=NOW)
    assert (found.at, found.customers) == (ago(30), 200)
    assert (found.reached, found.stayed, found.revenue) == (0.1, 0.995, 3.0)
    assert found.spread == pytest.approx(9.02, abs=0.01)
    assert baseline_of(make_version(**AT_RISK), window_days=42, now=NOW).customers == 0


def test_what_a_segment_can_show_and_how_many_it_takes() -> None:
    _with_history()
    version = make_version(**AT_RISK)
    experiment = make_experiment(version=version)
    plan = plan_of(version, experiment, NOW)
    assert (plan.base, plan.given) == (0.1, False)
    assert plan.required is not None
    assert plan.detectable is not None
    assert plan.required.total > 5_000
    assert plan.detectable > 0.1
    said = _said(version)
    assert said["228 customers fit now, and 1.0 more begin to fit every day."] == "note"
    assert (
        said["Of the 200 who fitted on 13 April 2026, 10.0% reached the goal by themselves within 30 days."] == "note"
    )
    (found,) = [one for one in said if one.startswith("With ")]
    assert said[found] == "warning"
    assert "may well stay hidden" in found
    (takes,) = [one for one in said if one.startswith("It takes")]
    assert said[takes] == "warning"
    assert "weeks. It stops taking in after 26." in takes


def test_a_great_effect_in_a_segment_that_is_large_enough_has_no_warning() -> None:
    _with_history(400)
    version = make_version(**AT_RISK)
    make_experiment(version=version, min_effect=20)
    assert set(_said(version).values()) == {"note"}


def test_the_first_assignment_keeps_what_was_worked_out() -> None:
    customers = _with_history(400)
    version = make_version(**AT_RISK)
    experiment = make_experiment(version=version, min_effect=20)
    plan = plan_of(version, experiment, NOW)
    assigned(experiment, customers[0])
    experiment.refresh_from_db()
    assert plan.required is not None
    assert experiment.required_treated == plan.required.treated
    assert experiment.required_holdout == plan.required.holdout
    assert experiment.baseline_percent == 10
    assert experiment.enrolment_ends_at == NOW + timedelta(days=7)


@pytest.mark.parametrize(
    ("design", "fields", "says"),
    [
        ({}, {}, "Nobody fits now"),
        ({}, {}, "too few to know how many reached the goal by themselves"),
        ({"kpi": Kpi.RETENTION}, {}, "too few to know how many stayed by themselves"),
        ({"kpi": Kpi.REVENUE}, {}, "to know what customers bring by themselves"),
        ({}, {"goal_kinds": []}, "no kind of event is the goal"),
        ({"baseline_percent": 5}, {}, "that many will not come together"),
        ({"baseline_percent": 5}, {"pilot_most": 50}, "the pilot takes in 50 at most"),
        ({"baseline_percent": 5}, {}, "you can find nothing"),
    ],
)
def test_warnings_without_history(design: dict[str, Any], fields: dict[str, Any], says: str) -> None:
    version = make_version(**AT_RISK, **fields)
    make_experiment(version=version, **design)
    warned = [sentence for sentence, severity in _said(version).items() if severity == "warning"]
    assert any(says in one for one in warned), warned


def test_what_is_given_is_compared_with_history() -> None:
    _with_history()
    version = make_version(**AT_RISK)
    make_experiment(version=version, baseline_percent=40)
    assert _said(version)["You expect 40.0% without us; history says 10.0%. Look at the base again."] == "warning"


def test_revenue_is_planned_by_its_spread() -> None:
    customers = _with_history()
    came(customers[50:70], at=ago(10), amount=30)
    version = make_version(**AT_RISK)
    experiment = make_experiment(version=version, kpi=Kpi.REVENUE, min_effect=50)
    plan = plan_of(version, experiment, NOW)
    assert (plan.base, plan.effect) == (3.0, 1.5)
    assert plan.required is not None
    assert "The 200 who fitted on 13 April 2026 brought 3.00 each by themselves." in _said(version)


def test_without_an_experiment_there_is_nothing_to_say() -> None:
    version = make_version()
    assert not Experiment.objects.filter(version=version).exists()
    assert why_not_launch(version, NOW) == ()
