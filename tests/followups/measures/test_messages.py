"""Answers, refusals, stops, hand-offs, reviews and stale leads, against small worlds counted by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contacts import services as contacts
from followups import measures, services
from followups.measures import Outcomes, Period, Scope
from followups.models import Decision, Lead
from followups.rules.measures import Rate
from tests.factories import make_user
from tests.followups.making import NOW, ago, day, draft_of, make_contact, make_lead, make_touch, owner_of, send, swept

pytestmark = [pytest.mark.django_db, pytest.mark.trial]
EVERYBODY = Scope()
PERIOD = Period(day(20), day(-20))
LATER = ago(-15)


def outcomes(now: Any = LATER, period: Period = PERIOD) -> dict[tuple[str, str], Outcomes]:
    return {(one.by, one.key): one for one in measures.outcomes_of_messages(EVERYBODY, period, now=now)}


def written_to(*, days: int = 0, **fields: Any) -> Lead:
    """A lead whose first message left `days` ago."""
    lead = make_lead(**fields)
    swept(now=ago(days), lead_ids=[lead.pk])
    send(draft_of(lead), at=ago(days))
    return lead


def answered(lead: Lead, *, days: float, kind: str = "message") -> None:
    make_touch(lead, at=ago(days), direction="in", kind=kind)


def test_nothing_was_sent() -> None:
    make_lead()
    assert outcomes() == {}


def test_an_answer_counts_for_the_message_before_it() -> None:
    both = written_to(quote_sent_on=day(10))
    make_touch(both, at=ago(-4, hours=1), direction="in", kind="out_of_office")
    services.add_note(lead=both, text="They open a second studio.", by=owner_of(both), now=ago(-5))
    swept(now=ago(-6))
    send(draft_of(both), at=ago(-6))
    answered(both, days=-7)
    early = written_to()
    answered(early, days=-1, kind="question")
    written_to()
    found = outcomes()
    assert found["step", "follow_up:1"].answered == Rate(1, 3)
    assert found["step", "follow_up:2"].answered == Rate(1, 1)
    assert found["all", ""].answered == Rate(2, 4)
    assert found["angle", "remind"].answered == Rate(1, 3)
    assert found["angle", "another_angle"].sent == 1
    assert found["reason", "quote_unanswered"].answered == Rate(1, 3)
    assert found["reason", "owner_note"].answered == Rate(1, 1)
    [cadence] = [one for (by, _), one in found.items() if by == "cadence"]
    assert (cadence.label, cadence.sent) == ("default", 4)
    # A day after the first messages nobody had answered, and the second had not left.
    assert outcomes(now=ago(-0.5))["all", ""].answered == Rate(0, 3)
    behind = measures.leads_behind("answered", EVERYBODY, PERIOD, now=LATER, key="step:follow_up:1")
    assert [row.lead.pk for row in behind.rows] == [early.pk]


def test_a_message_counts_in_the_period_it_left_in() -> None:
    written_to()
    assert outcomes(period=Period(day(0), day(0)))["all", ""].sent == 1
    assert outcomes(period=Period(day(-1), day(-2))) == {}
    assert outcomes(period=Period(day(2), day(1))) == {}


@pytest.mark.parametrize(
    ("reason", "counted"),
    [("opted_out", (1, 0, 0)), ("complaint", (0, 1, 0)), ("explicit_no", (0, 0, 1)), ("manual", (0, 0, 0))],
)
def test_a_refusal_after_a_message(reason: str, counted: tuple[int, int, int]) -> None:
    lead = written_to()
    written_to()
    contacts.suppress(contact=lead.contact, channel="email", reason=reason, at=ago(-1))
    whole = outcomes()["all", ""]
    assert (whole.opted_out, whole.complained, whole.said_no) == counted
    assert whole.opt_outs == Rate(counted[0], 2)


def test_a_refusal_by_address_counts_and_one_before_or_elsewhere_does_not() -> None:
    by_address, before, elsewhere = written_to(), make_lead(), written_to()
    address = ("email", by_address.contact.addresses.get(kind="email").value)
    contacts.suppress(address=address, channel="email", reason="opted_out", at=ago(-1))
    contacts.suppress(contact=before.contact, channel="all", reason="opted_out", at=ago(3))
    contacts.suppress(contact=elsewhere.contact, channel="sms", reason="opted_out", at=ago(-1))
    assert outcomes()["all", ""].opt_outs == Rate(1, 2)
    behind = measures.leads_behind("opted_out", EVERYBODY, PERIOD, now=LATER, key="all:")
    assert [row.lead.pk for row in behind.rows] == [by_address.pk]


# --- stops, hand-offs ------------------------------------------------------------------------------------------------


def stops(period: Period = PERIOD, now: Any = LATER) -> dict[str, int]:
    return {one.condition: one.leads for one in measures.stops_by_condition(EVERYBODY, period, now=now)}


def test_stops_are_counted_once_for_each_condition() -> None:
    out, expired, hand = make_lead(), make_lead(expires_on=day(1)), make_lead()
    contacts.suppress(contact=out.contact, channel="all", reason="opted_out", at=ago(1))
    swept()
    services.end_sequence(lead=hand, reason="They moved.", by=owner_of(hand), now=NOW)
    assert stops() == {"opted_out": 1, "expired": 1, "by_hand": 1}
    # Other evidence and the same answer: stored again, and no other stop.
    Lead.objects.filter(pk__in=[out.pk, expired.pk]).update(territory="Elsewhere")
    swept(now=ago(-1))
    assert Decision.objects.filter(lead=out).count() == 2
    assert stops() == {"opted_out": 1, "expired": 1, "by_hand": 1}
    assert stops(Period(day(-1), day(-1))) == {}
    for condition, lead in (("opted_out", out), ("expired", expired), ("by_hand", hand)):
        behind = measures.leads_behind("stopped", EVERYBODY, PERIOD, now=LATER, key=condition)
        assert [row.lead.pk for row in behind.rows] == [lead.pk], condition


def test_hand_offs_to_nurture_by_rule_and_by_a_person() -> None:
    by_rule, by_hand = make_lead(future_fit=True, quote_sent_on=None, last_touch_at=ago(60), stage="new"), make_lead()
    swept()
    services.close_out(lead=by_hand, disposition="nurture", reason="Next year.", by=owner_of(by_hand), now=NOW)
    by_rule.refresh_from_db()
    assert by_rule.disposition == "nurture"
    assert measures.nurture_handoffs(EVERYBODY, PERIOD, now=LATER) == 2
    assert measures.nurture_handoffs(EVERYBODY, Period(day(-1), day(-3)), now=LATER) == 0
    behind = measures.leads_behind("nurture", EVERYBODY, PERIOD, now=LATER)
    assert {row.lead.pk for row in behind.rows} == {by_rule.pk, by_hand.pk}


# --- closing notes ---------------------------------------------------------------------------------------------------


def closing_note() -> Lead:
    """A lead with nothing left to say: a closing note waits for its owner."""
    lead = make_lead(quote_sent_on=day(100))
    swept(lead_ids=[lead.pk])
    assert draft_of(lead).kind == "close_loop"
    return lead


def test_closing_notes_and_who_decided_about_them() -> None:
    quick, slow, overtaken, waits = (closing_note() for _ in range(4))
    send(draft_of(quick), at=ago(0, hours=-2))
    services.waive_close_loop(lead=slow, reason="", by=owner_of(slow), now=ago(-3))
    answered(overtaken, days=-1)
    swept(now=ago(-2), lead_ids=[overtaken.pk])
    found = measures.close_loop_reviews(EVERYBODY, PERIOD, now=LATER)
    assert (found.written, found.decided, found.waiting, found.unread, found.overtaken) == (4, 2, 1, 0, 1)
    assert found.rate == Rate(2, 3)
    # Halfway between two hours and three days.
    assert found.median == timedelta(hours=37)
    behind = {
        what: {row.lead.pk for row in measures.leads_behind(f"closing_{what}", EVERYBODY, PERIOD, now=LATER).rows}
        for what in ("waiting", "decided", "unread", "overtaken")
    }
    assert behind == {
        "waiting": {waits.pk}, "decided": {quick.pk, slow.pk}, "unread": set(), "overtaken": {overtaken.pk}
    }  # fmt: skip


def test_without_closing_notes_there_is_no_rate() -> None:
    found = measures.close_loop_reviews(EVERYBODY, PERIOD, now=LATER)
    assert (found.rate.words, found.median) == ("nobody yet", None)


# --- stale leads -----------------------------------------------------------------------------------------------------


def test_stale_leads_before_and_after() -> None:
    """The default cadence allows 45 days; the period is from 20 days ago until now."""
    contact = make_contact()
    still, handled, becomes = (make_lead(contact=contact, quote_sent_on=day(ago)) for ago in (100, 90, 50))
    answers, fresh = make_lead(contact=contact, quote_sent_on=day(80)), make_lead(contact=contact)
    make_lead(contact=contact, stage="lost", quote_sent_on=day(200))
    services.close_out(lead=handled, disposition="no_response", reason="", by=owner_of(handled), now=ago(5))
    answered(answers, days=4)
    found = measures.stale_leads(EVERYBODY, PERIOD, now=NOW)
    assert (found.before, found.after, found.still) == (3, 2, 1)
    assert (found.open_before, found.open_after) == (5, 4)
    assert found.reduction == Rate(1, 3)
    behind = measures.leads_behind("stale_after", EVERYBODY, PERIOD, now=NOW)
    assert {row.lead.pk for row in behind.rows} == {still.pk, becomes.pk}
    assert fresh.pk not in {row.lead.pk for row in behind.rows}


def test_where_stale_leads_became_more_nothing_was_reduced() -> None:
    make_lead(quote_sent_on=day(50))
    found = measures.stale_leads(EVERYBODY, PERIOD, now=NOW)
    assert (found.before, found.after, found.reduction) == (0, 1, None)


def test_measures_keep_to_what_a_person_may_see() -> None:
    mine, theirs = written_to(), written_to()
    assert mine.owner != theirs.owner
    scope = Scope(user=mine.owner)
    [whole] = [one for one in measures.outcomes_of_messages(scope, PERIOD, now=LATER) if one.by == "all"]
    assert whole.sent == 1
    assert measures.stale_leads(scope, PERIOD, now=NOW).open_after == 1
    assert measures.outcomes_of_messages(Scope(user=make_user()), PERIOD, now=LATER) == []
