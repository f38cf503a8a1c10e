"""Drafts of score models: a copy of a version to turn knobs on, checked as a whole at every change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Model

from retention.models import ScoreBand, ScoreComponent, ScoreModel, ScoreSignal, ScoreVersion
from retention.services.publishing import sound
from retention.services.refusals import Refused, require
from retention.states import Band, Component, Knob, ModelStatus
from staff.models import User
from staff.services import record

#: What of a version itself may be edited while it is a draft.
FIELDS = (*Knob.values, "medium_from", "high_from", "fall_margin", "confirm_hours", "plans", "tiers", "note")
#: What of a band may be edited.
BAND_FIELDS = ("next_action", "messages_each", "calls_each", "weekly_quota", "cost_cap")
#: What of a component may be edited.
COMPONENT_FIELDS = ("max_points", "combine")


@transaction.atomic
def draft_version(*, of: ScoreVersion, by: User | None, note: str = "") -> ScoreVersion:
    """A draft with everything of this version, under the next number of its model. Refuses whoever may not."""
    require(by, "retention.add_scoreversion", "You may not draft score models. Ask somebody who manages retention.")
    ScoreModel.objects.select_for_update().get(pk=of.model_id)
    last = ScoreVersion.objects.filter(model=of.model_id).aggregate(last=Max("number"))["last"] or 0
    draft = ScoreVersion.objects.create(
        model_id=of.model_id,
        number=last + 1,
        created_by=by,
        **{name: getattr(of, name) for name in FIELDS if name != "note"},
        note=note.strip()[:300],
    )
    ScoreComponent.objects.bulk_create(
        ScoreComponent(
            version=draft, component=one.component, **{name: getattr(one, name) for name in COMPONENT_FIELDS}
        )
        for one in of.components.all()
    )
    ScoreSignal.objects.bulk_create(
        ScoreSignal(
            version=draft,
            component=one.component,
            position=one.position,
            type=one.type,
            parameters=one.parameters,
        )
        for one in of.signals.all()
    )
    ScoreBand.objects.bulk_create(
        ScoreBand(version=draft, band=one.band, **{name: getattr(one, name) for name in BAND_FIELDS})
        for one in of.bands.all()
    )
    record(
        action="retention.draft_version",
        actor=by,
        on=draft,
        summary=f"Began {draft.name} from {of.name}",
        detail={"of": of.pk},
    )
    return draft


@transaction.atomic
def edit_version(*, version: ScoreVersion, changes: Mapping[str, Any], by: User | None) -> ScoreVersion:
    """Change a draft: its knobs, thresholds, segment and note by name, and what belongs to it.

    ``components`` maps a component to its most points; ``bands`` a band to what changes of it; ``signals`` the position
    of a signal to the parameters that change. Refuses whoever may not, a version that is no draft, a name that does not
    exist, a value that cannot be, and a version with problems (`ModelHasProblems`). Then nothing is changed.
    """
    require(by, "retention.change_scoreversion", "You may not change score models. Ask somebody who manages retention.")
    ScoreVersion.objects.select_for_update().only("pk").get(pk=version.pk)
    draft = (
        ScoreVersion.objects.select_related("model")
        .prefetch_related("components", "signals", "bands")
        .get(pk=version.pk)
    )
    if draft.status != ModelStatus.DRAFT:
        raise Refused(f"{draft.name} is {draft.get_status_display().lower()}. Make a new draft and change that.")
    given = dict(changes)
    components = given.pop("components", {})
    signals = given.pop("signals", {})
    bands = given.pop("bands", {})
    if unknown := sorted(set(given) - set(FIELDS)):
        raise Refused(f"A score model has no “{unknown[0]}”. It has: {', '.join(FIELDS)}.")
    _put(draft, given)
    by_component = {one.component: one for one in draft.components.all()}
    for component, most in components.items():
        _put(_of(by_component, component, "component", Component.values), {"max_points": most})
    by_band = {one.band: one for one in draft.bands.all()}
    for band, changed in bands.items():
        if unknown := sorted(set(changed) - set(BAND_FIELDS)):
            raise Refused(f"A band has no “{unknown[0]}”. It has: {', '.join(BAND_FIELDS)}.")
        _put(_of(by_band, band, "band", Band.values), changed)
    by_position = {one.position: one for one in draft.signals.all()}
    for position, parameters in signals.items():
        signal = _of(by_position, int(position), "signal", sorted(by_position))
        signal.parameters = {**signal.parameters, **parameters}
    # The rules are read from these very rows, before any of them is saved.
    sound(draft)
    if given:
        draft.save(update_fields=list(given))
    rows: list[Model] = [by_component[one] for one in components]
    rows += [by_band[one] for one in bands] + [by_position[int(one)] for one in signals]
    for row in rows:
        row.save()
    record(
        action="retention.edit_version",
        actor=by,
        on=draft,
        summary=f"Changed {draft.name}",
        detail={"changed": sorted([*given, *(name for name in ("components", "signals", "bands") if name in changes)])},
    )
    return ScoreVersion.objects.select_related("model").get(pk=draft.pk)


def _of(rows: Mapping[Any, Any], key: Any, what: str, known: list[Any]) -> Any:
    if key not in rows:
        raise Refused(f"This version has no {what} “{key}”. It has: {', '.join(str(one) for one in known)}.")
    return rows[key]


def _put(row: Model, changes: Mapping[str, Any]) -> None:
    """Set fields to values that they can have. Refuses others, naming the field."""
    for name, value in changes.items():
        field: Any = row._meta.get_field(name)
        try:
            setattr(row, name, field.clean(value, row))
        except ValidationError as problem:
            label = str(field.verbose_name).capitalize()
            raise Refused(f"{label}: {' '.join(problem.messages)}") from problem
