"""Which playbooks a customer was in, why, and what became of each step; and why they are in none of the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db.models import Prefetch
from django.utils.formats import date_format

from contacts.models import Contact
from outreach.models import Call
from retention.models import Assignment, Customer, Enrolment, PlaybookPause, Score, StepRun
from retention.pages.commanding import next_of, rank_of, why_of
from retention.pages.fitting import hindrances
from retention.rules.playbooks.world import DONE
from retention.states import Arm, EnrolmentStatus, StepChannel
from reviews.explaining.scores import Told

#: How many playbooks of one customer, and calls to one contact, are told of, the newest first.
MOST = 10


def enrolments_of(customers: Sequence[Customer], *, at: datetime) -> list[Enrolment]:
    """The newest enrolments of these customers that there were at a moment, with their steps, the newest first."""
    runs = StepRun.objects.filter(at__lte=at).select_related("step", "draft", "call").order_by("at", "id")
    return list(
        Enrolment.objects.filter(customer__in=customers, fitted_at__lte=at)
        .select_related("playbook", "version__playbook", "paused_by", "ended_by")
        .prefetch_related(Prefetch("runs", runs), "version__steps")
        .order_by("-fitted_at", "-id")[:MOST]
    )


def under_way(enrolments: Sequence[Enrolment], *, at: datetime) -> Iterator[Told]:
    """What is open now, in one sentence each: what comes next, or that nothing does because they are held out."""
    still = _standing_still(enrolments)
    for one in enrolments:
        if one.status == EnrolmentStatus.ENDED:
            continue
        reason = still.get(one.playbook_id, "")
        yield (
            one.started_at or one.fitted_at,
            _STANDS[EnrolmentStatus(one.status)].format(one.playbook),
            _next(one, reason, at),
        )


def about_playbooks(customer: Customer, enrolments: Sequence[Enrolment], *, at: datetime) -> Iterator[Told]:
    """Every enrolment of the customer: why, how it was ranked, each step, its end; then what keeps them out of others.

    The last goes by the stored score, so of a moment before that it is not told.
    """
    mine = [one for one in enrolments if one.customer_id == customer.pk]
    still = _standing_still(mine)
    for one in mine:
        yield from _enrolment(one, still.get(one.playbook_id, ""), at)
    reached = Assignment.objects.filter(customer=customer, arm=Arm.HOLDOUT, contaminated_at__lte=at)
    for drawn in reached.select_related("experiment__version__playbook").order_by("contaminated_at"):
        what = f"Reached though held out of {drawn.experiment.version.playbook}"
        yield drawn.contaminated_at, what, drawn.contamination
    if not Score.objects.filter(customer=customer, as_of__gt=at).exists():
        for playbook, why in hindrances(customer.pk, at):
            yield None, f"Not in {playbook}", why


def about_calls(contact: Contact, *, at: datetime) -> Iterator[tuple[int, Told]]:
    """The newest calls that were asked for, each with its number: why, by when, and what came of it."""
    rows = Call.objects.filter(contact=contact, created_at__lte=at).select_related("owner", "done_by")
    for call in rows.order_by("-created_at", "-id")[:MOST]:
        yield call.pk, (call.created_at, f"Asked for, by {_day(call.latest_at)}", call.why)
        if call.done_at is not None:
            by = f" by {call.done_by}" if call.done_by else ""
            yield call.pk, (call.done_at, f"Made{by}: {call.get_outcome_display()}", call.status_reason)
        else:
            who = f"For {call.owner}." if call.owner else "For whoever is first."
            yield call.pk, (None, call.get_status_display(), call.status_reason or who)


_STANDS = {
    EnrolmentStatus.WAITING: "Waits for {}",
    EnrolmentStatus.ACTIVE: "{} is under way",
    EnrolmentStatus.PAUSED: "{} is paused for them",
    EnrolmentStatus.HELD_OUT: "Held out of {} for a measurement",
}


def _enrolment(one: Enrolment, still: str, at: datetime) -> Iterator[Told]:
    yield one.fitted_at, f"Fitted {one.version}", why_of(one.why, one.fitted_at)
    if rank := rank_of(one):
        yield None, "Expected", f"{rank}."
    if one.started_at is not None and one.started_at <= at:
        if one.arm == Arm.HOLDOUT:
            why = "Drawn at random: nothing is sent by itself, so that we can see what happens without us."
            yield one.started_at, f"Held out of {one.playbook}", why
        else:
            arm = " Drawn at random to be written to." if one.arm else ""
            yield one.started_at, f"{one.playbook} began", f"There was time and room for them.{arm}"
    for run in one.runs.all():
        yield run.at, f"Step {run.step.position}, {run.step.name}: {_came(run)}", run.why
    if one.paused_at is not None and one.status == EnrolmentStatus.PAUSED:
        yield one.paused_at, f"Paused by {one.paused_by or 'one of us'}", ""
    if one.ended_at is not None and one.ended_at <= at:
        by = f" by {one.ended_by}" if one.ended_by else ""
        yield one.ended_at, f"{one.playbook} ended{by}: {one.get_end_display()}", one.end_note
    elif one.status != EnrolmentStatus.ENDED:
        yield None, "Next", _next(one, still, at)


def _came(run: StepRun) -> str:
    """Where the message or call of a step stands; what became of the step where that is something else."""
    stands = run.draft or run.call
    outcome = run.get_outcome_display().lower()
    if stands is None:
        return outcome
    what = f"{StepChannel(run.channel or run.step.channel).label} {stands.get_status_display().lower()}"
    return what if run.outcome in DONE else f"{outcome}, {what}"


def _next(one: Enrolment, still: str, at: datetime) -> str:
    steps = sorted(one.version.steps.all(), key=lambda step: step.position)
    return next_of(one, one.runs.all(), steps, still, at)


def _standing_still(enrolments: Sequence[Enrolment]) -> dict[int, str]:
    """Why playbooks are paused, by their ids."""
    paused = PlaybookPause.objects.filter(playbook__in={one.playbook_id for one in enrolments}, resumed_at=None)
    return {one.playbook_id: one.reason for one in paused}


def _day(at: datetime) -> str:
    return date_format(at, "j F Y")
