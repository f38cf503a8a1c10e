"""What is decided about leads and what would be written to them. Nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from followups.evidence import Gathered, Shelf, no_looking_for_cycles
from followups.rules import Decision, decide, step_rules, with_findings
from followups.services.choosing import CadenceInUse, Cadences
from followups.services.requests import Background, draft_request
from followups.states import ReviewPolicy
from outreach import services as outreach
from outreach.rules import DraftRequest, WrittenText
from outreach.services.writing import TemplateLibrary


@dataclass(frozen=True, slots=True)
class Decided:
    """One lead with the answer, and the text that it asks for. ``gates`` are those that want a person to look."""

    lead: Gathered
    cadence: CadenceInUse
    decision: Decision
    gates: tuple[str, ...]
    request: DraftRequest | None
    written: WrittenText | None


@no_looking_for_cycles()
def decide_batch(
    batch: list[Gathered], known: Cadences, library: TemplateLibrary, shelf: Shelf, now: datetime
) -> list[Decided]:
    """Decide about a batch of leads, each by its own cadence, and write the texts that are asked for."""
    chosen = [known.version_for(lead) for lead in batch]
    known.read(chosen)
    answers = []
    for lead, version_id in zip(batch, chosen, strict=True):
        cadence = known.of(version_id)
        answers.append((lead, cadence, decide(lead.evidence, cadence.rules, now)))
    drafted = {lead.facts.contact_id for lead, _, decision in answers if decision.drafts}
    background = Background.read(drafted, shelf.links)
    return [
        _write(lead, cadence, decision, background, library, now)
        if decision.drafts and decision.channel is not None
        else Decided(lead, cadence, decision, (), None, None)
        for lead, cadence, decision in answers
    ]


def _write(
    lead: Gathered,
    cadence: CadenceInUse,
    decision: Decision,
    background: Background,
    library: TemplateLibrary,
    now: datetime,
) -> Decided:
    """The text the decision asks for and what the gates say about it. Nothing is stored."""
    step = step_rules(decision, cadence.rules)
    template = cadence.templates.get(step.position, "") if step is not None else ""
    request = draft_request(lead, decision, cadence.rules, background, template, now)
    written = outreach.write(library=library, request=request)
    policy = step.review_policy if step is not None else ReviewPolicy.WHEN_ASKED.value
    gates = tuple(written.asks_review)
    reasons = with_findings(decision, gates, policy)
    if reasons != decision.review_reasons:
        decision = replace(decision, review_reasons=reasons)
    return Decided(lead, cadence, decision, gates, request, written)
