"""The list of playbooks: which are in force, who is in them, what holds them back, and what to do next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Prefetch
from django.urls import reverse

from retention.models import (
    Enrolment,
    Experiment,
    ExperimentReading,
    GuardrailReading,
    Playbook,
    PlaybookPause,
    PlaybookVersion,
)
from retention.states import EnrolmentStatus, ExperimentStatus, ModelStatus, PlaybookMode, PlaybookStage

#: The tabs of the list: key in the address and word.
TABS = {"all": "All", "running": "Running", "waiting": "People wait", "paused": "Paused", "idle": "Not in force"}
BADGES = {
    "running": ("badge-ok", "Running"),
    "shadow": ("badge-info", "Shadow: sends nothing"),
    "paused": ("badge-stop", "Paused"),
    "idle": ("badge-quiet", "Not in force"),
}
OPEN = (EnrolmentStatus.ACTIVE, EnrolmentStatus.PAUSED, EnrolmentStatus.WAITING, EnrolmentStatus.HELD_OUT)


@dataclass(frozen=True, slots=True)
class Next:
    """The one thing that is to be done now. Without an address there is nothing to press."""

    words: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One playbook. ``version`` is the one in force, or else the newest; None where there is none."""

    playbook: Playbook
    version: PlaybookVersion | None
    in_force: bool
    pause: PlaybookPause | None
    inside: Mapping[str, int]
    guardrails: tuple[GuardrailReading, ...]
    experiment: Experiment | None
    experiment_words: str
    next: Next

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
    def active(self) -> int:
        return self.inside[EnrolmentStatus.ACTIVE] + self.inside[EnrolmentStatus.PAUSED]

    @property
    def waiting(self) -> int:
        return self.inside[EnrolmentStatus.WAITING]

    @property
    def held_out(self) -> int:
        return self.inside[EnrolmentStatus.HELD_OUT]

    @property
    def breached(self) -> bool:
        return any(one.breached for one in self.guardrails)

    @property
    def guardrail_words(self) -> str:
        """The worst first: a breach, else that all is well, else that nothing was looked at."""
        if not self.guardrails:
            return "Not looked at yet" if self.in_force else ""
        broken = [one.get_guardrail_display() for one in self.guardrails if one.breached]
        return f"Too many: {', '.join(broken).lower()}" if broken else "Within limits"

    def tabs(self) -> set[str]:
        """The tabs it stands under."""
        found = {"all", "running" if self.state == "shadow" else self.state}
        return found | {"waiting"} if self.waiting else found


def listed(*, now: datetime) -> list[Listed]:
    """Every playbook, those in force and of the highest priority first. Seven queries, however many people are in."""
    versions = PlaybookVersion.objects.order_by("-number")
    playbooks = list(
        Playbook.objects.select_related("owner").prefetch_related(
            Prefetch("versions", versions), Prefetch("pauses", PlaybookPause.objects.filter(resumed_at=None))
        )
    )
    inside = _inside()
    guardrails = latest_guardrails(playbook.pk for playbook in playbooks)
    chosen = {playbook.pk: _version(playbook) for playbook in playbooks}
    experiments = {
        one.version_id: one for one in Experiment.objects.filter(version__in=[one for one in chosen.values() if one])
    }
    readings = _readings(one.pk for one in experiments.values())
    found = []
    for playbook in playbooks:
        version = chosen[playbook.pk]
        if version is not None:
            version.playbook = playbook
        experiment = experiments.get(version.pk) if version is not None else None
        reading = readings.get(experiment.pk) if experiment is not None else None
        pause = next(iter(playbook.pauses.all()), None)
        counts = inside[playbook.pk]
        found.append(
            Listed(
                playbook=playbook,
                version=version,
                in_force=version is not None and version.status == ModelStatus.PUBLISHED,
                pause=pause,
                inside=counts,
                guardrails=guardrails.get(playbook.pk, ()),
                experiment=experiment,
                experiment_words=stand_of(experiment, reading, now),
                next=next_of(playbook, version, pause, counts, experiment, reading),
            )
        )
    return sorted(found, key=_order)


def _order(one: Listed) -> tuple[Any, ...]:
    priority = one.version.priority if one.version is not None else 0
    return not one.in_force, -priority, one.playbook.title.lower(), one.playbook.pk


def _version(playbook: Playbook) -> PlaybookVersion | None:
    versions = list(playbook.versions.all())
    in_force = [one for one in versions if one.status == ModelStatus.PUBLISHED]
    drafts = [one for one in versions if one.status == ModelStatus.DRAFT]
    return next(iter([*in_force, *drafts, *versions]), None)


def _inside() -> defaultdict[int, defaultdict[str, int]]:
    """How many are in which playbook, by status. An index alone answers it."""
    found: defaultdict[int, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    open_now = Enrolment.objects.filter(status__in=OPEN).order_by()
    for playbook, status, number in open_now.values_list("playbook", "status").annotate(Count("pk")):
        found[playbook][status] = number
    return found


def inside_of(playbook: Playbook) -> dict[str, int]:
    """How many of one playbook are in which status, those who ended as well."""
    found = dict.fromkeys(EnrolmentStatus.values, 0)
    counted = Enrolment.objects.filter(playbook=playbook).order_by().values_list("status").annotate(Count("pk"))
    return found | dict(counted)


def latest_guardrails(ids: Iterable[int]) -> dict[int, tuple[GuardrailReading, ...]]:
    """The latest reading of each guardrail, by playbook."""
    found: defaultdict[int, list[GuardrailReading]] = defaultdict(list)
    latest = GuardrailReading.objects.filter(playbook__in=list(ids)).order_by("playbook_id", "guardrail", "-at", "-id")
    for one in latest.distinct("playbook_id", "guardrail"):
        found[one.playbook_id].append(one)
    return {playbook: tuple(rows) for playbook, rows in found.items()}


def _readings(ids: Iterable[int]) -> dict[int, ExperimentReading]:
    latest = ExperimentReading.objects.filter(experiment__in=list(ids)).order_by("experiment_id", "-at", "-id")
    return {one.experiment_id: one for one in latest.distinct("experiment_id")}


def stand_of(experiment: Experiment | None, reading: ExperimentReading | None, now: datetime) -> str:
    """Where an experiment stands, in a few words."""
    if experiment is None:
        return "None"
    if experiment.status == ExperimentStatus.DRAFT:
        return "Designed"
    if experiment.status == ExperimentStatus.DECIDED:
        return f"Decided: {experiment.get_verdict_display()}"
    if reading is not None and alarm_of(reading):
        return "The draw does not fit"
    if experiment.look_at is None:
        return "Running"
    if experiment.look_at <= now:
        return "Ready to be decided"
    return f"Running, look on {experiment.look_at:%-d %B}"


def alarm_of(reading: ExperimentReading) -> bool:
    """Whether the sample-ratio test says that the draw is broken."""
    return bool((reading.result.get("ratio") or {}).get("alarm"))


def next_of(
    playbook: Playbook,
    version: PlaybookVersion | None,
    pause: PlaybookPause | None,
    inside: Mapping[str, int],
    experiment: Experiment | None,
    reading: ExperimentReading | None,
) -> Next:
    """What to do about a playbook now: the first of these that is so."""
    page = reverse("retention:playbook", args=[playbook.pk])
    if pause is not None and pause.guardrail:
        return Next("Read what the guardrail showed", f"{page}#guardrails")
    if pause is not None:
        return Next("Let it go on, or retire it", page)
    if experiment is not None and experiment.status == ExperimentStatus.RUNNING and reading is not None:
        look = reverse("retention:experiment", args=[experiment.pk])
        if alarm_of(reading):
            return Next("Find out why the draw does not fit", look)
        if experiment.look_at is not None and reading.at >= experiment.look_at:
            return Next("Decide what it showed", look)
    if version is None:
        return Next("Begin a draft", page)
    if version.status == ModelStatus.DRAFT:
        return Next("Finish the draft and publish it", reverse("retention:playbook_version", args=[version.pk]))
    if version.status == ModelStatus.RETIRED:
        return Next("Begin a draft, if it is wanted again", page)
    if inside[EnrolmentStatus.WAITING]:
        return Next("See what people wait for", f"{page}?who=waiting#who")
    if experiment is not None and experiment.status == ExperimentStatus.DECIDED:
        return Next("Nothing. It goes on as decided")
    return Next("Nothing until somebody new fits" if playbook.stage == PlaybookStage.SCALED else "Nothing. Let it run")
