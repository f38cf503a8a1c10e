"""What a backtest says: against counting by hand, and against every pair of customers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from contacts.models import Identity
from contacts.services import record_event
from contacts.states import IdentityKind
from retention import scoring, services
from retention.models import Customer
from retention.rules.backtest import Tally, added_up, measure, pairs
from retention.states import Lapse
from tests.factories import make_user
from tests.retention.making import NOW, active, ago, did, draft, in_force, make_customer

TALLIES = st.lists(
    st.builds(Tally, total=st.integers(0, 100), lapsed=st.integers(0, 4), stayed=st.integers(0, 4)), max_size=12
)


def auc_of_every_pair(dates: list[list[Tally]]) -> float | None:
    """The definition, read aloud: all pairs of one who lapsed and one who stayed, at the same date."""
    wins = every = 0.0
    for tallies in dates:
        lapsed = [one.total for one in tallies for _ in range(one.lapsed)]
        stayed = [one.total for one in tallies for _ in range(one.stayed)]
        for gone, there in product(lapsed, stayed):
            every += 1
            wins += 1 if gone > there else 0.5 if gone == there else 0
    return wins / every if every else None


@given(st.lists(TALLIES, max_size=3))
def test_the_auc_is_that_of_all_pairs(dates: list[list[Tally]]) -> None:
    expected = auc_of_every_pair(dates)
    found = measure(dates, medium_from=40, high_from=70).auc
    assert found == (None if expected is None else pytest.approx(expected, abs=1e-12))


@given(TALLIES)
def test_turning_the_score_round_turns_the_auc_round(tallies: list[Tally]) -> None:
    right, every = pairs(tallies)
    turned, same = pairs([Tally(100 - one.total, one.lapsed, one.stayed) for one in tallies])
    assert (right + turned, same) == (every, every)


@given(TALLIES, st.integers(1, 99))
def test_bands_hold_everybody_once_and_the_lowest_catches_all(tallies: list[Tally], medium: int) -> None:
    found = measure([tallies], medium_from=medium, high_from=100)
    assert sum(band.customers for band in found.bands) == found.customers == sum(t.lapsed + t.stayed for t in tallies)
    assert sum(band.lapsed for band in found.bands) == found.lapsed
    lowest = found.bands[-1]
    assert (lowest.flagged, lowest.caught) == (found.customers, found.lapsed)
    for band in found.bands:
        assert band.false_positives == band.customers - band.lapsed
        if band.precision is not None and found.base_rate:
            assert band.lift == pytest.approx(band.precision / found.base_rate)


def test_the_measures_of_a_table_worked_out_by_hand() -> None:
    """High: 8 of 10 lapsed. Medium: 6 of 20. Low: 6 of 70. Together 20 of 100."""
    tallies = [Tally(80, 8, 2), Tally(40, 4, 6), Tally(69, 2, 8), Tally(39, 6, 64)]
    found = measure([tallies], medium_from=40, high_from=70, said_wrong={"high": 3})
    assert (found.customers, found.lapsed, found.base_rate) == (100, 20, 0.2)
    high, medium, low = found.bands
    assert (high.band, high.customers, high.precision, high.lift, high.recall) == ("high", 10, 0.8, 4.0, 0.4)
    assert (high.false_positives, high.false_positive_share, high.over_ceiling) == (2, 0.2, False)
    assert (high.said_wrong, medium.said_wrong) == (3, 0)
    assert (medium.customers, medium.precision, medium.flagged, medium.caught) == (20, 0.3, 30, 14)
    assert (medium.precision_above, medium.recall) == (14 / 30, 0.7)
    assert medium.lift_above == pytest.approx(14 / 30 / 0.2)
    assert (medium.false_positive_share, medium.over_ceiling, medium.stayers_flagged) == (0.7, True, 16 / 80)
    assert (low.recall, low.over_ceiling) == (1.0, True)


@pytest.mark.parametrize(("ceiling", "over"), [(0.5, False), (0.49, True), (1.0, False)])
def test_exactly_the_ceiling_is_not_over_it(ceiling: float, over: bool) -> None:
    found = measure([[Tally(90, 5, 5)]], medium_from=40, high_from=70, ceiling=ceiling)
    assert found.bands[0].over_ceiling is over


def test_shares_of_nobody_are_none() -> None:
    found = measure([[]], medium_from=40, high_from=70)
    assert (found.customers, found.base_rate, found.auc) == (0, None, None)
    assert {(band.precision, band.lift, band.recall, band.over_ceiling) for band in found.bands} == {
        (None, None, None, False)
    }
    nobody_lapsed = measure([[Tally(50, 0, 5)]], medium_from=40, high_from=70)
    assert (nobody_lapsed.base_rate, nobody_lapsed.bands[1].lift, nobody_lapsed.auc) == (0.0, None, None)


def test_a_thing_known_of_dates_that_is_not_known_of_customers_is_no_skill() -> None:
    """At the second date everybody scores higher and lapses more. Within a date the score says nothing."""
    dates = [[Tally(20, 1, 9)], [Tally(80, 9, 1)]]
    assert measure(dates, medium_from=40, high_from=70).auc == 0.5
    assert measure([added_up(one for day in dates for one in day)], medium_from=40, high_from=70).auc == 0.9


# Against the database

AT = ago(100)


def tallies_of(lapse: str, days: int = 90, model: str = "at-risk") -> dict[int, tuple[int, int]]:
    rules = scoring.rules_of(in_force(model))
    with transaction.atomic():
        found = services.outcome(model=rules, at=AT, horizon_days=days, lapse=lapse)
    return {one.total: (one.lapsed, one.stayed) for one in found}


def judged(lapse: str, days: int = 90) -> tuple[int, int]:
    """How many lapsed and how many stayed."""
    found = tallies_of(lapse, days).values()
    return sum(lapsed for lapsed, _ in found), sum(stayed for _, stayed in found)


@pytest.mark.django_db
def test_what_counts_as_lapsed() -> None:
    bought, came, ticket, nothing = (make_customer() for _ in range(4))
    did(bought, "purchase_made", 50, amount="10")
    did(came, "visit_logged", 50)
    did(ticket, "support_ticket_created", 50, ticket_id="T1")
    left = make_customer(churned_on=ago(50).date())
    assert judged(Lapse.NO_ACTIVITY) == (3, 2)
    assert judged(Lapse.NO_PURCHASE) == (4, 1)
    assert judged(Lapse.CHURNED) == (1, 4)
    assert Customer.objects.count() == 5
    assert {nothing.pk, left.pk} <= set(Customer.objects.values_list("pk", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("before_now", "stayed"),
    [
        (timedelta(days=100), 0),
        (timedelta(days=100) - timedelta(microseconds=1), 1),
        (timedelta(days=10), 1),
        (timedelta(days=10) - timedelta(microseconds=1), 0),
    ],
)
def test_the_days_looked_ahead_begin_after_the_moment_and_end_with_the_last(before_now: timedelta, stayed: int) -> None:
    """The window is half-open: what happens at the moment itself was known then."""
    did(make_customer(), "purchase_made", before_now / timedelta(days=1))
    assert judged(Lapse.NO_PURCHASE) == (1 - stayed, stayed)


@pytest.mark.django_db
def test_only_customers_of_that_day_are_scored_and_by_nothing_that_came_later() -> None:
    then = active(make_customer(since=date(2025, 1, 1)))
    before = tallies_of(Lapse.NO_ACTIVITY)
    make_customer(since=ago(99).date())
    make_customer(churned_on=ago(200).date())
    did(then, "payment_failed", 99, 50)
    did(then, "support_escalated", 99)
    assert tallies_of(Lapse.NO_ACTIVITY) == before
    assert sum(sum(one) for one in before.values()) == 1


@pytest.mark.django_db
def test_what_another_customer_of_the_same_contact_did_is_not_staying() -> None:
    one = make_customer()
    other = make_customer(contact=one.contact)
    identity = Identity.objects.create(kind=IdentityKind.CUSTOMER, value=other.external_id, contact=one.contact)
    record_event(contact=one.contact, name="visit_logged", occurred_at=ago(50), identity=identity)
    assert judged(Lapse.NO_ACTIVITY) == (1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"dates": []}, "at least one date"),
        ({"dates": [ago(89)]}, "not over yet"),
        ({"dates": [ago(89).date()]}, "not over yet"),
        ({"dates": [ago(400)]}, "The first event"),
        ({"horizon_days": 0}, "from 1 to 730"),
        ({"horizon_days": 731}, "from 1 to 730"),
        ({"lapse": "bored"}, "no such way to lapse"),
        ({"lapse": Lapse.CHURNED}, "No customer has a day on which it left"),
        ({"ceiling": 1.5}, "from 0 to 1"),
        ({"dates": [ago(days) for days in range(100, 140)]}, "at most 36"),
    ],
)
def test_a_question_without_an_answer_is_refused_with_what_to_do(asked: dict[str, object], words: str) -> None:
    active(make_customer())
    given = {"dates": [AT], "horizon_days": 90, "lapse": Lapse.NO_ACTIVITY, **asked}
    with pytest.raises(services.Refused, match=words):
        services.check_backtest(now=NOW, **given)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_without_any_event_there_is_no_past() -> None:
    make_customer()
    with pytest.raises(services.Refused, match="no events yet"):
        services.check_backtest(dates=[AT], horizon_days=90, lapse=Lapse.NO_ACTIVITY, now=NOW)


@pytest.mark.django_db
def test_a_date_is_its_first_moment_and_counts_once() -> None:
    active(make_customer())
    day = date(2026, 1, 31)
    moment = datetime(2026, 1, 31, tzinfo=UTC)
    assert services.check_backtest(
        dates=[day, moment, date(2026, 1, 2)], horizon_days=90, lapse=Lapse.NO_ACTIVITY, now=NOW
    ) == [datetime(2026, 1, 2, tzinfo=UTC), moment]


@pytest.mark.django_db
def test_flags_that_somebody_said_were_wrong_are_counted_for_the_model_in_the_days_after() -> None:
    customer = active(make_customer())
    services.refresh(now=ago(60))
    by = make_user(is_superuser=True)
    services.flag_wrong(customer=customer, note="They are on holiday.", by=by, now=ago(60))
    assert services.said_wrong(in_force(), AT, 90) == {"low": 1}
    assert services.said_wrong(draft(), AT, 90) == {"low": 1}
    assert services.said_wrong(in_force("infrequent"), AT, 90) == {}
    assert services.said_wrong(in_force(), AT, 39) == {}


@pytest.mark.django_db
def test_the_command_prints_a_row_for_each_band(capsys: pytest.CaptureFixture[str]) -> None:
    active(make_customer())
    make_customer()
    call_command("backtest", model="at-risk-v1", as_of=[f"{AT:%Y-%m-%d}"], horizon=90, csv="-")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("at,band,customers,lapsed,precision")
    assert [line.split(",")[1:4] for line in lines[1:]] == [["high", "0", "0"], ["medium", "0", "0"], ["low", "2", "1"]]
    assert lines[1].endswith(",0.5000,1.0000")
    with pytest.raises(CommandError, match="There is no model at-risk-v9"):
        call_command("backtest", model="at-risk-v9", as_of=["2026-01-01"])
    with pytest.raises(CommandError, match="--as-of takes"):
        call_command("backtest", model="at-risk-v1", as_of=["yesterday"])
