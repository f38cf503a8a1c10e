"""What came of everybody assigned: whatever was sent, and nothing that a machine did."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from contacts import services as contacts
from contacts.states import Channel, Direction, TouchKind
from outreach.models import DeliveryEvent
from outreach.states import DeliveryKind, DraftStatus, Flow
from retention.models import Assignment, Customer
from retention.services import Refused
from retention.services.experiments import Measured, measure, note_contamination
from retention.states import Arm
from tests.outreach.world import make_draft
from tests.retention.experiments.making import assigned, enrolled, make_experiment, make_sent, people, ran
from tests.retention.making import NOW, ago, did

pytestmark = pytest.mark.django_db

BEGAN = ago(100)


def _of(customer: Customer) -> Assignment:
    return Assignment.objects.get(customer=customer)


def test_goal_revenue_and_activity_fall_into_their_spans() -> None:
    experiment = make_experiment(window_days=30)
    (one,) = people(1)
    assigned(experiment, one, at=BEGAN)
    did(one, "visit_logged", 101)
    did(one, "app_opened", 99)
    did(one, "visit_logged", 80, 75)
    did(one, "purchase_made", 75, amount=40, currency="USD")
    did(one, "purchase_made", 60, amount=25, currency="USD")
    did(one, "purchase_made", 9, amount=1000, currency="USD")
    assert measure(now=NOW) == Measured(experiments=1, looked_at=1, changed=1, settled=1)
    found = _of(one)
    assert found.converted_at == ago(80)  # opening the app is no visit
    assert (found.revenue, found.later_revenue) == (Decimal(40), Decimal(25))
    assert (found.active_30, found.active_60, found.active_90) == (True, True, False)
    assert found.settled_at == NOW


def test_what_may_still_come_stays_open_and_what_came_after_the_window_does_not_count() -> None:
    experiment = make_experiment(window_days=30)
    one, two = people(2)
    assigned(experiment, one, at=BEGAN)
    assigned(experiment, two, at=BEGAN + timedelta(days=27))
    did(one, "visit_logged", 69)
    did(two, "visit_logged", 71)
    measure(now=BEGAN + timedelta(days=32))
    assert _of(one).converted_at is None
    assert (_of(one).active_30, _of(one).active_60) == (False, None)
    assert _of(two).converted_at == ago(71)
    assert (_of(two).active_30, _of(two).settled_at) == (None, None)


def test_a_second_time_changes_nothing_and_settled_ones_are_not_looked_at_again() -> None:
    experiment = make_experiment()
    (one,) = people(1)
    assigned(experiment, one, at=BEGAN)
    did(one, "visit_logged", 95)
    early = BEGAN + timedelta(days=6)
    assert measure(now=early).changed == 1
    assert measure(now=early).changed == 0
    assert measure(now=NOW).settled == 1
    did(one, "purchase_made", 90, amount=5, currency="USD")
    assert measure(now=NOW) == Measured(experiments=1)
    assert _of(one).revenue == 0


def test_leaving_counts_within_the_window_only() -> None:
    experiment = make_experiment(window_days=30)
    one, two, three = people(3)
    for each in (one, two, three):
        assigned(experiment, each, at=BEGAN)
    for each, days in ((one, 20), (two, 31), (three, -5)):
        Customer.objects.filter(pk=each.pk).update(churned_on=(BEGAN + timedelta(days=days)).date())
    measure(now=NOW)
    assert _of(one).left_on == (BEGAN + timedelta(days=20)).date()
    assert _of(two).left_on is None
    assert _of(three).left_on is None


@pytest.mark.parametrize("status", [DraftStatus.AWAITING_REVIEW, DraftStatus.WITHDRAWN, DraftStatus.CLOSED_OUT])
def test_whoever_was_treated_stays_so_when_nothing_was_sent(status: DraftStatus) -> None:
    experiment = make_experiment()
    (one,) = people(1)
    assigned(experiment, one, at=BEGAN)
    contacts.set_address(contact=one.contact, kind="email", value="one@theirs.example")
    draft = make_draft(one.contact)
    type(draft).objects.filter(pk=draft.pk).update(status=status)
    ran(enrolled(experiment, one, at=BEGAN), draft, at=BEGAN, cost="0.90")
    did(one, "visit_logged", 90)
    measure(now=NOW)
    found = _of(one)
    assert (found.arm, found.contacted_at, found.converted_at) == (Arm.TREATED, None, ago(90))
    assert found.cost == Decimal("0.900")  # the time was spent


def test_contact_click_and_cost_of_what_was_sent_and_machines_never_click() -> None:
    experiment = make_experiment()
    one, two = people(2)
    for each in (one, two):
        assigned(experiment, each, at=BEGAN)
        ran(enrolled(experiment, each, at=BEGAN), make_sent(each.contact, at=ago(99)), at=ago(99))
    kinds = [(one, ago(98), True), (one, ago(97), False), (one, ago(96), False), (two, ago(98), True)]
    for each, at, machine in kinds:
        DeliveryEvent.objects.create(
            draft=each.contact.drafts.get(), kind=DeliveryKind.CLICKED, at=at, machine=machine,
            machine_because="scanner" if machine else "",
        )  # fmt: skip
    measure(now=NOW)
    assert (_of(one).contacted_at, _of(one).clicked_at, _of(one).cost) == (ago(99), ago(97), Decimal("0.500"))
    assert (_of(two).contacted_at, _of(two).clicked_at) == (ago(99), None)


def test_queries_do_not_grow_with_the_number_of_people(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    experiment = make_experiment()
    for each in people(3):
        assigned(experiment, each, at=BEGAN)
    # The experiments, who is open, savepoint, measure, release; savepoint, contamination, release.
    with django_assert_num_queries(8):
        measure(now=BEGAN + timedelta(days=1))


class TestContamination:
    @pytest.fixture
    def held_out(self) -> Customer:
        (one,) = people(1)
        assigned(make_experiment(window_days=30), one, Arm.HOLDOUT, at=BEGAN)
        return one

    def test_it_is_noted_once_for_those_held_out_within_the_window(self, held_out: Customer) -> None:
        (treated,) = people(1)
        assigned(make_experiment(), treated, at=BEGAN)
        both = [held_out.pk, treated.pk]
        day = BEGAN + timedelta(days=3)
        assert note_contamination(customer_ids=both, what="A payment failed.", now=day) == 1
        assert note_contamination(contact_ids=[held_out.contact_id], what="Again.", now=day) == 0
        found = _of(held_out)
        assert (found.contaminated_at, found.contamination, found.arm) == (day, "A payment failed.", Arm.HOLDOUT)
        assert _of(treated).contaminated_at is None

    def test_after_the_window_nobody_is_marked(self, held_out: Customer) -> None:
        assert note_contamination(customer_ids=[held_out.pk], what="An offer.", now=BEGAN + timedelta(days=30)) == 0

    def test_it_says_whom_and_what(self) -> None:
        with pytest.raises(Refused, match="whom it reached"):
            note_contamination(what="An offer.", now=NOW)
        with pytest.raises(Refused, match="what reached them"):
            note_contamination(what=" ", contact_ids=[1], now=NOW)

    @pytest.mark.parametrize(
        ("flow", "days", "says"),
        [
            (Flow.CADENCE, 5, "A follow-up of a lead was sent."),
            (Flow.PLAYBOOK, 5, "A playbook wrote to them."),
            (Flow.PLAYBOOK, 31, ""),
            (Flow.PLAYBOOK, -1, ""),
        ],
    )
    def test_the_daily_reading_finds_messages(self, held_out: Customer, flow: Flow, days: int, says: str) -> None:
        make_sent(held_out.contact, at=BEGAN + timedelta(days=days), flow=flow)
        found = measure(now=BEGAN + timedelta(days=40))
        assert found.contaminated == bool(says)
        assert _of(held_out).contamination == says

    @pytest.mark.parametrize(
        ("direction", "kind", "says"),
        [
            (Direction.OUT, TouchKind.MESSAGE, "Somebody of us wrote to them."),
            (Direction.OUT, TouchKind.CALL, "They were called."),
            (Direction.IN, TouchKind.MESSAGE, ""),
            (Direction.OUT, TouchKind.NOTE, ""),
        ],
    )
    def test_the_daily_reading_finds_what_people_did_by_hand(
        self, held_out: Customer, direction: Direction, kind: TouchKind, says: str
    ) -> None:
        contacts.record_touch(
            contact=held_out.contact, at=ago(90), direction=direction, channel=Channel.EMAIL, kind=kind, summary="."
        )
        measure(now=ago(80))
        assert _of(held_out).contamination == says
