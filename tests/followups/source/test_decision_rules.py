"""The five decision rules of the source for quiet leads, by their numbers there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts import services as contacts
from followups.models import Attempt, Lead
from followups.rules import DEFAULT_CADENCE, DRAFTING, decide
from followups.states import DecisionKind
from outreach import services as outreach
from outreach.models import Draft
from tests.followups.evidence import NOW as NOON
from tests.followups.evidence import ago as before
from tests.followups.evidence import quiet, touch
from tests.followups.making import NOW, ago, day, draft_of, drafts_of, make_lead, make_touch, owner_of, send
from tests.followups.source.acting import (
    HIGH,
    gates_of,
    nobody_has_to_look,
    rewrite,
    say_nothing_twice,
    sweep_one,
    unwatched,
)


@given(st.integers(5, 400), st.sampled_from([{}, {"next_step": " "}, {"stage": "proposal"}]))
def test_decision_rule_1_asks_for_a_useful_reason_and_never_takes_time_for_one(days: int, more: dict[str, str]) -> None:
    """Without a question of theirs, a step agreed on or another useful reason no follow-up is written, ever."""
    silent = quiet(notes=(), touches=(touch(1, before(days)),), **more)
    assert decide(silent, DEFAULT_CADENCE, NOON).kind not in (DecisionKind.CONTINUE, DecisionKind.CHANGE_ANGLE)
    few_days = replace(silent, touches=(touch(1, before(8)),))
    asked = replace(few_days, touches=(touch(2, before(9), "in", "question"), *few_days.touches))
    agreed = replace(few_days, next_step="Walk through the plan", next_step_on=before(3).date())
    assert decide(asked, DEFAULT_CADENCE, NOON).reasons == ("unanswered_question",)
    assert decide(agreed, DEFAULT_CADENCE, NOON).reasons == ("open_next_step",)


@pytest.mark.django_db
@pytest.mark.parametrize("why", ["opted_out", "explicit_no", "complaint", "expired"])
def test_decision_rule_2_stops_at_once_what_was_already_approved(why: str) -> None:
    """Whoever opts out, says no or complains, and a deal whose time is over, gets not even what was approved."""
    lead = make_lead(expires_on=day(-2))
    sweep_one(lead)
    draft = draft_of(lead)
    outreach.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner_of(lead), now=NOW)
    then = NOW + timedelta(minutes=1)
    if why == "expired":
        then = NOW + timedelta(days=3)
    else:
        contacts.suppress(contact=lead.contact, channel="all", reason=why, at=NOW, source="They told us")
        assert outreach.deliver_one(draft.pk, then) == outreach.Result.REFUSED
    decision = sweep_one(lead, then).decision
    assert (decision.kind, decision.reasons) == (DecisionKind.STOP, (why,))
    assert drafts_of(lead)[0] in ("suppressed", "withdrawn")
    assert Lead.objects.get(pk=lead.pk).disposition == ("expired" if why == "expired" else "stopped")


@pytest.mark.django_db
@pytest.mark.parametrize("fact", [{"strategic": True}, {"value": HIGH}])
def test_decision_rule_3_has_a_person_read_the_last_note_on_a_strategic_or_large_deal(fact: dict[str, Any]) -> None:
    """Also where the cadence asks nobody: Rekindle itself may not approve such a closing note."""
    nobody_has_to_look()
    lead = unwatched(make_lead(quote_sent_on=None, last_touch_at=ago(60), **fact))
    assert sweep_one(lead).decision.kind is DecisionKind.CLOSE_OUT
    draft = draft_of(lead)
    assert draft.status == "awaiting_review"
    assert set(draft.review_reasons) == {"close_loop", "strategic" if "strategic" in fact else "high_value"}
    with pytest.raises(outreach.NotPermitted):
        outreach.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=None, now=NOW)
    assert outreach.deliver_due(now=NOW, limit=10).sent == 0


@pytest.mark.django_db
def test_decision_rule_4_lets_nobody_merely_ask_how_things_are_again() -> None:
    """One piece of news carries one message; words that only ask again are stopped, whoever approves them."""
    lead = make_lead(quote_sent_on=day(20))
    sweep_one(lead, ago(12))
    first = draft_of(lead)
    send(first, at=ago(12))
    again = sweep_one(lead)
    assert (again.decision.kind, again.decision.reasons) == (DecisionKind.WAIT, ("no_useful_reason",))
    assert Draft.objects.count() == 1

    make_touch(lead, at=ago(6), direction="in", kind="question", summary="Is delivery in June possible?")
    make_touch(lead, at=ago(5.5), summary="I will find out.")
    sweep_one(lead, NOW + timedelta(days=5))
    second = rewrite(draft_of(lead), "I am just checking in again on my last message.")
    assert "checking_in" in gates_of(second, "block")
    with pytest.raises(outreach.BlockedByGates):
        outreach.approve(draft_id=second.pk, fingerprint=second.fingerprint, by=owner_of(lead), now=NOW)
    keys = list(Attempt.objects.filter(lead=lead).values_list("evidence_key", flat=True))
    assert len(set(keys)) == len(keys) == 2


@pytest.mark.django_db
@pytest.mark.parametrize("future_fit", [True, False])
def test_decision_rule_5_moves_who_may_fit_later_to_nurture_instead_of_pressing(future_fit: bool) -> None:
    """After the last attempt nothing more is written to them; of others we take leave with a note."""
    lead = make_lead(quote_sent_on=None, last_touch_at=ago(28), future_fit=future_fit)
    say_nothing_twice(lead)
    kind = sweep_one(lead).decision.kind
    assert kind is (DecisionKind.NURTURE if future_fit else DecisionKind.CLOSE_OUT)
    assert Lead.objects.get(pk=lead.pk).disposition == ("nurture" if future_fit else "")
    assert drafts_of(lead) == ["sent", "sent"] + ([] if future_fit else ["awaiting_review"])
    assert (kind.value in DRAFTING) is not future_fit
