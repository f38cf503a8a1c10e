"""Asking for a trial of a version, and stopping or repeating one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Min

from contacts.models import Event
from retention.models import Customer, ScoreTrial, ScoreVersion
from retention.rules.backtest import CEILING
from retention.services.publishing import sound
from retention.services.refusals import Refused, require
from retention.services.trials.holding import UNDER_WAY
from retention.states import Lapse, ModelStatus, TrialKind, TrialStatus
from staff.models import User
from staff.services import record

MOST_DATES = 36
LONGEST_HORIZON = 730


@transaction.atomic
def request_what_if(*, version: ScoreVersion, by: User, now: datetime) -> ScoreTrial:
    """Ask what publishing a draft would do to everybody's band. Refuses another one while one is under way."""
    if version.status != ModelStatus.DRAFT:
        raise Refused("Only a draft can be tried on today's customers. Make a draft of this version first.")
    return _request(version, TrialKind.WHAT_IF, {}, steps=1, by=by, now=now)


@transaction.atomic
def request_backtest(
    *,
    version: ScoreVersion,
    dates: Sequence[date | datetime],
    horizon_days: int,
    lapse: str,
    by: User,
    now: datetime,
    ceiling: float = CEILING,
) -> ScoreTrial:
    """Ask how well a version would have told who lapsed in the days after each date.

    A date is its first moment, UTC. ``ceiling`` is the largest share of false positives that a band may have before it
    is marked. Refuses a version with problems, dates whose days are not over at ``now``, and dates of which nothing is
    known.
    """
    moments = check_backtest(dates=dates, horizon_days=horizon_days, lapse=lapse, ceiling=ceiling, now=now)
    parameters = {
        "dates": [at.isoformat() for at in moments],
        "horizon_days": horizon_days,
        "lapse": str(lapse),
        "ceiling": ceiling,
    }
    return _request(version, TrialKind.BACKTEST, parameters, steps=len(moments), by=by, now=now)


def check_backtest(
    *, dates: Sequence[date | datetime], horizon_days: int, lapse: str, now: datetime, ceiling: float = CEILING
) -> list[datetime]:
    """The moments to score at, in order. Raises Refused with what is wrong with the question."""
    moments = sorted({_moment(one) for one in dates})
    if lapse not in Lapse.values:
        raise Refused(f"There is no such way to lapse: {lapse}. Choose one of {', '.join(Lapse.values)}.")
    if not moments:
        raise Refused("Name at least one date to look back from.")
    if len(moments) > MOST_DATES:
        raise Refused(f"These are {len(moments)} dates. Choose at most {MOST_DATES}.")
    if not 1 <= horizon_days <= LONGEST_HORIZON:
        raise Refused(f"The days to look ahead must be from 1 to {LONGEST_HORIZON}.")
    if not 0 <= ceiling <= 1:
        raise Refused("The ceiling for false positives is a share from 0 to 1, for instance 0.5 for half.")
    latest = now - timedelta(days=horizon_days)
    if moments[-1] > latest:
        raise Refused(
            f"The {horizon_days} days after {moments[-1]:%Y-%m-%d} are not over yet, so nobody knows who lapsed."
            f" Choose dates up to {latest:%Y-%m-%d}, or fewer days."
        )
    first = Event.objects.filter(kind__gt=0).aggregate(first=Min("occurred_at"))["first"]
    if first is None:
        raise Refused("There are no events yet, so there is no past to look at. Import events first.")
    if moments[0] < first:
        raise Refused(f"The first event is of {first:%Y-%m-%d}. Choose dates after it, not {moments[0]:%Y-%m-%d}.")
    if lapse == Lapse.CHURNED and not Customer.objects.filter(churned_on__isnull=False).exists():
        raise Refused("No customer has a day on which it left. Import churned_on, or choose another way to lapse.")
    return moments


def _moment(given: date | datetime) -> datetime:
    return given if isinstance(given, datetime) else datetime.combine(given, time(), UTC)


def _request(
    version: ScoreVersion, kind: TrialKind, parameters: dict[str, Any], *, steps: int, by: User, now: datetime
) -> ScoreTrial:
    _may(by)
    sound(version)
    # The version's row is locked, so that two clicks at once make one trial.
    ScoreVersion.objects.select_for_update().get(pk=version.pk)
    same = version.trials.filter(kind=kind, parameters=parameters, status__in=UNDER_WAY)
    if same.exists():
        raise Refused("This is being worked out already. Wait for it, or cancel it.")
    trial = ScoreTrial.objects.create(
        version=version, kind=kind, parameters=parameters, steps=steps, requested_at=now, requested_by=by
    )
    record(action="retention.trial_requested", actor=by, on=trial, detail={"version": version.name, **parameters})
    return trial


@transaction.atomic
def cancel_trial(*, trial: ScoreTrial, by: User, now: datetime) -> None:
    """Stop a trial that waits or runs. What it had found so far is kept, but it has no result."""
    _may(by)
    stopped = ScoreTrial.objects.filter(pk=trial.pk, status__in=UNDER_WAY).update(
        status=TrialStatus.CANCELLED, finished_at=now
    )
    if not stopped:
        raise Refused("This has ended already, so there is nothing to cancel.")
    record(action="retention.trial_cancelled", actor=by, on=trial)


@transaction.atomic
def retry_trial(*, trial: ScoreTrial, by: User, now: datetime) -> None:
    """Let a failed trial go on where it stopped."""
    _may(by)
    queued = ScoreTrial.objects.filter(pk=trial.pk, status=TrialStatus.FAILED).update(
        status=TrialStatus.QUEUED, problem="", finished_at=None, requested_at=now
    )
    if not queued:
        raise Refused("Only what failed can be tried again.")
    record(action="retention.trial_retried", actor=by, on=trial)


def _may(by: User) -> None:
    sentence = "You may not try score models out. Ask somebody who manages retention."
    require(by, "retention.change_scoreversion", sentence)
