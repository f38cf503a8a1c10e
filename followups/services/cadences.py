"""Cadences: reading a version as rules, installing the shipped one, new versions, publishing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max

from contacts.states import Channel
from followups.models import Cadence, CadenceStep, CadenceVersion
from followups.rules import DEFAULT_CADENCE, CadenceRules, Problem, Segment, StepRules, Waits, validate_cadence
from followups.services.cadence_checks import (
    angle_problems,
    default_problems,
    overlap_problems,
    template_problems,
)
from followups.services.refusals import CadenceHasProblems, Refused, StaleDraft
from followups.states import Trigger, VersionStatus
from staff.models import User
from staff.services import record

DEFAULT = "default"

#: What a clone may change: the fields of a version that are rules and not history.
CHANGEABLE = frozenset(
    {
        "channels",
        *(f"wait_{trigger.value}" for trigger in Trigger),
        "min_gap_days",
        "max_attempts",
        "max_days",
        "patience_days",
        "high_value_threshold",
        "allow_existing_customers",
        "segment_stages",
        "segment_territories",
        "segment_sources",
        "segment_tags",
        "segment_value_from",
        "segment_value_below",
        "nurture_every_days",
        "nurture_most",
        "recycle_after_days",
        "recycle_most",
    }
)


#: What a step consists of, as its row names it.
STEP_FIELDS = (
    "position",
    "kind",
    "angle",
    "channel",
    "reason_kinds",
    "word_limit",
    "pressure",
    "template_id",
    "review_policy",
)


def rules_from(fields: Mapping[str, Any], *, name: str, number: int, steps: Iterable[StepRules] = ()) -> CadenceRules:
    """The rules that a version with these fields has. ``fields`` has every one of `CHANGEABLE`."""
    same = ("max_attempts", "max_days", "min_gap_days", "patience_days", "high_value_threshold")
    later = ("allow_existing_customers", "nurture_every_days", "nurture_most", "recycle_after_days", "recycle_most")
    return CadenceRules(
        name=name,
        version=number,
        channels=tuple(fields["channels"]),
        steps=tuple(steps),
        waits=Waits(**{trigger.value: fields[f"wait_{trigger.value}"] for trigger in Trigger}),
        segment=Segment(
            stages=tuple(fields["segment_stages"]),
            territories=tuple(fields["segment_territories"]),
            sources=tuple(fields["segment_sources"]),
            tags=tuple(fields["segment_tags"]),
            value_from=fields["segment_value_from"],
            value_below=fields["segment_value_below"],
        ),
        **{field: fields[field] for field in (*same, *later)},
    )


def rules_of(version: CadenceVersion) -> CadenceRules:
    """A cadence version as the rules understand it. Reads the steps: prefetch them for many versions."""
    steps = (
        StepRules(
            position=step.position,
            kind=step.kind,
            angle=step.angle,
            word_limit=step.word_limit,
            pressure=step.pressure,
            reason_kinds=tuple(step.reason_kinds),
            channel=step.channel or None,
            review_policy=step.review_policy,
        )
        for step in sorted(version.steps.all(), key=lambda step: step.position)
    )
    return rules_from(fields_of(version), name=version.cadence.name, number=version.number, steps=steps)


def fields_of(version: CadenceVersion) -> dict[str, Any]:
    """The fields of a version that are rules: what is copied and compared."""
    return {field: getattr(version, field) for field in sorted(CHANGEABLE)}


def segment_of(version: CadenceVersion) -> Segment:
    """Whom a version is for, as the rules understand it."""
    return Segment(
        stages=tuple(version.segment_stages),
        territories=tuple(version.segment_territories),
        sources=tuple(version.segment_sources),
        tags=tuple(version.segment_tags),
        value_from=version.segment_value_from,
        value_below=version.segment_value_below,
    )


def published_version(name: str = DEFAULT) -> CadenceVersion:
    """The version new sequences begin with. Refuses when there is none."""
    version = (
        CadenceVersion.objects.filter(cadence__name=name, status=VersionStatus.PUBLISHED)
        .select_related("cadence")
        .prefetch_related("steps")
        .first()
    )
    if version is None:
        names = ", ".join(
            CadenceVersion.objects.filter(status=VersionStatus.PUBLISHED)
            .order_by("cadence__name")
            .values_list("cadence__name", flat=True)
        )
        raise Refused(f"There is no published cadence called “{name}”. Published are: {names or 'none'}.")
    return version


def segmented_versions() -> list[CadenceVersion]:
    """The published versions that are for some leads only, by the name of their cadence. No two share a lead."""
    published = CadenceVersion.objects.filter(status=VersionStatus.PUBLISHED).select_related("cadence")
    return [version for version in published.order_by("cadence__name") if segment_of(version)]


@transaction.atomic
def install_default_cadence(*, now: datetime) -> CadenceVersion:
    """The shipped cadence `default`, published (followups.md, “The shipped cadence”). Does nothing when it is there."""
    cadence, created = Cadence.objects.get_or_create(
        name=DEFAULT, defaults={"description": "Comes with Rekindle: two follow-ups, then a close-the-loop note."}
    )
    if not created and (version := cadence.versions.first()):
        return version
    shipped = DEFAULT_CADENCE
    version = CadenceVersion.objects.create(
        cadence=cadence,
        number=1,
        channels=list(shipped.channels),
        **{f"wait_{trigger.value}": getattr(shipped.waits, trigger.value) for trigger in Trigger},
        min_gap_days=shipped.min_gap_days,
        max_attempts=shipped.max_attempts,
        max_days=shipped.max_days,
        patience_days=shipped.patience_days,
        high_value_threshold=shipped.high_value_threshold,
        allow_existing_customers=shipped.allow_existing_customers,
    )
    CadenceStep.objects.bulk_create(
        CadenceStep(
            version=version,
            position=step.position,
            kind=step.kind,
            angle=step.angle,
            channel=step.channel or "",
            reason_kinds=list(step.reason_kinds),
            word_limit=step.word_limit,
            pressure=step.pressure,
            review_policy=step.review_policy,
        )
        for step in shipped.steps
    )
    return publish_version(version=version, by=None, now=now)


@transaction.atomic
def publish_version(*, version: CadenceVersion, by: User | None, now: datetime) -> CadenceVersion:
    """Make a draft version the one in force; the one before it retires. Open sequences keep the one they began with.

    Refuses a version that is not a draft, and one with problems (`CadenceHasProblems`, every place named): its own
    rules, a template without approved wording, a lead that another published cadence is for as well.
    """
    # One at a time, so that two cadences published at once cannot both take in the same leads.
    locked = {one.pk: one for one in Cadence.objects.select_for_update(no_key=True).order_by("pk")}
    cadence = locked[version.cadence_id]
    current = CadenceVersion.objects.select_related("cadence").prefetch_related("steps__template").get(pk=version.pk)
    if current.status != VersionStatus.DRAFT:
        raise Refused("Only a draft can be published. Make a new draft version and publish that.")
    if problems := problems_of(current):
        raise CadenceHasProblems(problems)
    replaced = CadenceVersion.objects.filter(cadence=cadence, status=VersionStatus.PUBLISHED)
    retired = list(replaced.values_list("number", flat=True))
    replaced.update(status=VersionStatus.RETIRED)
    current.status = VersionStatus.PUBLISHED
    current.published_at = now
    current.published_by = by
    current.save(update_fields=["status", "published_at", "published_by"])
    record(
        action="followups.publish_version",
        actor=by,
        on=current,
        summary=f"Published {cadence.name} v{current.number}",
        detail={"retired": retired},
    )
    return current


def problems_of(version: CadenceVersion) -> list[Problem]:
    """Everything that keeps a version from being published here and now, by place."""
    rules = rules_of(version)
    templates = {step.position: step.template for step in version.steps.all() if step.template is not None}
    return [
        *validate_cadence(rules),
        *default_problems(rules.name, rules.segment),
        *overlap_problems(rules.name, rules.segment, segmented_versions()),
        *template_problems(rules, templates),
        *angle_problems(rules, templates.keys()),
    ]


@transaction.atomic
def retire_version(*, version: CadenceVersion, by: User | None) -> CadenceVersion:
    """Take a published version out of force: nothing new begins with it, sequences under way go on to their end.

    Refuses what is not in force, and the cadence `default`, which is for everybody whom no other cadence is for.
    """
    if version.cadence.name == DEFAULT:
        raise Refused("The default is for everybody whom no other cadence is for. Publish another version of it.")
    in_force = CadenceVersion.objects.filter(pk=version.pk, status=VersionStatus.PUBLISHED)
    if not in_force.update(status=VersionStatus.RETIRED):
        raise Refused("Only a published version can be retired. A draft is deleted instead.")
    version.status = VersionStatus.RETIRED
    record(
        action="followups.retire_version",
        actor=by,
        on=version,
        summary=f"Retired {version.cadence.name} v{version.number}",
    )
    return version


def claim_draft(*, version: CadenceVersion, revision: int) -> int:
    """Take the next revision of a draft for one save, and return its number. Belongs into the transaction that saves.

    Raises `StaleDraft` when somebody saved or published it since ``revision`` was read.
    """
    unchanged = CadenceVersion.objects.filter(pk=version.pk, status=VersionStatus.DRAFT, revision=revision)
    if not unchanged.update(revision=F("revision") + 1):
        raise StaleDraft("Somebody else changed this draft in the meantime. Open it again.")
    return revision + 1


@transaction.atomic
def new_draft_version(*, cadence: Cadence, by: User | None, base: CadenceVersion | None = None) -> CadenceVersion:
    """A draft to edit: a copy of `base`, else of the newest version. Refuses while another draft is being edited."""
    Cadence.objects.select_for_update().get(pk=cadence.pk)
    newest = cadence.versions.first()
    base = base or newest
    if newest is None or base is None:
        raise Refused("There is no version to start from. Add the first one by hand.")
    if cadence.versions.filter(status=VersionStatus.DRAFT).exists():
        raise Refused("There is a draft already. Edit and publish that one.")
    version = _copy(base, cadence)
    record(
        action="followups.new_draft_version",
        actor=by,
        on=version,
        summary=f"Began {cadence.name} v{version.number} from {base.cadence.name} v{base.number}",
    )
    return version


@transaction.atomic
def clone_cadence(
    *, base: CadenceVersion, name: str, changes: Mapping[str, Any], by: User | None, description: str = ""
) -> CadenceVersion:
    """A new cadence that starts as a copy of one version, with some rules changed. It is a draft until it is published.

    Refuses a name in use, what is no name, and a rule that does not exist.
    """
    require_name(name)
    unknown = sorted(set(changes) - CHANGEABLE)
    if unknown:
        raise Refused(f"A cadence has no rule “{unknown[0]}”. It has: {', '.join(sorted(CHANGEABLE))}.")
    _require_sound(base, changes)
    cadence, created = Cadence.objects.get_or_create(
        name=name, defaults={"description": description or f"Made from {base.cadence.name} v{base.number}."}
    )
    if not created:
        raise Refused(f"There is a cadence called “{name}” already. Choose another name.")
    version = _copy(base, cadence, **changes)
    record(
        action="followups.clone_cadence",
        actor=by,
        on=version,
        summary=f"Made {name} from {base.cadence.name} v{base.number}",
        detail={"changes": {field: str(value) for field, value in sorted(changes.items())}},
    )
    return version


def require_name(name: str) -> None:
    """Refuse what cannot name a cadence: commands and files call it by its name."""
    if not re.fullmatch(r"[-a-zA-Z0-9_]{1,60}", name, re.ASCII):
        raise Refused(
            "The name of a cadence has letters, digits, hyphens and underscores only, and at most 60 of them."
        )


def _require_sound(base: CadenceVersion, changes: Mapping[str, Any]) -> None:
    """Refuse rules that not even a draft may have. What concerns the steps can be put right before publishing."""
    unknown = [channel for channel in changes.get("channels", ()) if channel not in Channel.values]
    if unknown:
        raise Refused(f"There is no channel “{unknown[0]}”. Choose from {', '.join(Channel.values)}.")
    rules = rules_of(base)
    changed = rules_from(fields_of(base) | dict(changes), name=rules.name, number=rules.version, steps=rules.steps)
    if wrong := [problem for problem in validate_cadence(changed) if not problem.place.startswith("steps")]:
        raise CadenceHasProblems(wrong)


def _copy(base: CadenceVersion, cadence: Cadence, **changes: object) -> CadenceVersion:
    steps = ({name: getattr(step, name) for name in STEP_FIELDS} for step in base.steps.all())
    return store_draft_version(cadence, fields_of(base) | changes, steps)


def store_draft_version(
    cadence: Cadence, fields: Mapping[str, Any], steps: Iterable[Mapping[str, Any]]
) -> CadenceVersion:
    """The next version of a cadence, as a draft. The caller holds its lock and writes the audit entry."""
    number = CadenceVersion.objects.filter(cadence=cadence).aggregate(last=Max("number"))["last"] or 0
    version = CadenceVersion.objects.create(cadence=cadence, number=number + 1, **fields)
    CadenceStep.objects.bulk_create(CadenceStep(version=version, **step) for step in steps)
    return version
