"""What the page of a call shows of the playbook that asked for it. Calls themselves know nothing of playbooks."""

from __future__ import annotations

from dataclasses import dataclass

from django import template

from outreach.models import Call
from retention.models import Customer, Playbook, StepRun
from staff.doors import open_to
from staff.models import User

register = template.Library()


@dataclass(frozen=True, slots=True)
class AskedBy:
    """The step that asked for a call. ``customer`` is none where this person may not see them."""

    playbook: Playbook
    step: str
    customer: Customer | None


@register.simple_tag
def asked_by_playbook(call: Call, user: User) -> AskedBy | None:
    """Which playbook asked for a call, at which step, for which customer; none where a person asked."""
    rows = StepRun.objects.select_related("enrolment__playbook", "enrolment__customer", "step")
    run = rows.filter(call=call).first()
    if run is None:
        return None
    customer = run.enrolment.customer
    seen = customer.pk in open_to(user, [("customer", customer.pk)])["customer"]
    return AskedBy(run.enrolment.playbook, run.step.name, customer if seen else None)
