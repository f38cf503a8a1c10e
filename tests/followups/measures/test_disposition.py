"""The disposition rate, against worlds counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from followups import measures, services
from followups.measures import Period, Scope
from followups.models import Decision, Lead
from followups.rules.measures import Rate
from followups.services.closings import came_back, keep_closing
from tests.factories import make_team, make_user
from tests.followups.making import make_lead, owner_of

pytestmark = pytest.mark.django_db

#: Ten days in May.
MAY = Period(date(2026, 5, 1), date(2026, 5, 10))
AFTER = datetime(2026, 5, 20, tzinfo=UTC)


def at(day: float) -> datetime:
    """This day of May, at noon for whole numbers."""
    return datetime(2026, 5, 1, 12, tzinfo=UTC) + timedelta(days=day - 1)


def decided(lead: Lead, day: float, decision: str = "wait", trigger: str = "no_reply", **more: Any) -> Decision:
    """A stored decision, as a sweep would leave it."""
    version = more.pop("version", None) or services.published_version()
    return Decision.objects.create(
        **{
            "lead": lead,
            "cadence_version": version,
            "decided_at": at(day),
            "trigger": trigger,
            "decision": decision,
            "rule": 8,
            "reasons": ["too_soon"],
            "evidence": {},
            "digest": "-",
            **more,
        }
    )


def closed(lead: Lead, day: float, disposition: str = "no_response", back: float | None = None) -> None:
    """The lead ended there, and where `back` is given came back."""
    keep_closing(lead_id=lead.pk, disposition=disposition, reason="", at=at(day))
    standing = back is None
    if back is not None:
        came_back(lead_ids=[lead.pk], at=at(back))
    Lead.objects.filter(pk=lead.pk).update(
        disposition=disposition if standing else "", disposition_at=at(day) if standing else None
    )


def rate(scope: Scope | None = None, period: Period = MAY, now: datetime = AFTER) -> Rate:
    return measures.no_response_disposition_rate(scope or Scope(), period, now=now)


def curve(period: Period = MAY, now: datetime = AFTER) -> list[tuple[int, int]]:
    return [(one.rate.count, one.rate.total) for one in measures.disposition_curve(Scope(), period, now=now)]


# --- who enters, and what is an outcome --------------------------------------------------------------------------


def test_nobody_yet() -> None:
    make_lead()
    assert rate() == Rate(0, 0)
    assert rate().words == "nobody yet"
    assert curve() == [(0, 0)] * 10


@pytest.mark.parametrize("decision", ["continue", "wait", "intake", "nurture", "close_out", "stop"])
def test_a_lead_enters_with_a_trigger_and_any_decision_but_stand_down(decision: str) -> None:
    decided(make_lead(), 2, decision)
    assert rate() == Rate(0, 1)


def test_a_lead_without_a_trigger_or_with_normal_follow_up_on_does_not_enter() -> None:
    decided(make_lead(), 2, "stop", trigger="")
    decided(make_lead(), 2, "stand_down")
    assert rate() == Rate(0, 0)


def test_a_decision_outside_the_period_does_not_count() -> None:
    lead = make_lead()
    decided(lead, 0.4)
    assert rate() == Rate(0, 0)
    decided(lead, 11)
    assert rate() == Rate(0, 0)
    decided(lead, 10.4)
    assert rate() == Rate(0, 1)


@pytest.mark.parametrize(
    "disposition",
    ["no_response", "nurture", "recycle", "stopped", "won", "lost", "expired", "handed_over", "documented"],
)
def test_every_disposition_is_an_outcome(disposition: str) -> None:
    lead = make_lead()
    decided(lead, 2)
    closed(lead, 2, disposition)
    assert rate() == Rate(1, 1)


def test_an_answer_is_an_outcome_until_they_fall_silent_again() -> None:
    lead = make_lead()
    decided(lead, 2)
    decided(lead, 4, "stand_down", trigger="")
    assert rate() == Rate(1, 1)
    decided(lead, 8)
    assert rate() == Rate(0, 1)
    assert curve() == [(0, 0), (0, 1), (0, 1), *[(1, 1)] * 4, *[(0, 1)] * 3]


def test_an_outcome_after_the_period_comes_too_late() -> None:
    lead = make_lead()
    decided(lead, 2)
    closed(lead, 11)
    assert rate() == Rate(0, 1)


def test_while_the_period_runs_it_is_as_of_now() -> None:
    early, late = make_lead(), make_lead()
    decided(early, 2)
    decided(late, 6)
    closed(early, 4)
    assert rate(now=at(3)) == Rate(0, 1)
    assert rate(now=at(5)) == Rate(1, 1)
    assert rate(now=at(7)) == Rate(1, 2)
    assert curve(now=at(5)) == [(0, 0), (0, 1), (0, 1), (1, 1), (1, 1)]


def test_a_lead_that_ended_before_and_stays_so_does_not_enter_again() -> None:
    lead = make_lead()
    decided(lead, -5)
    closed(lead, -4)
    decided(lead, 3, "close_out")
    assert rate() == Rate(0, 0)


def test_a_lead_that_came_back_enters_again_and_its_old_outcome_does_not_count() -> None:
    lead = make_lead()
    decided(lead, -5)
    closed(lead, -4, "recycle", back=3)
    decided(lead, 3)
    assert rate() == Rate(0, 1)
    closed(lead, 6)
    assert rate() == Rate(1, 1)


def test_what_came_back_was_done_on_the_days_before() -> None:
    lead = make_lead()
    decided(lead, 1)
    closed(lead, 3, "recycle", back=6)
    assert curve() == [(0, 1), (0, 1), (1, 1), (1, 1), (1, 1), *[(0, 1)] * 5]
    assert rate(now=at(5)) == Rate(1, 1)
    assert rate() == Rate(0, 1)


def test_a_sweep_and_a_person_make_the_outcomes_that_count() -> None:
    """The whole way, by the services: nurture follows from the facts, closing is a person's, the third stays open."""
    now = datetime(2026, 5, 5, 12, tzinfo=UTC)
    calm, by_hand, waits = make_lead(future_fit=True), make_lead(), make_lead()
    Lead.objects.filter(pk__in=[by_hand.pk, waits.pk]).update(quote_sent_on=date(2026, 4, 20))
    Lead.objects.filter(pk=calm.pk).update(quote_sent_on=None, stage="new", last_touch_at=at(-100))
    list(services.sweep(now=now))
    assert rate(now=now) == Rate(1, 3)
    services.close_out(
        lead=by_hand, disposition="documented", reason="Bought elsewhere.", by=owner_of(by_hand), now=now
    )
    assert rate(now=now) == Rate(2, 3)
    behind = measures.leads_behind("open", Scope(), MAY, now=now)
    assert [row.lead.pk for row in behind.rows] == [waits.pk]


# --- whose, and which ---------------------------------------------------------------------------------------------


def test_the_rate_of_a_segment() -> None:
    team = make_team("North", manager=make_user("SDR manager"))
    member = make_user("Account owner", team=team)
    one = make_lead(owner=member, territory="Central", source="Fair", stage="qualified")
    Lead.objects.filter(pk=one.pk).update(tags=["spring", "vip"])
    other = make_lead(territory="North", source="Web")
    for lead in (one, other):
        decided(lead, 2)
    closed(one, 3)
    version = services.published_version()
    for chosen in (
        {"territory": "central"},
        {"source": "FAIR"},
        {"stage": "qualified"},
        {"tag": "vip"},
        {"owner": member.pk},
        {"team": team.pk},
    ):
        assert rate(Scope(**chosen)) == Rate(1, 1), chosen
    assert rate(Scope(cadence=version.cadence_id)) == Rate(1, 2)
    assert rate(Scope(cadence=version.cadence_id + 1)) == Rate(0, 0)
    found = {(one.by, one.label): one.rate for one in measures.disposition_by_segment(Scope(), MAY, now=AFTER)}
    assert found["territory", "Central"] == Rate(1, 1)
    assert found["territory", "North"] == Rate(0, 1)
    assert found["tag", "vip"] == found["tag", "spring"] == Rate(1, 1)
    assert found["team", "North"] == Rate(1, 1)
    assert found["team", ""] == Rate(0, 1)
    assert found["cadence", "default"] == Rate(1, 2)
    assert found["stage", "proposal"] == Rate(0, 1)


def test_a_cadence_counts_the_leads_that_it_decided_about() -> None:
    version = services.clone_cadence(base=services.published_version(), name="central", changes={}, by=None)
    lead = make_lead()
    decided(lead, 2)
    decided(lead, 5, version=version)
    assert rate(Scope(cadence=version.cadence_id), now=at(4)) == Rate(0, 0)
    assert rate(Scope(cadence=version.cadence_id)) == Rate(0, 1)
    assert rate() == Rate(0, 1)


def test_people_count_the_leads_they_may_see() -> None:
    mine, theirs, nobodys = make_lead(), make_lead(), make_lead(owner=None)
    for lead in (mine, theirs, nobodys):
        decided(lead, 2)
    assert rate(Scope(user=mine.owner)) == Rate(0, 2)
    assert rate(Scope(user=make_user("SDR manager"))) == Rate(0, 3)
    assert rate(Scope(owner=theirs.owner_id, user=mine.owner)) == Rate(0, 0)


def test_the_open_ones_page_by_page() -> None:
    leads = [make_lead() for _ in range(5)]
    for place, lead in enumerate(leads):
        decided(lead, 3 if place < 3 else 2)
    closed(leads[0], 4)
    after, seen = "", []
    while True:
        shown = measures.leads_behind("open", Scope(), MAY, now=AFTER, after=after, size=2)
        seen += [row.lead.pk for row in shown.rows]
        after = shown.following
        if not after:
            break
    assert seen == [leads[place].pk for place in (3, 4, 1, 2)]
    assert shown.rows[0].decision is not None


def test_one_statement_for_the_curve_and_one_for_the_rate() -> None:
    for lead in [make_lead() for _ in range(3)]:
        decided(lead, 2)
    for ask, most in ((rate, 1), (curve, 1)):
        with CaptureQueriesContext(connection) as asked:
            ask()
        assert len(asked) == most


# --- against a count of its own ------------------------------------------------------------------------------------

DAYS = st.integers(-6, 28).map(lambda half: half / 2)
HISTORY = st.lists(
    st.tuples(DAYS, st.sampled_from(["wait", "stand_down", "quiet", "close", "back"])),
    min_size=1,
    max_size=7,
    unique_by=lambda one: one[0],
).map(sorted)


def counted(histories: list[list[tuple[float, str]]], period: Period, now: datetime) -> list[tuple[int, int]]:
    """The definition, word by word, one day after the other."""
    days = []
    for number in range((min(period.last, now.date()) - period.first).days + 1):
        evening = min(period.start + timedelta(days=number + 1, microseconds=-1), now)
        entered = done = 0
        for history in histories:
            began, closed_at, latest = None, None, ""
            for day, what in history:
                if at(day) > evening:
                    break
                if what == "close":
                    closed_at = at(day)
                elif what == "back":
                    closed_at = None
                elif what in ("wait", "quiet", "stand_down"):
                    latest = what
                    inside = period.start <= at(day) < period.end
                    if what == "wait" and inside and began is None and (closed_at is None or closed_at == at(day)):
                        began = at(day)
            entered += began is not None
            done += began is not None and (closed_at is not None or latest == "stand_down")
        days.append((done, entered))
    return days


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(histories=st.lists(HISTORY, min_size=1, max_size=3))
def test_the_curve_is_the_definition_day_by_day_and_ends_at_the_rate(
    histories: list[list[tuple[float, str]]],
) -> None:
    owner = make_user("Account owner")
    for history in histories:
        lead = make_lead(owner=owner)
        for day, what in history:
            if what == "close":
                closed(lead, day)
            elif what == "back":
                came_back(lead_ids=[lead.pk], at=at(day))
                Lead.objects.filter(pk=lead.pk).update(disposition="", disposition_at=None)
            elif what == "quiet":
                decided(lead, day, "stop", trigger="")
            else:
                decided(lead, day, what)
    scope, moment = Scope(owner=owner.pk), at(15)
    wanted = counted(histories, MAY, moment)
    found = measures.disposition_curve(scope, MAY, now=moment)
    assert [(one.rate.count, one.rate.total) for one in found] == wanted
    assert rate(scope, now=moment) == found[-1].rate
