"""What a reviewer stops with a message that is a step of a playbook and belongs to no lead."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from outreach.models import Draft
from outreach.services import NotPermitted, StaleDraft
from outreach.states import DraftStatus, Flow
from retention.models import Customer, Enrolment, StepRun
from retention.states import EnrolmentEnd, EnrolmentStatus, StepReview
from reviews import services
from reviews.models import ReviewDecision
from staff.models import AuditEntry, User
from tests.factories import make_team, make_user
from tests.retention.enrolling.rows import EMAIL, SMS, at_risk, of, owner, playbook, runs, swept
from tests.retention.making import NOW
from tests.reviews.pages import form_of, signed_in, status_of, text_of, url
from tests.reviews.world import make_item, make_manager, make_owner

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
#: The second step would be due then.
SECOND = NOW + timedelta(hours=36)
WHY = "They said on the phone that they move away."


@pytest.fixture
def customer() -> Customer:
    playbook("try", {**SMS, "review": StepReview.ALWAYS}, EMAIL)
    owner()
    found = at_risk()
    swept()
    return found


@pytest.fixture
def draft(customer: Customer) -> Draft:
    return Draft.objects.get(contact=customer.contact)


def stop(draft: Draft, by: User, scope: str = "sequence") -> ReviewDecision:
    return services.suppress(
        draft_id=draft.pk, fingerprint=draft.fingerprint, scope=scope, why="manual", reason=WHY, by=by, now=LATER
    )


def test_this_follow_up_only_ends_the_playbook_behind_it(customer: Customer, draft: Draft) -> None:
    by = make_manager()
    assert not by.has_perm("retention.change_enrolments")
    decision = stop(draft, by)
    ended = of(customer)
    assert (ended.status, ended.end, ended.end_note, ended.ended_by, ended.ended_at) == (
        EnrolmentStatus.ENDED, EnrolmentEnd.STOPPED, WHY, by, LATER,
    )  # fmt: skip
    assert (status_of(draft), decision.scope) == (DraftStatus.SUPPRESSED, "sequence")
    assert AuditEntry.objects.get(action="retention.stop_enrolment").actor == by
    swept(SECOND)
    assert runs(customer) == [(1, "withdrawn")]
    assert StepRun.objects.get().why == WHY
    assert (Draft.objects.count(), Enrolment.objects.count()) == (1, 1)


def test_a_stop_that_comes_too_late_ends_no_playbook(customer: Customer, draft: Draft) -> None:
    draft.fingerprint = "0" * 64
    with pytest.raises(StaleDraft):
        stop(draft, make_manager())
    assert (of(customer).status, runs(customer)) == (EnrolmentStatus.ACTIVE, [(1, "drafted")])


def test_only_who_decides_about_the_message_ends_its_playbook(customer: Customer, draft: Draft) -> None:
    Draft.objects.filter(pk=draft.pk).update(owner=make_owner(make_team()))
    with pytest.raises(NotPermitted, match="belongs to a colleague"):
        stop(draft, make_owner())
    assert of(customer).status == EnrolmentStatus.ACTIVE


def test_a_stop_on_one_channel_lets_the_playbook_go_on(customer: Customer, draft: Draft) -> None:
    stop(draft, make_manager(), "channel")
    swept(SECOND)
    assert runs(customer) == [(1, "withdrawn"), (2, "drafted")]


def close_out(**seen: Any) -> ReviewDecision:
    return services.close_out(disposition="nurture", reason=WHY, **seen)


def put_off(**seen: Any) -> ReviewDecision:
    return services.set_aside(how="put_off", day=date(2100, 1, 1), reason=WHY, **seen)


def nurture(**seen: Any) -> ReviewDecision:
    return services.set_aside(how="nurture", day=None, reason=WHY, **seen)


@pytest.mark.parametrize("act", [close_out, put_off, nurture])
def test_what_is_decided_about_leads_is_refused_without_one(customer: Customer, draft: Draft, act: Any) -> None:
    by = make_manager()
    with pytest.raises(services.Incomplete, match="This message belongs to no lead"):
        act(draft_id=draft.pk, fingerprint=draft.fingerprint, by=by, now=LATER)
    assert status_of(draft) == DraftStatus.AWAITING_REVIEW
    assert not ReviewDecision.objects.exists()
    swept(LATER)
    assert runs(customer) == [(1, "drafted")]


def test_the_page_offers_and_promises_only_what_holds_for_it(customer: Customer, draft: Draft) -> None:
    client = signed_in(make_user("SDR manager"))
    with time_machine.travel(LATER, tick=False):
        page = client.get(url("item", draft))
        refused = client.post(url("close_out", draft), form_of(draft))
        wrong = text_of(client.post(url("suppress", draft), form_of(draft, scope="sequence", reason="")))
        client.post(url("suppress", draft), form_of(draft, scope="sequence"))
    assert url("close_out", draft) not in page.text
    assert url("suppress", draft) in page.text
    assert url("snooze", draft) in page.text
    promised = "The playbook ends for this person: no more messages or calls of it."
    assert promised in text_of(page)
    assert promised in wrong
    assert "about this silence" not in text_of(page)
    assert (refused.status_code, "This message belongs to no lead." in refused.text) == (422, True)
    assert (status_of(draft), of(customer).end) == (DraftStatus.SUPPRESSED, EnrolmentEnd.STOPPED)


def test_the_page_of_a_message_about_a_lead_is_as_before() -> None:
    by = make_owner()
    of_lead = make_item(by)
    page = signed_in(by).get(url("item", of_lead))
    assert of_lead.flow == Flow.CADENCE
    assert url("close_out", of_lead) in page.text
    assert "Nobody is written to about this silence again." in text_of(page)
