"""What could never leave is not approved: the server, the button and the words beside it say the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contacts import services as contacts
from contacts.states import AddressKind
from outreach import services
from outreach.models import Draft, Topic, TopicRefusal
from outreach.rendering import fingerprint as fingerprint_of
from outreach.services import Refused
from outreach.states import DraftStatus
from reviews.items import item_for
from tests.factories import make_user
from tests.outreach.world import EARLIER, NOW, make_draft

pytestmark = pytest.mark.django_db


def refuses_topic(draft: Draft) -> None:
    draft.topic = Topic.objects.get(key="offers")
    draft.save(update_fields=["topic"])
    TopicRefusal.objects.create(contact=draft.contact, topic=draft.topic, refused_at=EARLIER)


def has_no_user(draft: Draft) -> None:
    contacts.record_consent(contact=draft.contact, channel="in_app", status="yes", source="A form", at=EARLIER)
    draft.channel = draft.address = "in_app"
    draft.body = draft.body.partition("If you would rather")[0].strip()
    draft.fingerprint = fingerprint_of("in_app", "in_app", draft.subject, draft.body)
    draft.save(update_fields=["channel", "address", "body", "fingerprint"])


def moved(draft: Draft) -> None:
    contacts.set_address(contact=draft.contact, kind=AddressKind.EMAIL, value="marta@elsewhere.example")


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (refuses_topic, r"They do not want to hear about .*\. Suppress this message\."),
        (has_no_user, r"There is no place left where .* reach them\. Choose another channel\."),
        (moved, r"Their address changed after this was written\. Suppress this message"),
    ],
)
def test_what_could_never_leave_is_not_approved(happens: Callable[[Draft], None], words: str) -> None:
    owner = make_user("Account owner")
    draft = make_draft(owner=owner)
    assert item_for(owner, draft).why_not_approve is None
    happens(draft)
    draft = Draft.objects.get(pk=draft.pk)
    with pytest.raises(Refused, match=words) as refused:
        services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner, now=NOW)
    assert str(item_for(owner, draft).why_not_approve) == refused.value.sentence
    draft.refresh_from_db()
    assert draft.status == DraftStatus.AWAITING_REVIEW


def test_what_a_rule_approves_is_settled_when_it_is_to_leave() -> None:
    draft = make_draft(review_reasons=())
    refuses_topic(draft)
    services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=None, now=NOW)
    services.deliver_one(draft.pk, NOW)
    draft.refresh_from_db()
    assert draft.status == DraftStatus.SUPPRESSED
