"""What is told of playbooks: who was let in or held out, why each step was taken or left out, and why not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts import services as contacts
from contacts.models import Contact
from contacts.states import SuppressionReason
from outreach.models import Call
from retention.models import Customer, WorkCapacity
from retention.services import enrolling
from retention.states import Arm, PlaybookMode, StepReview, WorkKind
from reviews.explaining import explain
from reviews.timeline import timeline
from tests.factories import make_user
from tests.retention.enrolling.rows import CALL, EMAIL, SMS, at_risk, experiment, of, owner, playbook, swept
from tests.retention.making import NOW

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def told(customer: Customer, at_hour: float = 1) -> list[str]:
    lines = explain(customer.contact, at=NOW + at_hour * HOUR)
    return [f"{line.section.split()[0]}: {line.what}. {line.why}" for line in lines]


def titles(contact: Contact, group: str = "") -> list[str]:
    return [entry.title for entry in timeline(contact, group=group).entries]


def test_who_was_let_in_reads_why_and_what_is_next() -> None:
    playbook("try", {**SMS, "review": StepReview.ALWAYS}, EMAIL)
    playbook("pay", SMS, reasons_any=["payment_failed"], priority=90)
    owner()
    customer = at_risk()
    swept()
    lines = told(customer)
    assert any(line.startswith("playbooks: Fitted try-v1. 72 of 100, high: quiet for 40 days") for line in lines)
    assert "playbooks: Try began. There was time and room for them." in lines
    assert any(line.startswith("playbooks: Step 1, Book again: SMS waiting for review.") for line in lines)
    assert any(line.startswith("playbooks: Next. A tip (e-mail), on 15 May at 00:00") for line in lines)
    assert "playbooks: Not in Pay. None of these reasons holds: a payment failed." in lines
    assert any(line.startswith("in: Try is under way. A tip (e-mail)") for line in lines)
    assert not any("Nothing is under way" in line for line in lines)
    assert not any(line.startswith("playbooks: ") for line in told(customer, -1))


def test_who_is_held_out_reads_that_nothing_comes() -> None:
    experiment(playbook(), holdout_percent=50)
    customer = at_risk(arm=Arm.HOLDOUT)
    swept()
    lines = told(customer)
    assert any(line.startswith("playbooks: Held out of Try. Drawn at random") for line in lines)
    assert any(line.startswith("in: Held out of Try for a measurement. Nothing until ") for line in lines)
    assert titles(customer.contact, "playbooks") == ["Held out of “Try” for a measurement"]


def test_a_step_left_out_and_the_end_have_their_reasons() -> None:
    playbook("try", SMS, EMAIL)
    customer = at_risk()
    contacts.suppress(contact=customer.contact, channel="sms", reason=SuppressionReason.MANUAL, at=NOW, by=owner())
    swept()
    enrolling.stop(
        enrolment_id=of(customer).pk, reason="They moved away.", by=make_user("Retention manager"), now=NOW + HOUR
    )
    lines = told(customer, 2)
    assert any(line.startswith("playbooks: Step 1, Book again: left out. SMS is not open to us") for line in lines)
    (end,) = [line for line in lines if line.startswith("playbooks: Try ended by ")]
    assert "Stopped by a person. They moved away." in end
    assert "playbooks: Not in Try. They were in it lately. Again from 12 July 2026." in lines
    assert titles(customer.contact, "playbooks") == [
        "Playbook “Try” ended: stopped by a person", "Playbook “Try” began", "Try, step 1: left out",
    ]  # fmt: skip


def test_a_call_is_told_with_its_end_and_leads_to_its_page() -> None:
    playbook("try", CALL)
    WorkCapacity.objects.create(user=owner(), kind=WorkKind.CALL, minutes_a_day=60, weekdays=[1, 2, 3, 4, 5])
    customer = at_risk()
    swept()
    call = Call.objects.get()
    lines = told(customer)
    assert any(line.startswith("call: Asked for, by 16 May 2026. ") for line in lines)
    assert "call: To be made. For whoever is first." in lines
    (entry,) = timeline(customer.contact, group="calls").entries
    assert (entry.title, entry.opens, entry.mark) == ("A call was asked for", ("call", call.pk), "To be made")


def test_what_shadow_would_have_written_can_be_read() -> None:
    playbook("try", SMS, mode=PlaybookMode.SHADOW)
    customer = at_risk()
    swept()
    entries = timeline(customer.contact, group="playbooks").entries
    (written,) = [entry for entry in entries if entry.text]
    assert written.title == "Try, step 1: written in shadow, not sent"
    assert written.text.startswith("Hello there, your usual class")


def test_several_cost_as_many_queries_as_one() -> None:
    playbook("try", SMS, lasts_days=1, cooldown_days=1)
    customer = at_risk()
    swept()

    def queries() -> list[int]:
        found = []
        for read in (lambda: timeline(customer.contact), lambda: explain(customer.contact, at=NOW + 999 * HOUR)):
            with CaptureQueriesContext(connection) as captured:
                read()
            found.append(len(captured))
        return found

    swept(NOW + 30 * HOUR)
    few = queries()
    for hour in (60, 90, 120, 150):
        swept(NOW + hour * HOUR)
    assert customer.enrolments.count() == 3
    assert queries() == few
