"""Versions held against everything that may be wrong with them, as they are stored or as somebody would have them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import F, Func, IntegerField, Sum

from outreach.models import TemplateVersion
from outreach.states import TemplateStatus
from retention import scoring
from retention.models import Experiment, Playbook, PlaybookStep, PlaybookVersion, WorkCapacity
from retention.rules.playbooks.checks import Around, Design, Grade, Limits, Neighbour, Problem, problems
from retention.rules.playbooks.facts import Rules
from retention.rules.playbooks.files import EXPERIMENT_FIELDS, LINKS
from retention.rules.words import REASONS
from retention.services.playbooks.loading import rules_from
from retention.services.playbooks.rows import new_steps, put_experiment, put_version
from retention.services.refusals import Refused
from retention.states import ExperimentStatus, Kpi, ModelStatus, PlaybookStage, WorkKind

_RATES = ("max_complaint_rate", "max_unsubscribe_rate", "max_value_decline", "max_revenue_decline")


class PlaybookHasProblems(Refused):
    """A version that may not be kept or published as it is. ``problems`` are all that hinder it."""

    def __init__(self, found: Sequence[Problem]) -> None:
        self.problems = tuple(found)
        super().__init__(" ".join(problem.said for problem in found))


@dataclass(slots=True)
class Sketch:
    """A version with its steps, links and experiment in memory, as they are or as somebody would have them."""

    version: PlaybookVersion
    steps: list[PlaybookStep]
    links: dict[str, frozenset[int]]
    experiment: Experiment | None
    found: list[Problem] = field(default_factory=list)

    @property
    def rules(self) -> Rules:
        """What the rows say."""
        return rules_from(
            self.version,
            steps=self.steps,
            excluded=self.links["excluded_playbooks"],
            after=self.links["after_playbooks"],
            experiment=self.experiment,
        )


def sketch_of(version: PlaybookVersion) -> Sketch:
    """A version as it is stored."""
    stored = PlaybookVersion.objects.select_related("playbook", "experiment").get(pk=version.pk)
    return Sketch(
        version=stored,
        steps=list(stored.steps.order_by("position")),
        links={name: frozenset(getattr(stored, name).values_list("pk", flat=True)) for name in LINKS},
        experiment=getattr(stored, "experiment", None),
    )


def altered(
    sketch: Sketch,
    changes: Mapping[str, Any],
    steps: Iterable[Mapping[str, Any]] | None,
    experiment: Mapping[str, Any] | None,
) -> Sketch:
    """The sketch with changes made to it; what cannot be stored is noted in ``found``, and the rest is changed."""
    values = dict(changes)
    found: list[Problem] = []
    links = dict(sketch.links)
    for name in LINKS:
        if name in values:
            links[name] = _ids(values.pop(name), name, found)
    found += put_version(sketch.version, values)
    rows = sketch.steps
    if steps is not None:
        rows, wrong = new_steps(PlaybookStep, sketch.version, steps)
        found += wrong
    design = sketch.experiment
    if experiment is not None:
        design = design or Experiment(version=sketch.version)
        before = {name: getattr(design, name) for name in EXPERIMENT_FIELDS}
        found += put_experiment(design, experiment)
        _refuse_what_is_locked(design, [name for name in before if getattr(design, name) != before[name]])
    return Sketch(sketch.version, rows, links, design, found)


def _ids(playbooks: Any, name: str, found: list[Problem]) -> frozenset[int]:
    """The ids of playbooks that are here, given as playbooks or ids."""
    if not isinstance(playbooks, Iterable) or isinstance(playbooks, str):
        found.append(Problem(name, "Choose playbooks from the list."))
        return frozenset()
    wanted = {getattr(one, "pk", one) for one in playbooks}
    known = frozenset(Playbook.objects.values_list("pk", flat=True)) if wanted else frozenset()
    if wanted - known:
        found.append(Problem(name, "One of these playbooks is not here any more. Choose from the list."))
    return known & wanted


def _refuse_what_is_locked(experiment: Experiment, changed: list[str]) -> None:
    if experiment.status == ExperimentStatus.DRAFT or not changed:
        return
    raise Refused(
        f"The experiment is locked since its first customer was assigned, so its {changed[0].replace('_', ' ')} cannot "
        "change: what was counted before would not compare with what comes after. Make a new version instead."
    )


def problems_in(sketch: Sketch) -> list[Problem]:
    """Everything about a sketch. Values that cannot be stored are said alone, since nothing can be read from them."""
    if sketch.found:
        return sketch.found
    rules = sketch.rules
    design = _design(sketch.experiment) if sketch.experiment is not None else None
    return problems(rules, design, _limits(sketch.version), around(rules))


def problems_of(version: PlaybookVersion) -> list[Problem]:
    """Everything that is to be said about a version as it is stored, notes included."""
    return problems_in(sketch_of(version))


def problems_if(
    *,
    version: PlaybookVersion,
    changes: Mapping[str, Any],
    steps: Iterable[Mapping[str, Any]] | None = None,
    experiment: Mapping[str, Any] | None = None,
) -> list[Problem]:
    """What would be said if a version were changed like this. Nothing is written. Raises Refused where it is locked."""
    return problems_in(altered(_sketch_for(version), changes, steps, experiment))


def _sketch_for(version: PlaybookVersion) -> Sketch:
    """The sketch of a version; of one that was never saved, without steps."""
    if version.pk is not None:
        return sketch_of(version)
    return Sketch(version, [], dict.fromkeys(LINKS, frozenset()), None)


def refuse(found: Iterable[Problem], *grades: Grade) -> None:
    """Raise PlaybookHasProblems where any problem is of one of these grades."""
    if hindering := [problem for problem in found if problem.grade in grades]:
        raise PlaybookHasProblems(hindering)


def around(rules: Rules) -> Around:
    """What is so outside a playbook: reasons that scores give, other playbooks in force, wording, time for calls."""
    others = (
        PlaybookVersion.objects.filter(status=ModelStatus.PUBLISHED)
        .exclude(playbook=rules.playbook_id)
        .select_related("playbook")
        .prefetch_related(*LINKS)
    )
    approved = TemplateVersion.objects.filter(
        status=TemplateStatus.APPROVED, template__angle__in={step.angle for step in rules.steps}
    )
    days = Func(F("weekdays"), function="cardinality", output_field=IntegerField())
    minutes = WorkCapacity.objects.filter(kind=WorkKind.CALL, user__is_active=True).aggregate(
        week=Sum(F("minutes_a_day") * days)
    )
    return Around(
        reasons=known_reasons(),
        neighbours=tuple(
            Neighbour(
                playbook_id=other.playbook_id,
                title=other.playbook.title,
                excluded=frozenset(one.pk for one in other.excluded_playbooks.all()),
                after=frozenset(one.pk for one in other.after_playbooks.all()),
            )
            for other in others
        ),
        wordings=frozenset(approved.values_list("template__channel", "template__angle")),
        call_minutes=minutes["week"] or 0,
        titles=dict(Playbook.objects.values_list("pk", "title")),
    )


def known_reasons() -> frozenset[str]:
    """Every code a score may give: those we have words for, and those of the models in force."""
    codes = {code for rules in scoring.published() for placed in rules.signals for code in placed.signal.codes}
    return frozenset(codes | REASONS.keys())


def _design(experiment: Experiment) -> Design:
    values = {name: getattr(experiment, name) for name in EXPERIMENT_FIELDS}
    return Design(**values | {"kpi": Kpi(experiment.kpi)})


def _limits(version: PlaybookVersion) -> Limits:
    return Limits(
        stage=PlaybookStage(version.playbook.stage),
        pilot_most=version.pilot_most,
        offer_budget=version.offer_budget,
        assumed_uplift=version.assumed_uplift,
        uplift_source=version.uplift_source,
        rates={name: Decimal(getattr(version, name)) for name in _RATES},
        gate_min_roi=version.gate_min_roi,
        gate_max_payback_days=version.gate_max_payback_days,
    )
