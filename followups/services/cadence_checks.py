"""What stands against a cadence besides its own rules: templates, other cadences, names that nobody has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import reduce
from operator import or_

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, Q, QuerySet, TextField

from contacts.states import Channel
from followups.models import CadenceVersion, Lead
from followups.rules import CadenceRules, Problem, Segment, say_segment, what_they_share
from followups.states import ReasonKind, StepKind
from outreach.models import Template, TemplateVersion
from outreach.states import TemplateStatus

#: The angle of the templates that close a loop.
CLOSE_LOOP = "close_loop"
_DEFAULT = "default"


def default_problems(name: str, segment: Segment) -> list[Problem]:
    """The default has no segment: whoever is in no other one belongs to it."""
    if name != _DEFAULT or not segment:
        return []
    return [
        Problem(
            "segment",
            "The default is for everybody whom no other cadence is for. Leave this empty here, and clone the cadence "
            "for a part of the leads.",
        )
    ]


def overlap_problems(name: str, segment: Segment, published: Iterable[CadenceVersion]) -> list[Problem]:
    """The published cadences whose leads could be those of this segment as well. Versions of its own are no others."""
    if not segment:
        return []
    found = []
    for version in published:
        theirs = Segment(
            stages=tuple(version.segment_stages),
            territories=tuple(version.segment_territories),
            sources=tuple(version.segment_sources),
            tags=tuple(version.segment_tags),
            value_from=version.segment_value_from,
            value_below=version.segment_value_below,
        )
        if version.cadence.name == name or not theirs:
            continue
        shared = what_they_share(segment, theirs)
        if shared is not None:
            remedy = "Change stage, territory, source or value so that no lead is in both, or retire the other one."
            if segment.tags or theirs.tags:
                remedy += " Tags do not part them: a lead may have several."
            sentence = f"{version} is for some of the same leads: those {say_segment(shared)}. {remedy}"
            found.append(Problem("segment", sentence))
    return found


def template_problems(rules: CadenceRules, templates: Mapping[int, Template]) -> list[Problem]:
    """Steps whose template could not be used. ``templates`` has the template of each step that names one."""
    keys = [template.pk for template in templates.values()]
    statuses: dict[int, set[str]] = {}
    if keys:
        rows = TemplateVersion.objects.filter(template__in=keys).values_list("template_id", "status")
        for template_id, status in rows:
            statuses.setdefault(template_id, set()).add(status)
    found = []
    for step in rules.steps:
        template = templates.get(step.position)
        if template is None:
            continue
        place = f"steps.{step.position}.template"
        has = statuses.get(template.pk, set())
        if TemplateStatus.APPROVED not in has:
            why = "is retired" if TemplateStatus.RETIRED in has else "is not approved"
            remedy = "Approve a version of it, choose another one, or leave this empty."
            found.append(Problem(place, f"The wording of “{template.name}” {why}. {remedy}"))
        channels = (step.channel,) if step.channel else rules.channels
        if template.channel not in channels:
            remedy = f"Choose one for {' or '.join(channels)}." if channels else "Choose the channels first."
            found.append(Problem(place, f"“{template.name}” is written for {template.channel}. {remedy}"))
        if (step.kind == StepKind.CLOSE_LOOP) != (template.angle == CLOSE_LOOP):
            closes = step.kind == StepKind.CLOSE_LOOP
            wanted = "close-loop language" if closes else "a message that closes nothing"
            found.append(Problem(place, f"“{template.name}” does not suit this step, which needs {wanted}."))
    return found


def angle_problems(rules: CadenceRules, with_template: Collection[int]) -> list[Problem]:
    """Steps that would find no words: no template is named, and no approved one has their angle on their channels.

    ``with_template`` has the positions of the steps that name one. What is missing for one channel or one reason is
    written by a person when it comes up; an angle that nobody approved any words for is a slip.
    """
    approved = TemplateVersion.objects.filter(status=TemplateStatus.APPROVED, template__channel__in=Channel.values)
    kept = approved.order_by().values_list("template__channel", "template__angle", "template__reason_kind").distinct()
    there = {(channel, angle) for channel, angle, _ in kept}
    # Wording for customers has its own angles: nobody is sent there.
    ours = {(channel, angle) for channel, angle, reason in kept if angle == CLOSE_LOOP or reason in ReasonKind.values}
    found = []
    for step in rules.steps:
        channels = (step.channel,) if step.channel else rules.channels
        wanted = step.angle_of_templates
        # A step without an angle, and a cadence without channels, are told so by their own rules.
        if step.position in with_template or not wanted or not channels:
            continue
        if any((channel, wanted) in there for channel in channels):
            continue
        closes = step.kind == StepKind.CLOSE_LOOP
        usable = sorted({angle for channel, angle in ours if channel in channels and (angle == CLOSE_LOOP) == closes})
        ways = " or ".join(Channel(one).label if one in Channel.values else one for one in channels)
        instead = f"Use {_one_of(usable)}, approve" if usable else "Approve"
        found.append(
            Problem(
                f"steps.{step.position}.angle",
                f"No approved template for {ways} has the angle “{step.angle.strip()}”, so the step would have no "
                f"words. {instead} a template with this angle, or choose a template for the step.",
            )
        )
    return found


def _one_of(names: Sequence[str]) -> str:
    quoted = [f"“{name}”" for name in names]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def leads_in(segment: Segment) -> QuerySet[Lead]:
    """The leads of a segment by the database, as `rules.takes_in` understands it."""
    found = Lead.objects.all()
    if segment.stages:
        found = found.filter(stage__in=segment.stages)
    for column, names in (("territory", segment.territories), ("source", segment.sources)):
        if names:
            found = found.filter(reduce(or_, (Q(**{f"{column}__iexact": " ".join(name.split())}) for name in names)))
    if segment.tags:
        lowered = Func(
            F("tags"),
            template="string_to_array(lower(array_to_string(%(expressions)s, chr(31))), chr(31))",
            output_field=ArrayField(TextField()),
        )
        names = tuple(" ".join(tag.split()).lower() for tag in segment.tags)
        found = found.alias(lowered_tags=lowered).filter(lowered_tags__overlap=list(names))
    if segment.value_from is not None:
        found = found.filter(value__gte=segment.value_from)
    if segment.value_below is not None:
        found = found.filter(value__lt=segment.value_below)
    return found


def unmatched_names(segment: Segment) -> list[Problem]:
    """The territories, sources and tags that no lead has: a slip of the pen, or leads that are still to come."""
    each = [
        *(("territories", "territory", name, Segment(territories=(name,))) for name in segment.territories),
        *(("sources", "source", name, Segment(sources=(name,))) for name in segment.sources),
        *(("tags", "tag", name, Segment(tags=(name,))) for name in segment.tags),
    ]
    return [
        Problem(f"segment_{field}", f"No lead has the {word} “{name}”. Look at how it is written.")
        for field, word, name, alone in each
        if not leads_in(alone).exists()
    ]


def names_seen_lately() -> dict[str, list[str]]:
    """The territories, sources and tags of the newest leads, the most frequent dozen of each by name.

    Only the newest are read, so that it costs as much with a million leads as with a few.
    """
    counted: dict[str, Counter[str]] = {"territories": Counter(), "sources": Counter(), "tags": Counter()}
    for territory, source, tags in Lead.objects.order_by("-pk").values_list("territory", "source", "tags")[:2000]:
        counted["territories"].update([territory] if territory else [])
        counted["sources"].update([source] if source else [])
        counted["tags"].update(tags)
    return {word: sorted(name for name, _ in names.most_common(12)) for word, names in counted.items()}
