"""Which cadence decides about a lead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from followups.evidence import Gathered
from followups.models import CadenceVersion
from followups.rules import CadenceRules, Described, takes_in
from followups.services.cadences import rules_of, segment_of


@dataclass(frozen=True, slots=True)
class CadenceInUse:
    """A version with its rules, and the keys of the templates that its steps name, by their position."""

    version_id: int
    rules: CadenceRules
    templates: dict[int, str]


class Cadences:
    """Cadence versions as rules, each read once."""

    def __init__(self, published: CadenceVersion, segmented: Iterable[CadenceVersion] = ()) -> None:
        self._published = published.pk
        self._segments = [(version.pk, segment_of(version)) for version in segmented]
        self._known: dict[int, CadenceInUse] = {}

    def version_for(self, lead: Gathered) -> int:
        """The version its open sequence began with, else the one that is for such leads."""
        facts, evidence = lead.facts, lead.evidence
        if facts.version_id is not None:
            return facts.version_id
        if self._segments:
            described = Described(evidence.stage, evidence.territory, facts.source, tuple(facts.tags), evidence.value)
            for version_id, segment in self._segments:
                if takes_in(segment, described):
                    return version_id
        return self._published

    def read(self, version_ids: Iterable[int]) -> None:
        missing = set(version_ids) - self._known.keys()
        if not missing:
            return
        versions = CadenceVersion.objects.filter(pk__in=missing).select_related("cadence")
        for version in versions.prefetch_related("steps__template"):
            templates = {step.position: step.template.key for step in version.steps.all() if step.template is not None}
            self._known[version.pk] = CadenceInUse(version.pk, rules_of(version), templates)

    def of(self, version_id: int) -> CadenceInUse:
        return self._known[version_id]
