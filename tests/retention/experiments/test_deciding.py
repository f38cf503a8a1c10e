"""A design changes until it is locked; a person decides; and only what paid is for everybody."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from retention.models import Assignment, Experiment, Playbook, PlaybookPause
from retention.services import Refused
from retention.services.experiments import (
    assign,
    decide,
    edit_design,
    read,
    scale,
    why_not_scale,
)
from retention.states import Arm, ExperimentStatus, Kpi, PlaybookMode, PlaybookStage, Verdict
from staff.models import AuditEntry, User
from tests.factories import make_user
from tests.retention.experiments.making import assigned, make_experiment, make_version, many_people, people
from tests.retention.making import NOW, ago

pytestmark = pytest.mark.django_db

EARLY, LATE = ago(90), NOW


@pytest.fixture
def rita() -> User:
    return make_user("Retention manager", name="Rita Decides", is_superuser=True)


def _result(*, helps: bool = True, **fields: Any) -> Experiment:
    """240 assigned, half of them held out; of the treated half came, of the others a fifth where it helps."""
    experiment = make_experiment(holdout_percent=50, required_treated=120, required_holdout=120, **fields)
    customers = many_people(240)
    rows = [
        (one.pk, one.contact_id, Arm.HOLDOUT if place % 2 else Arm.TREATED, "middle", 0)
        for place, one in enumerate(customers)
    ]
    assign(experiment_id=experiment.pk, rows=rows, now=EARLY)
    treated = Assignment.objects.filter(experiment=experiment, arm=Arm.TREATED)
    treated.update(cost=Decimal("1.000"))
    came = list(treated.values_list("pk", flat=True)[: 60 if helps else 24])
    came += Assignment.objects.filter(experiment=experiment, arm=Arm.HOLDOUT).values_list("pk", flat=True)[:24]
    Assignment.objects.filter(pk__in=came).update(converted_at=EARLY + timedelta(days=3), revenue=40)
    read(experiment_id=experiment.pk, now=LATE)
    experiment.refresh_from_db()
    return experiment


class TestDesign:
    def test_it_changes_until_somebody_was_assigned(self, rita: User) -> None:
        experiment = make_experiment(required_treated=5, required_holdout=5)
        found = edit_design(experiment=experiment, changes={"holdout_percent": 15}, by=rita, now=NOW)
        assert (found.holdout_percent, found.required_treated) == (15, None)
        assert AuditEntry.objects.get(action="retention.edit_experiment").actor == rita

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"kpi": Kpi.REVENUE}, "finds what they want to find"),
            ({"window_days": 60}, "had the old window"),
            ({"holdout_percent": 20}, "would not be alike"),
        ],
    )
    def test_then_it_is_refused_with_the_reason(self, rita: User, changes: dict[str, Any], says: str) -> None:
        experiment = make_experiment()
        assigned(experiment, people(1)[0])
        with pytest.raises(Refused, match="is locked since its first customer") as refusal:
            edit_design(experiment=experiment, changes=changes, by=rita, now=NOW)
        assert says in refusal.value.sentence
        assert refusal.value.sentence.endswith("make a new version with another design.")

    @pytest.mark.parametrize("changes", [{"holdout_percent": 0}, {"holdout_percent": 60}, {"window_days": 1}])
    def test_a_design_that_cannot_be_is_refused(self, rita: User, changes: dict[str, Any]) -> None:
        experiment = make_experiment()
        with pytest.raises(Refused):
            edit_design(experiment=experiment, changes=changes, by=rita, now=NOW)
        experiment.refresh_from_db()
        assert (experiment.holdout_percent, experiment.window_days) == (12, 30)

    def test_not_everybody_may(self) -> None:
        with pytest.raises(Refused, match="may not change experiments"):
            edit_design(experiment=make_experiment(), changes={}, by=make_user("Account owner"), now=NOW)


class TestDeciding:
    def test_a_person_decides_once_with_a_reason(self, rita: User) -> None:
        experiment = _result(helps=False)
        decide(experiment=experiment, verdict=Verdict.STOP, reason="It showed nothing", by=rita, now=NOW)
        experiment.refresh_from_db()
        assert (experiment.status, experiment.verdict, experiment.decided_by) == (
            ExperimentStatus.DECIDED, Verdict.STOP, rita,
        )  # fmt: skip
        with pytest.raises(Refused, match="decided already"):
            decide(experiment=experiment, verdict=Verdict.GO_ON, reason="No", by=rita, now=NOW)
        assert AuditEntry.objects.filter(action="retention.decide_experiment").count() == 1

    def test_who_may_not_and_what_cannot_be(self, rita: User) -> None:
        experiment = _result()
        for by, verdict, reason, says in (
            (None, Verdict.STOP, "So", "Only a person"),
            (make_user("Account owner"), Verdict.STOP, "So", "may not decide"),
            (rita, "perhaps", "So", "no verdict"),
            (rita, Verdict.STOP, " ", "why it is decided"),
        ):
            with pytest.raises(Refused, match=says):
                decide(experiment=experiment, verdict=verdict, reason=reason, by=by, now=NOW)
        with pytest.raises(Refused, match="Nobody has been assigned"):
            decide(experiment=make_experiment(), verdict=Verdict.STOP, reason="So", by=rita, now=NOW)

    def test_for_everybody_only_while_the_gate_is_open(self, rita: User) -> None:
        experiment = _result(helps=False)
        with pytest.raises(Refused, match="It is not shown that this helps"):
            decide(experiment=experiment, verdict=Verdict.SCALE, reason="I like it", by=rita, now=NOW)


class TestScaling:
    def test_it_is_for_everybody_when_it_paid_and_was_decided(self, rita: User) -> None:
        experiment = _result()
        playbook = experiment.version.playbook
        assert why_not_scale(playbook, NOW) == ("Its experiment has not been decided. Decide it first.",)
        decide(experiment=experiment, verdict=Verdict.SCALE, reason="It pays", by=rita, now=NOW)
        assert why_not_scale(playbook, NOW) == ()
        found = scale(playbook=playbook, reason="It pays", by=rita, now=NOW)
        assert (found.stage, found.scaled_by, found.scaled_at) == (PlaybookStage.SCALED, rita, NOW)
        assert why_not_scale(playbook, NOW) == ("It is for everybody already.",)
        with pytest.raises(Refused, match="already"):
            scale(playbook=playbook, reason="Again", by=rita, now=NOW)

    def test_every_reason_is_told(self) -> None:
        experiment = _result(helps=False, version=make_version(mode=PlaybookMode.SHADOW))
        playbook = experiment.version.playbook
        PlaybookPause.objects.create(playbook=playbook, reason="Complaints", paused_at=NOW)
        reasons = " ".join(why_not_scale(playbook, NOW))
        for words in ("in shadow", "It is paused", "has not been decided", "not shown that this helps"):
            assert words in reasons

    def test_the_thresholds_of_the_playbook_count(self) -> None:
        version = make_version(gate_min_roi=Decimal(500))
        reasons = why_not_scale(_result(version=version).version.playbook, NOW)
        assert any("500.00 times are asked for" in one for one in reasons)

    def test_who_may_not(self, rita: User) -> None:
        playbook = _result().version.playbook
        for by, reason, says in (
            (None, "So", "Only a person"),
            (make_user("Account owner"), "So", "may not decide that"),
            (rita, "", "why it is for everybody"),
            (rita, "So", "has not been decided"),
        ):
            with pytest.raises(Refused, match=says):
                scale(playbook=playbook, reason=reason, by=by, now=NOW)
        assert Playbook.objects.get(pk=playbook.pk).stage == PlaybookStage.PILOT

    def test_before_anything_was_read_or_begun(self) -> None:
        begun, fresh = make_experiment(), make_experiment()
        assigned(begun, people(1)[0])
        assert "Nothing has been read yet" in " ".join(why_not_scale(begun.version.playbook, NOW))
        assert "Nobody has been assigned" in " ".join(why_not_scale(fresh.version.playbook, NOW))
        retired = make_version(published=False)
        assert why_not_scale(retired.playbook, NOW) == ("No version of it is in force.",)
