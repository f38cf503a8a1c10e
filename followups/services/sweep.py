"""The sweep: every lead looked at, decided on, and what follows from it written down."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime

from followups.evidence import BATCH, Shelf, gather_batch, leads_to_look_at
from followups.models import Decision as DecisionRow
from followups.models import Lead
from followups.rules import (
    Decision,
    Evidence,
    csv_row,
    decide,
    explain,
    from_json,
    step_rules,
    with_findings,
)
from followups.services.answers import take_up_answers
from followups.services.applying import GATES, apply, note_what_happened
from followups.services.cadences import DEFAULT, published_version, rules_of, segmented_versions
from followups.services.choosing import Cadences
from followups.services.considering import decide_batch
from followups.services.readiness import NewSequences
from followups.services.reading import read_only
from followups.services.requests import Background, Piece, shown_evidence
from followups.states import ReviewPolicy
from outreach import services as outreach


@dataclass(frozen=True, slots=True)
class Swept:
    """What came out for one lead. `decision` carries the review reasons with the gates' findings in them."""

    lead_id: int
    external_id: str
    decision: Decision
    evidence: Evidence
    changed: bool

    @property
    def explanation(self) -> str:
        """Why, in one or two sentences."""
        return explain(self.decision, self.evidence)

    def as_csv(self) -> dict[str, str]:
        """The row of `check_silence` (followups.md, “Output”)."""
        return csv_row(self.external_id, self.decision)


def sweep(
    *,
    now: datetime,
    dry_run: bool = False,
    lead_ids: Iterable[int] | None = None,
    cadence: str | None = None,
    after: str = "",
    progress: Callable[[int, int], None] | None = None,
    batch: int = BATCH,
) -> Generator[Swept]:
    """Look at every open lead, decide, and write down what follows; one row each, in the byte order of external ids.

    Those behind the external id `after`; without one all of them.

    A lead is decided by the cadence version its open sequence began with. Any other by the published version of
    `cadence`; where none is named, by the one whose segment takes the lead in, else by the default.

    A dry run reads in read-only transactions and gives the same rows. Otherwise every lead that changes does so in a
    transaction of its own: stopping half-way leaves what was decided whole, and a second sweep changes nothing. A lead
    that somebody else changes at that moment is left to the next sweep. `progress` is told (done, total).

    Refuses when the cadence has no published version.
    """
    known = Cadences(published_version(cadence or DEFAULT), segmented_versions() if cadence is None else [])
    if not dry_run:
        take_up_answers(now=now)
        note_what_happened(now=now, lead_ids=lead_ids)
    ids = leads_to_look_at(lead_ids, after)
    library, shelf, new = outreach.library(), Shelf(now), NewSequences(now)
    done = 0
    if progress is not None:
        progress(0, len(ids))
    for start in range(0, len(ids), batch):
        with read_only() if dry_run else nullcontext():
            decided = decide_batch(gather_batch(ids[start : start + batch], now, shelf), known, library, shelf, now)
        for one in decided:
            changed = not dry_run and apply(one, now, new)
            done += 1
            yield Swept(one.lead.facts.id, one.lead.facts.external_id, one.decision, one.lead.evidence, changed)
            if progress is not None and (done % 100 == 0 or done == len(ids)):
                progress(done, len(ids))


@dataclass(frozen=True, slots=True)
class Considered:
    """What would be decided about one lead now, with all that is known about it, for a person to read."""

    decision: Decision
    explanation: str
    shown: list[Piece]


def consider(*, lead: Lead, now: datetime) -> Considered:
    """Decide about one lead and write nothing. Unlike a sweep it answers for closed leads too."""
    known, shelf = Cadences(published_version(), segmented_versions()), Shelf(now)
    with read_only():
        one = decide_batch(gather_batch([lead.pk], now, shelf), known, outreach.library(), shelf, now)[0]
        background = Background.read([one.lead.facts.contact_id], shelf.links)
    return Considered(
        one.decision,
        explain(one.decision, one.lead.evidence),
        shown_evidence(one.lead, one.decision, one.cadence.rules, background),
    )


def replay(stored: DecisionRow) -> Decision:
    """Decide again from the stored evidence, by the same cadence version, for the same moment.

    The gates' findings are taken from the row: they are about a text, not about the lead. The answer must equal the
    stored one for ever; `answer_of` gives it in the same words.
    """
    evidence = dict(stored.evidence)
    gates = tuple(evidence.pop(GATES))
    rules = rules_of(stored.cadence_version)
    decision = decide(from_json(evidence), rules, stored.decided_at)
    step = step_rules(decision, rules)
    policy = step.review_policy if step is not None else ReviewPolicy.WHEN_ASKED.value
    if decision.drafts and decision.channel is not None:
        return replace(decision, review_reasons=with_findings(decision, gates, policy))
    return decision
