"""The panel of playbooks on the page of a customer: which one is in command and why, what came, what is next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from retention.models import Assignment, Customer, Enrolment, PlaybookPause, PlaybookStep, StepRun
from retention.pages.members import BADGES
from retention.rules.words import Facts, in_one_breath
from retention.states import Arm, Band, EnrolmentStatus, ExperimentStatus, StepOutcome
from staff.doors import Door

EARLIER = 10
OUTCOME_BADGES: dict[str, str] = {
    StepOutcome.DRAFTED: "badge-ok",
    StepOutcome.CALLED: "badge-ok",
    StepOutcome.SHADOWED: "badge-info",
    StepOutcome.SKIPPED: "badge-quiet",
    StepOutcome.MISSED: "badge-warn",
    StepOutcome.WITHDRAWN: "badge-quiet",
}


@dataclass(frozen=True, slots=True)
class Came:
    """One step that was decided. ``what`` is where its message or call stands, in words."""

    name: str
    channel: str
    at: datetime
    what: str
    why: str
    badge: str
    draft_id: int | None
    call_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One open enrolment: ``next`` is what comes next, in words."""

    enrolment: Enrolment
    badge: str
    why: str
    rank: str
    came: tuple[Came, ...]
    next: str
    standing_still: str

    @property
    def commands(self) -> bool:
        return self.enrolment.status in (EnrolmentStatus.ACTIVE, EnrolmentStatus.PAUSED)

    @property
    def waits(self) -> bool:
        return self.enrolment.status == EnrolmentStatus.WAITING

    @property
    def held_out(self) -> bool:
        return self.enrolment.status == EnrolmentStatus.HELD_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What playbooks do with a customer now. ``contaminated`` are measurements that
    one of us reached them in, though they are held out."""

    standings: tuple[Standing, ...]
    earlier: tuple[Enrolment, ...]
    contaminated: tuple[Assignment, ...]

    @property
    def held_out(self) -> Standing | None:
        return next((one for one in self.standings if one.held_out), None)

    @property
    def doors(self) -> list[Door]:
        """The messages and calls that it names, whose pages not everybody may open."""
        came = [one for standing in self.standings for one in standing.came]
        return [door for one in came for door in (("message", one.draft_id), ("call", one.call_id))]

    @property
    def anything(self) -> bool:
        return bool(self.standings or self.earlier)


def command_of(customer: Customer, *, now: datetime) -> Command:
    """In a fixed number of queries, however long the history is."""
    known = customer.enrolments.select_related("playbook", "version__playbook", "paused_by", "ended_by", "experiment")
    open_now = list(known.exclude(status=EnrolmentStatus.ENDED))
    order = list(EnrolmentStatus)
    open_now.sort(key=lambda one: (one.status == EnrolmentStatus.WAITING, order.index(EnrolmentStatus(one.status))))
    runs: dict[int, list[StepRun]] = {}
    mine = StepRun.objects.filter(enrolment__in=open_now).select_related("step", "draft", "call").order_by("id")
    for run in mine:
        runs.setdefault(run.enrolment_id, []).append(run)
    steps: dict[int, list[PlaybookStep]] = {}
    for step in PlaybookStep.objects.filter(version__in=[one.version_id for one in open_now]).order_by("position"):
        steps.setdefault(step.version_id, []).append(step)
    still = {
        one.playbook_id: one.reason
        for one in PlaybookPause.objects.filter(playbook__in=[each.playbook_id for each in open_now], resumed_at=None)
    }
    ended = known.filter(status=EnrolmentStatus.ENDED).order_by("-ended_at", "-id")
    return Command(
        standings=tuple(
            _standing(one, runs.get(one.pk, []), steps.get(one.version_id, []), still.get(one.playbook_id, ""), now)
            for one in open_now
        ),
        earlier=tuple(ended[:EARLIER]),
        contaminated=tuple(
            customer.assignments.filter(contaminated_at__isnull=False, arm=Arm.HOLDOUT)
            .exclude(experiment__status=ExperimentStatus.DECIDED)
            .select_related("experiment__version__playbook")[:3]
        ),
    )


def _standing(
    one: Enrolment, runs: Sequence[StepRun], steps: Sequence[PlaybookStep], still: str, now: datetime
) -> Standing:
    return Standing(
        enrolment=one,
        badge=BADGES[one.status],
        why=why_of(one.why, one.fitted_at),
        rank=rank_of(one),
        came=tuple(_came(run) for run in runs),
        next=next_of(one, runs, steps, still, now),
        standing_still=still,
    )


def why_of(known: Any, at: datetime) -> str:
    """What was known ``at`` the moment it fitted, in one breath; "" where nothing was kept."""
    if not isinstance(known, dict) or known.get("band") not in Band.values:
        return ""
    reasons = [str(code) for code in known.get("reasons") or ()]
    facts = Facts(
        quiet_days=_days(known.get("last_activity_at"), at),
        payment_failed_days=_days(known.get("payment_failed_at"), at),
    )
    return in_one_breath(int(known.get("total") or 0), known["band"], reasons, facts)


def _days(since: Any, at: datetime) -> int | None:
    return (at - datetime.fromisoformat(since)).days if since else None


def rank_of(one: Enrolment) -> str:
    """What letting them in was expected to bring, with the factors; "" where it was not ranked."""
    worth = one.worth
    if not isinstance(worth, dict) or "expected" not in worth:
        return ""
    currency = (one.why or {}).get("currency") or ""
    how = "measured" if worth.get("known") else "assumed"
    return (
        f"{float(one.rank):,.2f} {currency}".rstrip()
        + f": {float(worth['risk']):.0%} risk, times {float(worth['value']):,.0f} in three months, "
        f"times {float(worth['uplift']):.1%} {how} uplift"
    )


def _came(run: StepRun) -> Came:
    what = run.get_outcome_display()
    if run.draft is not None:
        what = run.draft.get_status_display()
        if run.draft.sent_at is not None:
            what = f"{what} on {run.draft.sent_at.astimezone(UTC):%-d %B}"
    elif run.call is not None:
        what = f"Call: {run.call.get_status_display().lower()}"
    return Came(
        name=run.step.name,
        channel=run.channel or run.step.channel,
        at=run.at,
        what=what,
        why=run.why,
        badge=OUTCOME_BADGES[run.outcome],
        draft_id=run.draft_id,
        call_id=run.call_id,
    )


def next_of(one: Enrolment, runs: Iterable[StepRun], steps: Iterable[PlaybookStep], still: str, now: datetime) -> str:
    """What comes next and when, in one sentence."""
    if one.status == EnrolmentStatus.WAITING:
        return f"{one.waits_for or 'Waits to be let in.'} At the latest on {_day(one.expires_at)} it stops waiting."
    if one.status == EnrolmentStatus.HELD_OUT:
        return f"Nothing until {_day(one.expires_at)}."
    if one.status == EnrolmentStatus.PAUSED:
        return f"Nothing while it is paused. It ends on {_day(one.expires_at)}, paused or not."
    if still:
        return f"Nothing while the playbook stands still. It ends on {_day(one.expires_at)}."
    done = {run.step_id for run in runs}
    following = next((step for step in steps if step.pk not in done), None)
    if following is None:
        return f"Nothing more. It ends when they reach the goal, or on {_day(one.expires_at)}."
    due_at = (one.started_at or one.fitted_at) + timedelta(hours=following.earliest_hours)
    name = f"{following.name} ({following.get_channel_display().lower()})"
    if due_at <= now:
        return f"{name}, with the next sweep, unless the one before has just left."
    return f"{name}, on {_day(due_at)} at {due_at.astimezone(UTC):%H:%M} at the earliest."


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%-d %B}"
