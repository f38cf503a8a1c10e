"""Asking for a dry run, and stopping or repeating one."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Min

from contacts.models import Event
from retention.models import PlaybookTrial, PlaybookVersion
from retention.services.refusals import Refused, require
from retention.states import TrialStatus
from staff.models import User
from staff.services import record

UNDER_WAY = (TrialStatus.QUEUED, TrialStatus.RUNNING)
LONGEST_DAYS = 92
#: Between two looks at everybody, in the days that are played through.
EVERY = timedelta(hours=4)


@transaction.atomic
def request_dry_run(
    *, version: PlaybookVersion, first_on: date, last_on: date, by: User, now: datetime
) -> PlaybookTrial:
    """Ask what a version would have done from one day to another, both included, UTC.

    Refuses days that are not over, of which nothing is known, or that are too many; a version without steps; and a
    second dry run of the same days while one is under way.
    """
    _may(by)
    if last_on < first_on:
        raise Refused("The last day is before the first one. Turn them round.")
    if (last_on - first_on).days >= LONGEST_DAYS:
        raise Refused(f"These are {(last_on - first_on).days + 1} days. Choose at most {LONGEST_DAYS}.")
    yesterday = now.astimezone(UTC).date() - timedelta(days=1)
    if last_on > yesterday:
        raise Refused(f"{last_on:%Y-%m-%d} is not over yet. Choose days up to {yesterday:%Y-%m-%d}.")
    first = Event.objects.filter(kind__gt=0).aggregate(first=Min("occurred_at"))["first"]
    if first is None:
        raise Refused("There are no events yet, so there is no past to play through. Import events first.")
    if last_on < first.date():
        raise Refused(f"The first event is of {first:%Y-%m-%d}. Choose days after it.")
    # The version's row is locked, so that two clicks at once make one trial.
    version = PlaybookVersion.objects.select_for_update(of=("self",)).select_related("playbook").get(pk=version.pk)
    if not version.steps.exists():
        raise Refused("This version has no steps yet. Add one first.")
    if version.trials.filter(first_on=first_on, last_on=last_on, status__in=UNDER_WAY).exists():
        raise Refused("This is being worked out already. Wait for it, or cancel it.")
    trial = PlaybookTrial.objects.create(
        version=version,
        first_on=first_on,
        last_on=last_on,
        steps=len(ticks(first_on, last_on)),
        requested_at=now,
        requested_by=by,
    )
    record(
        action="retention.dry_run_requested", actor=by, on=trial,
        detail={"version": version.name, "first_on": first_on.isoformat(), "last_on": last_on.isoformat()},
    )  # fmt: skip
    return trial


def ticks(first_on: date, last_on: date, every: timedelta = EVERY) -> list[datetime]:
    """The moments at which everybody is looked at, from the first moment of the first day on, UTC."""
    start = datetime.combine(first_on, time.min, UTC)
    end = datetime.combine(last_on + timedelta(days=1), time.min, UTC)
    return [start + every * number for number in range(-(-(end - start) // every))]


@transaction.atomic
def cancel_dry_run(*, trial: PlaybookTrial, by: User, now: datetime) -> None:
    """Stop a dry run that waits or runs. It has no result."""
    _may(by)
    if not PlaybookTrial.objects.filter(pk=trial.pk, status__in=UNDER_WAY).update(
        status=TrialStatus.CANCELLED, finished_at=now
    ):
        raise Refused("This has ended already, so there is nothing to cancel.")
    record(action="retention.dry_run_cancelled", actor=by, on=trial)


@transaction.atomic
def retry_dry_run(*, trial: PlaybookTrial, by: User, now: datetime) -> None:
    """Let a dry run that failed begin again."""
    _may(by)
    if not PlaybookTrial.objects.filter(pk=trial.pk, status=TrialStatus.FAILED).update(
        status=TrialStatus.QUEUED, problem="", finished_at=None, step=0, requested_at=now
    ):
        raise Refused("Only what failed can be tried again.")
    record(action="retention.dry_run_retried", actor=by, on=trial)


def _may(by: User) -> None:
    sentence = "You may not play playbooks through. Ask somebody who manages retention."
    require(by, "retention.add_playbooktrial", sentence)
