"""Leads that were put off come back on their day, with their history and their attempts anew, and not for ever."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from pytest_django import DjangoAssertNumQueries

from followups import services
from followups.models import Lead, Outcome, OwnerNote
from followups.tasks import wake_leads
from staff.models import AuditEntry
from tests.followups.making import NOW, ago, day, everything_written, make_lead, make_touch, owner_of, swept

pytestmark = pytest.mark.django_db


def put_off(lead: Lead, *, days: int = 30, reason: str = "They open a second shop.") -> Lead:
    return services.put_off(lead=lead, how="recycle", recycle_on=day(-days), reason=reason, by=owner_of(lead), now=NOW)


def test_a_lead_comes_back_on_its_day_and_only_then() -> None:
    lead = make_lead()
    put_off(lead)
    assert services.wake_recycled(now=NOW + timedelta(days=29)) == []
    on = NOW + timedelta(days=30)
    assert services.wake_recycled(now=on) == [lead.pk]
    lead.refresh_from_db()
    assert (lead.disposition, lead.woken_at, lead.recycled, lead.recycle_on) == ("", on, 1, None)
    assert AuditEntry.objects.get(action="followups.wake").detail["leads"] == [lead.pk]
    assert "They open a second shop. Came back on 12 June 2026." in services.why_it_stopped(lead)


def test_a_second_run_changes_nothing() -> None:
    put_off(make_lead())
    on = NOW + timedelta(days=30)
    services.wake_recycled(now=on)
    before = everything_written()
    assert services.wake_recycled(now=on + timedelta(days=400)) == []
    assert everything_written() == before


def test_it_comes_back_with_its_history_attempts_anew_and_something_to_say() -> None:
    lead = make_lead(quote_sent_on=None, last_touch_at=ago(60))
    for days in (50, 40):
        make_touch(lead, at=ago(days), direction="out", kind="message")
    assert swept()[lead.external_id].decision.reasons == ("attempts_spent",)
    put_off(lead)
    on = NOW + timedelta(days=31)
    services.wake_recycled(now=on)
    note = OwnerNote.objects.get(lead=lead)
    assert (note.text, note.created_by) == ("They open a second shop.", lead.owner)
    decision = swept(on + timedelta(hours=1))[lead.external_id].decision
    assert (decision.kind, decision.attempts, decision.reasons) == ("continue", 0, ("owner_note",))
    assert lead.decisions.count() == 2


def test_no_note_is_made_of_what_nobody_wrote() -> None:
    lead = make_lead()
    outcome = Outcome.objects.get(key="no-budget")
    services.close_out(lead=lead, outcome=outcome, recycle_on=day(-5), reason="", by=owner_of(lead), now=NOW)
    assert services.wake_recycled(now=NOW + timedelta(days=6)) == [lead.pk]
    assert not OwnerNote.objects.exists()


def test_what_the_cadence_put_off_comes_back_when_the_cadence_says_so() -> None:
    version = services.published_version()
    draft = services.new_draft_version(cadence=version.cadence, by=None)
    type(draft).objects.filter(pk=draft.pk).update(recycle_after_days=20, recycle_most=1)
    draft.refresh_from_db()
    services.publish_version(version=draft, by=None, now=NOW)
    lead = make_lead(quote_sent_on=None, last_touch_at=ago(60))
    for days in (50, 10):
        make_touch(lead, at=ago(days), direction="out", kind="message")
    row = swept()[lead.external_id].decision
    assert row.kind == "recycle"
    assert row.due_at is not None
    assert services.wake_recycled(now=row.due_at - timedelta(seconds=1)) == []
    assert services.wake_recycled(now=row.due_at) == [lead.pk]
    lead.refresh_from_db()
    assert (lead.recycled, OwnerNote.objects.count()) == (1, 0)
    # Once is all this cadence allows: then the loop is closed.
    for hours in (1, 200):
        make_touch(lead, at=row.due_at + timedelta(hours=hours), direction="out", kind="message")
    assert swept(row.due_at + timedelta(days=20))[lead.external_id].decision.kind == "close_out"


def test_a_cycle_of_putting_off_ends() -> None:
    lead, now = make_lead(), NOW
    for _ in range(3):
        now += timedelta(days=10)
        services.put_off(
            lead=lead, how="recycle", recycle_on=(now + timedelta(days=5)).date(), reason="", by=owner_of(lead), now=now
        )
        assert services.wake_recycled(now=now + timedelta(days=5)) == [lead.pk]
    with pytest.raises(services.Refused, match="put off 3 times"):
        services.put_off(
            lead=lead,
            how="recycle",
            recycle_on=(now + timedelta(days=50)).date(),
            reason="",
            by=owner_of(lead),
            now=now,
        )


def test_a_day_that_a_file_brings_again_and_again_ends_in_a_documented_closing() -> None:
    lead = make_lead()
    Lead.objects.filter(pk=lead.pk).update(
        recycled=3, recycle_on=day(1), disposition="recycle", disposition_at=ago(3), disposition_reason="By file."
    )
    assert services.wake_recycled(now=NOW) == []
    lead.refresh_from_db()
    assert (lead.disposition, lead.recycled, lead.recycle_on) == ("no_response", 3, None)
    assert lead.closings.get().reason == lead.disposition_reason
    assert "came back 3 times" in services.why_it_stopped(lead)
    swept()
    lead.refresh_from_db()
    assert lead.disposition == "no_response"


def test_other_leads_stay_as_they_are() -> None:
    closed, won, empty = make_lead(recycle_on=day(2)), make_lead(), make_lead()
    services.close_out(lead=closed, disposition="no_response", reason="", by=owner_of(closed), now=ago(1))
    put_off(won, days=1)
    Lead.objects.filter(pk=won.pk).update(stage="won")
    # Put off without a day, as was possible before: it rests until somebody reopens it.
    Lead.objects.filter(pk=empty.pk).update(disposition="recycle", disposition_at=ago(9))
    assert services.wake_recycled(now=NOW + timedelta(days=300)) == []


def test_many_take_as_many_statements_as_few(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(3):
        put_off(make_lead())
    with django_assert_num_queries(6):  # the leads due, those too often, the rest, the record, and the transaction
        assert len(services.wake_recycled(now=NOW + timedelta(days=31))) == 3


def test_the_command_says_how_many() -> None:
    put_off(make_lead())
    said = StringIO()
    for _ in range(2):
        call_command("wake_leads", "--as-of", "2026-07-01", stdout=said)
    assert said.getvalue() == "1 lead came back.\n0 leads came back.\n"


def test_the_clock_wakes_them_too() -> None:
    lead = make_lead()
    put_off(lead)
    Lead.objects.filter(pk=lead.pk).update(recycle_on="2020-01-01", disposition_at="2019-01-01T00:00:00Z")
    wake_leads()
    lead.refresh_from_db()
    assert lead.recycled == 1
