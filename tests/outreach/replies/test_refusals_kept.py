"""A hold that is released ends for itself alone: every other word of theirs goes on holding (promise R3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from contacts import services as contacts
from contacts.imports import OPTOUTS
from contacts.models import ActiveSuppression, Suppression
from contacts.services.merging import merge
from contacts.states import MergeKey, SuppressionReason
from outreach import services
from outreach.models import Draft, Reply
from outreach.services.reply_stops import stops_of
from outreach.services.unsubscribing import opt_out
from outreach.states import ReplyStatus
from staff.models import User
from tests.contacts.files import bring
from tests.factories import make_user
from tests.outreach.replies.test_replying import said
from tests.outreach.world import NOW, make_approved, make_contact

pytestmark = pytest.mark.django_db
HELD = "Please take me off your list. Who gave you my address?"
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def owner() -> User:
    return make_user("Account owner")


@pytest.fixture
def draft(owner: User) -> Draft:
    return make_approved(owner=owner)


def by_hand(draft: Draft) -> None:
    contacts.suppress(
        contact=draft.contact, channel="all", reason=SuppressionReason.OPTED_OUT, at=LATER, source="Review"
    )


def by_import(draft: Draft) -> None:
    bring(OPTOUTS, f"email\n{draft.address}\n")


def by_provider(draft: Draft) -> None:
    opt_out(draft=draft, source="postmark", now=LATER)


def by_merge(draft: Draft) -> None:
    other = make_contact()
    contacts.suppress(contact=other, channel="all", reason=SuppressionReason.OPTED_OUT, at=LATER, source="A call")
    merge(
        survivor=draft.contact, merged=other, key=MergeKey.PERSON, reason="The same person",
        by=make_user("Administrator"), at=LATER,
    )  # fmt: skip


@pytest.mark.parametrize("again", [by_hand, by_import, by_provider, by_merge])
def test_an_opt_out_taken_down_while_an_answer_is_held_outlives_its_release(
    draft: Draft, owner: User, again: Callable[[Draft], None]
) -> None:
    reply = said(HELD, draft=draft)
    again(draft)
    # Whatever confirmed the answer meanwhile is undone here: the refusal must hold by itself.
    Reply.objects.filter(pk=reply.pk).update(status=ReplyStatus.HELD, decided_at=None)
    services.release_hold(reply_id=reply.pk, by=owner, reason="Misread", now=LATER)
    assert ActiveSuppression.objects.filter(
        contact=draft.contact_id, channel="all", reason=SuppressionReason.OPTED_OUT
    ).exists()
    assert not Suppression.objects.filter(source=f"Reply {reply.pk}", lift__isnull=True).exists()


def test_the_same_word_from_elsewhere_is_still_kept_once(draft: Draft) -> None:
    reply = said(HELD, draft=draft)
    for _ in range(2):
        by_hand(draft)
        by_import(draft)
    others = Suppression.objects.exclude(source=f"Reply {reply.pk}")
    assert others.count() == 2  # by hand for the person, by the file for the address


def test_two_people_of_one_address_who_both_answered_hold_it_each(draft: Draft, owner: User) -> None:
    first, other = said(HELD, draft=draft), make_contact()
    second = said(HELD, contact=other, sender=draft.address)
    services.release_hold(reply_id=first.pk, by=owner, reason="Misread", now=LATER)
    address = Suppression.objects.filter(address_value=draft.address, lift__isnull=True)
    assert [one.source for one in address] == [f"Reply {second.pk}"]


def test_a_file_that_names_an_answer_as_its_source_is_not_lifted_with_it(draft: Draft, owner: User) -> None:
    reply = said("We will see.", draft=draft)
    bring(OPTOUTS, f"email,source,at\n{draft.address},Reply {reply.pk},2020-01-01T00:00:00Z\n")
    reply = services.relabel(reply_id=reply.pk, label="question", by=owner, now=NOW)
    assert not stops_of(reply)
