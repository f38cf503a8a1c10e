"""Planning, doing and calling off: what it holds back, what it takes back, and when it is refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from followups import services
from followups.models import Lead, PlannedTouch
from followups.services import Refused
from staff.models import AuditEntry
from tests.followups.making import NOW, drafts_of, make_contact, make_lead, owner_of, swept

pytestmark = pytest.mark.django_db


def plan(about: Lead, **given: Any) -> PlannedTouch:
    chosen: dict[str, Any] = {
        "contact": about.contact, "lead": about, "kind": "meeting", "title": "Demo", "at": NOW + timedelta(days=2),
        "for_whom": about.owner, "by": owner_of(about), "now": NOW, **given,
    }  # fmt: skip
    return services.plan_touch(**chosen)


def test_a_plan_takes_back_what_waits_and_keeps_follow_up_away_until_it_is_over() -> None:
    lead = make_lead()
    swept()
    meeting = plan(lead)
    assert drafts_of(lead) == ["withdrawn"]
    assert swept(now=NOW + timedelta(minutes=15))[lead.external_id].decision.kind == "stand_down"
    services.finish_plan(plan=meeting, by=owner_of(lead), now=NOW + timedelta(hours=1))
    assert swept(now=NOW + timedelta(hours=2))[lead.external_id].decision.kind == "continue"
    assert drafts_of(lead) == ["withdrawn", "awaiting_review"]
    actions = AuditEntry.objects.filter(object_id=str(meeting.pk), action__endswith="_plan").values_list("action")
    assert list(actions) == [("followups.finish_plan",)]


def test_called_off_it_holds_nothing_back() -> None:
    lead = make_lead()
    services.call_off_plan(plan=plan(lead), by=owner_of(lead), now=NOW)
    assert swept()[lead.external_id].decision.kind == "continue"


def test_without_a_lead_it_concerns_every_open_lead_of_the_person() -> None:
    contact = make_contact()
    leads = [make_lead(contact=contact, stage=stage) for stage in ("proposal", "qualified")]
    other = make_lead()
    plan(leads[0], lead=None)
    rows = swept()
    assert {rows[lead.external_id].decision.rule for lead in leads} == {6}
    assert rows[other.external_id].decision.rule == 11


def test_a_sweep_that_read_the_lead_before_does_not_write_after() -> None:
    lead = make_lead()
    before = Lead.objects.get(pk=lead.pk).updated_at
    plan(lead)
    assert Lead.objects.get(pk=lead.pk).updated_at > before


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kind": "party"}, "nothing that can be planned"),
        ({"title": "  "}, "in a few words"),
        ({"title": "x" * 301}, "Shorten it to 300"),
        ({"at": NOW}, "has passed"),
        ({"at": None}, "choose a day and a time"),
    ],
)
def test_refused_in_words(given: dict[str, datetime | str | None], words: str) -> None:
    with pytest.raises(Refused, match=words):
        plan(make_lead(), **given)
    assert not PlannedTouch.objects.exists()


def test_a_task_needs_no_day_and_nothing_is_settled_twice() -> None:
    lead = make_lead()
    task = plan(lead, kind="task", at=None)
    assert swept()[lead.external_id].decision.kind == "stand_down"
    services.finish_plan(plan=task, by=owner_of(lead), now=NOW)
    for again in (services.finish_plan, services.call_off_plan):
        with pytest.raises(Refused, match="over already"):
            again(plan=task, by=owner_of(lead), now=NOW)


def test_another_persons_lead_is_refused() -> None:
    with pytest.raises(Refused, match="another contact"):
        plan(make_lead(), contact=make_contact())
