"""What people say about a score: another band for a while, or that it was wrong."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction
from django.db.models import F

from retention.models import Customer, Score, ScoreFeedback, ScoreOverride
from retention.services.refusals import NotPermitted, Refused, told
from retention.states import Band
from staff.models import User
from staff.services import record


@transaction.atomic
def override(
    *, customer: Customer, band: str, reason: str, expires_at: datetime, by: User, now: datetime
) -> ScoreOverride:
    """Let this band hold for a customer until it expires, whatever the score says. An earlier one ends with that.

    Refuses whoever may not, a band that does not exist, no reason, and a moment that is not in the future.
    """
    _may_judge(customer, by)
    if band not in Band.values:
        raise Refused(f"There is no band “{band}”. Choose from {', '.join(Band.values)}.")
    reason = told(reason, "why this band holds")
    if expires_at <= now:
        raise Refused("Say until when this holds: a day that is still to come.")
    _lock(customer)
    close_expired(now)
    replaced = ScoreOverride.objects.filter(customer=customer, ended_at__isnull=True).first()
    if replaced is not None:
        ScoreOverride.objects.filter(pk=replaced.pk).update(ended_at=now, ended_by=by)
    made = ScoreOverride.objects.create(
        customer=customer, band=band, reason=reason, expires_at=expires_at, created_at=now, created_by=by
    )
    record(
        action="retention.override",
        actor=by,
        on=customer,
        summary=f"Set the band to {made.get_band_display()} until {expires_at.astimezone(UTC):%Y-%m-%d}",
        detail={"override": made.pk, "replaced": replaced.pk if replaced else None},
    )
    return made


@transaction.atomic
def end_override(*, customer: Customer, by: User, now: datetime) -> ScoreOverride:
    """Let the score decide again. Refuses whoever may not, and when nothing is overridden."""
    _may_judge(customer, by)
    _lock(customer)
    open_ones = ScoreOverride.objects.filter(customer=customer, ended_at__isnull=True, expires_at__gt=now)
    found = open_ones.first()
    if found is None or not open_ones.filter(pk=found.pk).update(ended_at=now, ended_by=by):
        raise Refused("The score decides already: nobody set another band, or it ran out.")
    found.refresh_from_db()
    record(
        action="retention.end_override",
        actor=by,
        on=customer,
        summary="Let the score decide again",
        detail={"override": found.pk},
    )
    return found


@transaction.atomic
def flag_wrong(*, customer: Customer, note: str, by: User, now: datetime) -> ScoreFeedback:
    """Keep that the score of now is wrong, and why. Backtests count it.

    Refuses whoever may not, no note, and a customer without a score.
    """
    _may_judge(customer, by)
    note = told(note, "what is wrong with it")
    score = Score.objects.filter(customer=customer).first()
    if score is None:
        raise Refused("This customer has no score that could be wrong.")
    feedback = ScoreFeedback.objects.create(
        customer=customer,
        version_id=score.version_id,
        total=score.total,
        band=score.band,
        reasons=score.reasons,
        note=note,
        created_at=now,
        created_by=by,
    )
    record(
        action="retention.flag_wrong",
        actor=by,
        on=customer,
        summary=f"Said that a score of {score.total} is wrong",
        detail={"feedback": feedback.pk},
    )
    return feedback


def close_expired(now: datetime) -> int:
    """Close overrides that ran out, at the moment they did."""
    return ScoreOverride.objects.filter(ended_at__isnull=True, expires_at__lte=now).update(ended_at=F("expires_at"))


def _may_judge(customer: Customer, by: User) -> None:
    if not by.has_perm("retention.override_scores"):
        raise NotPermitted("You may not judge scores. Ask somebody who manages retention.")
    if not Customer.objects.visible_to(by).filter(pk=customer.pk).exists():
        raise NotPermitted("You may judge scores of your own team's customers only.")


def _lock(customer: Customer) -> None:
    """Two people at once: the second waits, and sees what the first did."""
    Customer.objects.select_for_update(no_key=True).only("pk").get(pk=customer.pk)
