"""Every useful reason of followups.md arrives from the rows where it is kept, and is shown once it is spent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contacts import services as contacts
from followups import services
from followups.models import Lead
from followups.states import ReasonKind
from tests.followups.making import NOW, ago, day, draft_of, make_lead, make_touch, owner_of, send, swept

pytestmark = pytest.mark.django_db


def asked() -> Lead:
    lead = make_lead(stage="qualified", quote_sent_on=None)
    make_touch(lead, at=ago(40), direction="in", kind="question", summary="What does it cost?")
    make_touch(lead, at=ago(12))
    return lead


def agreed() -> Lead:
    return make_lead(
        stage="qualified", quote_sent_on=None, last_touch_at=ago(12), next_step="Call about it", next_step_on=day(5)
    )


def proposed() -> Lead:
    return make_lead(quote_sent_on=None, proposal_sent_on=day(9))


def interested() -> Lead:
    lead = make_lead(stage="qualified", quote_sent_on=None, last_touch_at=ago(12))
    contacts.record_event(contact=lead.contact, name="proposal_opened", occurred_at=ago(13))
    contacts.record_event(contact=lead.contact, name="page_viewed", occurred_at=ago(2))
    return lead


def offered() -> Lead:
    services.create_asset(title="A guide", link="https://ours.example/g", published_at=ago(2), stages=["qualified"])
    return make_lead(stage="qualified", quote_sent_on=None, last_touch_at=ago(12))


def noted() -> Lead:
    lead = make_lead(stage="qualified", quote_sent_on=None, last_touch_at=ago(12))
    services.add_note(lead=lead, text="They moved offices.", by=owner_of(lead), now=ago(3))
    return lead


REASONS: dict[ReasonKind, Callable[[], Lead]] = {
    ReasonKind.UNANSWERED_QUESTION: asked,
    ReasonKind.OPEN_NEXT_STEP: agreed,
    ReasonKind.QUOTE_UNANSWERED: make_lead,
    ReasonKind.PROPOSAL_UNANSWERED: proposed,
    ReasonKind.NEW_ENGAGEMENT: interested,
    ReasonKind.NEW_MATERIAL: offered,
    ReasonKind.OWNER_NOTE: noted,
}


@pytest.mark.parametrize("kind", ReasonKind)
def test_a_reason_comes_from_its_rows_is_drafted_spent_shown_and_never_used_again(kind: ReasonKind) -> None:
    lead = REASONS[kind]()

    decision = swept()[lead.external_id].decision

    assert (decision.kind.value, decision.reasons) == ("continue", (kind.value,))
    assert draft_of(lead).reason_text
    send(draft_of(lead), at=NOW)
    (spent,) = services.spent_on(lead)
    assert (spent.kind, spent.what, spent.sent_at) == (kind.label, draft_of(lead).reason_text, NOW)
    later = swept(now=NOW + (NOW - ago(6)))[lead.external_id].decision
    assert kind.value not in later.reasons
