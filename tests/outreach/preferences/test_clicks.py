"""Clicks at the same moment as other clicks, choices, merges and crashes, with real connections."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from contacts.models import ActiveSuppression, Suppression
from contacts.services.merging import merge
from contacts.states import MergeKey
from outreach import services
from outreach.models import Draft
from outreach.services import Choices
from outreach.states import DraftStatus
from tests.factories import make_user
from tests.outreach.races import race
from tests.outreach.world import NOW, make_approved, make_contact, make_draft

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_clicks_at_once_leave_one_record() -> None:
    draft = make_approved(owner=make_user())
    page = f"/u/{draft.unsubscribe_token}"
    answers = race(*[lambda: Client().post(page, {"List-Unsubscribe": "One-Click"}).status_code] * 4)
    assert answers == [200] * 4
    assert Suppression.objects.filter(contact=draft.contact).count() == 1
    assert Suppression.objects.filter(address_value=draft.address).count() == 1


def test_a_click_and_choices_at_once_end_stopped() -> None:
    draft = make_approved(owner=make_user())
    everything = frozenset({"email", "sms", "call"})
    answers = race(
        lambda: services.unsubscribe(token=draft.unsubscribe_token, now=NOW),
        lambda: services.save_preferences(
            token=draft.unsubscribe_token, choices=Choices(channels_shown=everything, pause="1"), now=NOW
        ),
        lambda: services.save_preferences(
            token=draft.unsubscribe_token, choices=Choices(channels_shown=everything, channels=everything), now=NOW
        ),
    )
    assert not any(isinstance(one, Exception) for one in answers), answers
    assert services.is_unsubscribed(contact_id=draft.contact_id)
    assert Draft.objects.get(pk=draft.pk).status == DraftStatus.SUPPRESSED


def test_a_click_during_a_merge_stops_who_they_are_afterwards() -> None:
    owner = make_user()
    for number in range(3):
        gone, stays = make_contact(), make_contact()
        link, waiting = make_draft(gone, owner), make_approved(stays, owner)

        def click(token: str = link.unsubscribe_token, wait: float = number * 0.01) -> object:
            time.sleep(wait)
            return services.unsubscribe(token=token, now=NOW)

        answers = race(
            click,
            lambda gone=gone, stays=stays: merge(  # type: ignore[misc]
                survivor=stays, merged=gone, key=MergeKey.PERSON, reason="One person", by=owner, at=NOW
            ),
        )
        assert not any(isinstance(one, Exception) for one in answers), answers
        assert ActiveSuppression.objects.filter(contact=stays, reason="opted_out").exists()
        # What was approved for the other record is given up by the click, or refused when it is about to leave.
        services.deliver_one(waiting.pk, NOW)
        assert Draft.objects.get(pk=waiting.pk).status == DraftStatus.SUPPRESSED


def test_an_answer_that_is_never_given_loses_nothing(settings: Settings) -> None:
    """The opt-out holds before the barrier is waited for: whoever breaks off there has stopped everything."""
    settings.UNSUBSCRIBE_BARRIER_SECONDS = 20
    draft = make_approved(owner=make_user())
    Draft.objects.filter(pk=draft.pk).update(status=DraftStatus.SENDING, claimed_at=timezone.now())

    def click() -> None:
        Client().post(f"/u/{draft.unsubscribe_token}")
        connections.close_all()

    clicking = threading.Thread(target=click)
    clicking.start()
    end = time.monotonic() + 10
    while not services.is_unsubscribed(contact_id=draft.contact_id) and time.monotonic() < end:
        time.sleep(0.01)
    held_while_waiting = services.is_unsubscribed(contact_id=draft.contact_id) and clicking.is_alive()
    Draft.objects.filter(pk=draft.pk).update(status=DraftStatus.SENT, sent_at=timezone.now())
    clicking.join(30)
    assert held_while_waiting
    assert not clicking.is_alive()
