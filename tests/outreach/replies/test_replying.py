"""What follows from an answer: held at once, confirmed or released by a person, and never twice (promise R3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from pytest_django import Settings

from contacts import services as contacts
from contacts.models import ActiveSuppression, Contact, Event, Suppression
from contacts.states import Channel, EventKind, SuppressionReason, TouchKind
from outreach import services
from outreach.inbound.message import IncomingMessage
from outreach.models import Draft, ProviderNotice, Reply
from outreach.services import NotPermitted, Refused, StaleReply
from outreach.states import DraftKind, DraftStatus, NoticeKind, ReplyLabel, ReplyStatus, SortedBy
from staff.models import User
from tests.factories import make_team, make_user
from tests.outreach.world import NOW, make_approved, make_contact

pytestmark = pytest.mark.django_db


def said(
    text: str,
    *,
    draft: Draft | None = None,
    contact: Contact | None = None,
    channel: str = Channel.EMAIL,
    sender: str = "",
    subject: str = "",
    notice: ProviderNotice | None = None,
    **headers: str,
) -> Reply:
    if contact is None and draft is not None:
        contact = draft.contact
    if not sender:
        sender = draft.address if draft is not None else "somebody@elsewhere.example"
    message = IncomingMessage(
        channel, sender, ("us@ours.example",), text, NOW, subject=subject,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )  # fmt: skip
    return services.receive_reply(message=message, draft=draft, contact=contact, notice=notice, now=NOW)


@pytest.fixture
def owner() -> User:
    return make_user("Account owner", name="Ola Berg")


@pytest.fixture
def draft(owner: User) -> Draft:
    return make_approved(owner=owner)


def status_of(draft: Draft) -> str:
    return Draft.objects.values_list("status", flat=True).get(pk=draft.pk)


def test_what_may_be_an_opt_out_holds_everything_at_once(draft: Draft) -> None:
    also = make_approved(draft.contact, channel=Channel.SMS)
    reply = said("Please take me off your list. Who gave you my address?", draft=draft)
    assert (reply.label, reply.status) == (ReplyLabel.OPT_OUT, ReplyStatus.HELD)
    assert {status_of(draft), status_of(also)} == {DraftStatus.SUPPRESSED}
    assert services.claim(draft.pk, NOW) == services.Result.GONE
    assert Suppression.objects.filter(source=f"Reply {reply.pk}", channel="all").count() == 2
    assert reply.text[reply.spans[0]["start"] : reply.spans[0]["end"]] == "take me off"


def test_nothing_written_later_leaves_while_it_is_held(draft: Draft, owner: User) -> None:
    said("Take me off your list", draft=draft)
    with pytest.raises(Refused):
        make_approved(draft.contact, owner)


def test_a_single_word_is_confirmed_and_told_once() -> None:
    draft = make_approved(channel=Channel.SMS)
    reply = said("STOP", draft=draft, channel=Channel.SMS)
    again = said("Stop", draft=draft, channel=Channel.SMS)
    assert (reply.status, again.status) == (ReplyStatus.CONFIRMED, ReplyStatus.CONFIRMED)
    assert Draft.objects.filter(kind=DraftKind.CONFIRMATION).count() == 1


def test_a_confirmed_hold_is_final_and_tells_them(draft: Draft, owner: User) -> None:
    reply = said("Take me off your list", draft=draft)
    done = services.confirm_opt_out(reply_id=reply.pk, by=owner, now=NOW + timedelta(minutes=2))
    assert (done.status, done.decided_by) == (ReplyStatus.CONFIRMED, owner)
    assert Draft.objects.filter(kind=DraftKind.CONFIRMATION).count() == 1
    with pytest.raises(StaleReply, match="Ola Berg confirmed that they said stop on 20 May at 09:02 UTC"):
        services.release_hold(reply_id=reply.pk, by=owner, reason="A mistake", now=NOW)
    assert ActiveSuppression.objects.filter(contact=draft.contact).exists()


def test_releasing_lifts_what_this_hold_made_and_nothing_else(draft: Draft, owner: User) -> None:
    contacts.suppress(contact=draft.contact, channel=Channel.SMS, reason=SuppressionReason.OPTED_OUT, at=NOW)
    reply = said("Can you stop sending the wrong invoice numbers, and take me off your list of debtors", draft=draft)
    assert reply.status == ReplyStatus.HELD
    with pytest.raises(Refused, match="Say why"):
        services.release_hold(reply_id=reply.pk, by=owner, reason=" ", now=NOW)
    done = services.release_hold(reply_id=reply.pk, by=owner, reason="It is about invoices", now=NOW, label="question")
    assert (done.status, done.label, done.sorted_by) == (ReplyStatus.RELEASED, ReplyLabel.QUESTION, SortedBy.PERSON)
    assert done.touch is not None
    assert done.touch.kind == TouchKind.QUESTION
    assert [one.channel for one in ActiveSuppression.objects.filter(contact=draft.contact)] == [Channel.SMS]
    assert status_of(draft) == DraftStatus.SUPPRESSED


def test_a_second_held_answer_still_holds_when_the_first_one_is_released(draft: Draft, owner: User) -> None:
    first = said("take me off your list of debtors", draft=draft)
    second = said("Stop emailing me", draft=draft)
    services.release_hold(reply_id=first.pk, by=owner, reason="About invoices", now=NOW)
    assert ActiveSuppression.objects.filter(contact=draft.contact, channel="all").exists()
    services.release_hold(reply_id=second.pk, by=owner, reason="A joke between us", now=NOW)
    assert not ActiveSuppression.objects.filter(contact=draft.contact).exists()


def test_a_released_answer_can_be_confirmed_later(draft: Draft, owner: User) -> None:
    reply = said("Take me off your list", draft=draft)
    services.release_hold(reply_id=reply.pk, by=owner, reason="Misread", now=NOW)
    services.confirm_opt_out(reply_id=reply.pk, by=owner, note="They meant it", now=NOW)
    assert ActiveSuppression.objects.filter(contact=draft.contact, reason=SuppressionReason.OPTED_OUT).exists()


def test_no_is_held_as_a_no(draft: Draft) -> None:
    reply = said("Thanks, but we went with another supplier.", draft=draft)
    assert (reply.label, reply.status) == (ReplyLabel.EXPLICIT_NO, ReplyStatus.HELD)
    assert set(ActiveSuppression.objects.filter(contact=draft.contact).values_list("reason", flat=True)) == {
        SuppressionReason.EXPLICIT_NO
    }


def test_a_wrong_person_stops_the_address_and_not_the_person(draft: Draft) -> None:
    by_phone = make_approved(draft.contact, channel=Channel.SMS)
    reply = said("I am not Marta, wrong person.", draft=draft)
    assert (reply.label, reply.status) == (ReplyLabel.WRONG_PERSON, ReplyStatus.HELD)
    assert (status_of(draft), status_of(by_phone)) == (DraftStatus.SUPPRESSED, DraftStatus.APPROVED)


def test_a_question_opens_one(draft: Draft) -> None:
    reply = said("Does the plan stop in May?", draft=draft)
    assert (reply.label, reply.status) == (ReplyLabel.QUESTION, ReplyStatus.OPEN)
    assert reply.touch is not None
    assert (reply.touch.kind, reply.touch.summary) == (TouchKind.QUESTION, "Does the plan stop in May?")
    # It leaves only after somebody has read what they wrote.
    services.claim(draft.pk, NOW + timedelta(minutes=1))
    assert not ActiveSuppression.objects.filter(contact=draft.contact).exists()


def test_the_day_of_return_is_kept(draft: Draft) -> None:
    reply = said(
        "I am away until 3 June.", draft=draft, subject="Automatic reply: Your question", auto_submitted="auto-replied"
    )
    assert reply.touch is not None
    assert (reply.status, reply.touch.kind, str(reply.touch.returns_on)) == (
        ReplyStatus.SETTLED, TouchKind.OUT_OF_OFFICE, "2026-06-04",
    )  # fmt: skip
    assert status_of(draft) == DraftStatus.APPROVED


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("Does it also work on Mondays?", 1),
        ("Yes, next week is fine.", 1),
        ("Thanks, but we went with another supplier.", 1),
        ("Take me off your list", 1),
        ("I am out of office until 3 June. In urgent cases write to my colleague.", 0),
    ],
)
def test_their_own_words_count_for_their_score_once(draft: Draft, text: str, counts: int) -> None:
    notice = ProviderNotice.objects.create(
        provider="postmark", kind=NoticeKind.INBOUND, external_id="1", body=b"{}", received_at=NOW
    )
    for _ in range(2):
        said(text, draft=draft, notice=notice)
    events = Event.objects.filter(contact=draft.contact, name__key="message_replied")
    assert events.count() == counts
    assert all(one.name.kind == EventKind.MESSAGE_REPLIED for one in events)


def test_the_same_notice_is_one_answer(draft: Draft) -> None:
    notice = ProviderNotice.objects.create(
        provider="test", kind=NoticeKind.INBOUND, external_id="1", body=b"{}", received_at=NOW
    )
    first = said("Yes, gladly.", draft=draft, notice=notice)
    assert said("Yes, gladly.", draft=draft, notice=notice) == first
    assert Reply.objects.count() == 1


def test_an_opt_out_of_somebody_unknown_stops_the_address() -> None:
    reply = said("Remove me from your list", sender="New.Person@Elsewhere.example")
    assert (reply.contact, reply.status) == (None, ReplyStatus.HELD)
    newcomer = make_contact(email="new.person@elsewhere.example")
    assert ActiveSuppression.objects.filter(contact=newcomer, channel="all").exists()


def test_whoever_became_part_of_another_one_is_stopped_there(draft: Draft, owner: User) -> None:
    old = draft.contact
    survivor = make_contact(email="else@northlight.example")
    Contact.objects.filter(pk=old.pk).update(merged_into=survivor)
    reply = said("Take me off your list", draft=draft)
    assert reply.contact == survivor
    assert ActiveSuppression.objects.filter(contact=survivor).exists()


def test_a_second_opinion_only_holds(draft: Draft, owner: User) -> None:
    reply = said("Well. You know what I think of this.", draft=draft)
    assert reply.status == ReplyStatus.OPEN
    held = services.hold_after_second_opinion(reply_id=reply.pk, now=NOW)
    assert (held.status, held.sorted_by, held.label) == (ReplyStatus.HELD, SortedBy.MODEL, ReplyLabel.OPT_OUT)
    services.release_hold(reply_id=reply.pk, by=owner, reason="A friend of ours", now=NOW)
    assert services.hold_after_second_opinion(reply_id=reply.pk, now=NOW).status == ReplyStatus.RELEASED


def test_a_person_may_find_a_stop_that_no_rule_saw(draft: Draft, owner: User) -> None:
    reply = said("Please, no.", draft=draft)
    done = services.relabel(reply_id=reply.pk, label=ReplyLabel.OPT_OUT, by=owner, now=NOW)
    assert (done.status, done.sorted_by) == (ReplyStatus.CONFIRMED, SortedBy.PERSON)
    assert ActiveSuppression.objects.filter(contact=draft.contact, reason=SuppressionReason.OPTED_OUT).exists()


def test_a_no_that_is_an_opt_out_becomes_one(draft: Draft, owner: User) -> None:
    reply = said("Not interested.", draft=draft)
    services.relabel(reply_id=reply.pk, label=ReplyLabel.OPT_OUT, by=owner, now=NOW)
    assert set(ActiveSuppression.objects.filter(contact=draft.contact).values_list("reason", flat=True)) == {
        SuppressionReason.OPTED_OUT
    }


def test_read_is_done_and_the_second_reader_is_told(draft: Draft, owner: User) -> None:
    reply = said("Yes, gladly.", draft=draft)
    services.settle_reply(reply_id=reply.pk, by=owner, now=NOW)
    with pytest.raises(StaleReply, match="marked it as read"):
        services.settle_reply(reply_id=reply.pk, by=owner, now=NOW)


def test_only_those_it_concerns_decide(draft: Draft) -> None:
    reply = said("Take me off your list", draft=draft)
    stranger = make_user("Account owner", team=make_team())
    with pytest.raises(NotPermitted, match="another team"):
        services.release_hold(reply_id=reply.pk, by=stranger, reason="No", now=NOW)
    with pytest.raises(NotPermitted, match="may not decide"):
        services.confirm_opt_out(reply_id=reply.pk, by=make_user("Concierge"), now=NOW)
    assert Reply.objects.get(pk=reply.pk).status == ReplyStatus.HELD


def test_the_model_is_asked_once_and_can_only_hold(draft: Draft, settings: Settings) -> None:
    settings.LLM_URL, settings.LLM_MODEL = "http://127.0.0.1:9/v1", "none"
    unsure = said("How did you get my e-mail address?", draft=draft)
    sure = said("Yes, gladly.", draft=draft)
    asked: list[str] = []

    def says(label: str | None) -> Callable[[str], str | None]:
        def answer(text: str) -> str | None:
            asked.append(text)
            return label

        return answer

    assert services.ask_second_opinions(now=NOW, limit=5, ask=says("answer")) == 0
    assert services.ask_second_opinions(now=NOW, limit=5, ask=says("opt_out")) == 0
    assert asked == ["How did you get my e-mail address?"]
    Reply.objects.filter(pk=unsure.pk).update(sorted_by=SortedBy.RULE)
    assert services.ask_second_opinions(now=NOW, limit=5, ask=says("opt_out")) == 1
    assert Reply.objects.get(pk=unsure.pk).status == ReplyStatus.HELD
    assert Reply.objects.get(pk=sure.pk).status == ReplyStatus.OPEN
