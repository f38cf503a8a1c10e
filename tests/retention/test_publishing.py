"""A published model moves whom the what-if names, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction

from contacts.models import Arrival
from retention import scoring, services
from retention.models import Customer, Score, ScoreChange, ScoreVersion
from retention.states import ChangeCause, ModelStatus
from staff.models import AuditEntry
from tests.factories import make_user
from tests.retention.making import (
    NOW,
    active,
    did,
    draft,
    everything,
    history_of,
    in_force,
    make_customer,
    refreshed,
    rescored,
    score_of,
)

pytestmark = pytest.mark.django_db


def bands(version: ScoreVersion | None = None) -> dict[int, str]:
    """The band of everybody's number at NOW: by what is in force, or with this draft in the place of its model."""
    rules = list(scoring.published())
    if version is not None:
        drafted = scoring.rules_of(version)
        replaced = in_force(version.model.name).pk
        rules = [drafted if one.version_id == replaced else one for one in rules]
    with transaction.atomic(), connection.cursor() as cursor:
        scoring.compute(at=NOW, rules=rules, table="tried")
        cursor.execute("SELECT customer_id, band FROM tried")
        found = dict(cursor.fetchall())
        cursor.execute("DROP TABLE tried")
    return found


def publish(version: ScoreVersion, **options: Any) -> services.Published:
    return services.publish(version=version, **{"reason": "Tried out.", "by": None, "now": NOW, **options})


@pytest.fixture
def world() -> list[Customer]:
    """Customers whose totals lie all along the scale, some near a threshold."""
    found = [active(make_customer()) for _ in range(2)]
    for failed, stopped in ((1, 20), (20, 20), (1, 40), (20, 40), (None, 40), (None, 20)):
        customer = make_customer()
        did(customer, "visit_logged", *range(stopped, 160, 3))
        if failed:
            did(customer, "payment_failed", failed)
        found.append(customer)
    return found


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"payment_weight": "0.5"}, marks=pytest.mark.trial),
        pytest.param({"recency_sensitivity": "2"}, marks=pytest.mark.trial),
        {"recency_sensitivity": "0.5", "high_from": 60},
        pytest.param({"medium_from": 20, "high_from": 50}, marks=pytest.mark.trial),
        {"confirm_hours": 0},
    ],
)
def test_exactly_those_move_whom_the_what_if_names(world: list[Customer], changes: dict[str, Any]) -> None:
    refreshed()
    version = draft(**changes)
    before, after = bands(), bands(version)
    named = {(pk, before[pk], after[pk]) for pk in before if before[pk] != after[pk]}
    held = dict(Score.objects.values_list("customer_id", "band"))

    published = publish(version)

    assert {(one.customer_id, one.before, one.after) for one in published.moved} == named
    now_held = dict(Score.objects.values_list("customer_id", "band"))
    assert {pk for pk in held if held[pk] != now_held[pk]} == {pk for pk, _, _ in named}
    assert bool(named) == (changes != {"confirm_hours": 0}), "the world has to be one that this change moves"
    assert set(Score.objects.values_list("version_id", flat=True)) == {version.pk}


def test_what_happened_before_is_behaviour_and_what_the_model_does_is_configuration() -> None:
    customer = active(make_customer())
    refreshed()
    did(customer, "payment_failed", 1)
    publish(draft(payment_weight="0.6"))
    behaviour, configuration = history_of(customer)[1:]
    assert (behaviour.cause, behaviour.by_behaviour, behaviour.by_configuration) == ("refresh", 25, 0)
    assert (configuration.cause, configuration.by_behaviour, configuration.by_configuration) == ("publish", 0, -10)
    assert Arrival.objects.exists(), "the news is still there for a refresh, which then finds nothing to change"
    assert refreshed().changed == 0


def test_a_band_that_is_held_stays_until_the_next_refresh() -> None:
    """High by the margin, with a number that says medium before and after: publishing does not move it."""
    customer = make_customer()
    did(customer, "visit_logged", *range(40, 160, 3))
    did(customer, "payment_failed", 20)
    refreshed()
    assert (score_of(customer).total, score_of(customer).band) == (70, "high")
    Score.objects.update(total=68, raw_band="medium", recency=28)
    services.rescore_all(now=NOW, cause=ChangeCause.REFRESH)
    version = draft(high_from=74)
    assert [one.after for one in publish(version).moved] == ["medium"]
    assert score_of(customer).band == "medium"

    Score.objects.update(band="high", raw_band="medium")
    later = draft(high_from=80)
    assert publish(later).moved == ()
    assert (score_of(customer).band, score_of(customer).next_change_at) == ("high", NOW)
    assert refreshed(NOW).changed == 1
    assert score_of(customer).band == "medium"
    change = history_of(customer)[-1]
    assert (change.cause, change.by_behaviour, change.by_configuration, change.band_after) == (
        "refresh",
        0,
        0,
        "medium",
    )
    assert rescored().differing == ()


def test_after_publishing_a_full_rescore_finds_nothing(world: list[Customer]) -> None:
    publish(draft(medium_from=30, engagement_decay="2"))
    refreshed()
    before = everything()
    assert rescored().differing == ()
    assert everything() == before


def test_versions_succeed_each_other_and_it_is_audited() -> None:
    old, by = in_force(), make_user("Retention manager")
    version = services.draft_version(of=old, by=by, note="Try less")
    assert (version.number, version.status, version.created_by) == (old.number + 1, "draft", by)
    assert version.signals.count() == old.signals.count() > 0
    assert version.bands.count() == old.bands.count() == 3
    published = publish(version, by=by)
    old.refresh_from_db()
    assert (old.status, old.retired_at, old.retired_by) == ("retired", NOW, by)
    assert (published.version.status, published.version.publish_reason) == ("published", "Tried out.")
    assert (published.version.published_at, published.version.published_by) == (NOW, by)
    entry = AuditEntry.objects.get(action="retention.publish")
    assert (entry.actor, entry.object_id, entry.detail["retired"]) == (by, str(version.pk), [old.pk])
    assert AuditEntry.objects.filter(action="retention.draft_version", actor=by).exists()


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_publishing_needs_a_reason(reason: str) -> None:
    with pytest.raises(services.Refused, match="why this version"):
        publish(draft(), reason=reason)


def test_publishing_needs_the_permission() -> None:
    version = draft()
    with pytest.raises(services.NotPermitted):
        publish(version, by=make_user("SDR manager"))
    version.refresh_from_db()
    assert version.status == ModelStatus.DRAFT


def test_a_version_is_published_once() -> None:
    version = draft()
    publish(version)
    before = ScoreChange.objects.count()
    with pytest.raises(services.Refused, match=r"is published\. Only a draft"):
        publish(version)
    assert ScoreChange.objects.count() == before


def test_nobody_is_left_without_a_model() -> None:
    with pytest.raises(services.Refused, match="for some customers only"):
        publish(draft(plans=["studio"]))
    with pytest.raises(services.Refused, match="last model for everybody"):
        services.retire_version(version=in_force(), reason="Old", by=None, now=NOW)
    assert in_force().number == 1


def test_a_model_that_is_retired_leaves_its_customers_to_the_next_one() -> None:
    special = in_force("infrequent")
    plan, tier = (special.plans or [""])[0], (special.tiers or [""])[0]
    customer = make_customer(plan=plan, tier=tier)
    refreshed()
    assert score_of(customer).version == special
    services.retire_version(version=special, reason="Not needed.", by=None, now=NOW)
    assert score_of(customer).version == in_force()
    special.refresh_from_db()
    assert special.status == ModelStatus.RETIRED
    with pytest.raises(services.Refused, match="retired already"):
        services.retire_version(version=special, reason="Again", by=None, now=NOW)


def test_a_draft_can_be_discarded() -> None:
    version = draft()
    services.retire_version(version=version, by=make_user("Retention manager"), now=NOW)
    version.refresh_from_db()
    assert (version.status, version.published_at) == (ModelStatus.RETIRED, None)
