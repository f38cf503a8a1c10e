"""What people have time for now, and every write about that: their minutes, their absences, the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import CharField, Count, F, Func, Value

from retention.models import CapacityRules, Enrolment, PlaybookVersion, ScoreBand, WorkCapacity
from retention.rules.capacity import LONGEST_DAY, MONDAY_TO_FRIDAY, USUAL_REVIEW_MINUTES, Away, Hours, Time, time_for
from retention.rules.playbooks.facts import Rules, Supply
from retention.services.playbooks.loading import published
from retention.services.refusals import NotPermitted, Refused, require
from retention.states import Arm, Band, EnrolmentStatus, ModelStatus, WorkKind
from staff import services as staff_services
from staff.models import Absence, User
from staff.services import Refused as StaffRefused
from staff.services import may_plan, record
from staff.states import Role

#: Over so many days the contacts of a band are counted.
QUOTA_DAYS = 7
#: So many things that people wait for are told apart.
MOST_WAITS = 20
RULES = (
    "headroom_percent", "review_days", "call_days", "wait_days", "review_minute_cost", "call_minute_cost", "currency",
)  # fmt: skip
_NO_CAPACITY = "You may not set people's time. Ask somebody who manages retention."
_NO_RULES = "You may not change the rules of capacity. Ask somebody who manages retention."
_OTHERS_ABSENCE = "You may only say when you yourself are away. Ask somebody who manages retention."


@dataclass(frozen=True, slots=True)
class Quota:
    """How many contacts a band may get in a week, and how many it got in the last 7 days. ``most`` None: no limit."""

    band: Band
    most: int | None
    begun: int

    @property
    def left(self) -> int | None:
        return None if self.most is None else max(0, self.most - self.begun)


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody with time for work of playbooks: their minutes by kind, what waits for them, and when they are away."""

    user: User
    hours: Mapping[str, Hours]
    waiting: Mapping[str, int]
    away: Absence | None


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the page of capacity shows. ``usual`` says that nobody has set time for reading messages."""

    rules: CapacityRules
    times: tuple[Time, ...]
    workers: tuple[Worker, ...]
    quotas: tuple[Quota, ...]
    waits: tuple[tuple[str, int], ...]
    absences: tuple[Absence, ...]
    usual: bool


@dataclass(frozen=True, slots=True)
class _Work:
    """What waits to be done: who has to, how many there are, and the minutes they take."""

    kind: WorkKind
    owner_id: int | None
    number: int
    minutes: Decimal


# --- reading ----------------------------------------------------------------------------------------------------------


def capacity_rules() -> CapacityRules:
    """The rules in force; those that hold without a word from anybody where nobody has set any."""
    return CapacityRules.objects.filter(pk=1).first() or CapacityRules(pk=1)


def times(now: datetime) -> tuple[Time, ...]:
    """The minutes of each kind of work in the days in which it is promised, for the bars."""
    return _times(capacity_rules(), _hours()[0], now)[0]


def supply(now: datetime, versions: Iterable[Rules] | None = None) -> Supply:
    """What can still be begun now. ``versions`` are those in force, where whoever asks has read them already.

    Minutes are those of the promised days, less the head-room and what waits to be done; all people's together, since
    they cover for each other. Where nobody has set time for calls there are none, and calls are left out; where nobody
    has set time for reading, each active account owner is taken to have an hour a day, Monday to Friday.
    """
    found = times(now)
    rooms = published(now) if versions is None else versions
    return Supply(
        minutes={one.kind: one.free for one in found if not (one.kind == WorkKind.CALL and one.nobody)},
        whole={one.kind: one.whole for one in found if not (one.kind == WorkKind.CALL and one.nobody)},
        quota={one.band: one.left for one in quotas(now) if one.left is not None},
        room={one.playbook_id: one.room for one in rooms if one.room is not None},
    )


def quotas(now: datetime) -> tuple[Quota, ...]:
    """The weekly contacts of each band, the highest band first: those of all score models in force together.

    A band without a quota in one of them has no limit. Who is held out gets no contact and does not count.
    """
    most: dict[str, int | None] = {}
    for band, quota in ScoreBand.objects.filter(version__status=ModelStatus.PUBLISHED).values_list(
        "band", "weekly_quota"
    ):
        before = most.get(band, 0)
        most[band] = None if quota is None or before is None else before + quota
    begun = dict(
        Enrolment.objects.filter(started_at__gt=now - timedelta(days=QUOTA_DAYS), started_at__lte=now)
        .exclude(arm=Arm.HOLDOUT)
        .order_by()
        .values_list("why__band")
        .annotate(Count("pk"))
    )
    return tuple(Quota(band, most.get(band), begun.get(band, 0)) for band in reversed(Band))


def overview(now: datetime) -> Overview:
    """What the page of capacity shows, in a number of queries that no number of people changes."""
    rules = capacity_rules()
    hours, people, usual = _hours()
    found, work, absences = _times(rules, hours, now)
    today = now.astimezone(UTC).date()
    of_person: dict[int, dict[str, Hours]] = {}
    for one in hours:
        of_person.setdefault(one.user_id, {})[one.kind] = one
    waiting = {(one.owner_id, one.kind): one.number for one in work}
    next_away: dict[int, Absence] = {}
    for absence in absences:
        next_away.setdefault(absence.user_id, absence)
    waits = (
        Enrolment.objects.filter(status=EnrolmentStatus.WAITING)
        .order_by()
        .values_list(Func(F("waits_for"), Value(":"), Value(1), function="split_part", output_field=CharField()))
        .annotate(number=Count("pk"))
        .order_by("-number")[:MOST_WAITS]
    )
    return Overview(
        rules=rules,
        times=found,
        workers=tuple(
            Worker(
                user=people[pk],
                hours=of_person[pk],
                waiting={kind: waiting.get((pk, kind), 0) for kind in WorkKind},
                away=next_away.get(pk),
            )
            for pk in sorted(of_person, key=lambda pk: (people[pk].name.lower(), pk))
        ),
        quotas=quotas(now),
        waits=tuple((what.strip().rstrip(".") or "Waits", number) for what, number in waits),
        absences=tuple(one for one in absences if one.last_on >= today),
        usual=usual,
    )


def _hours() -> tuple[list[Hours], dict[int, User], bool]:
    """Everybody's minutes, who they are, and whether those for reading are the usual ones, set by nobody."""
    rows = list(WorkCapacity.objects.filter(user__is_active=True).select_related("user"))
    people = {row.user_id: row.user for row in rows}
    hours = [Hours(row.user_id, WorkKind(row.kind), row.minutes_a_day, frozenset(row.weekdays)) for row in rows]
    if any(one.kind == WorkKind.REVIEW for one in hours):
        return hours, people, False
    owners = User.objects.filter(is_active=True, groups__name=Role.ACCOUNT_OWNER).distinct()
    for owner in owners:
        people.setdefault(owner.pk, owner)
        hours.append(Hours(owner.pk, WorkKind.REVIEW, USUAL_REVIEW_MINUTES, MONDAY_TO_FRIDAY))
    return hours, people, True


def _times(
    rules: CapacityRules, hours: Sequence[Hours], now: datetime
) -> tuple[tuple[Time, ...], list[_Work], list[Absence]]:
    today = now.astimezone(UTC).date()
    absences = list(
        Absence.objects.filter(last_on__gte=today, user__is_active=True).select_related("user").order_by("first_on")
    )
    away = [Away(one.user_id, one.first_on, one.last_on) for one in absences]
    days = {WorkKind.REVIEW: rules.review_days, WorkKind.CALL: rules.call_days}
    found = [
        time_for(
            kind, hours=hours, away=away, now=now, days=days[kind], headroom_percent=rules.headroom_percent,
            open_work=Decimal(0),
        )
        for kind in WorkKind
    ]  # fmt: skip
    until = next(one.until for one in found if one.kind == WorkKind.CALL)
    work = _open_work(until)
    opened = {kind: sum((one.minutes for one in work if one.kind == kind), Decimal(0)) for kind in WorkKind}
    return tuple(replace(one, open=opened[one.kind]) for one in found), work, absences


def _open_work(calls_until: datetime | None) -> list[_Work]:
    """Messages that wait to be read, of every flow, and calls that fall due within the promised days. One query."""
    usual = {
        "review_minutes": PlaybookVersion._meta.get_field("review_minutes").get_default(),
        "call_minutes": PlaybookVersion._meta.get_field("call_minutes").get_default(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_WORK, {**usual, "until": calls_until})
        return [
            _Work(WorkKind(kind), owner, number, Decimal(minutes)) for kind, owner, number, minutes in cursor.fetchall()
        ]


_OPEN_WORK = """
SELECT 'review', d.owner_id, count(*), sum(coalesce(v.review_minutes, %(review_minutes)s))
  FROM outreach_draft d
  LEFT JOIN retention_steprun r ON r.draft_id = d.id
  LEFT JOIN retention_playbookstep s ON s.id = r.step_id
  LEFT JOIN retention_playbookversion v ON v.id = s.version_id
 WHERE d.status = 'awaiting_review' GROUP BY d.owner_id
 UNION ALL
SELECT 'call', c.owner_id, count(*), sum(coalesce(v.call_minutes, %(call_minutes)s))
  FROM outreach_call c
  LEFT JOIN retention_steprun r ON r.call_id = c.id
  LEFT JOIN retention_playbookstep s ON s.id = r.step_id
  LEFT JOIN retention_playbookversion v ON v.id = s.version_id
 WHERE c.status = 'waiting' AND (%(until)s::timestamptz IS NULL OR c.due_at < %(until)s) GROUP BY c.owner_id
"""


# --- writing ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def set_capacity(
    *, user: User, kind: str, minutes_a_day: int, weekdays: Iterable[int], by: User | None
) -> WorkCapacity:
    """Set how many minutes a day somebody has for a kind of work, and on which days of the week (1 is Monday).

    Refuses whoever may not, somebody who does not work here any more, a kind that does not exist, more than 12 hours,
    days that are none, and minutes without a day.
    """
    require(by, "retention.change_workcapacity", _NO_CAPACITY)
    if kind not in WorkKind.values:
        raise Refused(f"There is no work called “{kind}”. Choose from {', '.join(WorkKind.values)}.")
    if not user.is_active:
        raise Refused(f"{user} does not work here. Choose somebody who does.")
    if not 0 <= minutes_a_day <= LONGEST_DAY:
        raise Refused(f"Minutes a day: from 0 to {LONGEST_DAY}.")
    days = sorted(set(weekdays))
    if any(day not in range(1, 8) for day in days):
        raise Refused("Days of the week are 1 (Monday) to 7 (Sunday).")
    if minutes_a_day and not days:
        raise Refused("Choose the days of the week on which these minutes are there.")
    row, _ = WorkCapacity.objects.update_or_create(
        user=user, kind=kind, defaults={"minutes_a_day": minutes_a_day, "weekdays": days}
    )
    record(
        action="retention.set_capacity",
        actor=by,
        on=row,
        summary=f"{minutes_a_day} minutes a day for {row.get_kind_display().lower()}",
        detail={"user": user.pk, "kind": kind, "minutes_a_day": minutes_a_day, "weekdays": days},
    )
    return row


@transaction.atomic
def set_rules(*, changes: Mapping[str, Any], by: User | None) -> CapacityRules:
    """Change how time is shared out, by name (`RULES`). Refuses whoever may not, and a value that cannot be."""
    require(by, "retention.change_capacityrules", _NO_RULES)
    if unknown := sorted(set(changes) - set(RULES)):
        raise Refused(f"Capacity has no rule “{unknown[0]}”. It has: {', '.join(RULES)}.")
    CapacityRules.objects.get_or_create(pk=1)
    rules = CapacityRules.objects.select_for_update().get(pk=1)
    for name, value in changes.items():
        least = 1 if name in ("review_days", "call_days") else 0
        try:
            cleaned = _field(name).clean(value, rules)
        except ValidationError as problem:
            raise Refused(f"{_label(name)}: {' '.join(problem.messages)}") from problem
        if name != "currency" and cleaned < least:
            raise Refused(f"{_label(name)}: {least} at least.")
        setattr(rules, name, cleaned)
    if rules.currency and not (len(rules.currency) == 3 and rules.currency.isascii() and rules.currency.isalpha()):
        raise Refused("Currency: three letters, such as EUR.")
    rules.currency = rules.currency.upper()
    rules.save()
    record(
        action="retention.set_capacity_rules", actor=by, on=rules, summary="Changed how time is shared out",
        detail={name: str(getattr(rules, name)) for name in sorted(changes)},
    )  # fmt: skip
    return rules


def add_absence(
    *, user: User, first_on: date, last_on: date, reason: str = "", by: User | None, now: datetime
) -> Absence:
    """Keep that somebody does not work on these days. As `staff.services.add_absence`, with the refusals of here."""
    if not may_plan(user=user, by=by):
        raise NotPermitted(_OTHERS_ABSENCE)
    try:
        return staff_services.add_absence(user=user, first_on=first_on, last_on=last_on, reason=reason, by=by, now=now)
    except StaffRefused as refused:
        raise Refused(refused.sentence) from refused


def end_absence(*, absence: Absence, by: User | None, now: datetime) -> Absence | None:
    """Somebody works again from today on. As `staff.services.end_absence`, with the refusals of here."""
    if not may_plan(user=absence.user, by=by):
        raise NotPermitted(_OTHERS_ABSENCE)
    try:
        return staff_services.end_absence(absence=absence, by=by, now=now)
    except StaffRefused as refused:
        raise Refused(refused.sentence) from refused


def _field(name: str) -> Any:
    return CapacityRules._meta.get_field(name)


def _label(name: str) -> str:
    return str(_field(name).verbose_name).capitalize()
