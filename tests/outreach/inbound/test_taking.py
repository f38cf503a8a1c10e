"""What came in is worked off: each in its own transaction, in order, once, and none in the way of the next."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from pytest_django import Settings

from contacts import services as contacts
from contacts.models import ActiveSuppression, Event, Suppression
from contacts.services import merging
from contacts.states import MergeKey
from outreach import services
from outreach.channels.addresses import inbound_address, message_id
from outreach.inbound.notices import QUIET, Arrived, keep
from outreach.inbound.taking import TakenIn, catch_up, take_in
from outreach.models import DeliveryEvent, Draft, ProviderNotice, Reply, SendingStop
from outreach.services.noticing import note_sends, try_again
from outreach.states import DraftKind, DraftStatus, NoticeStatus, ReplyStatus
from tests.factories import make_user
from tests.outreach.inbound.shapes import Post, generic, inbound, tracking, twilio
from tests.outreach.world import NOW, make_approved, make_contact, make_draft

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
Send = Callable[[Post], HttpResponse]
LATER = NOW + QUIET + timedelta(minutes=2)


def make_sent(**changes: Any) -> Draft:
    draft = make_approved(owner=make_user(), **changes)
    assert services.deliver_one(draft.pk, NOW) == services.Result.SENT
    draft.refresh_from_db()
    return draft


def told(post: Send, provider: str, what: str, draft: Draft, **more: Any) -> None:
    assert post(tracking(provider, what, about=message_id(draft), to=draft.address, **more)).status_code == 200


def kinds(draft: Draft) -> list[tuple[str, bool]]:
    return [(one.kind, one.machine) for one in DeliveryEvent.objects.filter(draft=draft).order_by("pk")]


def stops(draft: Draft) -> set[tuple[str, str]]:
    return {(one.channel, one.reason) for one in ActiveSuppression.objects.filter(contact_id=draft.contact_id)}


@pytest.mark.parametrize(
    ("what", "kind", "stopped"),
    [
        ("delivered", "delivered", set()),
        ("hard", "bounced", {("email", "hard_bounce")}),
        ("soft", "refused", set()),
        ("complained", "complained", {("all", "complaint")}),
        ("unsubscribed", "unsubscribed", {("all", "opted_out")}),
    ],
)
def test_what_follows_from_news(what: str, kind: str, stopped: set[tuple[str, str]], post: Send) -> None:
    draft = make_sent()
    waiting = make_draft(draft.contact)
    told(post, "postmark", what, draft)
    assert take_in(now=NOW) == TakenIn(done=1)
    assert kinds(draft) == [(kind, False)]
    assert stops(draft) == stopped
    waiting.refresh_from_db()
    assert waiting.status == (DraftStatus.SUPPRESSED if stopped else DraftStatus.AWAITING_REVIEW)
    if what == "complained":
        # One in one mail is more than any day bears.
        assert SendingStop.objects.filter(scope="email", lifted_at=None).exists()


def test_openings_and_clicks_wait_a_moment_and_count_once(post: Send) -> None:
    draft = make_sent()
    for number, what in enumerate(["opened", "opened", "clicked"], start=20):
        told(post, "postmark", what, draft, number=number)
    assert take_in(now=NOW) == TakenIn()
    assert take_in(now=LATER) == TakenIn(done=3)
    assert kinds(draft) == [("opened", False), ("opened", False), ("clicked", False)]
    events = Event.objects.filter(contact=draft.contact, kind__gt=0)
    assert sorted(one.name.key for one in events.select_related("name")) == ["email_clicked", "email_opened"]


def test_what_a_machine_opened_is_kept_and_never_counted(post: Send) -> None:
    draft = make_sent()
    told(post, "postmark", "opened", draft, number=20, agent="Mozilla/5.0")
    take_in(now=LATER)
    assert kinds(draft) == [("opened", True)]
    assert DeliveryEvent.objects.get().machine_because
    assert not Event.objects.exists()


def test_a_scanner_that_follows_every_link_is_known_by_its_last_click_also_for_its_first(post: Send) -> None:
    draft = make_sent()
    for number in range(20, 23):
        told(post, "postmark", "clicked", draft, number=number, url=f"https://example.com/{number}")
    take_in(now=NOW)
    # One at a time: what the first one needs to know is still waiting then.
    for _ in range(3):
        take_in(now=LATER, limit=1)
    assert kinds(draft) == [("clicked", True)] * 3
    assert not Event.objects.exists()


def test_r7_news_in_any_order_and_three_times_comes_to_the_same(post: Send) -> None:
    """Promise R7: exactly once."""
    draft = make_sent()
    batch = [
        tracking("sendgrid", what, about=message_id(draft), to=draft.address, number=number)
        for number, what in enumerate(["delivered", "opened", "clicked", "complained", "unsubscribed"], start=20)
    ] * 3
    random.Random(7).shuffle(batch)
    for one in batch:
        assert post(one).status_code == 200
        take_in(now=NOW)
    take_in(now=LATER)
    assert sorted(kind for kind, _ in kinds(draft)) == ["clicked", "complained", "delivered", "opened", "unsubscribed"]
    assert stops(draft) == {("all", "complaint"), ("all", "opted_out")}
    assert Suppression.objects.count() == 4  # each for the person and for the address
    assert Event.objects.filter(kind__gt=0).count() == 2
    assert take_in(now=LATER) == TakenIn()


def test_news_about_a_merged_contact_go_to_who_it_became(post: Send) -> None:
    draft = make_sent()
    survivor = make_contact(name="Marta L.")
    merging.merge(survivor=survivor, merged=draft.contact, key=MergeKey.ALIAS, at=NOW)
    told(post, "postmark", "complained", draft)
    assert take_in(now=NOW) == TakenIn(done=1)
    assert {one.reason for one in ActiveSuppression.objects.filter(contact=survivor)} == {"complaint"}


@pytest.mark.parametrize("status", [DraftStatus.UNKNOWN, DraftStatus.APPROVED])
def test_a_message_of_which_we_did_not_know_is_settled_by_the_provider(status: str, post: Send) -> None:
    """Promises R1 and R2: the provider has it, so nobody sends it again."""
    draft = make_approved(owner=make_user())
    Draft.objects.filter(pk=draft.pk).update(status=status, claimed_at=NOW - timedelta(minutes=3), tries=1)
    told(post, "postmark", "delivered", draft)
    take_in(now=NOW)
    draft.refresh_from_db()
    assert (draft.status, draft.sent_at) == (DraftStatus.SENT, NOW - timedelta(minutes=3))
    assert "postmark says" in draft.status_reason
    assert services.deliver_one(draft.pk, NOW) == services.Result.GONE


def test_what_is_not_ours_is_kept_and_ignored_with_words(post: Send) -> None:
    assert post(tracking("postmark", "hard", about="other-system", to="nobody@x.example")).status_code == 200
    assert take_in(now=NOW) == TakenIn(ignored=1)
    notice = ProviderNotice.objects.get()
    assert (notice.status, bool(notice.problem)) == (NoticeStatus.IGNORED, True)
    assert not Suppression.objects.exists()


def test_news_of_another_systems_mail_to_an_address_of_ours_stops_the_address(post: Send) -> None:
    contact = make_contact()
    address = contact.addresses.get(kind="email").value
    post(tracking("postmark", "complained", about="other-system", to=address.upper()))
    take_in(now=NOW)
    assert [(one.channel, one.reason) for one in ActiveSuppression.objects.filter(contact=contact)] == [
        ("all", "complaint")
    ]


def test_one_that_cannot_be_understood_is_kept_and_lets_the_next_pass(post: Send) -> None:
    draft = make_sent()
    keep([Arrived("postmark", "tracking", b'{"RecordType": {}}', "broken")], received_at=NOW)
    keep([Arrived("nobody", "inbound", b"{}", "stranger")], received_at=NOW)
    told(post, "postmark", "complained", draft)
    assert take_in(now=NOW) == TakenIn(done=1, failed=2)
    broken = ProviderNotice.objects.get(external_id="broken")
    assert (broken.status, bytes(broken.body)) == (NoticeStatus.FAILED, b'{"RecordType": {}}')
    assert broken.problem
    assert try_again(notice_id=broken.pk, by=make_user()).status == NoticeStatus.WAITING
    assert take_in(now=NOW) == TakenIn(failed=1)
    with pytest.raises(services.Refused):
        try_again(notice_id=ProviderNotice.objects.get(status=NoticeStatus.DONE).pk, by=make_user())


def test_an_unexpected_failure_undoes_what_it_began(post: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = make_sent()
    monkeypatch.setattr("outreach.services.noticing.note_complaint", lambda *, now: 1 / 0)
    told(post, "postmark", "complained", draft)
    assert take_in(now=NOW) == TakenIn(failed=1)
    assert not DeliveryEvent.objects.exists()
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    ("status", "code", "kind", "reason"),
    [
        ("undelivered", "30003", "refused", None),
        ("failed", "21614", "bounced", ("sms", "hard_bounce")),
        ("failed", "21610", "unsubscribed", ("all", "opted_out")),
    ],
)
def test_what_twilio_says(status: str, code: str, kind: str, reason: tuple[str, str] | None, post: Send) -> None:
    draft = make_sent(channel="sms")
    Draft.objects.filter(pk=draft.pk).update(provider_message_id="SM123")
    fields = {"MessageSid": "SM123", "MessageStatus": status, "To": draft.address, "ErrorCode": code}
    assert post(twilio("status", fields)).status_code == 200
    assert take_in(now=NOW) == TakenIn(done=1)
    assert kinds(draft) == [(kind, False)]
    assert stops(draft) == ({reason} if reason else set())


def test_on_its_way_is_no_news(post: Send) -> None:
    post(twilio("status", {"MessageSid": "SM9", "MessageStatus": "queued", "To": "+441174960001"}))
    assert take_in(now=NOW) == TakenIn(ignored=1)


# --- answers ----------------------------------------------------------------------------------------------------------


def test_an_answer_finds_its_message(post: Send) -> None:
    draft = make_sent()
    one = inbound("sparkpost", sender=draft.address, to="team@ours.example", about=message_id(draft))
    assert post(one).status_code == 200
    assert take_in(now=NOW) == TakenIn(done=1)
    reply = Reply.objects.get()
    assert (reply.draft, reply.contact) == (draft, draft.contact)
    assert reply.sender == draft.address
    assert "Yes, next week is fine." in reply.whole_text


def test_an_answer_from_another_address_finds_it_by_the_address_it_went_to(post: Send, settings: Settings) -> None:
    settings.INBOUND_ADDRESS = "answers@ours.example"
    draft = make_sent()
    post(inbound("postmark", sender="assistant@x.example", to=inbound_address(draft), about="<unknown@x.example>"))
    take_in(now=NOW)
    assert Reply.objects.get().draft == draft


def test_a_made_up_message_id_finds_nothing(post: Send) -> None:
    draft = make_sent()
    forged = message_id(draft).replace(draft.fingerprint[:16], "0" * 16)
    post(inbound("postmark", sender="stranger@x.example", to="team@ours.example", about=forged))
    take_in(now=NOW)
    assert (Reply.objects.get().draft, Reply.objects.get().contact) == (None, None)


def test_what_we_sent_ourselves_is_no_answer(post: Send, settings: Settings) -> None:
    post(generic("inbound", {"id": "loop", "from": f"Rekindle <{settings.FROM_EMAIL}>", "text": "STOP"}))
    assert take_in(now=NOW) == TakenIn(ignored=1)
    assert not Reply.objects.exists()


def test_who_wrote_is_found_by_address_the_present_one_first(post: Send) -> None:
    former, present = make_contact(), make_contact()
    value = former.addresses.get(kind="email").value
    contacts.set_address(contact=former, kind="email", value="new@northlight.example")
    for expected in (former, present):
        post(generic("inbound", {"id": f"{expected.pk}", "from": f"Marta <{value.upper()}>", "text": "Hello"}))
        take_in(now=NOW)
        assert Reply.objects.latest("pk").contact == expected
        contacts.set_address(contact=present, kind="email", value=value)
    third = make_contact()
    contacts.set_address(contact=third, kind="email", value=value)
    post(generic("inbound", {"id": "several", "from": value, "text": "Hello"}))
    take_in(now=NOW)
    # A person has to say which of the two it is.
    assert Reply.objects.latest("pk").contact is None


def test_a_text_message_answers_the_last_one_that_went_there(post: Send) -> None:
    draft = make_sent(channel="sms")
    fields = {"MessageSid": "SM77", "From": draft.address, "To": "+441174960999", "Body": "Is Tuesday free?"}
    answer = post(twilio("inbound", fields))
    assert (answer.status_code, answer.content) == (200, b"<Response/>")
    take_in(now=NOW)
    assert (Reply.objects.get().draft, Reply.objects.get().channel) == (draft, "sms")


@pytest.mark.parametrize(
    ("more", "told"), [({"Body": "STOP"}, 1), ({"Body": "STOP", "OptOutType": "STOP"}, 0)], ids=["by us", "by Twilio"]
)
def test_whoever_says_stop_by_text_is_told_by_one_of_us(more: dict[str, str], told: int, post: Send) -> None:
    draft = make_sent(channel="sms")
    post(twilio("inbound", {"MessageSid": "SM78", "From": draft.address, "To": "+441174960999", **more}))
    take_in(now=NOW)
    assert stops(draft) == {("all", "opted_out")}
    assert Draft.objects.filter(kind=DraftKind.CONFIRMATION).count() == told


def test_a_word_that_only_twilio_takes_for_a_stop_is_one(post: Send) -> None:
    draft = make_sent(channel="sms")
    fields = {"MessageSid": "SM79", "From": draft.address, "To": "+441174960999", "Body": "Basta ya"}
    post(twilio("inbound", {**fields, "OptOutType": "STOP"}))
    take_in(now=NOW)
    assert stops(draft) == {("all", "opted_out")}
    assert Reply.objects.get().status == ReplyStatus.CONFIRMED


def test_a_report_by_mail_is_heeded_only_about_a_message_of_ours() -> None:
    draft = make_sent()
    report = (
        "From: MAILER-DAEMON@x\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
        f"Final-Recipient: rfc822; {draft.address}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {id}\r\n\r\n--b--\r\n"
    )
    keep([Arrived("imap", "inbound", report.replace("{id}", "<made@up>").encode())], received_at=NOW)
    assert take_in(now=NOW) == TakenIn(ignored=1)
    assert stops(draft) == set()
    keep([Arrived("imap", "inbound", report.replace("{id}", message_id(draft)).encode())], received_at=NOW)
    assert take_in(now=NOW) == TakenIn(done=1)
    assert stops(draft) == {("email", "hard_bounce")}
    assert not Reply.objects.exists()


# --- before anything leaves -------------------------------------------------------------------------------------------


def test_a_stop_that_waits_is_read_before_anything_leaves(post: Send) -> None:
    """Promise R3."""
    waiting = make_approved(owner=make_user())
    post(tracking("postmark", "unsubscribed", about="a mail of another system", to=waiting.address))
    assert services.deliver_one(waiting.pk, NOW) != services.Result.SENT
    waiting.refresh_from_db()
    assert waiting.status == DraftStatus.SUPPRESSED


def test_nothing_leaves_while_not_everything_could_be_read(post: Send) -> None:
    for number in range(3):
        post(tracking("sendgrid", "delivered", about="unknown", to="nobody@x.example", number=number))
    assert not catch_up(now=NOW, limit=1)
    assert catch_up(now=NOW)


def test_sent_messages_are_noted_once_as_events() -> None:
    mail, text = make_sent(), make_sent(channel="sms")
    make_approved(owner=make_user())
    assert note_sends(now=LATER) == 2
    assert note_sends(now=LATER) == 0
    noted = {(one.contact_id, one.name.key, one.kind) for one in Event.objects.select_related("name")}
    assert noted == {(mail.contact_id, "email_sent", 30), (text.contact_id, "sms_sent", 33)}
