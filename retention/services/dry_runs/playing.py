"""One version of a playbook in a past period, moment by moment, in memory.

Everything is decided by the functions that decide live sweeps (`retention.rules.playbooks.advance`), in the order in
which a sweep looks at people. So what comes out is what a shadow run over the same events would have come to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from retention.models import CapacityRules, Enrolment, PlaybookVersion, ScoreOverride
from retention.rules.playbooks.advance import advance
from retention.rules.playbooks.facts import Past, Person, Rules, Step
from retention.rules.playbooks.report import Ran, RanStep
from retention.rules.playbooks.steps import asks_a_person, is_call
from retention.rules.playbooks.world import DONE, Changes, Place, Taken, World, after
from retention.services.dry_runs.means import Means
from retention.services.dry_runs.standings import Scores
from retention.services.people import goals_since, people
from retention.services.playbooks.loading import published, rules_of
from retention.states import Arm, EnrolmentEnd, EnrolmentStatus, PlaybookMode, PlaybookStage, WorkKind

_DAY = timedelta(days=1)


@dataclass(slots=True)
class _Way:
    """What is known so far of one enrolment in the version that is played."""

    person: Person
    fitted_at: datetime
    waits_for: str = ""
    started_at: datetime | None = None
    arm: str = ""
    end: str = ""
    ended_at: datetime | None = None
    taken: dict[int, Taken] = field(default_factory=dict)


class DryRun:
    """Playing a version through. The other playbooks in force are played along: they take their people as they would.

    At the first moment nobody is under way; who ended before it has the cooldown of that. Consent, refusals and time
    that people have are those of today, since nobody knows the others any more; scores are as of each moment, by the
    models in force now. A pause of the version does not count, that of another playbook does.
    """

    def __init__(self, version: PlaybookVersion, moments: Sequence[datetime]) -> None:
        self.moments = moments
        self.place = -1
        self.own = replace(rules_of(version), paused=False)
        others = (one for one in published(moments[-1]) if one.playbook_id != self.own.playbook_id and not one.paused)
        first = moments[0]
        self.versions = tuple(replace(one, mode=PlaybookMode.SHADOW) for one in (self.own, *others))
        self.room = {one.playbook_id: room for one in self.versions if (room := _room_at(one, first)) is not None}
        self.scores = Scores(moments)
        self.means = Means(first)
        rules = CapacityRules.objects.get()
        self.rates = {WorkKind.REVIEW: rules.review_minute_cost, WorkKind.CALL: rules.call_minute_cost}
        self.world = World(
            pasts=_pasts_before(first),
            wait=timedelta(days=rules.wait_days),
            review_within=timedelta(days=rules.review_days),
            call_within=timedelta(days=rules.call_days),
        )
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
        looked_at = self._whom(at, before, changed, news)
        self._see_goals(looked_at, at)
        known = people(sorted(looked_at), at, scores=self.scores.of) if looked_at else {}
        versions = tuple(replace(one, room=self.room.get(one.playbook_id)) for one in self.versions)
        changes = advance(self.world, known, versions, self.means.supply(at, versions), at)
        self.world = after(self.world, changes, at)
        self._note(changes, known, at)

    def ran(self) -> list[Ran]:
        """What became of everybody whom the version was for."""
        return [self._told(way) for way in self.ways]

    # --- who is looked at, as a sweep does

    def _whom(self, at: datetime, before: datetime | None, changed: set[int], news: set[int]) -> set[int]:
        everybody = before is None or before.date() != at.date()
        found = {
            customer
            for (customer, _), one in self.world.open.items()
            if one.state.started_at is None or customer in news or (one.look_at is not None and one.look_at <= at)
        }
        could = changed if not everybody else self._everybody(at)
        return found | {pk for pk in could if pk in changed or self._could_fit(pk)}

    def _everybody(self, at: datetime) -> set[int]:
        overridden = ScoreOverride.objects.filter(created_at__lte=at, expires_at__gt=at)
        self.set_by_us = set(overridden.values_list("customer_id", flat=True))
        return set(self.scores.of) | self.set_by_us

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
        for (customer, playbook), one in self.world.open.items():
            state = one.state
            if customer in wanted and state.started_at is not None and state.goal_at is None:
                begun.setdefault(playbook, {})[customer] = state.started_at
        still = dict(self.world.open)
        for playbook, starts in begun.items():
            kinds = next(one.rules.goal_kinds for place, one in still.items() if place[1] == playbook)
            for customer, since in goals_since(starts, kinds, at).items():
                one = still[customer, playbook]
                state = replace(one.state, goal_at=since.goal_at, active_at=since.active_at)
                still[customer, playbook] = replace(one, state=state)
        self.world = replace(self.world, open=still)

    # --- what is kept of it

    def _note(self, changes: Changes, known: dict[int, Person], at: datetime) -> None:
        own = self.own.playbook_id
        ended_first = {over.place for over in changes.ended} - {let.place for let in changes.begun}
        for over in changes.ended:
            if over.place[1] == own and over.place in ended_first:
                self._ended(over.place, over.end, at)
        for one in changes.waiting:
            if one.place[1] == own:
                self._way(one.place, one.person, one.fitted_at).waits_for = one.waits_for
        for let in changes.begun:
            if let.arm != Arm.HOLDOUT:
                self.means.note(let.person.band, at)
            if let.rules.playbook_id in self.room:
                self.room[let.rules.playbook_id] -= 1
            if let.place[1] == own:
                way = self._way(let.place, let.person, let.fitted_at)
                way.person, way.started_at, way.arm = let.person, let.started_at, let.arm or ""
        for taken in changes.taken:
            if taken.place[1] == own and taken.place[0] in self.current:
                self.current[taken.place[0]].taken[taken.step.id] = taken
        for over in changes.ended:
            if over.place[1] == own and over.place not in ended_first:
                self._ended(over.place, over.end, at)

    def _way(self, place: Place, person: Person, fitted_at: datetime) -> _Way:
        way = self.current.get(place[0])
        if way is None:
            way = _Way(person, fitted_at)
            self.current[place[0]] = way
            self.ways.append(way)
        return way

    def _ended(self, place: Place, end: EnrolmentEnd, at: datetime) -> None:
        way = self.current.pop(place[0], None)
        if way is not None:
            way.end, way.ended_at = end, at

    def _told(self, way: _Way) -> Ran:
        return Ran(
            customer_id=way.person.customer_id,
            fitted_at=way.fitted_at,
            started_at=way.started_at,
            arm=way.arm,
            waits_for=way.waits_for,
            end=way.end,
            ended_at=way.ended_at,
            steps=tuple(self._step(taken, way.person) for taken in way.taken.values()),
        )

    def _step(self, taken: Taken, person: Person) -> RanStep:
        step, kind, minutes, cost = taken.step, None, Decimal(0), Decimal(0)
        if taken.outcome in DONE:
            kind, minutes = work_of(step, person, self.own)
            cost = step.cost + step.incentive + (minutes * self.rates[kind] if kind else 0)
        return RanStep(
            position=step.position,
            name=step.name,
            outcome=taken.outcome,
            channel=taken.channel if taken.outcome in DONE else "",
            at=taken.at,
            kind=kind,
            minutes=minutes,
            cost=cost,
        )


def work_of(step: Step, person: Person, rules: Rules) -> tuple[WorkKind | None, Decimal]:
    """The work that one step makes: a call, or a message that somebody reads before it leaves."""
    if is_call(step):
        return WorkKind.CALL, rules.call_minutes
    if asks_a_person(step, person):
        return WorkKind.REVIEW, rules.review_minutes
    return None, Decimal(0)


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
