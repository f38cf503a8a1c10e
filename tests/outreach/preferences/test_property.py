"""Whatever is chosen on the page, in any order: no suppression is lowered, and no refusal from elsewhere undone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from contacts import services as contacts
from contacts.models import ActiveSuppression, SuppressionLift
from contacts.states import Channel, Consent, SuppressionReason
from outreach import services
from outreach.models import Draft
from outreach.services import Choices
from outreach.states import DraftStatus
from tests.outreach.world import NOW, make_approved, make_contact

pytestmark = pytest.mark.django_db

some = st.sets(st.sampled_from(Channel.values)).map(frozenset)
topics = st.sets(st.sampled_from(["conversations", "tips", "offers"])).map(frozenset)
saves = st.builds(
    Choices,
    channels_shown=some,
    channels_shown_on=some,
    channels=some,
    topics_shown=topics,
    topics_shown_on=topics,
    topics=topics,
    pause=st.sampled_from(["", "1", "3", "end"]),
)
stops = st.tuples(st.sampled_from(["all", *Channel.values]), st.sampled_from(SuppressionReason.values))
refusals = st.sampled_from(Channel.values)
steps = st.lists(st.one_of(saves, saves, stops, refusals, st.just("click")), min_size=1, max_size=5)


class GaveBack(Exception):  # noqa: N818 - takes the example's rows back
    """The end of an example."""


@settings(max_examples=6)
@given(steps=steps)
def test_no_order_of_choices_lowers_a_suppression_or_undoes_a_word_from_elsewhere(steps: list[Any]) -> None:
    try:
        with transaction.atomic():
            play(steps)
            raise GaveBack
    except GaveBack:
        pass


def play(steps: list[Any]) -> None:
    contact = make_contact()
    draft = make_approved(contact)
    token = draft.unsubscribe_token
    held: set[tuple[str, str]] = set()
    refused: set[str] = set()
    for number, step in enumerate(steps):
        now = NOW + timedelta(minutes=number)
        if isinstance(step, Choices):
            services.save_preferences(token=token, choices=step, now=now)
        elif step == "click":
            services.unsubscribe(token=token, now=now)
        elif isinstance(step, tuple):
            contacts.suppress(contact=contact, channel=step[0], reason=step[1], at=now)
        else:
            contacts.record_consent(contact=contact, channel=step, status=Consent.NO, source="A call", at=now)
            refused.add(step)
        holding = set(ActiveSuppression.objects.filter(contact=contact).values_list("channel", "reason"))
        assert held <= holding
        held = holding
        known = services.preferences_of(token=token, now=now)
        assert known is not None
        on = {one.channel for one in known.channels if one.on}
        closed = {channel for channel, _ in held} & {"all", *Channel.values}
        assert not on & closed
        assert not on or "all" not in closed
        assert not on & refused
    assert not SuppressionLift.objects.exists()
    draft = Draft.objects.get(pk=draft.pk)
    assert draft.status in (DraftStatus.APPROVED, DraftStatus.SUPPRESSED)
