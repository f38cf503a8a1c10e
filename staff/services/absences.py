"""When people do not work: absences, and the holidays of teams."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from staff.calendars import calendar_of
from staff.models import Absence, Holiday, User
from staff.services.auditing import record
from staff.services.refusals import Refused

LONGEST_ABSENCE = timedelta(days=366)
LONGEST_REASON = 100
_OTHERS = "You can say of yourself when you are away, and of people in a team you manage. Ask them or their manager."


@transaction.atomic
def add_absence(
    *,
    user: User,
    first_on: date,
    last_on: date,
    reason: str = "",
    substitute: User | None = None,
    by: User | None,
    now: datetime,
) -> Absence:
    """Keep that somebody does not work on these days, both included, and who decides for them meanwhile.

    Without a substitute the rule of their team says who does. Raises Refused for somebody else's days unless ``by``
    manages their team or looks after staff, for an end before the beginning, for days that are all over, more than a
    year in one piece, days that lie in another absence of theirs, and a substitute who cannot sign in or is the same.
    """
    _may_say(user, by)
    # Two absences at one moment would have two substitutes. Whoever adds a second one waits for the first.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    problem = why_not_away(
        first_on=first_on, last_on=last_on, today=calendar_of(user.team).day_of(now), user=user, substitute=substitute
    )
    if problem:
        raise Refused(problem)
    taken = Absence.objects.filter(user=user, first_on__lte=last_on, last_on__gte=first_on).first()
    if taken is not None:
        raise Refused(f"{taken.first_on:%-d %B} to {taken.last_on:%-d %B} is entered already. Choose days beside it.")
    absence = Absence.objects.create(
        user=user,
        first_on=first_on,
        last_on=last_on,
        reason=reason.strip()[:LONGEST_REASON],
        substitute=substitute,
    )
    record(
        action="staff.add_absence",
        actor=by,
        on=absence,
        summary=f"Away {absence}",
        detail={"user": user.pk, "substitute": substitute.pk if substitute else None},
    )
    return absence


def why_not_away(*, first_on: date, last_on: date, today: date, user: User, substitute: User | None) -> str | None:
    """Why days cannot be entered as they are; None when they can."""
    if last_on < first_on:
        return "The last day lies before the first. Exchange them."
    if last_on < today:
        return "These days are over. Only days that are still to come can be free of work."
    if last_on - first_on > LONGEST_ABSENCE:
        return "That is more than a year. Whoever is away that long hands their work over for good."
    if substitute is not None and substitute.pk == user.pk:
        return "Nobody stands in for themselves. Choose a colleague, or leave it to the team."
    if substitute is not None and not substitute.is_active:
        return f"{substitute} cannot sign in. Choose another colleague, or leave it to the team."
    return None


@transaction.atomic
def end_absence(*, absence: Absence, by: User | None, now: datetime) -> Absence | None:
    """Somebody works again from today on. An absence that has not begun before today is taken back: gives None.

    Raises Refused for somebody else's, as `add_absence` does, and for one that is over.
    """
    found = Absence.objects.select_for_update(of=("self",)).select_related("user__team").filter(pk=absence.pk).first()
    if found is None:
        raise Refused("This absence was taken back already.")
    _may_say(found.user, by)
    today = calendar_of(found.user.team).day_of(now)
    if found.last_on < today:
        raise Refused("This absence is over already.")
    record(
        action="staff.end_absence",
        actor=by,
        on=found,
        summary=f"Works again from {today:%Y-%m-%d}",
        detail={"user": found.user_id},
    )
    if found.first_on >= today:
        found.delete()
        return None
    found.last_on = today - timedelta(days=1)
    found.save(update_fields=["last_on"])
    return found


def may_plan(*, user: User, by: User | None) -> bool:
    """Whether ``by`` may say when ``user`` is away; None is a schedule or a command of ours, which may."""
    if by is None or by.pk == user.pk or by.has_perm("staff.plan_absences"):
        return True
    return user.team is not None and user.team.manager_id == by.pk


def _may_say(user: User, by: User | None) -> None:
    if not may_plan(user=user, by=by):
        raise Refused(_OTHERS)


@transaction.atomic
def save_holiday(*, holiday: Holiday, by: User | None = None) -> Holiday:
    """Keep a new or changed day on which nobody of a team works, or nobody at all."""
    new = holiday.pk is None
    holiday.save()
    record(
        action="staff.create_holiday" if new else "staff.update_holiday",
        actor=by,
        on=holiday,
        summary=f"{holiday.on:%Y-%m-%d}",
        detail={"team": holiday.team_id},
    )
    return holiday


@transaction.atomic
def remove_holiday(*, holiday: Holiday, by: User | None = None) -> None:
    """People work on this day again."""
    record(
        action="staff.remove_holiday",
        actor=by,
        on=holiday,
        summary=f"{holiday.on:%Y-%m-%d}",
        detail={"team": holiday.team_id},
    )
    holiday.delete()
