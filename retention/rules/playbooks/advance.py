"""One sweep as one function: who goes on, who ends, who is let in and who waits. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from retention.rules.playbooks.asking import arm_of, can_call, demand, later_wave, wave_of
from retention.rules.playbooks.channels import may_offer
from retention.rules.playbooks.facts import Demand, Past, Person, Rules, Supply, Worth
from retention.rules.playbooks.fitting import in_order, why_not
from retention.rules.playbooks.steps import LOOK_AGAIN, Move, MoveKind, asks_a_person, is_call, next_move
from retention.rules.playbooks.throttle import choose, worth
from retention.rules.playbooks.world import (
    DONE,
    Changes,
    Crossed,
    Let,
    Open,
    Over,
    Place,
    Taken,
    Waits,
    World,
    as_past,
    opened,
    with_run,
)
from retention.states import (
    Arm,
    EnrolmentEnd,
    EnrolmentStatus,
    PlaybookMode,
    StepOutcome,
    StepPurpose,
    WorkKind,
)

_COMMANDING = frozenset({EnrolmentStatus.ACTIVE, EnrolmentStatus.PAUSED})
#: What somebody waits for who fits and was not yet compared with the others.
TO_BE_RANKED = "Waits to be ranked with the others."
_NO_PLAYBOOK = "No playbook is in force."


def advance(
    world: World,
    people: Mapping[int, Person],
    versions: Sequence[Rules],
    supply: Supply,
    now: datetime,
    *,
    begin: bool = True,
) -> Changes:
    """What happens at this moment to everybody in ``people``, by their customer ids.

    ``versions`` are those in force. Whoever is not in ``people`` is left alone. First what is under way goes on, since
    it was promised; what time and quotas that leaves is shared out among those who fit.

    Everybody in ``people`` who fits and is in no playbook is let in or waits with a sentence, everybody else is
    refused with one. Asked again of the world it leads to (`after`), with what is left of the supply (`left_of`) and
    no news, it changes nothing.

    Without ``begin`` nobody is let in: whoever fits waits to be ranked with all others. So thousands can be looked at
    part by part, and then the best of all let in.
    """
    sweep = _Sweep(world, versions, supply, now, begin)
    for customer_id in sorted(people):
        sweep.go_on(people[customer_id])
    sweep.let_in(people)
    return sweep.changes()


class _Sweep:
    """What has come about so far."""

    def __init__(self, world: World, versions: Sequence[Rules], supply: Supply, now: datetime, begin: bool) -> None:
        self.world, self.now, self.begin = world, now, begin
        self.versions = in_order(versions)
        self.in_force = {rules.playbook_id: rules for rules in self.versions}
        self.supply = supply
        self.minutes, self.quota, self.room = dict(supply.minutes), dict(supply.quota), dict(supply.room)
        self.spent = dict(world.offers_spent)
        self.used: dict[WorkKind, Decimal] = defaultdict(Decimal)
        self.of_customer: dict[int, dict[int, Open]] = defaultdict(dict)
        for (customer_id, playbook_id), one in world.open.items():
            self.of_customer[customer_id][playbook_id] = one
        self.pasts: dict[int, tuple[Past, ...]] = {}
        self.ended: list[Over] = []
        self.begun: list[Let] = []
        self.waits: list[Waits] = []
        self.taken: dict[Place, list[Taken]] = defaultdict(list)
        self.crossed: list[Crossed] = []
        self.looks: dict[Place, datetime | None] = {}
        self.refused: dict[int, str] = {}

    def changes(self) -> Changes:
        return Changes(
            ended=tuple(self.ended),
            begun=tuple(self.begun),
            waiting=tuple(self.waits),
            taken=tuple(one for of_place in self.taken.values() for one in of_place),
            crossed=tuple(self.crossed),
            looks=self.looks,
            refused=self.refused,
            minutes=dict(self.used),
        )

    # --- what is under way

    def go_on(self, person: Person) -> None:
        """Ends, goals and steps of what they are in, and the end of waiting too long."""
        for playbook_id, one in sorted(self.of_customer.get(person.customer_id, {}).items()):
            place = person.customer_id, playbook_id
            if one.state.started_at is not None:
                self._move(place, one, person)
                continue
            move = next_move(one.state, one.rules, person, self.now)
            if move.kind == MoveKind.END and move.end is not None:
                self._end(place, move.end, move.why)
            elif self.now >= one.state.expires_at:
                self._end(place, EnrolmentEnd.WAITED, one.waits_for)

    def _move(self, place: Place, one: Open, person: Person, *, let_in_now: bool = False) -> None:
        """Take every step that can be taken at this moment. Each round settles one step, so it ends."""
        known = None if let_in_now else one.look_at
        while True:
            move = self._within_means(next_move(one.state, one.rules, person, self.now), one, person, let_in_now)
            if move.kind == MoveKind.END and move.end is not None:
                self._end(place, move.end, move.why)
                return
            if move.kind == MoveKind.WAIT or move.step is None:
                self.of_customer[place[0]][place[1]] = one
                if move.until != known:
                    self.looks[place] = move.until
                return
            taken = self._taken(place, move, one.rules)
            self.taken[place].append(taken)
            if taken.outcome in DONE:
                self._pay(taken, one.rules, person, counted=let_in_now)
            one = with_run(one, taken)

    def _taken(self, place: Place, move: Move, rules: Rules) -> Taken:
        if move.step is None:
            raise AssertionError("a move that takes a step names it")
        return Taken(
            place=place,
            step=move.step,
            outcome=_outcome(move, rules),
            at=self.now,
            due_at=move.due_at or self.now,
            channel=move.channel or "",
            why=move.why,
            again=move.kind == MoveKind.WITHDRAW,
        )

    def _within_means(self, move: Move, one: Open, person: Person, let_in_now: bool) -> Move:
        """A step that money or time does not allow is left out, or waits. Who is let in now is let in with the time."""
        step = move.step
        if move.kind != MoveKind.DO or step is None:
            return move
        if step.purpose == StepPurpose.OFFER:
            spent = self.spent.get(one.rules.playbook_id, Decimal(0))
            why = may_offer(person, one.rules, spent, step.incentive)
            if why:
                return replace(move, kind=MoveKind.SKIP, channel=None, why=why)
        possible = can_call(one.rules, self.supply)
        if not is_call(step) or (let_in_now and possible):
            return move
        if not possible:
            return replace(move, kind=MoveKind.SKIP, channel=None, why="Nobody has time set for calls.")
        started_at = one.state.started_at or self.now
        if self.minutes[WorkKind.CALL] < one.rules.call_minutes:
            until = min(self.now + LOOK_AGAIN, started_at + step.latest + timedelta(microseconds=1))
            return Move(kind=MoveKind.WAIT, until=min(until, one.state.expires_at))
        return move

    def _pay(self, taken: Taken, rules: Rules, person: Person, *, counted: bool) -> None:
        """What a step takes of time and money. Time that was ``counted`` when they were let in is not taken twice."""
        if taken.step.incentive:
            self.spent[rules.playbook_id] = self.spent.get(rules.playbook_id, Decimal(0)) + taken.step.incentive
        if counted:
            return
        if is_call(taken.step):
            self._use(WorkKind.CALL, rules.call_minutes)
        elif asks_a_person(taken.step, person):
            self._use(WorkKind.REVIEW, rules.review_minutes)

    def _use(self, kind: WorkKind, minutes: Decimal) -> None:
        self.used[kind] += minutes
        if kind in self.minutes:
            self.minutes[kind] -= minutes

    def _end(self, place: Place, end: EnrolmentEnd, note: str) -> None:
        gone = self.of_customer[place[0]].pop(place[1])
        self.ended.append(Over(place=place, end=end, note=note[:300]))
        self.looks.pop(place, None)
        self.pasts[place[0]] = (
            *self._ended_of(place[0]),
            as_past(place[1], gone, end=end, ended_at=self.now),
        )

    def _ended_of(self, customer_id: int) -> tuple[Past, ...]:
        return self.pasts.get(customer_id) or self.world.pasts.get(customer_id, ())

    def _pasts_of(self, customer_id: int) -> tuple[Past, ...]:
        still = self.of_customer.get(customer_id)
        ended = self._ended_of(customer_id)
        if not still:
            return ended
        return (*ended, *(as_past(playbook_id, one) for playbook_id, one in still.items()))

    # --- who is let in

    def let_in(self, people: Mapping[int, Person]) -> None:
        """Everybody who fits asks to be let in; those whom there is no room for wait."""
        asked: dict[Place, tuple[Rules, Person, Worth]] = {}
        demands: list[Demand] = []
        for customer_id in sorted(people):
            person = people[customer_id]
            rules, why = self._fitting(person)
            self._leave_other_queues(person, rules, why)
            if rules is None:
                if not self.of_customer.get(customer_id):
                    self.refused[customer_id] = why
                continue
            place, value = (customer_id, rules.playbook_id), worth(person, rules)
            later = later_wave(rules, customer_id, self.now)
            if later is not None:
                self._wait(rules, person, value, *later)
            elif rules.paused:
                self._wait(rules, person, value, "The playbook is paused: nobody enters.", None)
            elif not self.begin:
                before = self.of_customer[customer_id].get(rules.playbook_id)
                self._wait(rules, person, value, TO_BE_RANKED if before is None else before.waits_for, None)
            else:
                asked[place] = rules, person, value
                demands.append(self._demand(rules, person, value))
        left = replace(self.supply, minutes=self.minutes, quota=self.quota, room=self.room)
        chosen = choose(demands, left)
        for one in chosen.begin:
            self._begin(one, *asked[one.customer_id, one.playbook_id])
        for place, sentence in chosen.wait.items():
            self._wait(*asked[place], sentence, None)
        # Who was held out just now may still need something urgent. One round more for each playbook at most: nobody
        # is held out twice by one.
        held_out = {one.customer_id: people[one.customer_id] for one in chosen.begin if one.holdout}
        if held_out and any(rules.urgent for rules in self.versions):
            self.let_in(held_out)

    def _fitting(self, person: Person) -> tuple[Rules | None, str]:
        """As `fitting`, and the reason of the first playbook why they are in none. Who waits for a paused playbook, and
        fits no other, goes on doing so.
        """
        pasts = self._pasts_of(person.customer_id)
        waiting = self._waiting_of(person.customer_id)
        first, standing = "", None
        for rules in self.versions:
            why = why_not(person, rules, pasts, self.now)
            if not why and not rules.paused:
                return rules, ""
            if not why and standing is None and rules.playbook_id in waiting:
                standing = rules
            first = first or f"{rules.title}: {why or 'The playbook is paused.'}"
        return standing, first or _NO_PLAYBOOK

    def _waiting_of(self, customer_id: int) -> list[int]:
        still = self.of_customer.get(customer_id)
        return [key for key, one in still.items() if one.state.started_at is None] if still else []

    def _leave_other_queues(self, person: Person, rules: Rules | None, why: str) -> None:
        """Nobody waits in two places, nor where they do not fit any more."""
        for playbook_id in self._waiting_of(person.customer_id):
            place = person.customer_id, playbook_id
            if rules is not None and playbook_id == rules.playbook_id:
                continue
            own = self.in_force.get(playbook_id)
            reason = (
                why_not(person, own, self._pasts_of(person.customer_id), self.now)
                if own is not None
                else "The playbook was taken out of force."
            )
            if rules is not None and not reason:
                self._end(place, EnrolmentEnd.OVERTAKEN, f"{rules.title} goes first for them.")
            else:
                self._end(place, EnrolmentEnd.RECOVERED, reason or why)

    def _demand(self, rules: Rules, person: Person, value: Worth) -> Demand:
        before = self.of_customer.get(person.customer_id, {}).get(rules.playbook_id)
        return demand(
            rules,
            person,
            value,
            fitted_at=self.now if before is None else before.state.fitted_at,
            calls=can_call(rules, self.supply),
            review_within=self.world.review_within,
            call_within=self.world.call_within,
        )

    def _begin(self, asked: Demand, rules: Rules, person: Person, value: Worth) -> None:
        customer_id = person.customer_id
        arm = arm_of(rules, customer_id)
        held_out = arm == Arm.HOLDOUT
        waited = rules.playbook_id in self._waiting_of(customer_id)
        if rules.playbook_id in self.room:
            self.room[rules.playbook_id] -= 1
        if held_out:
            self._note_command(rules, person)
        else:
            self._take_over(rules, person)
            self._take_share(asked)
        let = Let(
            rules=rules,
            person=person,
            arm=arm,
            wave=wave_of(rules, customer_id),
            fitted_at=asked.fitted_at,
            started_at=self.now,
            expires_at=self.now + (rules.window if held_out else rules.lasts),
            worth=value,
            waited=waited,
        )
        self.begun.append(let)
        one = opened(let)
        self.of_customer[customer_id][rules.playbook_id] = one
        if not held_out:
            self._move(let.place, one, person, let_in_now=True)

    def _take_over(self, rules: Rules, person: Person) -> None:
        """Whatever commanded them ends. Who is held out elsewhere stays so, and is marked as having got something."""
        for playbook_id, one in sorted(self.of_customer.get(person.customer_id, {}).items()):
            if playbook_id == rules.playbook_id:
                continue
            if one.state.status in _COMMANDING:
                place = person.customer_id, playbook_id
                self._end(place, EnrolmentEnd.OVERTAKEN, f"{rules.title} took over.")
                # What it was about to do at this very moment is not begun.
                self.taken.pop(place, None)
            elif one.state.status == EnrolmentStatus.HELD_OUT and one.rules.experiment_id is not None:
                self.crossed.append(
                    Crossed(
                        customer_id=person.customer_id,
                        experiment_id=one.rules.experiment_id,
                        why=f"{rules.title} is urgent and began.",
                    )
                )

    def _take_share(self, asked: Demand) -> None:
        for kind, minutes in asked.minutes.items():
            if minutes:
                self._use(kind, minutes)
        if asked.band in self.quota:
            self.quota[asked.band] -= 1

    def _note_command(self, rules: Rules, person: Person) -> None:
        """Who is held out while another playbook goes on with them is marked: they do get something."""
        for one in self.of_customer.get(person.customer_id, {}).values():
            if one.state.status in _COMMANDING and rules.experiment_id is not None:
                why = f"{one.rules.title} was under way."
                self.crossed.append(Crossed(customer_id=person.customer_id, experiment_id=rules.experiment_id, why=why))

    def _wait(self, rules: Rules, person: Person, value: Worth, sentence: str, from_: datetime | None) -> None:
        place = person.customer_id, rules.playbook_id
        before = self.of_customer[person.customer_id].get(rules.playbook_id)
        fitted_at = self.now if before is None else before.state.fitted_at
        expires_at = (from_ or fitted_at) + self.world.wait
        if before is not None:
            if from_ is None:
                expires_at = before.state.expires_at
            same = (before.rules.version_id, before.waits_for, before.worth, before.state.expires_at)
            if same == (rules.version_id, sentence, value, expires_at):
                if before.look_at != expires_at:
                    self.looks[place] = expires_at
                return
        self.waits.append(
            Waits(
                rules=rules,
                person=person,
                fitted_at=fitted_at,
                expires_at=expires_at,
                worth=value,
                waits_for=sentence,
                new=before is None,
            )
        )


def _outcome(move: Move, rules: Rules) -> StepOutcome:
    if move.outcome is not None:
        return move.outcome
    if move.kind == MoveKind.SKIP:
        return StepOutcome.SKIPPED
    if move.kind == MoveKind.MISS:
        return StepOutcome.MISSED
    if rules.mode == PlaybookMode.SHADOW:
        return StepOutcome.SHADOWED
    return StepOutcome.CALLED if move.step is not None and is_call(move.step) else StepOutcome.DRAFTED
