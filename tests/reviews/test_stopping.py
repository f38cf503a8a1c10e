"""Stops: how far they reach, and that they hold whatever became of the message meanwhile."""

from __future__ import annotations

import pytest

from contacts.models import ActiveSuppression
from contacts.permission import permissions_of
from contacts.states import Channel, SuppressionReason
from followups.states import Disposition
from outreach.models import Draft
from outreach.services import NotPermitted, StaleDraft
from outreach.services import approve as approve_draft
from outreach.states import DraftStatus
from reviews import services
from reviews.states import SuppressScope
from tests.reviews.acts import LATER, approve, lead_of, suppress
from tests.reviews.pages import form_of, signed_in, text_of, url
from tests.reviews.world import NOW, make_account, make_item, make_owner

pytestmark = pytest.mark.django_db


def test_suppressing_the_sequence_leaves_the_person_reachable() -> None:
    owner = make_owner()
    draft = make_item(owner)
    decision = suppress(draft, owner, SuppressScope.SEQUENCE)
    assert not ActiveSuppression.objects.filter(contact_id=draft.contact_id).exists()
    lead = lead_of(draft)
    assert (lead.disposition, lead.disposition_by, lead.disposition_reason) == (
        Disposition.DOCUMENTED, owner, "She told me on the phone.",
    )  # fmt: skip
    assert (decision.scope, decision.reason) == (SuppressScope.SEQUENCE, "She told me on the phone.")


def test_suppressing_the_channel_leaves_the_other_channels() -> None:
    owner = make_owner()
    draft = make_item(owner)
    suppress(draft, owner, SuppressScope.CHANNEL)
    allowed = permissions_of([draft.contact_id])[draft.contact_id]
    assert allowed[Channel.EMAIL].suppressed_by == (SuppressionReason.EXPLICIT_NO,)
    assert allowed[Channel.SMS].suppressed_by == ()
    assert lead_of(draft).disposition == ""


def test_suppressing_the_person_stops_every_channel_and_what_waits() -> None:
    owner = make_owner()
    draft, other, stranger = make_item(owner), make_item(owner), make_item(owner)
    # Another message to the same person, approved already.
    approve_draft(draft_id=other.pk, fingerprint=other.fingerprint, by=owner, now=NOW)
    Draft.objects.filter(pk=other.pk).update(contact=draft.contact)
    suppress(draft, owner, SuppressScope.CONTACT)
    allowed = permissions_of([draft.contact_id])[draft.contact_id]
    assert {channel for channel, one in allowed.items() if one.suppressed_by} == set(Channel.values)
    other.refresh_from_db()
    stranger.refresh_from_db()
    assert other.status == DraftStatus.SUPPRESSED
    assert "said no" in other.status_reason
    assert stranger.status == DraftStatus.AWAITING_REVIEW
    assert lead_of(draft).disposition == Disposition.STOPPED


def test_suppressing_the_account_stops_everybody_there_and_nobody_else() -> None:
    owner, account = make_owner(), make_account()
    draft, colleague, stranger = make_item(owner, account=account), make_item(owner, account=account), make_item(owner)
    suppress(draft, owner, SuppressScope.ACCOUNT)
    found = {one.pk: one.status for one in Draft.objects.all()}
    assert found == {
        draft.pk: DraftStatus.SUPPRESSED,
        colleague.pk: DraftStatus.SUPPRESSED,
        stranger.pk: DraftStatus.AWAITING_REVIEW,
    }
    assert not ActiveSuppression.objects.filter(contact_id=stranger.contact_id).exists()


@pytest.mark.parametrize("scope", [SuppressScope.CHANNEL, SuppressScope.CONTACT, SuppressScope.ACCOUNT])
@pytest.mark.parametrize("status", [DraftStatus.SENT, DraftStatus.SENDING, DraftStatus.WITHDRAWN])
def test_a_stop_holds_whatever_became_of_the_message_meanwhile(scope: SuppressScope, status: DraftStatus) -> None:
    owner = make_owner()
    draft, other = make_item(owner, account=make_account()), make_item(owner)
    Draft.objects.filter(pk=other.pk).update(contact=draft.contact)
    approve(draft, owner)
    at = {"claimed_at": LATER, "sent_at": LATER if status == DraftStatus.SENT else None}
    Draft.objects.filter(pk=draft.pk).update(status=status, **at)
    decision = suppress(draft, owner, scope)
    assert (decision.scope, decision.reason) == (scope, "She told me on the phone.")
    allowed = permissions_of([draft.contact_id])[draft.contact_id]
    assert allowed[Channel.EMAIL].suppressed_by == (SuppressionReason.EXPLICIT_NO,)
    found = dict(Draft.objects.values_list("pk", "status"))
    assert found == {draft.pk: status, other.pk: DraftStatus.SUPPRESSED}


def test_a_stop_holds_for_a_text_that_changed_meanwhile() -> None:
    owner = make_owner()
    draft = make_item(owner)
    suppress(draft, owner, SuppressScope.CONTACT, fingerprint="0" * 64)
    assert Draft.objects.get().status == DraftStatus.SUPPRESSED
    # Only giving up the message itself is about the text that was seen.
    again = make_item(owner)
    with pytest.raises(StaleDraft):
        suppress(again, owner, SuppressScope.SEQUENCE, fingerprint="0" * 64)
    # And nobody stops for others whose messages they may not decide about.
    with pytest.raises(NotPermitted):
        suppress(again, make_owner(), SuppressScope.CONTACT, fingerprint="0" * 64)
    assert not ActiveSuppression.objects.filter(contact_id=again.contact_id).exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scope": "galaxy"}, "how far"),
        ({"why": SuppressionReason.HARD_BOUNCE}, "why to stop"),
        ({"why": "no idea"}, "why to stop"),
        ({"reason": "  "}, "few words"),
    ],
)
def test_a_suppression_that_says_too_little_is_refused(changes: dict[str, str], words: str) -> None:
    owner = make_owner()
    draft = make_item(owner)
    with pytest.raises(services.Incomplete, match=words):
        suppress(draft, owner, **changes)
    assert Draft.objects.get(pk=draft.pk).status == DraftStatus.AWAITING_REVIEW


def test_the_account_cannot_be_suppressed_where_there_is_none() -> None:
    owner = make_owner()
    draft = make_item(owner)
    draft.contact.account = None
    draft.contact.save()
    with pytest.raises(services.Incomplete, match="no account"):
        suppress(draft, owner, SuppressScope.ACCOUNT)
    assert Draft.objects.get(pk=draft.pk).status == DraftStatus.AWAITING_REVIEW


def test_an_approved_message_can_still_be_stopped() -> None:
    owner = make_owner()
    draft = make_item(owner)
    approve(draft, owner)
    suppress(draft, owner)
    assert Draft.objects.get(pk=draft.pk).status == DraftStatus.SUPPRESSED


def test_a_stop_that_comes_after_the_message_left_says_so_and_holds() -> None:
    owner = make_owner()
    draft = make_item(owner)
    client = signed_in(owner)
    client.post(url("approve", draft), form_of(draft))
    Draft.objects.filter(pk=draft.pk).update(status=DraftStatus.SENT, sent_at=NOW)
    answer = client.post(url("suppress", draft), form_of(draft, scope="contact"), follow=True)
    assert "Suppressed, from now on. This message had left already." in text_of(answer)
    assert ActiveSuppression.objects.filter(contact_id=draft.contact_id).exists()
