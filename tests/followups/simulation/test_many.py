"""A simulation says exactly what a sweep does once the draft is published."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contacts import services as contacts
from followups import services
from followups.models import CadenceStep, CadenceVersion, Decision, Lead, SimulationRow
from followups.states import ReviewPolicy
from staff.models import User
from tests.factories import make_user
from tests.followups.making import ago, day, draft_of, make_contact, make_lead, make_touch, swept
from tests.followups.simulation.trying import default_draft, rows_of, segment_draft, simulated

pytestmark = pytest.mark.django_db

leads = st.fixed_dictionaries(
    {
        "stage": st.sampled_from(["new", "proposal", "proposal", "negotiation"]),
        "value": st.sampled_from([None, 900, 12_000]),
        "source": st.sampled_from(["", "fair"]),
        "territory": st.sampled_from(["", "Central"]),
        "quote_sent_on": st.none() | st.integers(2, 60).map(day),
        "last_touch_at": st.integers(1, 40).map(ago),
        "future_fit": st.sampled_from([False, False, True]),
        "next_step_on": st.none() | st.integers(-3, 9).map(day),
        "expires_on": st.none() | st.integers(-5, 3).map(day),
    }
)
happenings = st.sampled_from(["", "", "note", "answered", "opted_out", "no_consent", "paused", "closed"])
worlds = st.lists(st.tuples(leads, happenings), min_size=2, max_size=5)
changes = st.fixed_dictionaries(
    {},
    optional={
        "min_gap_days": st.integers(0, 9),
        "max_days": st.integers(1, 60),
        "wait_unanswered_quote": st.integers(0, 20),
        "wait_no_reply": st.integers(0, 20),
        "patience_days": st.integers(0, 20),
        "high_value_threshold": st.sampled_from([Decimal(0), Decimal(900), Decimal(20_000)]),
        "recycle_after_days": st.sampled_from([0, 60]),
        "channels": st.sampled_from([["email"], ["sms", "email"], ["email", "sms"]]),
    },
)
segments = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "segment_stages": st.sampled_from([["proposal"], ["new", "negotiation"]]),
        "segment_sources": st.just(["Fair"]),
        "segment_territories": st.just(["central"]),
        "segment_value_from": st.just(Decimal(1_000)),
    },
)


def happen(what: str, fields: dict[str, Any], owner: User) -> Lead:
    contact = make_contact(consent=None if what == "no_consent" else "yes")
    lead = make_lead(contact=contact, owner=owner, **fields)
    if what == "note":
        services.add_note(lead=lead, text="They move in June.", by=owner, now=ago(1))
    elif what == "answered":
        make_touch(lead, at=ago(1), direction="in", kind="answer")
    elif what == "opted_out":
        contacts.suppress(contact=contact, channel="all", reason="opted_out", at=ago(1))
    elif what == "paused":
        services.pause(lead=lead, until=ago(-4), reason="Away", by=owner, now=ago(1))
    elif what == "closed":
        services.close_out(lead=lead, disposition="documented", reason="They merged.", by=owner, now=ago(1))
    return lead


def as_kept(row: SimulationRow) -> tuple[Any, ...]:
    return (row.decision, row.reasons, row.step, row.channel, row.due_at, row.needs_review)


def as_swept(row: services.Swept) -> tuple[Any, ...]:
    one = row.decision
    return (one.kind.value, "|".join(one.reasons), one.step, one.channel or "", one.due_at, one.needs_review)


@settings(
    max_examples=60, phases=[Phase.generate], deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(worlds, worlds, changes, segments, st.sampled_from(ReviewPolicy.values))
def test_what_was_simulated_is_what_then_happens(
    before: Any, after: Any, rules: dict[str, Any], segment: dict[str, Any] | None, policy: str
) -> None:
    with transaction.atomic():
        owner = make_user("Account owner")
        for fields, what in before:
            happen(what, fields, owner)
        swept(ago(1))  # some are under way by the version that is published now, with drafts that wait
        for fields, what in after:
            happen(what, fields, owner)
        version = default_draft(**rules) if not segment else segment_draft(**{"segment_stages": [], **rules, **segment})
        CadenceStep.objects.filter(version=version).update(review_policy=policy)
        now = {name: as_swept(row) for name, row in swept(dry_run=True).items()}

        simulation = simulated(version, batch=4)
        rows = rows_of(simulation)
        assert {name: (row.now_decision, row.now_reasons) for name, row in rows.items()} == {
            name: answer[:2] for name, answer in now.items()
        }

        services.publish_version(version=CadenceVersion.objects.get(pk=version.pk), by=None, now=ago())
        happened = swept()
        assert {name: as_kept(row) for name, row in rows.items()} == {
            name: as_swept(row) for name, row in happened.items()
        }
        stored = {}
        for one in Decision.objects.select_related("lead").order_by("id"):
            stored[one.lead.external_id] = one
        assert {name: row.concerned for name, row in rows.items()} == {
            name: stored[name].cadence_version_id == version.pk for name in rows
        }
        assert {name: as_kept(row)[:5] for name, row in rows.items()} == {
            name: (one.decision, "|".join(one.reasons), one.step, one.channel, one.due_at)
            for name, one in stored.items()
        }
        transaction.set_rollback(True)


def test_who_is_under_way_stays_on_the_version_it_began_with() -> None:
    begun = make_lead(value=500)
    swept(ago(1))
    assert draft_of(begun).review_reasons == ["first_message"]
    fresh = make_lead(value=500)
    simulation = simulated(default_draft(wait_unanswered_quote=30, wait_no_reply=30))
    rows = rows_of(simulation)
    assert (rows[begun.external_id].decision, rows[begun.external_id].concerned) == ("continue", False)
    assert (rows[fresh.external_id].now_decision, rows[fresh.external_id].decision) == ("continue", "stand_down")
    assert rows[fresh.external_id].concerned
    assert simulation.found["concerned"] == 1


def test_a_draft_with_a_segment_takes_in_only_its_leads() -> None:
    ours, other = make_lead(stage="proposal"), make_lead(stage="negotiation")
    rows = rows_of(simulated(segment_draft(wait_unanswered_quote=30, wait_no_reply=30)))
    assert [rows[lead.external_id].decision for lead in (ours, other)] == ["stand_down", "continue"]
    assert [rows[lead.external_id].concerned for lead in (ours, other)] == [True, False]


def test_on_a_past_day_it_decides_as_one_would_have_then() -> None:
    lead = make_lead(quote_sent_on=day(10))
    draft = default_draft(wait_unanswered_quote=3, wait_no_reply=3, min_gap_days=1)
    row = rows_of(simulated(draft, as_of=ago(6)))[lead.external_id]
    assert (row.now_decision, row.decision) == ("stand_down", "continue")
    assert swept(ago(6), dry_run=True)[lead.external_id].decision.kind.value == "stand_down"
