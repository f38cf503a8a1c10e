"""Playbooks and their drafts: begun empty, from a version, or as a playbook of their own; changed as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from secrets import token_hex
from typing import Any

from django.db import transaction
from django.db.models import Max

from retention.models import Experiment, Playbook, PlaybookStep, PlaybookVersion
from retention.rules.playbooks.checks import Grade
from retention.rules.playbooks.files import (
    EXPERIMENT_FIELDS,
    LINKS,
    STEP_FIELDS,
    VERSION_FIELDS,
    PlaybookFile,
    write_playbook_file,
)
from retention.services.playbooks.checking import Sketch, altered, problems_in, refuse, sketch_of
from retention.services.refusals import Refused, require, told
from retention.states import ModelStatus
from staff.models import User
from staff.services import record

_NAME = re.compile(r"[-a-z0-9_]{1,60}", re.ASCII)
_MAY_NOT = "You may not draft playbooks. Ask somebody who manages retention."


@transaction.atomic
def create_playbook(*, name: str, title: str, by: User | None, description: str = "") -> PlaybookVersion:
    """A new playbook with an empty first draft. Refuses whoever may not, and a name that is none or is taken."""
    playbook = new_playbook(name=name, title=title, by=by, description=description)
    return _drafted(playbook, None, by, "")


@transaction.atomic
def clone_playbook(*, of: PlaybookVersion, name: str, title: str, by: User | None) -> PlaybookVersion:
    """A new playbook whose first draft is a copy of a version. Refuses as `create_playbook` does."""
    source = sketch_of(of)
    playbook = new_playbook(name=name, title=title, by=by, description=source.version.playbook.description)
    return _drafted(playbook, source, by, f"Begun from {source.version.name}")


@transaction.atomic
def draft_version(
    *, of: PlaybookVersion | None = None, playbook: Playbook | None = None, by: User | None, note: str = ""
) -> PlaybookVersion:
    """A draft under the next number: a copy of the version ``of``, or of the newest one of a playbook, or empty where
    it has none. The copy's experiment is designed alike and draws anew. Refuses whoever may not.
    """
    require(by, "retention.add_playbookversion", _MAY_NOT)
    if of is None and playbook is None:
        raise Refused("Say which playbook the draft is for.")
    playbook = of.playbook if of is not None else playbook
    locked = Playbook.objects.select_for_update(no_key=True).get(pk=getattr(playbook, "pk", 0))
    of = of or locked.versions.order_by("-number").first()
    return _drafted(locked, sketch_of(of) if of is not None else None, by, note)


def new_playbook(*, name: str, title: str, by: User | None, description: str = "") -> Playbook:
    """The row of a new playbook, without versions."""
    require(by, "retention.add_playbook", _MAY_NOT)
    require(by, "retention.add_playbookversion", _MAY_NOT)
    if not _NAME.fullmatch(name):
        raise Refused("Name it with small letters, digits and hyphens, at most 60: soft-nudge.")
    title = told(title, "what the playbook is called", most=100)
    playbook, made = Playbook.objects.get_or_create(
        name=name, defaults={"title": title, "description": description.strip()[:500], "owner": by}
    )
    if not made:
        raise Refused(f"There is a playbook “{name}” already. Choose another name, or draft a version of that one.")
    record(action="retention.create_playbook", actor=by, on=playbook, summary=f"Made the playbook {name}")
    return playbook


def _drafted(playbook: Playbook, source: Sketch | None, by: User | None, note: str) -> PlaybookVersion:
    last = playbook.versions.aggregate(last=Max("number"))["last"] or 0
    values = {name: getattr(source.version, name) for name in VERSION_FIELDS} if source is not None else {}
    values["note"] = note.strip()[:300]
    draft = PlaybookVersion.objects.create(playbook=playbook, number=last + 1, created_by=by, **values)
    if source is not None:
        PlaybookStep.objects.bulk_create(
            PlaybookStep(version=draft, position=step.position, **{name: getattr(step, name) for name in STEP_FIELDS})
            for step in source.steps
        )
        for name in LINKS:
            # A playbook is never among its own neighbours, so that a clone of it can be.
            getattr(draft, name).set(source.links[name] - {playbook.pk})
        if source.experiment is not None:
            design = {name: getattr(source.experiment, name) for name in EXPERIMENT_FIELDS}
            Experiment.objects.create(version=draft, salt=token_hex(16), **design)
    record(
        action="retention.draft_playbook",
        actor=by,
        on=draft,
        summary=f"Began {draft.name}" + (f" from {source.version.name}" if source is not None else ""),
        detail={"of": source.version.pk} if source is not None else {},
    )
    return draft


@transaction.atomic
def edit_version(
    *,
    version: PlaybookVersion,
    changes: Mapping[str, Any] | None = None,
    steps: Iterable[Mapping[str, Any]] | None = None,
    experiment: Mapping[str, Any] | None = None,
    by: User | None,
    seen: str = "",
) -> PlaybookVersion:
    """Change a draft. All of it is judged as it would be then, and kept only where nothing of it is wrong.

    ``changes`` are columns of the version by name, and ``excluded_playbooks`` and ``after_playbooks`` as playbooks or
    their ids. ``steps``, where given, are all steps in their order, each its columns by name. ``experiment`` are
    columns of its design. What is still missing hinders publishing only. ``seen`` is the `fingerprint` of what was
    changed: a draft that somebody else changed meanwhile is not overwritten.

    Refuses whoever may not, a version that is no draft, a locked experiment, and what is wrong (`PlaybookHasProblems`).
    """
    require(by, "retention.change_playbookversion", "You may not change playbooks. Ask somebody who manages retention.")
    PlaybookVersion.objects.select_for_update(no_key=True).only("pk").get(pk=version.pk)
    before = sketch_of(version)
    if before.version.status != ModelStatus.DRAFT:
        raise Refused(
            f"{before.version.name} is {before.version.get_status_display().lower()} and stays as it is. "
            "Make a new draft and change that."
        )
    if seen and seen != _fingerprint(before):
        raise Refused(
            f"Somebody else changed {before.version.name} while you had it open. Open it in another window, compare, "
            "and enter your changes there."
        )
    sketch = altered(before, changes or {}, steps, experiment)
    refuse(problems_in(sketch), Grade.WRONG)
    stored = keep(sketch, with_steps=steps is not None)
    record(
        action="retention.edit_playbook",
        actor=by,
        on=stored,
        summary=f"Changed {stored.name}",
        detail={
            "changed": sorted(changes or {}),
            "steps": len(sketch.steps) if steps is not None else None,
            "experiment": sorted(experiment or {}),
        },
    )
    return stored


def keep(sketch: Sketch, *, with_steps: bool) -> PlaybookVersion:
    """Write a sketch of a draft into its rows. Returns the version as it is read from them."""
    version = sketch.version
    version.save()
    for name, ids in sketch.links.items():
        getattr(version, name).set(ids)
    if with_steps:
        version.steps.all().delete()
        PlaybookStep.objects.bulk_create(sketch.steps)
    if sketch.experiment is not None:
        sketch.experiment.version = version
        sketch.experiment.salt = sketch.experiment.salt or token_hex(16)
        sketch.experiment.save()
    return PlaybookVersion.objects.select_related("playbook", "experiment").get(pk=version.pk)


def fingerprint(version: PlaybookVersion) -> str:
    """Changes when anything of a version does."""
    return _fingerprint(sketch_of(version))


def _fingerprint(sketch: Sketch) -> str:
    return sha256(write_playbook_file(file_of(sketch)).encode()).hexdigest()[:16]


def file_of(sketch: Sketch) -> PlaybookFile:
    """A version as what stands in a file."""
    names = dict(Playbook.objects.values_list("pk", "name"))
    playbook = sketch.version.playbook
    design = sketch.experiment
    return PlaybookFile(
        name=playbook.name,
        title=playbook.title,
        description=playbook.description,
        values={name: getattr(sketch.version, name) for name in VERSION_FIELDS},
        links={name: tuple(sorted(names[one] for one in ids)) for name, ids in sketch.links.items()},
        steps=tuple({name: getattr(step, name) for name in STEP_FIELDS} for step in sketch.steps),
        experiment=None if design is None else {name: getattr(design, name) for name in EXPERIMENT_FIELDS},
    )
