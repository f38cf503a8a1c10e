"""What is decided about leads and what would be written to them. Nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from followups.evidence import Gathered, Shelf, no_looking_for_cycles
from followups.rules import (
    Decision,
    SlowTouch,
    decide,
    merge_review_reasons,
    nurture_over,
    slow_touch,
    step_rules,
    with_findings,
)
from followups.services.choosing import CadenceInUse, Cadences
from followups.services.plan import is_closed
from followups.services.requests import Background, draft_request
from followups.states import DecisionKind, Disposition, ReviewPolicy
from outreach import services as outreach
from outreach.rules import DraftRequest, WrittenText
from outreach.services.writing import TemplateLibrary
from outreach.states import DraftKind


@dataclass(frozen=True, slots=True)
class Decided:
    """One lead with the answer, and the text that it asks for. ``gates`` are those that want a person to look.

    ``slow`` is the nurture message that may be written now; the text is then that message's, and ``gates`` stay empty,
    for the decision itself asks for none. ``over`` says why nurture ends, where it does.
    """

    lead: Gathered
    cadence: CadenceInUse
    decision: Decision
    gates: tuple[str, ...]
    request: DraftRequest | None
    written: WrittenText | None
    slow: SlowTouch | None = None
    over: str = ""


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
        decision = decide(lead.evidence, cadence.rules, now)
        slow, over = _nurture(lead, cadence, decision, now)
        answers.append((lead, cadence, decision, slow, over))
    drafted = {lead.facts.contact_id for lead, _, decision, slow, _ in answers if decision.drafts or slow is not None}
    background = Background.read(drafted, shelf.links)
    return [
        _write_slowly(lead, cadence, decision, slow, background, library, now)
        if slow is not None
        else _write(lead, cadence, decision, background, library, now)
        if decision.drafts and decision.channel is not None and not over
        else Decided(lead, cadence, decision, (), None, None, over=over)
        for lead, cadence, decision, slow, over in answers
    ]


def _nurture(lead: Gathered, cadence: CadenceInUse, decision: Decision, now: datetime) -> tuple[SlowTouch | None, str]:
    """The nurture message that may be written to this lead now, and why its nurture is over; mostly neither."""
    moved = lead.facts.disposition == Disposition.NURTURE
    if decision.kind is not DecisionKind.NURTURE and not moved:
        return None, ""
    closed = is_closed(lead.facts, lead.evidence, now)
    if closed and not moved:
        return None, ""
    # What a person moved to nurture stays there whatever the table would do next.
    chosen = closed and moved
    over = nurture_over(lead.evidence, cadence.rules, decision, now, chosen=chosen)
    return (None if over else slow_touch(lead.evidence, cadence.rules, decision, now, chosen=chosen)), over


def _write_slowly(
    lead: Gathered,
    cadence: CadenceInUse,
    decision: Decision,
    slow: SlowTouch,
    background: Background,
    library: TemplateLibrary,
    now: datetime,
) -> Decided:
    """The text of a nurture message. The decision stays what the table says."""
    asked = replace(
        decision,
        useful_reason=slow.useful_reason,
        channel=slow.channel,
        due_at=slow.due_at,
        review_reasons=slow.review_reasons,
    )
    request = draft_request(lead, asked, slow.step, cadence.rules, background, "", now)
    request = replace(request, kind=DraftKind.FOLLOW_UP.value, why_now=slow.why)
    written = outreach.write(library=library, request=request)
    reasons = merge_review_reasons(slow.review_reasons, tuple(written.asks_review), ReviewPolicy.ALWAYS)
    return Decided(lead, cadence, decision, (), request, written, slow=replace(slow, review_reasons=reasons))


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
    request = draft_request(lead, decision, step, cadence.rules, background, template, now)
    written = outreach.write(library=library, request=request)
    policy = step.review_policy if step is not None else ReviewPolicy.WHEN_ASKED.value
    gates = tuple(written.asks_review)
    reasons = with_findings(decision, gates, policy)
    if reasons != decision.review_reasons:
        decision = replace(decision, review_reasons=reasons)
    return Decided(lead, cadence, decision, gates, request, written)
