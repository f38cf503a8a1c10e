"""Approved messages leave, each at most once, and never against the contact's will."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from contacts import services as contacts
from contacts.models import ActiveSuppression
from contacts.states import AddressKind, Channel, Consent, Direction, SuppressionReason, TouchKind
from outreach import rules, services
from outreach.channels import message_id
from outreach.models import Draft
from outreach.services import Result
from outreach.states import DraftStatus
from tests.factories import make_user
from tests.outreach.sink import Sink
from tests.outreach.world import EARLIER, NOW, make_approved, make_contact, make_draft

pytestmark = pytest.mark.django_db


def deliver(draft: Draft, after: timedelta = timedelta(0)) -> Result:
    result = services.deliver_one(draft.pk, NOW + after)
    draft.refresh_from_db()
    return result


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*")) if folder.exists() else []


# --- the folder -------------------------------------------------------------------------------------------------------


def test_r1_an_approved_message_leaves_once(outbox: Path) -> None:
    draft = make_approved(owner=make_user())
    assert deliver(draft) == Result.SENT
    assert (draft.status, draft.sent_at, draft.tries) == (DraftStatus.SENT, NOW, 1)
    assert draft.provider_message_id == message_id(draft)
    assert len(files(outbox)) == 1
    assert deliver(draft) == Result.GONE
    assert services.deliver_due(now=NOW, limit=10) == services.Delivered()


def test_a_text_message_goes_into_its_folder_with_the_way_to_stop(outbox: Path) -> None:
    draft = make_approved(owner=make_user(), channel=Channel.SMS)
    assert deliver(draft) == Result.SENT
    [name] = files(outbox)
    text = (outbox / name).read_text()
    assert name.endswith(".txt")
    assert f"To: {draft.address}" in text
    assert "Reply STOP to stop." in text


def test_what_nobody_approved_stays(outbox: Path) -> None:
    draft = make_draft(owner=make_user())
    assert deliver(draft) == Result.GONE
    assert draft.status == DraftStatus.AWAITING_REVIEW
    assert files(outbox) == []


def test_what_is_not_due_waits() -> None:
    draft = make_approved(owner=make_user(), due_at=NOW + timedelta(hours=1))
    assert deliver(draft) == Result.HELD
    assert draft.status == DraftStatus.APPROVED
    assert deliver(draft, timedelta(hours=1)) == Result.SENT


@pytest.mark.parametrize(
    ("kind", "place", "words"),
    [
        ("SMS_URL", Channel.SMS, "SMS_URL is not complete. Write it as twilio://"),
        ("EMAIL_URL", Channel.EMAIL, "EMAIL_URL begins with twilio://"),
    ],
)
def test_a_channel_that_is_not_set_up_holds_the_message_and_says_what_to_do(
    settings: Settings, kind: str, place: str, words: str
) -> None:
    setattr(settings, kind, "twilio://nowhere")
    draft = make_approved(owner=make_user(), channel=place)
    assert deliver(draft) == Result.HELD
    assert (draft.status, draft.tries) == (DraftStatus.APPROVED, 0)
    assert words in draft.status_reason
    setattr(settings, kind, settings.SMS_URL if kind == "EMAIL_URL" else settings.EMAIL_URL)
    assert deliver(draft, timedelta(minutes=15)) == Result.SENT


def test_a_folder_that_cannot_be_written_is_tried_again(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    settings.EMAIL_URL = str(tmp_path / "file")
    draft = make_approved(owner=make_user())
    assert deliver(draft) == Result.HELD
    assert "Check EMAIL_URL" in draft.status_reason


# --- their will at the moment of sending ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ("all", "They opted out of every channel on 18 May 2026. Nothing was sent."),
        (Channel.EMAIL, "They opted out of e-mail on 18 May 2026. Nothing was sent."),
    ],
)
def test_an_opt_out_between_approval_and_sending_stops_it_and_says_why(outbox: Path, channel: str, words: str) -> None:
    contact = make_contact()
    draft = make_approved(contact, make_user())
    contacts.suppress(contact=contact, channel=channel, reason=SuppressionReason.OPTED_OUT, at=NOW - timedelta(days=2))
    assert deliver(draft) == Result.REFUSED
    assert (draft.status, draft.status_reason) == (DraftStatus.SUPPRESSED, words)
    assert files(outbox) == []


def test_an_opt_out_of_another_channel_does_not_stop_this_one() -> None:
    contact = make_contact()
    draft = make_approved(contact, make_user())
    contacts.suppress(contact=contact, channel=Channel.SMS, reason=SuppressionReason.OPTED_OUT, at=NOW)
    assert deliver(draft) == Result.SENT


def test_an_opt_out_dated_in_the_future_counts_all_the_same() -> None:
    contact = make_contact()
    draft = make_approved(contact, make_user())
    contacts.suppress(contact=contact, channel="all", reason=SuppressionReason.LEGAL, at=NOW + timedelta(days=400))
    assert deliver(draft) == Result.REFUSED


def test_a_refusal_of_the_address_or_the_account_stops_it_too() -> None:
    account = contacts.create_account(external_id="northlight", name="Northlight")
    contact = contacts.create_contact(name="Ola Berg", email="ola@northlight.example", account=account)
    contacts.record_consent(contact=contact, channel=Channel.EMAIL, status=Consent.YES, source="Form", at=EARLIER)
    by_account = make_approved(contact, make_user())
    contacts.suppress(account=account, channel="all", reason=SuppressionReason.MANUAL, at=NOW)
    assert deliver(by_account) == Result.REFUSED
    other = make_contact()
    by_address = make_approved(other, make_user())
    contacts.suppress(
        address=(AddressKind.EMAIL, by_address.address),
        channel=Channel.EMAIL,
        reason=SuppressionReason.COMPLAINT,
        at=NOW,
    )
    assert deliver(by_address) == Result.REFUSED
    assert (
        by_address.status_reason
        == "They reported a message as spam, so we stopped e-mail on 20 May 2026. Nothing was sent."
    )


def test_consent_taken_back_stops_it() -> None:
    contact = make_contact()
    draft = make_approved(contact, make_user())
    contacts.record_consent(contact=contact, channel=Channel.EMAIL, status=Consent.NO, source="A call", at=NOW)
    assert deliver(draft) == Result.REFUSED
    assert (draft.status, draft.status_reason) == (
        DraftStatus.SUPPRESSED, "They did not agree to e-mail. Nothing was sent.",
    )  # fmt: skip


def test_an_answer_after_the_approval_sends_it_back_to_its_reviewer(outbox: Path) -> None:
    contact, owner = make_contact(), make_user()
    draft = make_approved(contact, owner)
    for kind in (TouchKind.OUT_OF_OFFICE, TouchKind.AUTO_REPLY, TouchKind.ANSWER):
        contacts.record_touch(contact=contact, at=NOW + timedelta(minutes=1), direction=Direction.IN, kind=kind)
    assert deliver(draft, timedelta(minutes=2)) == Result.REFUSED
    assert (draft.status, draft.status_reason) == (
        DraftStatus.AWAITING_REVIEW, "They wrote back after this was approved.",
    )  # fmt: skip
    assert (draft.approved_fingerprint, draft.decided_by, draft.decided_at) == ("", None, None)
    assert files(outbox) == []
    services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner, now=NOW + timedelta(minutes=5))
    assert deliver(draft, timedelta(minutes=5)) == Result.SENT


def test_out_of_office_is_no_answer_and_neither_is_one_from_before_the_approval() -> None:
    contact = make_contact()
    contacts.record_touch(contact=contact, at=EARLIER, direction=Direction.IN, kind=TouchKind.ANSWER)
    draft = make_approved(contact, make_user())
    contacts.record_touch(
        contact=contact, at=NOW + timedelta(minutes=1), direction=Direction.IN, kind=TouchKind.OUT_OF_OFFICE
    )
    assert deliver(draft, timedelta(minutes=2)) == Result.SENT


def test_a_changed_address_sends_it_back_to_its_reviewer() -> None:
    contact = make_contact()
    draft = make_approved(contact, make_user())
    contacts.set_address(contact=contact, kind=AddressKind.EMAIL, value="new@northlight.example")
    assert deliver(draft) == Result.REFUSED
    assert draft.status == DraftStatus.AWAITING_REVIEW
    assert "address changed" in draft.status_reason


def test_a_text_changed_behind_our_back_does_not_leave(outbox: Path) -> None:
    draft = make_approved(owner=make_user())
    Draft.objects.filter(pk=draft.pk).update(body=f"{draft.body} Act now.")
    assert deliver(draft) == Result.REFUSED
    assert draft.status == DraftStatus.AWAITING_REVIEW
    assert files(outbox) == []


# --- a mail server ----------------------------------------------------------------------------------------------------


def test_a_mail_server_gets_it_and_we_know(sink: Sink) -> None:
    draft = make_approved(owner=make_user())
    assert deliver(draft) == Result.SENT
    [mail] = sink.arrived
    assert mail["Message-ID"] == draft.provider_message_id == message_id(draft)
    assert sink.envelopes == [("team@rekindle.example", [draft.address])]


@pytest.mark.parametrize("step", ["at_mail", "at_rcpt", "at_data"])
def test_a_refusal_for_now_keeps_the_approval_and_tries_later(sink: Sink, step: str) -> None:
    setattr(sink, step, "451 4.7.1 Greylisted, come back later")
    draft = make_approved(owner=make_user())
    assert deliver(draft) == Result.HELD
    assert (draft.status, draft.approved_fingerprint) == (DraftStatus.APPROVED, draft.fingerprint)
    assert draft.not_before == NOW + timedelta(minutes=5)
    setattr(sink, step, "")
    assert deliver(draft, timedelta(minutes=4)) == Result.HELD
    assert deliver(draft, timedelta(minutes=5)) == Result.SENT
    assert (draft.tries, len(sink.arrived)) == (2, 1)


def test_after_enough_refusals_a_person_looks(sink: Sink) -> None:
    sink.at_rcpt = "451 4.7.1 Greylisted"
    draft = make_approved(owner=make_user())
    after = timedelta(0)
    for _ in range(rules.MOST_TRIES - 1):
        assert deliver(draft, after) == Result.HELD
        assert draft.not_before is not None
        after = draft.not_before - NOW
    assert deliver(draft, after) == Result.FAILED
    assert draft.status_reason.startswith(f"Given up after {rules.MOST_TRIES} tries.")


def test_a_server_that_is_down_is_tried_later(settings: Settings) -> None:
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    draft = make_approved(owner=make_user())
    assert deliver(draft) == Result.HELD
    assert "Nothing was sent" in draft.status_reason


def test_a_server_that_hangs_up_before_the_text_is_tried_later(sink: Sink) -> None:
    sink.hang_up_before_text = True
    draft = make_approved(owner=make_user())
    assert deliver(draft) == Result.HELD
    assert draft.status == DraftStatus.APPROVED


@pytest.mark.parametrize(
    ("answer", "dead"),
    [
        ("550 5.1.1 User unknown", True),
        ("550 No such user here", True),
        ("550 5.7.1 Relaying denied, user unknown to us", False),
        ("552 5.2.2 Mailbox full", False),
    ],
)
def test_a_refusal_for_good_fails_and_a_dead_address_is_suppressed(sink: Sink, answer: str, dead: bool) -> None:
    sink.at_rcpt = answer
    contact = make_contact()
    draft = make_approved(contact, make_user())
    assert deliver(draft) == Result.FAILED
    assert draft.status == DraftStatus.FAILED
    held = ActiveSuppression.objects.filter(
        contact=contact, reason=SuppressionReason.HARD_BOUNCE, channel=Channel.EMAIL
    )
    assert held.exists() == dead
    again = make_draft(contact, make_user())
    if dead:
        with pytest.raises(services.BlockedByGates):
            services.approve(draft_id=again.pk, fingerprint=again.fingerprint, by=again.owner, now=NOW)


@pytest.mark.parametrize("lost", ["hangs up", "too slow"])
def test_r2_an_answer_that_is_lost_is_never_sent_again_but_shown_to_a_person(
    sink: Sink, settings: Settings, lost: str
) -> None:
    if lost == "hangs up":
        sink.hang_up_after_text = True
    else:
        settings.SEND_TIMEOUT_SECONDS = 0.5
        sink.late_answer = 1.5
    draft = make_approved(owner=make_user())
    assert deliver(draft) == Result.HELD
    assert draft.status == DraftStatus.UNKNOWN
    assert message_id(draft) in draft.status_reason
    for _ in range(3):
        assert services.deliver_due(now=NOW + timedelta(days=9), limit=10) == services.Delivered()
    assert len(sink.arrived) == 1


def test_a_person_settles_what_may_have_left(sink: Sink) -> None:
    sink.hang_up_after_text = True
    owner, mate = make_user(), make_user()
    sent, again, given_up = (make_approved(owner=owner) for _ in range(3))
    for draft in (sent, again, given_up):
        deliver(draft)
    sink.hang_up_after_text = False
    settle: dict[str, Any] = {"by": owner, "now": NOW, "reason": "It is in the log"}
    with pytest.raises(services.NotPermitted):
        services.settle_unknown(draft_id=sent.pk, was_sent=True, **{**settle, "by": mate})
    assert services.settle_unknown(draft_id=sent.pk, was_sent=True, **settle).status == DraftStatus.SENT
    assert services.settle_unknown(draft_id=given_up.pk, was_sent=False, **settle).status == DraftStatus.WITHDRAWN
    services.settle_unknown(draft_id=again.pk, was_sent=False, send_again=True, **settle)
    assert deliver(again) == Result.SENT
    with pytest.raises(services.StaleDraft):
        services.settle_unknown(draft_id=again.pk, was_sent=True, **settle)


def test_r2_a_send_without_an_answer_becomes_unknown_after_its_lease_and_is_not_sent_again(settings: Settings) -> None:
    lost, under_way = make_approved(), make_approved()
    moment = timezone.now()
    for draft, age in ((lost, settings.SEND_LEASE_SECONDS + 1), (under_way, settings.SEND_LEASE_SECONDS - 5)):
        Draft.objects.filter(pk=draft.pk).update(
            status=DraftStatus.SENDING, claimed_at=moment - timedelta(seconds=age), tries=1
        )
    assert services.mark_lost_sends(moment) == 1
    assert services.mark_lost_sends(moment) == 0
    lost.refresh_from_db()
    under_way.refresh_from_db()
    assert (lost.status, under_way.status) == (DraftStatus.UNKNOWN, DraftStatus.SENDING)
    assert services.deliver_due(now=moment, limit=10) == services.Delivered()


def test_what_could_not_be_delivered_can_be_reviewed_again(sink: Sink) -> None:
    sink.at_data = "554 5.6.0 No"
    owner = make_user()
    draft = make_approved(owner=owner)
    deliver(draft)
    back = services.review_again(draft_id=draft.pk, by=owner, now=NOW)
    assert (back.status, back.approved_fingerprint, back.tries) == (DraftStatus.AWAITING_REVIEW, "", 0)


# --- rounds and the command -------------------------------------------------------------------------------------------


def test_a_round_counts_stops_when_asked_and_goes_on_later(outbox: Path) -> None:
    owner = make_user()
    for _ in range(5):
        make_approved(owner=owner)
    seen: list[Result] = []
    done = services.deliver_due(now=NOW, limit=10, stop=lambda: len(seen) == 2, progress=seen.append)
    assert str(done) == "sent 2 held 0 refused 0 failed 0"
    assert services.deliver_due(now=NOW, limit=2).sent == 2
    assert services.deliver_due(now=NOW, limit=2).sent == 1
    assert len(files(outbox)) == 5


def test_the_command_sends_what_is_due_as_of_a_moment() -> None:
    make_approved(owner=make_user(), due_at=NOW + timedelta(days=3))
    make_approved(owner=make_user())
    out = StringIO()
    call_command("deliver", as_of="2026-05-20T10:00:00+00:00", stdout=out)
    call_command("deliver", as_of="2026-05-23", stdout=out)
    call_command("deliver", as_of="2026-05-24", stdout=out)
    assert out.getvalue().splitlines() == [
        "sent 1 held 0 refused 0 failed 0",
        "sent 0 held 0 refused 0 failed 0",
        "sent 1 held 0 refused 0 failed 0",
    ]


@pytest.mark.parametrize("options", [{"as_of": "yesterday"}, {"limit": -1}])
def test_the_command_refuses_what_makes_no_sense(options: dict[str, object]) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("deliver", **options)
    assert refused.value.returncode == 2
