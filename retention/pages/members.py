"""Who is in a playbook, page by page: where they stand, why they wait, why it ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.db.models import Exists, OuterRef, Q

from retention.models import Customer, Enrolment, Playbook, StepRun
from retention.states import EnrolmentStatus
from staff.models import User

PAGE = 50
STATUSES = {
    EnrolmentStatus.ACTIVE.value: "Under way",
    EnrolmentStatus.WAITING.value: "Waiting",
    EnrolmentStatus.HELD_OUT.value: "Held out",
    EnrolmentStatus.PAUSED.value: "Paused",
    EnrolmentStatus.ENDED.value: "Ended",
}
#: What the list says of each of them, where there is something to say.
REMARKS = {
    EnrolmentStatus.WAITING.value: "Why they wait",
    EnrolmentStatus.HELD_OUT.value: "Held out",
    EnrolmentStatus.ENDED.value: "Why it ended",
}
BADGES: dict[str, str] = {
    EnrolmentStatus.ACTIVE: "badge-ok",
    EnrolmentStatus.WAITING: "badge-wait",
    EnrolmentStatus.PAUSED: "badge-warn",
    EnrolmentStatus.HELD_OUT: "badge-info",
    EnrolmentStatus.ENDED: "badge-quiet",
}


@dataclass(frozen=True, slots=True)
class Member:
    """One customer in the playbook. ``last`` is what they got last; ``said`` why they wait or why it ended."""

    enrolment: Enrolment
    name: str
    last: str
    last_at: datetime | None
    said: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some of them, and the place after which the next page begins (empty: none)."""

    rows: tuple[Member, ...]
    following: str


def members(
    playbook: Playbook, *, user: User, status: str, step_id: int | None = None, after: str = "", size: int = PAGE
) -> Page:
    """Those of one status whose customers this person may see, in the order in which they go, by keyset.

    With ``step_id`` only those who came to that step last; 0 is those who came to none yet.
    """
    found = Enrolment.objects.filter(playbook=playbook, status=status)
    if not user.has_perm("retention.see_every_customer"):
        found = found.filter(customer__in=Customer.objects.visible_to(user))
    if step_id is not None:
        found = found.filter(_came_to(step_id))
    if (place := _place(after)) is not None:
        rank, pk = place
        found = found.filter(Q(rank__lt=rank) | Q(rank=rank, pk__gt=pk))
    rows = list(found.order_by("-rank", "pk").select_related("customer__contact", "version__playbook")[: size + 1])
    following = f"{rows[size - 1].rank}_{rows[size - 1].pk}" if len(rows) > size else ""
    return Page(_members(rows[:size]), following)


def _came_to(step_id: int) -> Q:
    if not step_id:
        return ~Q(Exists(StepRun.objects.filter(enrolment=OuterRef("pk"))))
    later = StepRun.objects.filter(enrolment=OuterRef("enrolment"), step__position__gt=OuterRef("step__position"))
    return Q(pk__in=StepRun.objects.filter(~Exists(later), step=step_id).values("enrolment"))


def _members(rows: Iterable[Enrolment]) -> tuple[Member, ...]:
    some = list(rows)
    runs = StepRun.objects.filter(enrolment__in=[one.pk for one in some]).select_related("step")
    latest = {one.enrolment_id: one for one in runs.order_by("enrolment_id", "-id").distinct("enrolment_id")}
    return tuple(_member(one, latest.get(one.pk)) for one in some)


def _member(one: Enrolment, run: StepRun | None) -> Member:
    return Member(
        enrolment=one,
        name=one.customer.contact.name or one.customer.external_id,
        last="" if run is None else f"{run.step.position}. {run.step.name}: {run.get_outcome_display().lower()}",
        last_at=None if run is None else run.at,
        said=_said(one),
    )


def _said(one: Enrolment) -> str:
    if one.status == EnrolmentStatus.WAITING:
        return one.waits_for
    if one.status == EnrolmentStatus.HELD_OUT:
        return f"Gets nothing until {one.expires_at:%-d %B %Y}"
    if one.status == EnrolmentStatus.ENDED:
        return f"{one.get_end_display()}. {one.end_note}".strip() if one.end_note else one.get_end_display()
    return ""


def _place(text: str) -> tuple[Decimal, int] | None:
    """A place as it stands in the address; None where nobody could have got it from us."""
    rank, _, pk = text.rpartition("_")
    try:
        found, number = Decimal(rank), int(pk)
    except (InvalidOperation, ValueError):
        return None
    return (found, number) if found.is_finite() and abs(found) < 10**12 and 0 <= number < 2**63 else None
