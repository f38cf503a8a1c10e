"""What becomes of a message when its provider answers, dawdles or says that they told it to stop."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_django import Settings

from contacts import services as contacts
from contacts.models import ActiveSuppression, Contact, Identity
from contacts.states import Channel, Consent, IdentityKind, SuppressionReason
from outreach import services
from outreach.channels import addresses, compose
from outreach.models import Brand, Draft, ProductKey, PushSubscription
from outreach.rendering import fingerprint
from outreach.rules import WrittenText
from outreach.services import Delivered, Result
from outreach.states import DraftStatus
from tests.factories import make_user
from tests.outreach.channels.browser import Browser, push_key
from tests.outreach.channels.far_side import FarSide
from tests.outreach.channels.test_twilio import ACCOUNT, refused, taken
from tests.outreach.world import EARLIER, NOW, make_approved, make_contact, request_for

pytestmark = pytest.mark.django_db


def deliver(draft: Draft) -> Result:
    result = services.deliver_one(draft.pk, NOW)
    draft.refresh_from_db()
    return result


@pytest.fixture
def twilio(settings: Settings, far_side: FarSide) -> FarSide:
    settings.SMS_URL = f"twilio://{ACCOUNT}:token@/?from=+14155552345&api_url={far_side.url}"
    far_side.status, far_side.body = 201, taken()
    return far_side


@pytest.fixture
def postmark(settings: Settings, far_side: FarSide) -> FarSide:
    settings.EMAIL_URL = f"postmark://token@?api_url={far_side.url}"
    far_side.body = {"To": "x@y.example", "MessageID": "b7bc", "ErrorCode": 0, "Message": "OK"}
    return far_side


def approved_without_address(contact: Contact, channel: str) -> Draft:
    """A push or in-app message, approved: its address is the name of the channel."""
    request = replace(request_for(contact, None, review_reasons=()), channel=channel, address=channel)
    text = WrittenText("Your question", "Yes, it works with your calendar.", "", "", None, ())
    text = replace(text, fingerprint=fingerprint(channel, channel, text.subject, text.body))
    draft = services.store_draft(request=request, written=text, now=NOW)
    return services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=None, now=NOW)


def agreed(channel: str) -> Contact:
    contact = make_contact()
    contacts.record_consent(contact=contact, channel=channel, status=Consent.YES, source="The app", at=EARLIER)
    return contact


def test_who_took_it_and_what_they_call_it_is_kept(postmark: FarSide, twilio: FarSide) -> None:
    text = make_approved(owner=make_user(), channel=Channel.SMS)
    assert deliver(text) == Result.SENT
    assert (text.provider, text.provider_message_id) == ("twilio", taken()["sid"])
    mail = make_approved(owner=make_user())
    postmark.status, postmark.body = 200, {"To": mail.address, "MessageID": "b7bc", "ErrorCode": 0, "Message": "OK"}
    assert deliver(mail) == Result.SENT
    assert (mail.provider, mail.provider_message_id) == ("postmark", "b7bc")
    assert postmark.asked[-1].json["Metadata"] == {"draft": str(mail.pk)}


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS])
@pytest.mark.parametrize("how", ["too slow", "hangs up", "nonsense"])
def test_r2_what_a_provider_took_and_did_not_say_is_never_sent_again(
    postmark: FarSide, twilio: FarSide, settings: Settings, channel: str, how: str
) -> None:
    match how:
        case "too slow":
            settings.SEND_TIMEOUT_SECONDS, twilio.wait = 0.2, 0.5
        case "hangs up":
            twilio.hang_up = True
        case "nonsense":
            twilio.body = "<html>Welcome</html>"
    draft = make_approved(owner=make_user(), channel=channel)
    assert deliver(draft) == Result.HELD
    assert draft.status == DraftStatus.UNKNOWN
    assert "It may have arrived" in draft.status_reason
    assert draft.provider
    for days in (1, 9):
        assert services.deliver_due(now=NOW + timedelta(days=days), limit=10) == Delivered()
    assert deliver(draft) == Result.GONE
    assert len(twilio.asked) == 1


def test_a_provider_that_asks_to_come_later_keeps_the_approval(postmark: FarSide) -> None:
    draft = make_approved(owner=make_user())
    postmark.status, postmark.body = 429, {"ErrorCode": 429, "Message": "Rate limit exceeded"}
    assert deliver(draft) == Result.HELD
    assert (draft.status, draft.approved_fingerprint) == (DraftStatus.APPROVED, draft.fingerprint)
    assert draft.not_before is not None
    assert draft.not_before > NOW


def test_who_told_twilio_to_stop_told_us(twilio: FarSide) -> None:
    contact = make_contact()
    draft, waiting = (make_approved(contact, make_user(), channel=one) for one in (Channel.SMS, Channel.EMAIL))
    twilio.status, twilio.body = 400, refused(21610)
    assert deliver(draft) == Result.FAILED
    held = ActiveSuppression.objects.filter(contact=contact, reason=SuppressionReason.OPTED_OUT)
    assert {(one.channel, bool(one.suppression.address_value)) for one in held.select_related("suppression")} == {
        ("all", False), ("all", True),
    }  # fmt: skip
    waiting.refresh_from_db()
    assert waiting.status == DraftStatus.SUPPRESSED
    again = make_contact(phone=draft.address)
    assert ActiveSuppression.objects.filter(contact=again).exists()


def test_a_dead_number_is_not_written_to_again(twilio: FarSide) -> None:
    draft = make_approved(owner=make_user(), channel=Channel.SMS)
    twilio.status, twilio.body = 400, refused(30006)
    assert deliver(draft) == Result.FAILED
    [held] = ActiveSuppression.objects.filter(contact=draft.contact_id)
    assert (held.channel, held.reason) == (Channel.SMS, SuppressionReason.HARD_BOUNCE)


@pytest.fixture
def push_service(settings: Settings, far_side: FarSide) -> FarSide:
    settings.VAPID_PRIVATE_KEY, settings.PUSH_TO_THIS_MACHINE = push_key(), True
    far_side.status = 201
    return far_side


def subscribed(contact: Contact, side: FarSide, name: str) -> PushSubscription:
    browser = Browser()
    return services.register_subscription(
        contact=contact, endpoint=f"{side.url}/{name}", p256dh=browser.p256dh, auth=browser.auth, now=NOW
    )[0]


def test_a_push_reaches_every_browser_and_one_that_is_gone_ends(push_service: FarSide) -> None:
    contact = agreed(Channel.PUSH)
    first, second = (subscribed(contact, push_service, name) for name in ("one", "two"))
    push_service.in_turn = [(410, ""), (201, "")]
    draft = approved_without_address(contact, Channel.PUSH)
    assert deliver(draft) == Result.SENT
    assert (draft.provider, len(push_service.asked)) == ("webpush", 2)
    first.refresh_from_db()
    second.refresh_from_db()
    # The latest is asked first.
    assert (first.ended_at, second.ended_at) == (None, NOW)
    assert "over" in second.end_reason


def test_a_push_that_nobody_can_get_any_more_fails(push_service: FarSide) -> None:
    contact = agreed(Channel.PUSH)
    subscribed(contact, push_service, "one")
    push_service.status = 404
    draft = approved_without_address(contact, Channel.PUSH)
    assert deliver(draft) == Result.FAILED
    assert not PushSubscription.objects.filter(ended_at__isnull=True).exists()


def test_a_message_in_the_product_is_there_at_once_and_waits_for_a_product_that_shows_it() -> None:
    contact = agreed(Channel.IN_APP)
    Identity.objects.create(kind=IdentityKind.USER, value="u1", contact=contact)
    draft = approved_without_address(contact, Channel.IN_APP)
    assert deliver(draft) == Result.HELD
    assert "create_product_key" in draft.status_reason
    services.create_product_key(name="Member area")
    assert ProductKey.objects.count() == 1
    later = services.deliver_one(draft.pk, NOW + timedelta(minutes=15))
    draft.refresh_from_db()
    assert (later, draft.status, draft.provider) == (Result.SENT, DraftStatus.SENT, "in_app")


def test_the_brand_is_the_sender_and_answers_come_to_us(settings: Settings) -> None:
    settings.INBOUND_ADDRESS = "answers@in.ours.example"
    draft = make_approved()
    draft.brand = Brand(
        name="Ember", from_name="Ember Studio", from_email="hello@ember.example", postal_address="1 Ember Street",
        sms_sender="Ember",
    )  # fmt: skip
    message = compose(draft)
    assert (message.from_name, message.from_email, message.sms_sender) == (
        "Ember Studio", "hello@ember.example", "Ember",
    )  # fmt: skip
    assert message.text.rstrip().endswith("1 Ember Street")
    assert addresses.draft_of_address(message.reply_to) == draft.pk
