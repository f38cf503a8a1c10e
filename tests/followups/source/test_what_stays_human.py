"""The four things that no machine may do to a quiet lead, by their numbers in the source."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from contacts import services as contacts
from followups import services
from followups.models import CadenceVersion, Lead
from followups.rules import DEFAULT_CADENCE, validate_cadence
from outreach import services as outreach
from outreach.inbound.news import News
from outreach.models import Draft
from outreach.states import DeliveryKind
from tests.factories import make_user
from tests.followups.making import NOW, ago, day, draft_of, drafts_of, make_lead, owner_of, send
from tests.followups.source.acting import gates_of, hears, nobody_has_to_look, rewrite, sweep_one, unwatched

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("opted_out", "Please take me off your list."),
        ("explicit_no", "Thank you, but no: we are not interested any more."),
        ("complaint", ""),
    ],
)
def test_what_stays_human_1_nothing_goes_on_after_they_said_stop_or_no_or_complained(reason: str, words: str) -> None:
    """Whatever else would be a reason to write: neither the sweep writes nor could the owner have it sent."""
    lead = make_lead(quote_sent_on=day(20))
    sweep_one(lead, ago(12))
    send(draft_of(lead), at=ago(12))
    if words:
        hears(draft_of(lead), words, at=ago(11))
    else:
        news = News("mail server", DeliveryKind.COMPLAINED, ago(11), stops="complaint", draft_id=draft_of(lead).pk)
        outreach.note_news(news=news, draft=draft_of(lead), now=ago(11))
    services.add_note(lead=lead, text="They move in June.", by=owner_of(lead), now=ago(10))
    contacts.record_event(contact=lead.contact, name="quote_opened", occurred_at=ago(9))
    for later in (0, 30, 400):
        assert sweep_one(lead, NOW + timedelta(days=later)).decision.reasons == (reason,)
    assert drafts_of(lead) == ["sent"]
    assert Lead.objects.get(pk=lead.pk).disposition == "stopped"


@pytest.mark.parametrize(
    "reproach",
    [
        "I have tried to reach you several times.",
        "Since you have not replied, I guess you are not interested.",
        "This is your last chance to say yes.",
    ],
)
def test_what_stays_human_2_reproaches_never_leave_whoever_wants_them_sent(reproach: str) -> None:
    """A text that makes them feel guilty is stopped, and no role can wave it through."""
    lead = make_lead()
    sweep_one(lead)
    draft = rewrite(draft_of(lead), "The quote of 3 May is open.", reproach)
    assert "guilt" in gates_of(draft, "block")
    for by in (owner_of(lead), make_user(is_superuser=True)):
        with pytest.raises(outreach.BlockedByGates):
            outreach.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=by, now=NOW)
    assert draft_of(lead).status == "awaiting_review"


@pytest.mark.parametrize(
    "change",
    [
        "We can give you a discount on the quote.",
        "Our offer now includes the training.",
        "This is valid only until Friday.",
    ],
)
def test_what_stays_human_3_price_offer_and_urgency_wait_for_a_person(change: str) -> None:
    """Such words are marked, and Rekindle itself may not approve them even where the cadence asks nobody."""
    nobody_has_to_look()
    lead = unwatched(make_lead())
    sweep_one(lead)
    # As it was written it needs nobody.
    assert (draft_of(lead).status, draft_of(lead).review_reasons) == ("approved", [])
    other = unwatched(make_lead(strategic=True))
    sweep_one(other)
    Draft.objects.filter(pk=draft_of(other).pk).update(review_reasons=[])
    draft = rewrite(draft_of(other), "The quote of 3 May is open.", change)
    assert "commitment" in gates_of(draft)
    assert "commitment" in draft.review_reasons
    with pytest.raises((outreach.NotPermitted, outreach.BlockedByGates)):
        outreach.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=None, now=NOW)
    assert draft_of(other).status == "awaiting_review"


def test_what_stays_human_4_a_follow_up_without_an_end_can_neither_be_set_up_nor_happen() -> None:
    """A cadence needs a limit of attempts and of days; and with reasons without end it ends all the same."""
    limits: list[dict[str, Any]] = [{"max_attempts": 0}, {"max_days": 0}]
    for without in limits:
        assert without.keys() & {one.place for one in validate_cadence(replace(DEFAULT_CADENCE, **without))}
        with pytest.raises(services.CadenceHasProblems):
            services.clone_cadence(base=services.published_version(), name="endless", changes=without, by=None)
        with pytest.raises(IntegrityError), transaction.atomic():
            CadenceVersion.objects.update(**without)

    lead = make_lead(quote_sent_on=None, last_touch_at=NOW)
    for days in range(5, 75, 5):
        now = NOW + timedelta(days=days)
        services.add_note(lead=lead, text=f"News of day {days}.", by=owner_of(lead), now=now - timedelta(hours=1))
        sweep_one(lead, now)
        for draft in Draft.objects.filter(attempt__lead=lead, status="awaiting_review"):
            send(draft, at=now)
    kinds = list(Draft.objects.filter(attempt__lead=lead).order_by("pk").values_list("kind", flat=True))
    assert kinds == ["follow_up", "follow_up", "close_loop"]
    assert Lead.objects.get(pk=lead.pk).disposition == "no_response"
