"""Closing with an outcome of the company's list: what it asks for, what is refused, and what is kept for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contacts import services as contacts
from followups import services
from followups.models import Lead, Outcome, PlannedTouch, Sequence
from staff.models import AuditEntry
from tests.followups.making import NOW, ago, day, drafts_of, make_lead, make_touch, owner_of, swept

pytestmark = pytest.mark.django_db
LATER = day(-60)
LATER_IN_WORDS = "12 July 2026"


def outcome(key: str) -> Outcome:
    return Outcome.objects.get(key=key)


def close(lead: Lead, key: str, **more: Any) -> Lead:
    return services.close_out(
        **{"lead": lead, "outcome": outcome(key), "reason": "", "by": owner_of(lead), "now": NOW, **more}
    )


@pytest.mark.parametrize(
    ("key", "given", "sentence"),
    [
        ("documented", {}, "“Kept, with a written reason” asks for it"),
        ("not-a-fit", {"reason": " "}, "“Not a fit for us” asks for it"),
        ("said-later", {"reason": "In autumn"}, "Choose the day to come back on."),
        ("no-budget", {"recycle_on": NOW.date()}, "Choose a later day."),
        ("no-budget", {"recycle_on": day(1)}, "Choose a later day."),
        ("no-response", {"recycle_on": LATER}, "Leave the day empty"),
        ("no-response", {"disposition": "nurture"}, "stands for another way"),
    ],
)
def test_what_an_outcome_asks_for_is_asked_for_in_words(key: str, given: dict[str, Any], sentence: str) -> None:
    lead = make_lead()
    with pytest.raises(services.Refused) as refused:
        close(lead, key, **given)
    assert sentence in refused.value.sentence
    lead.refresh_from_db()
    assert (lead.disposition, lead.outcome, lead.closings.count()) == ("", None, 0)


def test_an_outcome_that_is_not_in_use_is_refused() -> None:
    Outcome.objects.filter(key="no-budget").update(active=False)
    with pytest.raises(services.Refused, match="not in use any more"):
        close(make_lead(), "no-budget", recycle_on=LATER)


def test_putting_off_the_fourth_time_is_refused_with_the_remedy() -> None:
    lead = make_lead()
    Lead.objects.filter(pk=lead.pk).update(recycled=3)
    with pytest.raises(services.Refused, match=r"put off 3 times already.* nurture"):
        close(lead, "no-budget", recycle_on=LATER)
    assert close(lead, "future-fit").disposition == "nurture"


def test_a_closing_is_written_on_the_lead_the_sequence_and_the_record() -> None:
    lead = make_lead()
    swept()
    closed = close(lead, "no-budget", recycle_on=LATER, reason=" Ask again \n in summer ")
    assert (closed.disposition, closed.outcome, closed.recycle_on) == ("recycle", outcome("no-budget"), LATER)
    sequence, kept = Sequence.objects.get(lead=lead), closed.closings.get()
    assert (sequence.disposition, sequence.end_reason) == ("recycle", "Ask again in summer")
    assert (kept.reason, kept.closed_by, kept.closed_at, kept.back_at) == ("Ask again in summer", lead.owner, NOW, None)
    assert drafts_of(lead) == ["withdrawn"]
    assert AuditEntry.objects.get(action="followups.close_out").detail["outcome"] == "no-budget"
    assert services.why_it_stopped(closed) == (
        f"Stopped on 13 May 2026 by {lead.owner}: No budget now. Ask again in summer. Comes back on {LATER_IN_WORDS}."
    )


def test_the_outcomes_own_words_stand_in_where_none_were_written() -> None:
    closed = close(make_lead(), "no-response")
    assert (closed.disposition_reason, closed.closings.get().reason) == ("No response.", "")


def test_the_day_that_came_with_the_lead_is_taken_where_none_is_chosen() -> None:
    closed = close(make_lead(recycle_on=LATER), "no-budget")
    assert closed.closings.get().recycle_on == LATER


def test_closing_again_keeps_both() -> None:
    lead = make_lead()
    close(lead, "no-response")
    close(lead, "future-fit", now=NOW + timedelta(days=1))
    assert [(one.disposition, one.back_at is None) for one in lead.closings.all()] == [
        ("nurture", True),
        ("no_response", False),
    ]


def test_why_it_stopped_is_said_after_it_was_reopened_too() -> None:
    lead = make_lead()
    close(lead, "not-a-fit", reason="They sell boats.")
    reopened = services.reopen(lead=lead, by=owner_of(lead), now=NOW + timedelta(days=2))
    assert (reopened.disposition, reopened.outcome) == ("", None)
    assert services.why_it_stopped(reopened) == (
        f"Stopped on 13 May 2026 by {lead.owner}: Not a fit for us. They sell boats. Came back on 15 May 2026."
    )


def test_reopening_what_a_person_put_off_forgets_the_day() -> None:
    lead = make_lead()
    close(lead, "no-budget", recycle_on=LATER)
    assert services.reopen(lead=lead, by=owner_of(lead), now=NOW).recycle_on is None


def test_a_lead_that_never_stopped_says_nothing() -> None:
    lead = make_lead()
    swept()
    assert services.why_it_stopped(Lead.objects.get(pk=lead.pk)) == ""


def test_an_answer_takes_a_closing_back_outcome_and_all() -> None:
    lead = make_lead()
    close(lead, "no-response", now=ago(3))
    make_touch(lead, at=ago(1), direction="in", kind="message")
    swept()
    lead.refresh_from_db()
    assert (lead.disposition, lead.outcome, lead.closings.get().back_at) == ("", None, NOW)
    assert services.why_it_stopped(lead).endswith("No response. Came back on 13 May 2026.")


@pytest.mark.parametrize(("scope", "called"), [("contact", "Said no"), ("account", "Said no for the whole account")])
def test_who_must_not_be_written_to_is_said_in_the_words_given(scope: str, called: str) -> None:
    account = contacts.create_account(external_id="acme", name="Acme")
    lead = make_lead(account=account, contact=contacts.create_contact(external_id="x", name="X", account=account))
    services.stop(lead=lead, scope=scope, why="explicit_no", reason="On the phone.", by=owner_of(lead), now=NOW)
    line = f"Stopped on 13 May 2026 by {lead.owner}: {called}. On the phone."
    assert services.why_it_stopped(lead) == line
    swept()
    assert services.why_it_stopped(Lead.objects.get(pk=lead.pk)) == line


def test_stopping_this_follow_up_leaves_other_messages_possible() -> None:
    lead = make_lead()
    swept()
    services.stop(lead=lead, scope="sequence", why="manual", reason="Not now.", by=owner_of(lead), now=NOW)
    lead.refresh_from_db()
    assert (lead.disposition, Sequence.objects.get(lead=lead).status) == ("stopped", "ended")
    assert services.why_it_stopped(lead) == f"Stopped on 13 May 2026 by {lead.owner}: Not now."
    with pytest.raises(services.Refused, match="few words"):
        services.stop(lead=lead, scope="sequence", why="manual", reason=" ", by=owner_of(lead), now=NOW)


def test_what_the_facts_stopped_is_on_record_as_well() -> None:
    lead = make_lead(expires_on=day(1))
    swept()
    kept = lead.closings.get()
    assert (kept.disposition, kept.closed_by) == ("expired", None)
    assert services.why_it_stopped(Lead.objects.get(pk=lead.pk)).startswith("Stopped on 13 May 2026: Opportunity exp")


def test_taking_over_ends_the_sequence_and_leaves_a_task() -> None:
    lead = make_lead()
    swept()
    services.take_over(lead=lead, reason="I call them on Friday", by=owner_of(lead), now=NOW)
    task = PlannedTouch.objects.get()
    assert (task.kind, task.title, task.at, task.for_whom, task.lead) == (
        "task",
        "I call them on Friday",
        None,
        lead.owner,
        lead,
    )
    lead.refresh_from_db()
    assert (lead.disposition, lead.disposition_by) == ("handed_over", lead.owner)
    assert Sequence.objects.get(lead=lead).disposition == "handed_over"
    assert swept(NOW + timedelta(days=90))[lead.external_id].decision.kind == "stand_down"
    assert drafts_of(lead) == ["withdrawn"]
    with pytest.raises(services.Refused, match="what you will do"):
        services.take_over(lead=lead, reason="", by=owner_of(lead), now=NOW)


def test_nothing_is_written_before_a_reminder_and_again_after_it() -> None:
    lead = make_lead()
    swept()
    services.remind(lead=lead, at=NOW + timedelta(days=3), title="Ask Bo first", by=owner_of(lead), now=NOW)
    assert swept()[lead.external_id].decision.kind == "stand_down"
    assert drafts_of(lead) == ["withdrawn"]
    assert swept(NOW + timedelta(days=5))[lead.external_id].decision.kind == "continue"


def test_tags_are_kept_once_each_and_too_many_are_refused() -> None:
    lead = make_lead()
    services.set_tags(lead=lead, tags=[" Fair  2026", "fair 2026", "", "press"], by=owner_of(lead), now=NOW)
    lead.refresh_from_db()
    assert lead.tags == ["Fair 2026", "press"]
    for tags, sentence in (
        (["x" * 61], "61 characters"),
        (["a|b"], "stand between tags"),
        ([str(n) for n in range(21)], "21 tags"),
    ):
        with pytest.raises(services.Refused, match=sentence):
            services.set_tags(lead=lead, tags=tags, by=owner_of(lead), now=NOW)
