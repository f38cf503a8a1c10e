"""The page of one playbook: its steps, who is where, what must not get worse, and whether it may be for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from retention.models import (
    Experiment,
    ExperimentReading,
    GuardrailReading,
    Playbook,
    PlaybookPause,
    PlaybookTrial,
    PlaybookVersion,
)
from retention.pages.outcomes import Counted, came_of
from retention.pages.playbooks import BADGES, inside_of, latest_guardrails, stand_of
from retention.pages.steps import Shown, steps_of
from retention.rules.experiments.reading import Reading
from retention.services.capacity import capacity_rules
from retention.services.experiments import why_not_scale
from retention.states import EnrolmentStatus, Guardrail, ModelStatus, PlaybookMode, PlaybookStage

VERSIONS, PAUSES, DRY_RUNS = 20, 5, 3
VERSION_BADGES: dict[str, str] = {
    ModelStatus.DRAFT: "badge-wait",
    ModelStatus.PUBLISHED: "badge-ok",
    ModelStatus.RETIRED: "badge-quiet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Everything the page of a playbook shows, but who is in it. ``version`` is the one in force, or the newest."""

    playbook: Playbook
    version: PlaybookVersion | None
    in_force: bool
    versions: tuple[PlaybookVersion, ...]
    pause: PlaybookPause | None
    pauses: tuple[PlaybookPause, ...]
    steps: tuple[Shown, ...]
    counted_at: datetime | None
    inside: dict[str, int]
    guardrails: tuple[GuardrailReading, ...]
    experiment: Experiment | None
    reading: Reading | None
    stand: str
    closed: tuple[str, ...]
    dry_runs: tuple[PlaybookTrial, ...]
    currency: str

    @property
    def state(self) -> str:
        if self.pause is not None:
            return "paused"
        if not self.in_force or self.version is None:
            return "idle"
        return "shadow" if self.version.mode == PlaybookMode.SHADOW else "running"

    @property
    def badge(self) -> str:
        return BADGES[self.state][0]

    @property
    def state_words(self) -> str:
        return BADGES[self.state][1]

    @property
    def draft(self) -> PlaybookVersion | None:
        return next((one for one in self.versions if one.status == ModelStatus.DRAFT), None)

    @property
    def scaled(self) -> bool:
        return self.playbook.stage == PlaybookStage.SCALED

    @property
    def open_now(self) -> int:
        return sum(number for status, number in self.inside.items() if status != EnrolmentStatus.ENDED)

    @property
    def begun(self) -> bool:
        """Whether it is in force, or anybody was ever in it. Until then there is only the draft to finish."""
        return self.in_force or any(self.inside.values())

    @property
    def guardrail_label(self) -> str:
        return Guardrail(self.pause.guardrail).label if self.pause is not None and self.pause.guardrail else ""


def told(playbook: Playbook, *, now: datetime) -> Told:
    """In a fixed number of queries, whoever is in it."""
    versions = tuple(
        playbook.versions.select_related("published_by", "created_by", "playbook").order_by("-number")[:VERSIONS]
    )
    in_force = playbook.versions.select_related("playbook").filter(status=ModelStatus.PUBLISHED).first()
    version = in_force or next(iter(versions), None)
    pauses = tuple(playbook.pauses.select_related("paused_by", "resumed_by")[:PAUSES])
    experiment = Experiment.objects.filter(version=version).first() if version is not None else None
    kept = latest_reading(experiment)
    reading = Reading.from_json(kept.result) if kept is not None else None
    currency = capacity_rules().currency
    counted = came_of(version, now) if version is not None else Counted({})
    trials = PlaybookTrial.objects.filter(version__playbook=playbook).select_related("version__playbook")
    return Told(
        playbook=playbook,
        version=version,
        in_force=in_force is not None,
        versions=versions,
        pause=next((one for one in pauses if one.resumed_at is None), None),
        pauses=pauses,
        steps=steps_of(version, version.steps.order_by("position"), currency, counted.by_step)
        if version is not None
        else (),
        counted_at=counted.at,
        inside=inside_of(playbook),
        guardrails=latest_guardrails([playbook.pk]).get(playbook.pk, ()),
        experiment=experiment,
        reading=reading,
        stand=stand_of(experiment, kept, now),
        closed=why_not_scale(playbook, now),
        dry_runs=tuple(trials.order_by("-id")[:DRY_RUNS]),
        currency=currency,
    )


def latest_reading(experiment: Experiment | None) -> ExperimentReading | None:
    """The latest reading as it is kept; None before the first."""
    if experiment is None:
        return None
    return ExperimentReading.objects.filter(experiment=experiment).order_by("-at", "-id").first()
