"""Drafts are edited as a whole, and what cannot be is refused in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from retention import services
from retention.models import ScoreVersion
from staff.models import AuditEntry, User
from tests.factories import make_user
from tests.retention.making import draft, in_force

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> User:
    return make_user("Retention manager")


def edit(version: ScoreVersion, by: User | None = None, **changes: Any) -> ScoreVersion:
    return services.edit_version(version=version, changes=changes, by=by)


def test_everything_of_a_draft_may_change(manager: User) -> None:
    version = services.draft_version(of=in_force(), by=manager)
    gap = version.signals.get(type="gap")
    changed = edit(
        version,
        by=manager,
        recency_sensitivity="1.5",
        medium_from=35,
        confirm_hours=6,
        plans=["Studio"],
        components={"recency": 30, "payment": 25},
        bands={"high": {"weekly_quota": 4, "cost_cap": "12.50", "next_action": "Call them"}},
        signals={gap.position: {"tiers": [[10, 15, "quiet_15d"], [20, 25, "quiet_30d"]]}},
    )
    assert (changed.recency_sensitivity, changed.medium_from, changed.confirm_hours) == (Decimal("1.5"), 35, 6)
    assert changed.plans == ["Studio"]
    high = changed.bands.get(band="high")
    assert (high.weekly_quota, high.cost_cap, high.next_action) == (4, Decimal("12.50"), "Call them")
    gap.refresh_from_db()
    assert gap.parameters["tiers"] == [[10, 15, "quiet_15d"], [20, 25, "quiet_30d"]]
    assert gap.parameters["kinds"] == ["activity"], "what was not named stays"
    entry = AuditEntry.objects.get(action="retention.edit_version")
    assert (entry.actor, entry.object_id) == (manager, str(version.pk))
    assert "signals" in entry.detail["changed"]
    assert in_force().signals.get(type="gap").parameters["tiers"][0][0] == 14, "the version it came from stays"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"medium_from": 70}, "The thresholds cross"),
        ({"medium_from": 80, "high_from": 60}, "The thresholds cross"),
        ({"recency_sensitivity": "3"}, "Recency sensitivity is 3"),
        ({"recency_sensitivity": "lots"}, "Recency sensitivity: "),
        ({"confirm_hours": -1}, "Confirm hours: "),
        ({"fall_margin": 40}, "margin for falling"),
        ({"components": {"recency": 60}}, "at most 100"),
        ({"components": {"recency": 10}}, "Recency has at most 10"),
        ({"components": {"mood": 10}}, "no component “mood”"),
        ({"bands": {"high": {"next_action": ""}}}, "Next action: "),
        ({"bands": {"high": {"colour": "red"}}}, "A band has no “colour”"),
        ({"bands": {"none": {}}}, "no band “none”"),
        ({"signals": {99: {}}}, "no signal “99”"),
        ({"status": "published"}, "A score model has no “status”"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_changes_nothing(changes: dict[str, Any], sentence: str) -> None:
    version = draft()
    with pytest.raises(services.Refused) as refused:
        edit(version, note="New", **changes)
    assert sentence in refused.value.sentence
    version.refresh_from_db()
    assert (version.note, version.medium_from, version.recency_sensitivity) == ("", 40, Decimal(1))


def test_signals_that_no_model_knows_are_refused() -> None:
    version = draft()
    gap = version.signals.get(type="gap")
    wrong: list[dict[str, Any]] = [{"tiers": []}, {"tiers": "many"}, {"kinds": ["dance"]}, {"colour": 1}]
    for parameters in wrong:
        with pytest.raises(services.ModelHasProblems):
            edit(version, signals={gap.position: parameters})


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(services.ModelHasProblems) as refused:
        edit(draft(), medium_from=70, recency_sensitivity="3")
    assert len(refused.value.problems) == 2


def test_only_a_draft_is_edited() -> None:
    with pytest.raises(services.Refused, match=r"is published\. Make a new draft"):
        edit(in_force(), medium_from=30)
    assert in_force().medium_from == 40


def test_drafting_and_editing_need_the_permission() -> None:
    reader, version = make_user("SDR manager"), draft()
    with pytest.raises(services.NotPermitted):
        services.draft_version(of=in_force(), by=reader)
    with pytest.raises(services.NotPermitted):
        edit(version, by=reader, medium_from=30)
    assert ScoreVersion.objects.filter(model=version.model).count() == 2


def test_drafts_are_numbered_on() -> None:
    assert [draft().number, draft().number] == [2, 3]
