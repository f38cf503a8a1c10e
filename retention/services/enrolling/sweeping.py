"""The sweep: who goes on, who ends, who is let in and who waits, and what follows from it written down."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Greatest

from outreach import services as outreach
from retention.models import PlaybookSweep
from retention.rules.playbooks.advance import advance
from retention.rules.playbooks.facts import Person, Rules, Supply
from retention.rules.playbooks.world import DONE, Changes, Place, Taken, left_of
from retention.services.capacity import capacity_rules, supply
from retention.services.enrolling.applying import apply, only_one_each
from retention.services.enrolling.carrying import Carried, Rates, Turn, carry_out
from retention.services.enrolling.looking import (
    IN_LINE,
    MORE_IN_LINE,
    bites,
    changed_customers,
    due_customers,
    everybody,
    first_in_line,
    what_is_due,
)
from retention.services.enrolling.worlds import Loaded, Terms, load, note_given_up
from retention.services.guardrails import watch_guardrails
from retention.services.people import people
from retention.services.playbooks.loading import published
from retention.states import (
    Arm,
    Band,
    StepAudience,
    StepChannel,
    StepOutcome,
    StepPurpose,
    StepReview,
    WorkKind,
)
from staff.services import record

#: One sweep at a time: a number that no other advisory lock of ours uses.
SWEEP_LOCK = 7_210_004
#: A line of thousands that are all let in is gone through in so many parts at most; the rest waits for the next sweep.
MOST_ROUNDS = 100


class Row(NamedTuple):
    """What came of one customer, for `run_playbooks --csv`."""

    customer: str
    playbook: str
    status: str
    step: str
    outcome: str
    why: str


@dataclass(frozen=True, slots=True)
class Swept:
    """How many were looked at, let in, held out, wait newly and ended, and how many steps had which outcome.

    ``skipped`` says that another sweep was under way and nothing was looked at. ``rows`` are there when asked for.
    """

    looked_at: int = 0
    begun: int = 0
    held_out: int = 0
    waiting: int = 0
    ended: int = 0
    refused: int = 0
    steps: Mapping[StepOutcome, int] = field(default_factory=dict)
    skipped: bool = False
    rows: tuple[Row, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether nothing changed."""
        return not (self.begun or self.held_out or self.waiting or self.ended or self.steps)


def sweep(
    *, now: datetime, customer_ids: Iterable[int] | None = None, dry_run: bool = False, listed: bool = False
) -> Swept:
    """Look at everybody who is due, decide, and write down what follows.

    Looked at are customers with news, enrolments whose moment has come, those who wait and are first in line, and once
    a day (and after a playbook was published or resumed) everybody; or only ``customer_ids`` and who is in line.

    Ends, beginnings and waits are written part by part, each part in a transaction; steps that put something before
    people one by one. Stopped half-way, what was decided is whole, and the next sweep goes on. A second sweep without
    news changes nothing. While another sweep is under way this one does nothing. A dry run decides and writes nothing.
    """
    with _alone() as alone:
        if not alone:
            return Swept(skipped=True)
        if not dry_run:
            return _sweep(now, customer_ids, listed)
        with transaction.atomic():
            swept = _sweep(now, customer_ids, listed)
            transaction.set_rollback(True)
        return swept


def _sweep(now: datetime, customer_ids: Iterable[int] | None, listed: bool) -> Swept:
    # First, so that a playbook that people complain about takes no step in this very sweep.
    watch_guardrails(now=now)
    due = what_is_due(now)
    if customer_ids is None and due.nothing:
        _note(now, seen=None, full=False)
        return Swept()
    under_way = _UnderWay(now, listed)
    seen: int | None = None
    if customer_ids is not None:
        under_way.look_at(sorted(set(customer_ids)))
    else:
        found: set[int] = set()
        if due.full:
            found.update(everybody(under_way.terms.versions, now))
        if due.changed:
            changed, seen = changed_customers(now)
            found.update(changed if due.in_force else ())
        if due.due:
            found.update(_all_due(now))
        under_way.look_at(sorted(found))
    if under_way.moved or under_way.room_for_somebody():
        under_way.let_in()
    under_way.carry_out()
    if customer_ids is None:
        _note(now, seen=seen, full=due.full)
    return under_way.swept()


class _UnderWay:
    """One sweep: what there is to share out, and what has come about so far."""

    def __init__(self, now: datetime, listed: bool) -> None:
        self.now, self.listed = now, listed
        self.terms = Terms.read(published(now), now)
        self.supply = supply(now, self.terms.versions)
        self.turns: dict[Place, Turn] = {}
        self.counts: Counter[str] = Counter()
        self.carried = Carried()
        self.waits: dict[Place, str] = {}
        self.rows: list[Row] = []
        self.names: dict[int, str] = {}
        self.titles: dict[int, str] = {rules.playbook_id: rules.name for rules in self.terms.versions}

    def look_at(self, customer_ids: Sequence[int]) -> None:
        """Everything but letting in: ends, steps that are due, and who fits now waits to be ranked."""
        for bite in bites(customer_ids):
            note_given_up(bite)
            with _no_search_for_cycles():
                loaded, found, changes = self._advance(bite, begin=False)
                self._apply(loaded, found, changes)
            self.counts["looked_at"] += len(found)
            self.counts["refused"] += len(changes.refused)
            if self.listed:
                self._list_refused(changes)

    @property
    def moved(self) -> bool:
        """Whether anything came of looking: who waits may then be others, or have other room."""
        return bool(self.waits or self.turns or self.counts["ended"] or self.counts["refused"])

    def room_for_somebody(self) -> bool:
        """Whether anybody who has waited since the last sweep might be let in now. Costs no query."""
        terms = self.terms
        return any(_has_room(rules, self.supply, terms.review_within) for rules in terms.versions)

    def let_in(self) -> None:
        """The best of all who wait are let in, as far as there is room."""
        limit = IN_LINE
        for _ in range(MOST_ROUNDS):
            line = first_in_line(limit)
            if not line:
                return
            loaded, found, changes = self._advance(sorted({pk for kind in line.values() for pk in kind}), begin=True)
            changes = only_one_each(changes)
            self._apply(loaded, found, changes)
            gone = {let.place for let in changes.begun} | {over.place for over in changes.ended}
            if not any(all((pk, kind[0]) in gone for pk in waiting) for kind, waiting in line.items()):
                return
            limit = MORE_IN_LINE

    def carry_out(self) -> None:
        """The steps of all."""
        if not self.turns:
            return
        rates = Rates.read(capacity_rules())
        self.carried = carry_out(self.turns.values(), rates, outreach.library(), self.now)
        if self.listed:
            self._list_steps()

    def swept(self) -> Swept:
        found = Swept(
            looked_at=self.counts["looked_at"],
            begun=self.counts["begun"],
            held_out=self.counts["held_out"],
            waiting=len(self.waits),
            ended=self.counts["ended"],
            refused=self.counts["refused"],
            steps=self.carried.outcomes,
            rows=(*self.rows, *self._waiting_rows()),
        )
        if not found.nothing:
            record(
                action="retention.sweep_playbooks",
                summary=f"{found.begun} let in, {found.held_out} held out, {found.waiting} wait, {found.ended} ended",
                detail={
                    "begun": found.begun,
                    "held_out": found.held_out,
                    "waiting": found.waiting,
                    "ended": found.ended,
                    "steps": {outcome.value: count for outcome, count in found.steps.items()},
                    "at": self.now.isoformat(),
                },
            )
        return found

    def _advance(self, customer_ids: Sequence[int], *, begin: bool) -> tuple[Loaded, dict[int, Person], Changes]:
        loaded = load(customer_ids, self.terms, self.now)
        found = people(customer_ids, self.now)
        changes = advance(loaded.world, found, self.terms.versions, self.supply, self.now, begin=begin)
        return loaded, found, changes

    def _apply(self, loaded: Loaded, found: Mapping[int, Person], changes: Changes) -> None:
        if changes.nothing:
            return
        ids = apply(changes, loaded, self.now)
        self.supply = left_of(self.supply, changes)
        for over in changes.ended:
            self.turns.pop(over.place, None)
            self.waits.pop(over.place, None)
            self.counts["ended"] += 1
        for let in changes.begun:
            self.waits.pop(let.place, None)
            self.counts["held_out" if let.arm == Arm.HOLDOUT else "begun"] += 1
        for one in changes.waiting:
            if one.new or one.place in self.waits:
                self.waits[one.place] = one.waits_for
        self._remember(changes, loaded, found, ids)
        if self.listed:
            self._list(changes, found)

    def _remember(
        self, changes: Changes, loaded: Loaded, found: Mapping[int, Person], ids: Mapping[Place, int]
    ) -> None:
        """Steps are carried out last: who is let in elsewhere in this sweep gets none of the playbook they leave."""
        rules: dict[Place, Rules] = {place: one.rules for place, one in loaded.world.open.items()}
        rules |= {let.place: let.rules for let in changes.begun}
        taken: dict[Place, list[Taken]] = {let.place: [] for let in changes.begun if let.arm != Arm.HOLDOUT}
        for one in changes.taken:
            taken.setdefault(one.place, []).append(one)
        spent = dict(self.terms.spent)
        for place, steps in taken.items():
            if place not in ids:
                continue
            self.turns[place] = Turn(
                enrolment_id=ids[place],
                rules=rules[place],
                person=found[place[0]],
                taken=steps,
                look_at=changes.looks.get(place),
            )
            for one in steps:
                if one.outcome in DONE and one.step.incentive:
                    spent[place[1]] = spent.get(place[1], one.step.incentive * 0) + one.step.incentive
        self.terms = replace(self.terms, spent=spent)

    # --- what is listed

    def _list(self, changes: Changes, found: Mapping[int, Person]) -> None:
        self.names |= {pk: person.external_id for pk, person in found.items()}
        for over in changes.ended:
            self._row(over.place, "ended", outcome=over.end.value, why=over.note)
        for let in changes.begun:
            status = "held_out" if let.arm == Arm.HOLDOUT else "active"
            self._row(let.place, status, why=f"Expected value {let.worth.expected}.")

    def _list_refused(self, changes: Changes) -> None:
        names = {pk: person.external_id for pk, person in people(changes.refused, self.now).items()}
        self.rows += [Row(names[pk], "", "refused", "", "", why) for pk, why in changes.refused.items() if pk in names]

    def _list_steps(self) -> None:
        for _, taken, outcome, why in self.carried.rows:
            self._row(taken.place, "step", step=str(taken.step.position), outcome=outcome.value, why=why)

    def _waiting_rows(self) -> list[Row]:
        if not self.listed:
            return []
        return [
            Row(self.names.get(pk, ""), self.titles.get(playbook, ""), "waiting", "", "", why)
            for (pk, playbook), why in sorted(self.waits.items())
        ]

    def _row(self, place: Place, status: str, *, step: str = "", outcome: str = "", why: str = "") -> None:
        name = self.names.get(place[0], "")
        self.rows.append(Row(name, self.titles.get(place[1], ""), status, step, outcome, why))


def _has_room(rules: Rules, room: Supply, review_within: timedelta) -> bool:
    """Whether this playbook might let somebody in who waited before. In doubt it does."""
    if rules.paused or room.room.get(rules.playbook_id) == 0:
        return False
    if all(room.quota.get(band) == 0 for band in rules.bands or frozenset(Band)):
        return False
    # Where somebody reads a message to everybody, nobody begins without time to read it.
    is_read = any(
        step.earliest < review_within
        and step.audience == StepAudience.EVERYONE
        and step.channel != StepChannel.CALL
        and (step.review == StepReview.ALWAYS or step.purpose == StepPurpose.OFFER)
        for step in rules.steps
    )
    return not is_read or room.minutes.get(WorkKind.REVIEW, 0) >= rules.review_minutes


def _all_due(now: datetime) -> Iterator[int]:
    after = 0
    while found := due_customers(now, after):
        yield from found
        after = found[-1]


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Python does not search for values that hold each other alive. Of the many that one part of a sweep makes none do,
    and the search takes a third of the time.
    """
    searches = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searches:
            gc.enable()


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else sweeps; nobody else will until this is over."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [SWEEP_LOCK])
        alone = bool(cursor.fetchone()[0])
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [SWEEP_LOCK])


def _note(now: datetime, *, seen: int | None, full: bool) -> None:
    """How far it has read. A sweep as of an earlier moment does not turn the clock back."""
    moment = Greatest(Coalesce(F("swept_at"), now), now)
    changes: dict[str, object] = {"swept_at": moment}
    if full:
        changes["full_at"] = Greatest(Coalesce(F("full_at"), now), now)
    if seen is not None:
        changes["seen_change"] = Greatest(F("seen_change"), seen)
    if not PlaybookSweep.objects.filter(pk=1).update(**changes):
        PlaybookSweep.objects.create(pk=1, swept_at=now, full_at=now if full else None, seen_change=seen or 0)
