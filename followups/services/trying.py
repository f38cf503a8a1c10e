"""Working a simulation out, batch by batch: read without being able to write, decide twice, keep the answers."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from followups.evidence import Gathered, Shelf, gather_batch, leads_to_look_at, no_looking_for_cycles
from followups.models import CadenceVersion, Simulation, SimulationRow
from followups.rules import decide
from followups.rules.forecast import DAYS, forecast
from followups.services.cadences import DEFAULT, published_version, segment_of, segmented_versions
from followups.services.choosing import Cadences
from followups.services.considering import Decided, decide_batch
from followups.services.plan import is_closed
from followups.services.reading import read_only
from followups.services.refusals import Refused
from followups.states import DecisionKind, Disposition, SimulationStatus, VersionStatus
from outreach import services as outreach

log = logging.getLogger("rekindle.followups")

#: Leads per batch: every batch is a step of the progress, a transaction, and a chance to be cancelled.
BATCH = 2_500
#: What reading and deciding about one draft is taken to cost a person, in minutes.
REVIEW_MINUTES = 2

_LEADS_STILL_THERE = "SELECT id FROM followups_lead WHERE id = ANY(%s) FOR KEY SHARE"
_COPY = """
COPY followups_simulationrow (simulation_id, lead_id, now_decision, now_reasons, decision, reasons, step, channel,
                              due_at, needs_review, concerned) FROM STDIN
"""


def run_simulation(*, simulation_id: int, clock: Callable[[], datetime] = timezone.now, batch: int = BATCH) -> None:
    """Work a simulation out from the beginning. Harmless when another worker has it, or it has ended.

    Every batch of leads is read in a read-only transaction, and its answers are kept in another one together with the
    progress. Who finds that the simulation was cancelled, or given to another worker, writes nothing more. A fault is
    kept as its problem, in words; when the database itself is gone, the simulation is taken up again later.
    """
    began_at = clock()
    taken = Simulation.objects.filter(pk=simulation_id, status=SimulationStatus.WAITING).update(
        status=SimulationStatus.RUNNING, began_at=began_at, seen_alive_at=began_at, done=0, total=0, found={}
    )
    if not taken:
        return
    run = _Run(simulation_id, began_at, clock)
    try:
        _try_all(Simulation.objects.select_related("version__cadence").get(pk=simulation_id), run, batch)
    except _TakenAwayError:
        return
    except OperationalError:
        # The connection is gone or the database is going down.
        raise
    except Refused as refused:
        run.fail(refused.sentence)
    except Exception as problem:
        log.exception("Simulation %s failed", simulation_id)
        run.fail(
            f"Something went wrong on our side ({type(problem).__name__}). Start it again. If it fails again, the"
            " server's log has the details."
        )


class _TakenAwayError(Exception):
    """The simulation is not ours any more."""


@dataclass(frozen=True, slots=True)
class _Run:
    """One worker's turn at a simulation. ``began_at`` tells it from another worker's."""

    simulation_id: int
    began_at: datetime
    clock: Callable[[], datetime]

    def keep(self, **found: Any) -> None:
        """Write down how far it is. Raises when it was cancelled or is another worker's, which undoes the batch."""
        ours = Simulation.objects.filter(pk=self.simulation_id, status=SimulationStatus.RUNNING, began_at=self.began_at)
        if not ours.update(seen_alive_at=self.clock(), **found):
            raise _TakenAwayError

    @transaction.atomic
    def fail(self, sentence: str) -> None:
        try:
            self.keep(status=SimulationStatus.FAILED, problem=sentence[:500], finished_at=self.clock())
        except _TakenAwayError:
            return
        SimulationRow.objects.filter(simulation_id=self.simulation_id).delete()


@dataclass(slots=True)
class _Side:
    """What comes of all leads by one set of cadences: drafts, those a person reads, and messages by day."""

    drafts: int = 0
    reviews: int = 0
    messages: list[int] = field(default_factory=lambda: [0] * DAYS)

    def add(self, one: Decided, days: Sequence[int], *, writes: bool) -> None:
        if writes:
            self.drafts += 1
            self.reviews += one.slow is not None or one.decision.needs_review
        for day in days:
            self.messages[day] += 1

    def as_json(self) -> dict[str, Any]:
        return {"drafts": self.drafts, "review_minutes": self.reviews * REVIEW_MINUTES, "messages": self.messages}


@dataclass(slots=True)
class _Tally:
    """Everything a simulation counts."""

    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    concerned: int = 0
    now: _Side = field(default_factory=_Side)
    then: _Side = field(default_factory=_Side)

    def add(self, before: Decided, after: Decided, version_id: int, at: datetime) -> None:
        self.moves[before.decision.kind.value, after.decision.kind.value] += 1
        self.concerned += after.cadence.version_id == version_id
        closed = is_closed(before.lead.facts, before.lead.evidence, at)
        days = _days(before, at, closed)
        self.now.add(before, days, writes=_writes(before, closed))
        if after is not before:
            days = _days(after, at, closed)
        self.then.add(after, days, writes=_writes(after, closed))

    def as_json(self) -> dict[str, Any]:
        return {
            "moves": [[before, after, many] for (before, after), many in sorted(self.moves.items())],
            "concerned": self.concerned,
            "now": self.now.as_json(),
            "then": self.then.as_json(),
            "minutes_a_review": REVIEW_MINUTES,
        }


def _writes(one: Decided, closed: bool) -> bool:
    """Whether a message is written: one of nurture also where a person closed the lead for that."""
    drafts = one.decision.drafts and one.decision.channel is not None
    return one.slow is not None or (drafts and not closed and not one.over)


def _days(one: Decided, at: datetime, closed: bool) -> tuple[int, ...]:
    """When messages would leave in four weeks. To whom a person closed they do only in nurture."""
    chosen = closed and one.lead.facts.disposition == Disposition.NURTURE
    if one.over or (closed and not chosen):
        return ()
    return forecast(one.lead.evidence, one.cadence.rules, one.decision, at, chosen=chosen)


def _try_all(simulation: Simulation, run: _Run, batch: int) -> None:
    version, at = simulation.version, simulation.as_of
    with read_only():
        now, then = Cadences(published_version(), segmented_versions()), _cadences_with(version)
        # Read at once: who saves the draft meanwhile changes the next simulation, and the page says so.
        then.read([version.pk])
        ids, library, shelf = leads_to_look_at(), outreach.library(), Shelf(at)
    with transaction.atomic():
        run.keep(total=len(ids))
        simulation.rows.all().delete()
    tally = _Tally()
    for start in range(0, len(ids), batch):
        with read_only():
            leads = gather_batch(ids[start : start + batch], at, shelf)
            pairs = _decide_twice(leads, now, then, library, shelf, at)
        with transaction.atomic():
            run.keep(done=min(start + batch, len(ids)))
            for before, after in _keep_rows(simulation.pk, pairs, version.pk):
                tally.add(before, after, version.pk, at)
    run.keep(
        status=SimulationStatus.DONE,
        finished_at=run.clock(),
        found={**tally.as_json(), "revision": version.revision},
    )


def _cadences_with(version: CadenceVersion) -> Cadences:
    """The cadences as they would be if this version were published: in place of the one of its cadence."""
    in_force = Q(status=VersionStatus.PUBLISHED) & ~Q(cadence=version.cadence_id) | Q(pk=version.pk)
    kept = list(CadenceVersion.objects.filter(in_force).select_related("cadence").order_by("cadence__name"))
    default = next((one for one in kept if one.cadence.name == DEFAULT), None)
    if default is None:
        raise Refused(f"There is no published cadence called “{DEFAULT}”. Publish one first.")
    return Cadences(default, [one for one in kept if segment_of(one)])


@no_looking_for_cycles()
def _decide_twice(
    leads: list[Gathered],
    now: Cadences,
    then: Cadences,
    library: outreach.TemplateLibrary,
    shelf: Shelf,
    at: datetime,
) -> list[tuple[Decided, Decided]]:
    """What each lead gets now and what it would get. Where the cadence stays the same, so does the answer."""
    before = _decide(leads, now, library, shelf, at)
    others = [lead for lead in leads if then.version_for(lead) != now.version_for(lead)]
    after = {one.lead.facts.id: one for one in _decide(others, then, library, shelf, at)}
    return [(one, after.get(one.lead.facts.id, one)) for one in before]


def _decide(
    leads: list[Gathered], cadences: Cadences, library: outreach.TemplateLibrary, shelf: Shelf, at: datetime
) -> list[Decided]:
    """As `decide_batch` decides, but a text is written only where something depends on it.

    That is in nurture, and where nothing but a gate could ask for a review. What is asked for already stays asked for.
    """
    chosen = [cadences.version_for(lead) for lead in leads]
    cadences.read(chosen)
    answers, open_questions = [], []
    for lead, version_id in zip(leads, chosen, strict=True):
        cadence = cadences.of(version_id)
        decision = decide(lead.evidence, cadence.rules, at)
        answers.append(Decided(lead, cadence, decision, (), None, None))
        nurture = decision.kind is DecisionKind.NURTURE or lead.facts.disposition == Disposition.NURTURE
        if nurture or (decision.drafts and not decision.needs_review):
            open_questions.append(lead)
    full = {one.lead.facts.id: one for one in decide_batch(open_questions, cadences, library, shelf, at)}
    return [full.get(one.lead.facts.id, one) for one in answers]


def _keep_rows(
    simulation_id: int, pairs: list[tuple[Decided, Decided]], version_id: int
) -> list[tuple[Decided, Decided]]:
    """Store the answers of a batch, and give those that were stored: a lead may have been removed meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(_LEADS_STILL_THERE, [[before.lead.facts.id for before, _ in pairs]])
        there = {lead_id for (lead_id,) in cursor.fetchall()}
        kept = [pair for pair in pairs if pair[0].lead.facts.id in there]
        with cursor.copy(_COPY) as copy:
            for before, after in kept:
                decision = after.decision
                copy.write_row(
                    (
                        simulation_id,
                        before.lead.facts.id,
                        before.decision.kind.value,
                        "|".join(before.decision.reasons),
                        decision.kind.value,
                        "|".join(decision.reasons),
                        decision.step,
                        decision.channel or "",
                        decision.due_at,
                        decision.needs_review,
                        after.cadence.version_id == version_id,
                    )
                )
    return kept
