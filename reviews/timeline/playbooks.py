"""What playbooks did with a person, as entries of a timeline. Their messages stand in it as messages."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from contacts.models import Contact
from outreach.models import Call
from retention.models import Enrolment, StepRun
from retention.pages.commanding import why_of
from retention.states import Arm, EnrolmentStatus


def enrolments_of(contact: Contact) -> QuerySet[Enrolment]:
    """Every playbook they ever fitted, each where it began, or where it fitted as long as it has not."""
    return (
        Enrolment.objects.filter(customer__contact=contact)
        .select_related("playbook", "ended_by")
        .annotate(stands_at=Coalesce("started_at", "fitted_at"))
    )


def ends_of(contact: Contact) -> QuerySet[Enrolment]:
    return enrolments_of(contact).filter(ended_at__isnull=False)


def steps_of(contact: Contact) -> QuerySet[StepRun]:
    """Steps that put nothing before anybody; a message and a call tell of themselves."""
    rows = StepRun.objects.filter(enrolment__customer__contact=contact, draft__isnull=True, call__isnull=True)
    return rows.select_related("step", "enrolment__playbook")


def calls_of(contact: Contact) -> QuerySet[Call]:
    return Call.objects.filter(contact=contact)


def begun(row: Enrolment) -> dict[str, Any]:
    if row.arm == Arm.HOLDOUT:
        title, more = f"Held out of “{row.playbook}” for a measurement", "Drawn at random"
    elif row.started_at is not None:
        title, more = f"Playbook “{row.playbook}” began", ""
    elif row.status == EnrolmentStatus.WAITING:
        title, more = f"Waits for playbook “{row.playbook}”", row.waits_for
    else:
        title, more = f"Fitted playbook “{row.playbook}”, which never began", ""
    return {
        "title": title,
        "detail": _joined(why_of(row.why, row.fitted_at), more),
        "opens": ("customer", row.customer_id),
    }


def ended(row: Enrolment) -> dict[str, Any]:
    what = "Measurement" if row.arm == Arm.HOLDOUT else "Playbook"
    return {
        "title": f"{what} “{row.playbook}” ended: {row.get_end_display().lower()}",
        "detail": _joined(row.end_note, f"By {row.ended_by}" if row.ended_by else ""),
        "opens": ("customer", row.customer_id),
    }


def step(row: StepRun) -> dict[str, Any]:
    written = row.text if isinstance(row.text, dict) else {}
    return {
        "title": f"{row.enrolment.playbook}, step {row.step.position}: {row.get_outcome_display().lower()}",
        "detail": _joined(row.step.name, row.why),
        "text": str(written.get("body") or ""),
        "opens": ("customer", row.enrolment.customer_id),
    }


def call(row: Call) -> dict[str, Any]:
    return {
        "title": "A call was asked for",
        "detail": _joined(row.why, row.status_reason),
        "mark": row.get_outcome_display() if row.outcome else row.get_status_display(),
        "opens": ("call", row.pk),
    }


def _joined(*parts: str) -> str:
    return ". ".join(part.rstrip(".") for part in parts if part)
