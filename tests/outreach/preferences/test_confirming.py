"""Whoever says stop in an answer is told once, on the same channel, within minutes, and never after a page said it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from contacts import services as contacts
from contacts.models import Contact, Suppression
from contacts.states import Channel, SuppressionReason
from outreach import services
from outreach.models import Draft, PolicyApproval, Reply
from outreach.services import Result
from outreach.states import DraftKind, DraftStatus, Flow, ReplyLabel, ReplyStatus
from tests.factories import make_user
from tests.outreach.races import race
from tests.outreach.world import NOW, make_approved, make_contact

pytestmark = pytest.mark.django_db


def address_of(contact: Contact, channel: str) -> tuple[str, str]:
    kind = "phone" if channel == Channel.SMS else "email"
    return kind, contact.addresses.get(kind=kind, is_primary=True).value


@transaction.atomic
def say_stop(
    contact: Contact,
    channel: str = Channel.SMS,
    *,
    at: datetime = NOW,
    now: datetime | None = None,
    reason: str = SuppressionReason.OPTED_OUT,
    where: str = "all",
) -> Draft | None:
    """What an answer that says stop brings about: the person and the address are stopped, and they are told."""
    kind, value = address_of(contact, channel)
    said: dict[str, Any] = {"channel": where, "reason": reason, "at": at, "source": "Their answer"}
    suppression = contacts.suppress(contact=contact, **said)
    contacts.suppress(address=(kind, value), **said)
    services.suppress_pending(contact_ids=[contact.pk], now=at)
    return services.confirm_by_message(
        suppression=suppression, channel=channel, address=value, contact=contact, at=at, now=now or at
    )


def confirmed(contact: Contact, channel: str = Channel.SMS, **changes: Any) -> Draft:
    draft = say_stop(contact, channel, **changes)
    assert draft is not None
    return draft


def status(draft: Draft) -> str:
    return str(Draft.objects.values_list("status", flat=True).get(pk=draft.pk))


def files(folder: Path) -> list[str]:
    return [path.read_text(errors="replace") for path in sorted(folder.glob("*"))] if folder.exists() else []


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
def test_one_message_leaves_past_the_opt_out_that_it_confirms(outbox: Path, channel: str) -> None:
    contact = make_contact()
    waiting = make_approved(contact, make_user())
    draft = confirmed(contact, channel)
    assert (draft.kind, draft.flow, draft.channel) == (DraftKind.CONFIRMATION, Flow.SERVICE, channel)
    assert PolicyApproval.objects.get(draft=draft).fingerprint == draft.approved_fingerprint
    assert services.deliver_due(now=NOW + timedelta(seconds=5), limit=10).sent == 1
    assert (status(draft), status(waiting)) == (DraftStatus.SENT, DraftStatus.SUPPRESSED)
    (text,) = files(outbox)
    assert "You asked us to stop, and we did." in " ".join(text.split())
    assert services.deliver_due(now=NOW + timedelta(minutes=5), limit=10).sent == 0


def test_it_speaks_their_language_in_our_name(settings: Settings) -> None:
    settings.FROM_EMAIL = "Northlight <team@northlight.example>"
    contact = make_contact()
    Contact.objects.filter(pk=contact.pk).update(locale="de-AT")
    body = confirmed(contact).body
    assert body.startswith("Northlight: ")
    assert "Wir schreiben Ihnen nicht mehr" in body


def test_no_other_reason_is_confirmed() -> None:
    for reason in SuppressionReason.values:
        assert (say_stop(make_contact(), reason=reason) is not None) is (reason == SuppressionReason.OPTED_OUT)


def test_an_opt_out_of_one_channel_is_not_called_one_of_all() -> None:
    assert say_stop(make_contact(), where="sms") is None


def test_no_other_channel_confirms() -> None:
    contact = make_contact()
    stop = contacts.suppress(contact=contact, channel="all", reason="opted_out", at=NOW)
    for channel in (Channel.PUSH, Channel.IN_APP, Channel.CALL):
        sent = services.confirm_by_message(
            suppression=stop, channel=channel, address="push", contact=contact, at=NOW, now=NOW
        )
        assert sent is None


def test_nobody_is_told_where_it_is_switched_off(settings: Settings) -> None:
    settings.OPT_OUT_CONFIRMATIONS = False
    assert say_stop(make_contact()) is None


def test_nobody_is_told_at_an_address_that_is_not_theirs_now() -> None:
    contact = make_contact()
    kind, former = address_of(contact, Channel.SMS)
    contacts.set_address(contact=contact, kind=kind, value="+441174960123")
    stop = contacts.suppress(contact=contact, channel="all", reason="opted_out", at=NOW)
    told = services.confirm_by_message(
        suppression=stop, channel="sms", address=former, contact=contact, at=NOW, now=NOW
    )
    assert told is None


def test_an_address_may_come_in_any_spelling() -> None:
    contact = make_contact(email="marta@northlight.example")
    stop = contacts.suppress(contact=contact, channel="all", reason="opted_out", at=NOW)
    for spelt, told in (("no address", False), ("Marta@Northlight.EXAMPLE ", True)):
        draft = services.confirm_by_message(
            suppression=stop, channel="email", address=spelt, contact=contact, at=NOW, now=NOW
        )
        assert (draft is not None) is told
    assert draft is not None
    assert draft.address == "marta@northlight.example"


def test_a_second_stop_is_not_confirmed_again_and_does_not_take_the_first_away(outbox: Path) -> None:
    contact = make_contact()
    first = confirmed(contact)
    assert say_stop(contact, at=NOW + timedelta(seconds=20)) is None
    assert services.deliver_due(now=NOW + timedelta(minutes=1), limit=10).sent == 1
    assert status(first) == DraftStatus.SENT


def test_a_stop_on_two_channels_is_never_confirmed_twice(outbox: Path) -> None:
    contact = make_contact()
    first = confirmed(contact)
    assert say_stop(contact, Channel.EMAIL, at=NOW + timedelta(seconds=40)) is None
    services.deliver_due(now=NOW + timedelta(minutes=1), limit=10)
    # Stopped by another word of theirs meanwhile, which is the strictest reading.
    assert status(first) == DraftStatus.SUPPRESSED


def lift_all(contact: Contact) -> None:
    manager = make_user()
    for stop in Suppression.objects.filter(lift__isnull=True):
        contacts.lift_suppression(suppression=stop, reason="They asked us to write again", by=manager, at=NOW)


@pytest.mark.parametrize(("days", "told"), [(364, False), (366, True)])
def test_who_stops_again_is_told_again_after_a_year(outbox: Path, days: int, told: bool) -> None:
    contact = make_contact()
    confirmed(contact)
    services.deliver_due(now=NOW, limit=10)
    lift_all(contact)
    assert (say_stop(contact, at=NOW + timedelta(days=days)) is not None) is told


def test_what_never_left_told_nobody(outbox: Path) -> None:
    contact = make_contact()
    first = confirmed(contact)
    assert services.withdraw_late_confirmations(now=NOW + timedelta(minutes=15)) == 1
    assert status(first) == DraftStatus.WITHDRAWN
    lift_all(contact)
    assert say_stop(contact, at=NOW + timedelta(days=2)) is not None


@pytest.mark.parametrize(("minutes", "result"), [(14, Result.SENT), (15, Result.REFUSED)])
def test_it_leaves_soon_or_not_at_all(outbox: Path, minutes: int, result: Result) -> None:
    draft = confirmed(make_contact())
    assert services.deliver_one(draft.pk, NOW + timedelta(minutes=minutes)) == result
    assert len(files(outbox)) == (result == Result.SENT)


def test_a_round_takes_back_what_is_late_and_nothing_else() -> None:
    early, late = confirmed(make_contact(), at=NOW + timedelta(minutes=10)), confirmed(make_contact())
    ordinary = make_approved()
    assert services.withdraw_late_confirmations(now=NOW + timedelta(minutes=16)) == 1
    assert [status(one) for one in (early, late, ordinary)] == ["approved", "withdrawn", "approved"]


def test_an_answer_read_or_confirmed_too_late_is_not_confirmed_by_message() -> None:
    assert say_stop(make_contact(), now=NOW + timedelta(minutes=15)) is None


@pytest.mark.parametrize("reason", ["complaint", "explicit_no"])
def test_anything_beside_the_opt_out_silences_it(outbox: Path, reason: str) -> None:
    contact = make_contact()
    draft = confirmed(contact)
    contacts.suppress(contact=contact, channel="all", reason=reason, at=NOW)
    assert services.deliver_one(draft.pk, NOW) == Result.REFUSED
    assert files(outbox) == []


def test_a_complaint_takes_it_away_at_once() -> None:
    contact = make_contact()
    draft = confirmed(contact)
    contacts.suppress(contact=contact, channel="all", reason="complaint", at=NOW)
    services.suppress_pending(contact_ids=[contact.pk], now=NOW)
    assert status(draft) == DraftStatus.SUPPRESSED


def test_after_the_page_said_done_no_message_says_it_again(outbox: Path) -> None:
    contact = make_contact()
    link = make_approved(contact, make_user())
    draft = confirmed(contact)
    assert Client().post(f"/u/{link.unsubscribe_token}").status_code == 200
    assert status(draft) == DraftStatus.WITHDRAWN
    # The other way round: the page was first, and an answer by SMS from just before is read only now.
    other = make_contact()
    link = make_approved(other, make_user())
    services.unsubscribe(token=link.unsubscribe_token, now=NOW)
    assert say_stop(other, at=NOW - timedelta(seconds=1)) is None
    assert say_stop(other, at=NOW + timedelta(seconds=1)) is None
    assert services.deliver_due(now=NOW + timedelta(minutes=1), limit=10).sent == 0


def test_it_is_no_touch_no_attempt_and_waits_for_no_review() -> None:
    contact = make_contact()
    draft = confirmed(contact)
    assert not contact.touches.exists()
    assert not hasattr(draft, "attempt")
    assert not Draft.objects.awaiting_review().exists()


def test_staff_find_it_among_what_was_sent(outbox: Path) -> None:
    contact = make_contact()
    draft = confirmed(contact)
    services.deliver_one(draft.pk, NOW)
    staff = Client()
    staff.force_login(make_user(is_superuser=True, is_staff=True))
    for page in (
        reverse("outreach:outbox"),
        reverse("reviews:item", args=[draft.pk]),
        reverse("reviews:contact", args=[contact.pk]),
        reverse("reviews:queue"),
    ):
        assert staff.get(page).status_code == 200, page
    assert "You asked us to stop" in staff.get(reverse("outreach:outbox")).content.decode()


def test_one_that_a_provider_refused_is_put_away_with_its_reason() -> None:
    draft = confirmed(make_contact())
    Draft.objects.filter(pk=draft.pk).update(status=DraftStatus.FAILED, status_reason="They blocked this number.")
    services.withdraw_late_confirmations(now=NOW + timedelta(minutes=5))
    assert status(draft) == DraftStatus.FAILED
    services.withdraw_late_confirmations(now=NOW + timedelta(minutes=15))
    draft.refresh_from_db()
    assert (draft.status, draft.status_reason) == (DraftStatus.WITHDRAWN, "They blocked this number.")


def test_the_click_confirms_what_a_person_was_still_asked_about() -> None:
    contact = make_contact()
    link = make_approved(contact, make_user())
    held = contacts.suppress(contact=contact, channel="all", reason="opted_out", at=NOW)
    common: dict[str, Any] = {"channel": "sms", "label": ReplyLabel.OPT_OUT, "confidence": "0.6", "at": NOW}
    mine = Reply.objects.create(contact=contact, status=ReplyStatus.HELD, suppression=held, **common)
    stranger = make_contact()
    stop = contacts.suppress(contact=stranger, channel="all", reason="opted_out", at=NOW)
    theirs = Reply.objects.create(contact=stranger, status=ReplyStatus.HELD, suppression=stop, **common)
    services.unsubscribe(token=link.unsubscribe_token, now=NOW)
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.status, theirs.status) == (ReplyStatus.CONFIRMED, ReplyStatus.HELD)


# --- at the same moment, with real connections ------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_opt_outs_at_once_are_confirmed_once(outbox: Path) -> None:
    contact = make_contact()
    later = NOW + timedelta(milliseconds=3)
    answers = race(
        lambda: say_stop(contact),
        lambda: say_stop(contact, at=later),
        lambda: say_stop(contact),
        lambda: say_stop(contact, at=later),
    )
    assert not any(isinstance(one, Exception) for one in answers), answers
    assert Draft.objects.filter(kind=DraftKind.CONFIRMATION).count() == 1
    rounds = race(*[lambda: services.deliver_due(now=later, limit=10)] * 3)
    assert sum(one.sent for one in rounds) == len(files(outbox)) == 1  # type: ignore[attr-defined]


@pytest.mark.django_db(transaction=True)
def test_a_click_and_an_answer_at_once_never_send_after_the_page(outbox: Path) -> None:
    for number in range(4):
        contact = make_contact()
        link = make_approved(contact, make_user())
        click = NOW + timedelta(seconds=number - 1)
        race(
            lambda link=link, click=click: services.unsubscribe(token=link.unsubscribe_token, now=click),  # type: ignore[misc]
            lambda contact=contact: say_stop(contact),  # type: ignore[misc]
        )
        # Both have answered: whatever the order was, no message tells them again.
        assert services.deliver_due(now=NOW + timedelta(seconds=9), limit=10).sent == 0
    assert files(outbox) == []
