"""The conditions on which the source stops, in the order of its sentence about risks."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from followups import services
from followups.models import IntakeCase, Lead
from followups.states import DecisionKind
from outreach import services as outreach
from outreach.models import Draft
from tests.factories import make_user
from tests.followups.making import (
    NOW,
    ago,
    day,
    draft_of,
    drafts_of,
    make_account,
    make_contact,
    make_lead,
    owner_of,
    send,
)
from tests.followups.source.acting import gates_of, hears, nobody_has_to_look, rewrite, sweep_one, unwatched

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("consent", [None, "no"])
def test_risk_1_unclear_consent_goes_to_a_person_and_writes_nothing(consent: str | None) -> None:
    """Unknown is not yes. The case waits in intake with its reason."""
    lead = make_lead(contact=make_contact(consent=consent))
    assert sweep_one(lead).decision.reasons == ("consent_unclear",)
    assert IntakeCase.objects.get(lead=lead, status="open").reasons == ["consent_unclear"]
    assert not Draft.objects.exists()


def test_risk_2_a_buyer_who_declines_is_not_asked_again() -> None:
    """A no in their own words stops what is next at the moment it comes in, before anybody has read it."""
    lead = make_lead(quote_sent_on=day(20))
    sweep_one(lead, ago(12))
    send(draft_of(lead), at=ago(12))
    services.add_note(lead=lead, text="They move in June.", by=owner_of(lead), now=ago(11))
    sweep_one(lead, ago(3))
    waiting = draft_of(lead)
    assert waiting.status == "awaiting_review"
    hears(waiting, "No thank you, we decided against it and went with somebody else.", at=ago(2))
    assert drafts_of(lead) == ["sent", "suppressed"]
    assert sweep_one(lead).decision.kind is DecisionKind.STOP


def test_risk_3_one_press_on_the_link_in_a_message_ends_everything(client: Client) -> None:
    """The link in what they got first holds for what would come next, also when that is approved already."""
    lead = make_lead(quote_sent_on=day(20))
    sweep_one(lead, ago(12))
    send(draft_of(lead), at=ago(12))
    first = draft_of(lead)
    services.add_note(lead=lead, text="They move in June.", by=owner_of(lead), now=ago(11))
    sweep_one(lead)
    second = draft_of(lead)
    outreach.approve(draft_id=second.pk, fingerprint=second.fingerprint, by=owner_of(lead), now=NOW)
    assert client.post(f"/u/{first.unsubscribe_token}").status_code == 200
    assert outreach.deliver_one(second.pk, NOW) != outreach.Result.SENT
    assert sweep_one(lead).decision.reasons == ("opted_out",)
    assert drafts_of(lead) == ["sent", "suppressed"]


@pytest.mark.parametrize(
    ("fields", "reason"), [({"owner": "another"}, "owner_conflict"), ({"territory": "West"}, "territory_conflict")]
)
def test_risk_4_a_record_that_somebody_else_owns_waits_until_a_person_has_decided(
    fields: dict[str, str], reason: str
) -> None:
    """Two owners or two territories for one account: nobody is written to by either of them."""
    account = make_account(owner=make_user("Account owner"), territory="East")
    given: dict[str, Any] = {"owner": account.owner, "territory": "East", **fields}
    if given["owner"] == "another":
        given["owner"] = make_user("Account owner")
    lead = make_lead(contact=make_contact(account=account), **given)
    assert sweep_one(lead).decision.reasons == (reason,)
    assert not Draft.objects.exists()
    same = make_lead(contact=make_contact(account=account), owner=account.owner, territory="east")
    assert sweep_one(same).decision.kind is DecisionKind.CONTINUE


@pytest.mark.parametrize("change", ["The price is now 900 EUR.", "We would also take over the training for free."])
def test_risk_5_another_price_or_scope_is_marked_and_goes_nowhere_by_itself(change: str) -> None:
    """The words are marked for the owner; where nobody would be asked, the message waits all the same."""
    nobody_has_to_look()
    lead = unwatched(make_lead(value=20_000))
    sweep_one(lead)
    draft = rewrite(draft_of(lead), "The quote of 3 May is open.", change)
    [spans] = [one.spans for one in draft.findings.filter(fingerprint=draft.fingerprint, gate="commitment")]
    assert any(draft.body[span["start"] : span["end"]] in change for span in spans)
    assert "commitment" in gates_of(draft)
    with pytest.raises((outreach.NotPermitted, outreach.BlockedByGates)):
        outreach.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=None, now=NOW)


def test_risk_6_without_a_useful_reason_there_is_no_pressure_only_a_friendly_end() -> None:
    """Nothing to say: we wait, and then take leave once, with the door open. That is the only message."""
    lead = make_lead(quote_sent_on=None, last_touch_at=ago(10))
    assert sweep_one(lead).decision.kind is DecisionKind.WAIT
    assert not Draft.objects.exists()
    Lead.objects.filter(pk=lead.pk).update(last_touch_at=ago(25))
    assert sweep_one(lead).decision.kind is DecisionKind.CLOSE_OUT
    note = draft_of(lead)
    assert (note.kind, note.pressure, note.reason_kind) == ("close_loop", 1, "")
    assert not gates_of(note, "block")
    send(note, at=NOW)
    sweep_one(lead)
    assert drafts_of(lead) == ["sent"]
    assert Lead.objects.get(pk=lead.pk).disposition == "no_response"
