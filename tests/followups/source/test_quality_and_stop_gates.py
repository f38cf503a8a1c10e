"""The six gates for quality and stopping, by their numbers in the source."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts import services as contacts
from followups import services
from followups.models import Decision, Lead
from followups.rules import DEFAULT_CADENCE, decide, step_rules, validate_cadence
from followups.states import DecisionKind, ReviewPolicy
from outreach import services as outreach
from outreach.gates import check_all
from outreach.models import Draft
from outreach.rendering import plain_words
from tests.factories import make_user
from tests.followups.making import NOW, ago, day, draft_of, drafts_of, make_lead, owner_of, send
from tests.followups.source.acting import gates_of, hears, rewrite, say_nothing_twice, sweep_one
from tests.followups.test_rules_properties import BASE, wild
from tests.outreach.gates.messages import message

WRITING_ON = (DecisionKind.CONTINUE, DecisionKind.CHANGE_ANGLE)


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["opted_out", "explicit_no"])
def test_quality_gate_1_looks_for_a_stop_before_a_word_is_written(reason: str) -> None:
    """Not that a draft is made and then held back: none is ever made."""
    lead = make_lead(value=90_000, strategic=True)
    contacts.suppress(contact=lead.contact, channel="all", reason=reason, at=ago(1), source="They told us")
    assert sweep_one(lead).decision.rule == 1
    assert not Draft.objects.exists()
    assert Decision.objects.get(lead=lead).reasons == [reason]


@given(wild)
def test_quality_gate_2_every_follow_up_names_a_fact_and_not_the_calendar(evidence: object) -> None:
    """Whatever is known of a lead: a follow-up rests on a piece of evidence, and without one its text is stopped."""
    decision = decide(evidence, DEFAULT_CADENCE, BASE)  # type: ignore[arg-type]
    if decision.kind in WRITING_ON:
        assert decision.useful_reason is not None
        assert decision.useful_reason.evidence_ids
    without = message(reason_kind="", reason_text="")
    assert "reason" in {finding.gate for finding in check_all(without) if finding.severity == "block"}
    assert not [finding for finding in check_all(message()) if finding.gate == "reason"]


@pytest.mark.django_db
def test_quality_gate_3_the_next_message_is_shorter_and_asks_for_less() -> None:
    """In the rules of a cadence, in what is drafted, and in what a person makes of it."""
    first, second, last = DEFAULT_CADENCE.steps
    for rising in (replace(second, word_limit=first.word_limit + 1), replace(second, pressure=first.pressure + 1)):
        assert validate_cadence(replace(DEFAULT_CADENCE, steps=(first, rising, last)))
    lead = make_lead(quote_sent_on=None, last_touch_at=ago(28))
    say_nothing_twice(lead)
    sweep_one(lead)
    drafts = list(Draft.objects.filter(attempt__lead=lead).order_by("pk"))
    lengths = [plain_words(draft.body) for draft in drafts]
    assert lengths == sorted(lengths, reverse=True)
    assert [draft.word_limit for draft in drafts] == [90, 60, 40]
    assert [draft.pressure for draft in drafts] == [3, 2, 1]
    longer = rewrite(drafts[-1], *["We could meet at your office and walk through the whole plan once more."] * 12)
    assert "length" in gates_of(longer, "block") or "falling" in gates_of(longer, "block")
    pressing = rewrite(longer, "You must answer immediately.")
    assert "falling" in gates_of(pressing)


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["stop", "suppress"])
def test_quality_gate_4_the_owner_ends_it_and_nobody_elses_colleague_does(how: str) -> None:
    """What waits is given up at once, later reasons change nothing, and a colleague is told whose it is."""
    lead = make_lead()
    owner, colleague = owner_of(lead), make_user("Account owner")
    assert services.why_not_change(lead=lead, user=owner) == ""
    assert str(owner) in services.why_not_change(lead=lead, user=colleague)
    sweep_one(lead)
    if how == "stop":
        services.end_sequence(lead=lead, reason="We meet them at the fair.", by=owner, now=NOW)
    else:
        services.stop_writing(
            lead=lead, scope="contact", why="manual", reason="A friend of the house.", by=owner, now=NOW
        )
    assert drafts_of(lead) == ["withdrawn" if how == "stop" else "suppressed"]
    later = NOW + timedelta(days=20)
    services.add_note(lead=lead, text="They move in June.", by=owner, now=later)
    sweep_one(lead, later + timedelta(days=1))
    assert Draft.objects.filter(attempt__lead=lead).count() == 1
    assert Lead.objects.get(pk=lead.pk).disposition == "stopped"


@given(wild, st.sampled_from(ReviewPolicy.values))
def test_quality_gate_5_no_closing_note_leaves_unread(evidence: object, policy: str) -> None:
    """Whatever is known and whatever the cadence says of its closing step: a person reads it."""
    steps = tuple(replace(step, review_policy=policy) for step in DEFAULT_CADENCE.steps)
    cadence = replace(DEFAULT_CADENCE, steps=steps)
    spent = replace(evidence, future_fit=False, recycle_on=None)  # type: ignore[type-var]
    decision = decide(spent, cadence, BASE + timedelta(days=60))  # type: ignore[arg-type]
    if decision.kind is DecisionKind.CLOSE_OUT:
        assert step_rules(decision, cadence) == cadence.close_loop
        assert "close_loop" in decision.review_reasons
        assert decision.needs_review


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["they said no", "the owner closed it", "nobody answered", "the deal was lost"])
def test_quality_gate_6_the_record_says_why_it_stopped_and_keeps_saying_so(how: str) -> None:
    """One line with the reason and the day, the same after later sweeps."""
    lead = make_lead(quote_sent_on=day(20))
    sweep_one(lead, ago(12))
    if how == "they said no":
        send(draft_of(lead), at=ago(12))
        hears(draft_of(lead), "Thank you, but no: we are not interested any more.", at=ago(11))
        sweep_one(lead, ago(11))
        words = "no"
    elif how == "the owner closed it":
        words = "They build it themselves."
        services.close_out(lead=lead, disposition="documented", reason=words, by=owner_of(lead), now=ago(11))
    elif how == "nobody answered":
        send(draft_of(lead), at=ago(12))
        sweep_one(lead, NOW + timedelta(days=30))
        send(draft_of(lead), at=NOW + timedelta(days=30))
        sweep_one(lead, NOW + timedelta(days=31))
        words = "response"
    else:
        Lead.objects.filter(pk=lead.pk).update(stage="lost")
        sweep_one(lead, ago(11))
        words = "lost"
    lead.refresh_from_db()
    assert lead.disposition
    told = services.why_it_stopped(lead)
    assert words.lower() in told.lower()
    sweep_one(lead, NOW + timedelta(days=200)) if lead.stage != "lost" else None
    assert services.why_it_stopped(Lead.objects.get(pk=lead.pk)) == told
    assert drafts_of(lead)[-1] != "awaiting_review"
    assert outreach.deliver_due(now=NOW + timedelta(days=200), limit=10).sent == 0
