"""Nurture from sweep to sweep: one message at a time, what ends it, and what never does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from followups import services
from followups.models import Attempt, Decision, Lead, Sequence
from followups.services import Refused
from tests.followups.making import (
    NOW,
    ago,
    day,
    draft_of,
    drafts_of,
    everything_written,
    make_lead,
    make_touch,
    owner_of,
    send,
    swept,
)

pytestmark = pytest.mark.django_db
QUARTER = timedelta(days=91)


def nurtured(**fields: Any) -> Lead:
    """Quiet for longer than the cadence lasts, may fit later, and its owner knows something."""
    lead = make_lead(**{"quote_sent_on": day(100), "future_fit": True, **fields})
    services.add_note(lead=lead, text="They open an office in Ghent.", by=owner_of(lead), now=ago(1))
    return lead


def standing(lead: Lead) -> tuple[str, str]:
    lead.refresh_from_db()
    return lead.disposition, lead.disposition_reason


def test_a_sweep_writes_one_message_and_the_row_stays_as_the_table_says() -> None:
    lead = nurtured()
    row = swept()[lead.external_id]
    assert (row.as_csv()["decision"], row.as_csv()["step"], row.as_csv()["needs_review"]) == ("nurture", "", "no")
    stored = Decision.objects.get(lead=lead)
    assert (stored.step, stored.channel, stored.review_reasons) == ("", "", [])
    assert services.answer_of(services.replay(stored), ()) == services.answer_of(row.decision, ())
    attempt, draft = Attempt.objects.get(lead=lead), draft_of(lead)
    assert (attempt.kind, attempt.position, attempt.reason_kind) == ("nurture", 1, "quote_unanswered")
    assert (attempt.sequence.status, attempt.sequence.disposition) == ("ended", "nurture")
    assert (draft.status, draft.pressure, draft.word_limit) == ("awaiting_review", 1, 60)
    assert draft.review_reasons[:1] == ["second_silence"]
    assert draft.review_reasons[-1] == "policy"
    assert draft.why_now.startswith("They are in nurture. This would be message 1 of at most 4")


def test_a_second_sweep_changes_nothing_and_a_dry_run_neither() -> None:
    nurtured()
    swept(dry_run=True)
    assert not Attempt.objects.exists()
    swept()
    before = everything_written()
    assert not any(row.changed for row in swept(now=NOW + timedelta(hours=1)).values())
    assert everything_written() == before


def test_it_belongs_to_the_last_sequence() -> None:
    lead = make_lead(quote_sent_on=day(100))
    swept(now=ago(90))
    send(draft_of(lead), at=ago(90))
    swept(now=ago(89))
    Lead.objects.filter(pk=lead.pk).update(future_fit=True)
    services.add_note(lead=lead, text="They open an office in Ghent.", by=owner_of(lead), now=ago(1))
    swept(now=ago(30))
    swept(now=NOW + timedelta(days=1))
    sequence = Sequence.objects.get(lead=lead)
    assert list(sequence.attempts.filter(withdrawn_at=None).values_list("kind", flat=True)) == ["follow_up", "nurture"]


def test_a_message_that_was_sent_keeps_it_in_nurture_and_the_next_is_a_quarter_away() -> None:
    lead = nurtured()
    swept()
    send(draft_of(lead), at=NOW)
    swept(now=NOW + timedelta(days=1))
    assert Decision.objects.filter(lead=lead).latest("id").reasons == ["too_soon"]
    assert standing(lead)[0] == "nurture"
    swept(now=NOW + timedelta(days=89))
    assert drafts_of(lead) == ["sent"]
    swept(now=NOW + QUARTER)
    assert drafts_of(lead) == ["sent", "awaiting_review"]
    assert list(lead.attempts.order_by("id").values_list("position", "evidence_key"))[1][0] == 2


def test_after_the_last_message_without_an_answer_the_lead_is_closed() -> None:
    lead = nurtured()
    version = services.published_version()
    type(version).objects.filter(pk=version.pk).update(nurture_most=1)
    swept()
    send(draft_of(lead), at=NOW)
    swept(now=NOW + timedelta(days=89))
    assert standing(lead)[0] == "nurture"
    swept(now=NOW + QUARTER)
    assert standing(lead) == ("no_response", "Nurture ended: one message, the last on 13 May 2026, and no answer.")
    before = everything_written()
    swept(now=NOW + QUARTER)
    assert everything_written() == before
    assert list(lead.closings.order_by("id").values_list("disposition", flat=True)) == ["nurture", "no_response"]


def test_reopened_after_nurture_it_is_not_closed_again_at_once() -> None:
    lead = nurtured()
    version = services.published_version()
    type(version).objects.filter(pk=version.pk).update(nurture_most=1)
    swept()
    send(draft_of(lead), at=NOW)
    swept(now=NOW + QUARTER)
    assert standing(lead)[0] == "no_response"
    services.reopen(lead=lead, by=owner_of(lead), now=NOW + QUARTER)
    row = swept(now=NOW + QUARTER)[lead.external_id]
    assert (row.decision.kind, row.decision.attempts, standing(lead)[0]) == ("continue", 0, "")


@pytest.mark.parametrize("kind", ["message", "question", "call"])
def test_an_answer_takes_it_out(kind: str) -> None:
    lead = nurtured()
    swept()
    make_touch(lead, at=NOW + timedelta(days=2), direction="in", kind=kind)
    row = swept(now=NOW + timedelta(days=3))[lead.external_id]
    assert (row.decision.kind, row.decision.reasons) == ("stand_down", ("replied",))
    assert (standing(lead)[0], drafts_of(lead)) == ("", ["withdrawn"])


def test_a_stop_takes_the_message_back() -> None:
    lead = nurtured()
    swept()
    by = owner_of(lead)
    services.stop_writing(lead=lead, scope="contact", why="opted_out", reason="They said so.", by=by, now=NOW)
    swept(now=NOW + timedelta(minutes=15))
    assert (standing(lead)[0], drafts_of(lead)) == ("stopped", ["suppressed"])


def test_what_a_person_moved_to_nurture_is_written_to_as_slowly_and_closed_as_well() -> None:
    lead = make_lead(quote_sent_on=day(60))
    version = services.published_version()
    type(version).objects.filter(pk=version.pk).update(nurture_most=1)
    services.close_out(lead=lead, disposition="nurture", reason="Next year", by=owner_of(lead), now=NOW)
    swept(now=NOW + timedelta(days=29))
    assert drafts_of(lead) == []
    services.add_note(lead=lead, text="They open an office in Ghent.", by=owner_of(lead), now=NOW)
    swept(now=NOW + timedelta(days=31))
    assert (Attempt.objects.get(lead=lead).kind, standing(lead)) == ("nurture", ("nurture", "Next year"))
    send(draft_of(lead), at=NOW + timedelta(days=31))
    swept(now=NOW + timedelta(days=122))
    assert standing(lead)[0] == "no_response"


def test_taking_it_back_needs_something_to_say_and_follows_up_with_it() -> None:
    lead = nurtured()
    swept()
    with pytest.raises(Refused, match="Say what is new"):
        services.take_back(lead=lead, reason=" ", by=owner_of(lead), now=NOW)
    services.take_back(lead=lead, reason="They asked for\n July.", by=owner_of(lead), now=NOW)
    assert lead.notes.latest("id").text == "They asked for July."
    assert drafts_of(lead) == ["withdrawn"]
    row = swept(now=NOW + timedelta(minutes=15))[lead.external_id]
    assert (row.decision.kind, row.decision.attempts, standing(lead)[0]) == ("continue", 0, "")
    with pytest.raises(Refused, match="not in nurture any more"):
        services.take_back(lead=lead, reason="Again", by=owner_of(lead), now=NOW)
