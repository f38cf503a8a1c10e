"""One version of a playbook in a past period, moment by moment, in memory.

Everything is decided by the functions that decide live sweeps (`retention.rules.playbooks.advance`), in the order in
which a sweep looks at people. So what comes out is what a shadow run over the same events would have come to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q

from outreach import services as outreach
from retention.models import Enrolment, PlaybookVersion, ScoreOverride
from retention.rules.playbooks.advance import advance
from retention.rules.playbooks.facts import Past, Person, Rules
from retention.rules.playbooks.report import Ran, RanStep
from retention.rules.playbooks.steps import is_call
from retention.rules.playbooks.world import Changes, Let, Place, Taken, Waits, World, after, left_of
from retention.services.capacity import capacity_rules
from retention.services.dry_runs.means import Means
from retention.services.dry_runs.standings import Scores
from retention.services.enrolling.applying import OTHER_ACCOUNT
from retention.services.enrolling.carrying import Rates, Turn, in_shadow
from retention.services.enrolling.drafting import Background
from retention.services.enrolling.looking import IN_LINE, MORE_IN_LINE
from retention.services.enrolling.sweeping import MOST_ROUNDS
from retention.services.people import goals_since, people
from retention.services.playbooks.loading import rules_of
from retention.states import (
    Arm,
    EnrolmentEnd,
    EnrolmentStatus,
    ModelStatus,
    PlaybookMode,
    PlaybookStage,
    StepOutcome,
    WorkKind,
)


@dataclass(slots=True)
class _Way:
    """What is known so far of one enrolment in the version that is played."""

    customer_id: int
    fitted_at: datetime
    waits_for: str = ""
    started_at: datetime | None = None
    arm: str = ""
    end: str = ""
    ended_at: datetime | None = None
    steps: dict[int, RanStep] = field(default_factory=dict)


class DryRun:
    """Playing a version through. The other playbooks in force are played along: they take their people as they would.

    At the first moment nobody is under way; who ended before it has the cooldown of that. Consent, refusals and time
    that people have are those of today, since nobody knows the others any more; scores are as of each moment, by the
    models in force now. Experiments take people in all the time, and waves begin with the first moment. A pause of the
    version does not count, that of another playbook does.
    """

    def __init__(self, version: PlaybookVersion, moments: Sequence[datetime]) -> None:
        self.moments = moments
        self.place = -1
        first = moments[0]
        self.own = replace(rules_of(version), paused=False, mode=PlaybookMode.SHADOW)
        in_force = PlaybookVersion.objects.filter(status=ModelStatus.PUBLISHED).exclude(playbook=version.playbook_id)
        others = (one for one in map(rules_of, in_force) if not one.paused)
        shadows = (replace(one, mode=PlaybookMode.SHADOW) for one in others)
        self.versions = tuple(replace(one, waves_from=first) for one in (self.own, *shadows))
        self.room = {one.playbook_id: room for one in self.versions if (room := _room_at(one, first)) is not None}
        self.scores = Scores(moments)
        self.means = Means(first)
        rules = capacity_rules()
        self.rates = Rates.read(rules)
        self.library = outreach.library()
        self.world = World(
            pasts=_pasts_before(first),
            wait=timedelta(days=rules.wait_days),
            review_within=timedelta(days=rules.review_days),
            call_within=timedelta(days=rules.call_days),
        )
        self.contacts: dict[int, int] = {}
        self.set_by_us: set[int] = set()
        #: How those who wait were ranked when that was last written down, and what kind they are.
        self.line: dict[Place, tuple[Decimal, datetime, str, str]] = {}
        self.ways: list[_Way] = []
        self.current: dict[int, _Way] = {}

    def go_on(self) -> None:
        """One sweep at the next moment."""
        self.place += 1
        at = self.moments[self.place]
        before = self.moments[self.place - 1] if self.place else None
        changed, news = self.scores.go_on()
        if before is None or before.month != at.month:
            self.world = replace(self.world, offers_spent={})
        versions = tuple(replace(one, room=self.room.get(one.playbook_id)) for one in self.versions)
        self.supply = self.means.supply(at, versions)
        self.turns: dict[Place, list[tuple[Taken, Person]]] = {}
        self._advance(self._whom(at, before, changed, news), versions, at, begin=False)
        self._let_in(versions, at)
        self._carry_out(at)

    def _let_in(self, versions: Sequence[Rules], at: datetime) -> None:
        """The best of all who wait are let in, as far as there is room: the first of each kind, as in a sweep."""
        limit = IN_LINE
        for _ in range(MOST_ROUNDS):
            line = self._first_in_line(limit)
            if not line:
                return
            changes = self._advance({place[0] for kind in line.values() for place in kind}, versions, at, begin=True)
            gone = {let.place for let in changes.begun} | {over.place for over in changes.ended}
            if not any(gone.issuperset(kind) for kind in line.values()):
                return
            limit = MORE_IN_LINE

    def _advance(self, customer_ids: set[int], versions: Sequence[Rules], at: datetime, *, begin: bool) -> Changes:
        if not customer_ids:
            return Changes()
        self._see_goals(customer_ids, at)
        known = people(sorted(customer_ids), at, scores=self.scores.of)
        self.contacts |= {customer: person.contact_id for customer, person in known.items()}
        changes = advance(self.world, known, versions, self.supply, at, begin=begin)
        if begin:
            changes = self._one_each(changes)
        self.world = after(self.world, changes, at)
        self.supply = left_of(self.supply, changes)
        self._note(changes, known, at)
        return changes

    def _first_in_line(self, limit: int) -> dict[tuple[object, ...], list[Place]]:
        """Who waits and goes first, so many of each kind: same playbook, band and value, so the same needs."""
        found: dict[tuple[object, ...], list[Place]] = {}
        waiting = [place for place, one in self.world.open.items() if one.state.started_at is None]
        for place in sorted(waiting, key=lambda one: (-self.line[one][0], self.line[one][1], one[0])):
            kind = self.line[place][2:]
            of_kind = found.setdefault((place[1], *kind), [])
            if len(of_kind) < limit:
                of_kind.append(place)
        return found

    def ran(self) -> list[Ran]:
        """What became of everybody whom the version was for."""
        return [
            Ran(
                customer_id=way.customer_id,
                fitted_at=way.fitted_at,
                started_at=way.started_at,
                arm=way.arm,
                waits_for=way.waits_for,
                end=way.end,
                ended_at=way.ended_at,
                steps=tuple(way.steps.values()),
            )
            for way in self.ways
        ]

    # --- who is looked at, as a sweep does

    def _whom(self, at: datetime, before: datetime | None, changed: set[int], news: set[int]) -> set[int]:
        found = {
            customer
            for (customer, _), one in self.world.open.items()
            if customer in news or (one.look_at is not None and one.look_at <= at)
        }
        overrides = ScoreOverride.objects.filter(created_at__lte=at)
        if before is None or before.date() != at.date():
            holding = overrides.filter(expires_at__gt=at).exclude(ended_at__lte=at)
            self.set_by_us = set(holding.values_list("customer_id", flat=True))
            return found | {pk for pk in self.scores.of.keys() | self.set_by_us if self._could_fit(pk)}
        set_or_ended = overrides.filter(Q(created_at__gt=before) | Q(ended_at__gt=before, ended_at__lte=at))
        return found | changed | set(set_or_ended.values_list("customer_id", flat=True))

    def _could_fit(self, customer_id: int) -> bool:
        """Whether their score is one that some version is for. Whose band one of us set is looked at in any case."""
        kept = self.scores.of.get(customer_id)
        if kept is None or customer_id in self.set_by_us:
            return True
        return any(
            (not rules.bands or kept.band in rules.bands)
            and (rules.score_from is None or kept.total >= rules.score_from)
            and (rules.score_to is None or kept.total <= rules.score_to)
            and rules.reasons_all.issubset(kept.reasons)
            and (not rules.reasons_any or not rules.reasons_any.isdisjoint(kept.reasons))
            for rules in self.versions
        )

    def _see_goals(self, looked_at: Iterable[int], at: datetime) -> None:
        """Goals met and activity since the start, for those under way who are looked at."""
        wanted = set(looked_at)
        begun: dict[int, dict[int, datetime]] = {}
        goal_kinds = {one.playbook_id: one.goal_kinds for one in self.versions}
        for (customer, playbook), one in self.world.open.items():
            if customer in wanted and one.state.started_at is not None and one.state.goal_at is None:
                begun.setdefault(playbook, {})[customer] = one.state.started_at
        still = dict(self.world.open)
        for playbook, starts in begun.items():
            for customer, since in goals_since(starts, goal_kinds[playbook], at).items():
                one = still[customer, playbook]
                state = replace(one.state, goal_at=since.goal_at, active_at=since.active_at)
                still[customer, playbook] = replace(one, state=state)
        self.world = replace(self.world, open=still)

    def _one_each(self, changes: Changes) -> Changes:
        """Who shares a contact with somebody in a playbook waits, as a sweep of rows has it."""
        ended = {over.place for over in changes.ended}
        taken = {
            self.contacts.get(place[0])
            for place, one in self.world.open.items()
            if one.state.status == EnrolmentStatus.ACTIVE and place not in ended
        }
        double: list[Let] = []
        for let in changes.begun:
            if let.arm == Arm.HOLDOUT:
                continue
            if let.person.contact_id in taken:
                double.append(let)
            taken.add(let.person.contact_id)
        places = {let.place for let in double}
        return replace(
            changes,
            begun=tuple(let for let in changes.begun if let.place not in places),
            taken=tuple(one for one in changes.taken if one.place not in places),
            looks={place: at for place, at in changes.looks.items() if place not in places},
            waiting=(*changes.waiting, *(_waits(let) for let in double)),
        )

    # --- what is kept of it

    def _note(self, changes: Changes, known: dict[int, Person], at: datetime) -> None:
        own = self.own.playbook_id
        for over in changes.ended:
            self.turns.pop(over.place, None)
            way = self.current.pop(over.place[0], None) if over.place[1] == own else None
            if way is not None:
                way.end, way.ended_at = over.end, at
        for one in changes.waiting:
            person = one.person
            self.line[one.place] = (one.worth.expected, one.fitted_at, person.band.value, person.value_tier.value)
            if one.place[1] == own:
                self._way(one.place, one.fitted_at).waits_for = one.waits_for
        for let in changes.begun:
            if let.arm != Arm.HOLDOUT:
                self.means.note(let.person.band, at)
            if let.rules.playbook_id in self.room:
                self.room[let.rules.playbook_id] -= 1
            if let.place[1] == own:
                way = self._way(let.place, let.fitted_at)
                way.started_at, way.arm = let.started_at, let.arm or ""
        for taken in changes.taken:
            self.turns.setdefault(taken.place, []).append((taken, known[taken.place[0]]))

    def _carry_out(self, at: datetime) -> None:
        """Steps come last: who was let in elsewhere meanwhile gets none of the playbook they leave."""
        mine = [one for place, turn in self.turns.items() if place[1] == self.own.playbook_id for one in turn]
        texts = [person for taken, person in mine if taken.outcome == StepOutcome.SHADOWED]
        background = Background.read(texts, at)
        for taken, person in mine:
            self.current[taken.place[0]].steps[taken.step.id] = self._step(taken, person, background, at)

    def _way(self, place: Place, fitted_at: datetime) -> _Way:
        way = self.current.get(place[0])
        if way is None:
            way = _Way(place[0], fitted_at)
            self.current[place[0]] = way
            self.ways.append(way)
        return way

    def _step(self, taken: Taken, person: Person, background: Background, at: datetime) -> RanStep:
        """What a step comes to. Its text is written as in shadow: the gates may ask for a person, which is work."""
        kind, minutes, cost = None, Decimal(0), Decimal(0)
        if taken.outcome == StepOutcome.SHADOWED:
            turn = Turn(enrolment_id=0, rules=self.own, person=person, taken=(taken,), look_at=None)
            written = in_shadow(turn, taken, background, self.rates, self.library, at)
            cost = written["cost"]
            if is_call(taken.step):
                kind, minutes = WorkKind.CALL, self.own.call_minutes
            elif written["text"]["review"]:
                kind, minutes = WorkKind.REVIEW, self.own.review_minutes
        return RanStep(
            position=taken.step.position,
            name=taken.step.name,
            outcome=taken.outcome,
            channel=taken.channel if taken.outcome == StepOutcome.SHADOWED else "",
            at=taken.at,
            kind=kind,
            minutes=minutes,
            cost=cost,
        )


def _waits(let: Let) -> Waits:
    return Waits(
        rules=let.rules,
        person=let.person,
        fitted_at=let.fitted_at,
        expires_at=let.expires_at,
        worth=let.worth,
        waits_for=OTHER_ACCOUNT,
        new=not let.waited,
    )


def _room_at(rules: Rules, first: datetime) -> int | None:
    """How many a pilot could still have taken in at the first moment."""
    version = PlaybookVersion.objects.select_related("playbook").get(pk=rules.version_id)
    if version.playbook.stage != PlaybookStage.PILOT or version.pilot_most is None:
        return None
    return max(0, version.pilot_most - Enrolment.objects.filter(version=version, started_at__lt=first).count())


def _pasts_before(first: datetime) -> dict[int, tuple[Past, ...]]:
    """What had ended before the first moment, by customer."""
    found: dict[int, list[Past]] = {}
    rows = Enrolment.objects.filter(ended_at__lt=first).values_list(
        "customer_id", "playbook_id", "started_at", "arm", "version__priority", "ended_at", "end"
    )
    for customer, playbook, started_at, arm, priority, ended_at, end in rows.iterator():
        past = Past(
            playbook_id=playbook,
            status=EnrolmentStatus.ENDED,
            began=started_at is not None,
            arm=arm,
            priority=priority,
            ended_at=ended_at,
            end=EnrolmentEnd(end),
        )
        found.setdefault(customer, []).append(past)
    return {customer: tuple(of) for customer, of in found.items()}
