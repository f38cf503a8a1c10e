"""Cadences as files: out for review, and back in as drafts."""

from __future__ import annotations

from django.db import transaction

from followups.models import Cadence, CadenceVersion
from followups.rules import CadenceFile, Problem, read_cadence_file, write_cadence_file
from followups.services.cadence_checks import default_problems
from followups.services.cadences import require_name, rules_of, store_draft_version
from followups.services.refusals import CadenceHasProblems, Refused
from followups.states import Trigger, VersionStatus
from outreach.models import Template
from staff.models import User
from staff.services import record


def cadence_as_file(version: CadenceVersion) -> str:
    """A version as the text of a file. The number of the version is not in it: it is another one where it goes."""
    steps = version.steps.select_related("template")
    return write_cadence_file(
        CadenceFile(
            name=version.cadence.name,
            description=version.cadence.description,
            rules=rules_of(version),
            templates={step.position: step.template.key for step in steps if step.template is not None},
        )
    )


@transaction.atomic
def import_cadence(*, text: str, by: User | None, name: str = "") -> CadenceVersion:
    """A draft from the text of a file: the first version of a new cadence, or the next one of the cadence of that name.

    ``name`` takes the place of the name in the file. Refuses a file with anything unknown, missing or wrong
    (`CadenceHasProblems`, every place named), and while that cadence has a draft already.
    """
    file = read_cadence_file(text)
    if isinstance(file, list):
        raise CadenceHasProblems(file)
    rules = file.rules
    name = name.strip() or file.name
    templates = dict(Template.objects.filter(key__in=file.templates.values()).values_list("key", "pk"))
    problems = [
        Problem(
            f"steps.{position}.template",
            f"There is no template “{key}” here. Make it first, or write null to have one chosen.",
        )
        for position, key in file.templates.items()
        if key not in templates
    ]
    problems += default_problems(name, rules.segment)
    if problems:
        raise CadenceHasProblems(problems)
    cadence = _cadence_for(name, file.description)
    version = store_draft_version(
        cadence,
        {
            "channels": list(rules.channels),
            **{f"wait_{trigger.value}": getattr(rules.waits, trigger.value) for trigger in Trigger},
            "min_gap_days": rules.min_gap_days,
            "max_attempts": rules.max_attempts,
            "max_days": rules.max_days,
            "patience_days": rules.patience_days,
            "high_value_threshold": rules.high_value_threshold,
            "allow_existing_customers": rules.allow_existing_customers,
            "segment_stages": list(rules.segment.stages),
            "segment_territories": list(rules.segment.territories),
            "segment_sources": list(rules.segment.sources),
            "segment_tags": list(rules.segment.tags),
            "segment_value_from": rules.segment.value_from,
            "segment_value_below": rules.segment.value_below,
            "nurture_every_days": rules.nurture_every_days,
            "nurture_most": rules.nurture_most,
            "recycle_after_days": rules.recycle_after_days,
            "recycle_most": rules.recycle_most,
        },
        (
            {
                "position": step.position,
                "kind": step.kind,
                "angle": step.angle,
                "channel": step.channel or "",
                "reason_kinds": list(step.reason_kinds),
                "word_limit": step.word_limit,
                "pressure": step.pressure,
                "template_id": templates.get(file.templates.get(step.position, "")),
                "review_policy": step.review_policy,
            }
            for step in rules.steps
        ),
    )
    record(
        action="followups.import_cadence",
        actor=by,
        on=version,
        summary=f"Imported {cadence.name} v{version.number} from a file",
    )
    return version


def _cadence_for(name: str, description: str) -> Cadence:
    """The cadence of this name, made when there is none, and locked. Refuses what is no name, and a second draft."""
    require_name(name)
    cadence, _ = Cadence.objects.get_or_create(name=name, defaults={"description": description})
    Cadence.objects.select_for_update(no_key=True).get(pk=cadence.pk)
    if cadence.versions.filter(status=VersionStatus.DRAFT).exists():
        raise Refused(f"“{name}” has a draft already. Publish or delete that one, or import under another name.")
    return cadence
