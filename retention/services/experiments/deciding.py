"""What an experiment showed is decided by a person, and a playbook is for everybody only when it paid."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from retention.models import Experiment, Playbook, PlaybookVersion
from retention.rules.experiments.reading import may_scale
from retention.rules.money import Thresholds
from retention.services.experiments.reading import latest
from retention.services.refusals import Refused, require, told
from retention.states import ExperimentStatus, ModelStatus, PlaybookMode, PlaybookStage, Verdict
from staff.models import User
from staff.services import record


@transaction.atomic
def decide(*, experiment: Experiment, verdict: str, reason: str, by: User | None, now: datetime) -> Experiment:
    """Keep what was decided. It is decided once; people who were assigned are measured to the end all the same.

    To stop, or to go on as a pilot, may be decided at any time. That it is for everybody (`Verdict.SCALE`) only while
    the gate is open. Refuses where no person asks, whoever may not, no reason, an experiment that has not begun or is
    decided, and a verdict that the gate does not allow.
    """
    if by is None:
        raise Refused("Only a person decides what an experiment showed. Sign in and do it on the experiment's page.")
    require(by, "retention.decide_experiments", "You may not decide experiments. Ask somebody who manages retention.")
    if verdict not in Verdict.values:
        raise Refused(f"There is no verdict “{verdict}”. There are {', '.join(Verdict.values)}.")
    reason = told(reason, "why it is decided like this")
    current = Experiment.objects.select_for_update(of=("self",)).select_related("version").get(pk=experiment.pk)
    if current.status == ExperimentStatus.DRAFT:
        raise Refused("Nobody has been assigned yet, so there is nothing to decide. To drop it, retire its version.")
    if current.status == ExperimentStatus.DECIDED:
        raise Refused("This was decided already. Make a new version to ask again.")
    if verdict == Verdict.SCALE and (closed := _gate(current)):
        raise Refused(" ".join(["It cannot be for everybody yet.", *closed]))
    Experiment.objects.filter(pk=current.pk, status=ExperimentStatus.RUNNING).update(
        status=ExperimentStatus.DECIDED, verdict=verdict, verdict_reason=reason, decided_at=now, decided_by=by
    )
    record(
        action="retention.decide_experiment",
        actor=by,
        on=current,
        summary=f"Decided experiment {current.pk}: {Verdict(verdict).label.lower()}",
        detail={"verdict": verdict, "reason": reason, "at": now.isoformat()},
    )
    current.refresh_from_db()
    return current


def why_not_scale(playbook: Playbook, now: datetime) -> tuple[str, ...]:
    """Every reason why this playbook may not be for everybody now; empty when it may."""
    stored = Playbook.objects.get(pk=playbook.pk)
    if stored.stage == PlaybookStage.SCALED:
        return ("It is for everybody already.",)
    version = PlaybookVersion.objects.filter(playbook=stored, status=ModelStatus.PUBLISHED).first()
    if version is None:
        return ("No version of it is in force.",)
    reasons: list[str] = []
    if version.mode == PlaybookMode.SHADOW:
        reasons.append("It runs in shadow: nothing was sent, so nothing was shown.")
    if stored.pauses.filter(resumed_at__isnull=True).exists():
        reasons.append("It is paused. Find out why, and let it go on first.")
    experiment = Experiment.objects.filter(version=version).first()
    if experiment is None or experiment.status == ExperimentStatus.DRAFT:
        return (*reasons, "Nobody has been assigned to its experiment yet.")
    if experiment.status == ExperimentStatus.RUNNING:
        reasons.append("Its experiment has not been decided. Decide it first.")
    elif experiment.verdict != Verdict.SCALE:
        reasons.append(f"Its experiment was decided: {experiment.get_verdict_display().lower()}.")
    return (*reasons, *_gate(experiment))


@transaction.atomic
def scale(*, playbook: Playbook, reason: str, by: User | None, now: datetime) -> Playbook:
    """Let a playbook take in everybody it is for. Its limit as a pilot is gone; guardrails go on.

    Refuses where no person asks, whoever may not, no reason, and every reason of `why_not_scale`.
    """
    if by is None:
        raise Refused("Only a person decides that a playbook is for everybody. Sign in and do it on its page.")
    require(by, "retention.scale_playbooks", "You may not decide that. Ask the head of retention.")
    reason = told(reason, "why it is for everybody")
    locked = Playbook.objects.select_for_update(no_key=True).get(pk=playbook.pk)
    if closed := why_not_scale(locked, now):
        raise Refused(" ".join(closed))
    Playbook.objects.filter(pk=locked.pk, stage=PlaybookStage.PILOT).update(
        stage=PlaybookStage.SCALED, scaled_at=now, scaled_by=by, scale_reason=reason
    )
    record(
        action="retention.scale_playbook",
        actor=by,
        on=locked,
        summary=f"{locked.name} is for everybody",
        detail={"reason": reason, "at": now.isoformat()},
    )
    locked.refresh_from_db()
    return locked


def _gate(experiment: Experiment) -> tuple[str, ...]:
    """Every reason of the gate, by the latest reading; empty when it is open."""
    reading = latest(experiment)
    if reading is None:
        return ("Nothing has been read yet. The first reading comes within a day.",)
    version = experiment.version
    found = may_scale(
        reading,
        Thresholds(
            min_roi=version.gate_min_roi,
            min_net_each=version.gate_min_net_each,
            max_payback_days=version.gate_max_payback_days,
        ),
    )
    return found.reasons if not found.open else ()
