"""The sweep on rows: what is written, that twice is once, and that nothing is lost when it is broken off."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts import services as contacts
from contacts.states import SuppressionReason
from outreach import services as outreach
from outreach.models import Call, Draft, PolicyApproval
from outreach.states import CallStatus, DraftStatus, Flow
from retention.models import Assignment, Enrolment, PlaybookSweep, StepRun, WorkCapacity
from retention.services import playbooks
from retention.services.enrolling import carrying
from retention.states import (
    Arm,
    EnrolmentEnd,
    EnrolmentStatus,
    PlaybookMode,
    StepCondition,
    StepOutcome,
    StepReview,
    WorkKind,
)
from tests.retention.enrolling.rows import (
    CALL,
    EMAIL,
    SMS,
    at_risk,
    experiment,
    of,
    owner,
    playbook,
    runs,
    scored,
    swept,
)
from tests.retention.making import NOW, did, refreshed

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def test_somebody_at_risk_is_let_in_and_their_first_message_is_written() -> None:
    playbook()
    customer = at_risk()
    done = swept()
    assert (done.begun, done.waiting, dict(done.steps)) == (1, 0, {StepOutcome.DRAFTED: 1})
    enrolment = of(customer)
    assert (enrolment.status, enrolment.started_at, enrolment.arm) == (EnrolmentStatus.ACTIVE, NOW, "")
    assert enrolment.look_at == NOW + 8 * HOUR + timedelta(microseconds=1)
    assert enrolment.why["reasons"] == ["quiet_30d"]
    assert "theirs.example" not in str(enrolment.why)
    draft = Draft.objects.get()
    assert (draft.flow, draft.channel, draft.status) == (Flow.PLAYBOOK, "sms", DraftStatus.APPROVED)
    assert (draft.reason_kind, draft.body[:11]) == ("quiet_30d", "Hello there")
    assert PolicyApproval.objects.get(draft=draft).policy.startswith("Playbook try-v1, step 1")
    assert not draft.findings.filter(severity="block")


def test_twice_is_once() -> None:
    playbook("try", {**SMS, "review": StepReview.ALWAYS}, EMAIL)
    owner()
    waiting = [at_risk() for _ in range(3)]
    swept()
    before = [list(model.objects.order_by("pk").values()) for model in (Enrolment, StepRun, Draft)]
    again = swept()
    assert again.nothing
    assert before == [list(model.objects.order_by("pk").values()) for model in (Enrolment, StepRun, Draft)]
    assert Enrolment.objects.count() == len(waiting)


def test_broken_off_between_letting_in_and_drafting_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    playbook()
    customers = [at_risk() for _ in range(3)]
    real, calls = carrying._draft, []

    def dies(*args: Any) -> None:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(*args)

    monkeypatch.setattr(carrying, "_draft", dies)
    with pytest.raises(KeyboardInterrupt):
        swept()
    assert Draft.objects.count() == 1
    assert Enrolment.objects.filter(status=EnrolmentStatus.ACTIVE).count() == 3
    monkeypatch.undo()
    swept(NOW + timedelta(seconds=30))
    assert Draft.objects.count() == 3
    assert [runs(customer) for customer in customers] == [[(1, "drafted")]] * 3


def test_who_opts_out_before_the_draft_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    playbook()
    customer = at_risk()
    real = carrying._one

    def stopped_meanwhile(*args: Any) -> None:
        contacts.suppress(contact=customer.contact, channel="all", reason=SuppressionReason.OPTED_OUT, at=NOW)
        real(*args)

    monkeypatch.setattr(carrying, "_one", stopped_meanwhile)
    swept()
    assert not Draft.objects.exists()
    monkeypatch.undo()
    swept(NOW + timedelta(seconds=30))
    assert (of(customer).end, Draft.objects.count()) == (EnrolmentEnd.SUPPRESSED, 0)


def test_a_goal_takes_back_what_waits() -> None:
    playbook("try", {**SMS, "review": StepReview.ALWAYS})
    owner()
    customer = at_risk()
    swept()
    assert Draft.objects.get().review_reasons == ["playbook"]
    contacts.record_event(contact=customer.contact, name="visit_logged", occurred_at=NOW + HOUR, properties={})
    refreshed(NOW + 2 * HOUR)
    assert of(customer).look_at == NOW + 2 * HOUR
    swept(NOW + 2 * HOUR)
    assert (of(customer).status, of(customer).end) == (EnrolmentStatus.ENDED, EnrolmentEnd.GOAL)
    assert Draft.objects.get().status == DraftStatus.WITHDRAWN
    assert runs(customer) == [(1, "withdrawn")]


def test_a_draft_that_nobody_approved_in_time_is_missed_and_the_next_step_comes() -> None:
    playbook("try", {**SMS, "review": StepReview.ALWAYS}, EMAIL)
    owner()
    customer = at_risk()
    swept()
    swept(NOW + 9 * HOUR)
    assert Draft.objects.get().status == DraftStatus.WITHDRAWN
    assert runs(customer) == [(1, "missed")]
    swept(NOW + 36 * HOUR)
    assert runs(customer) == [(1, "missed"), (2, "drafted")]


def test_a_message_that_a_reviewer_gave_up_counts_as_taken_back() -> None:
    playbook("try", {**SMS, "review": StepReview.ALWAYS}, EMAIL)
    owner()
    customer = at_risk()
    swept()
    draft = Draft.objects.get()
    outreach.withdraw(draft_ids=[draft.pk], reason="Not today.", now=NOW + HOUR)
    swept(NOW + 9 * HOUR)
    run = StepRun.objects.get()
    assert (run.outcome, run.why) == (StepOutcome.WITHDRAWN, "Not today.")
    assert of(customer).look_at == NOW + 36 * HOUR


def test_higher_priority_takes_over_and_takes_back() -> None:
    playbook("low", {**SMS, "review": StepReview.ALWAYS}, priority=10)
    playbook("high", EMAIL | {"earliest_hours": 0}, priority=90, reasons_any=["payment_failed"])
    owner()
    customer = at_risk()
    swept()
    scored(customer, total=90, reasons=("payment_failed", "quiet_30d"))
    swept(NOW + HOUR)
    ended = Enrolment.objects.get(playbook__name="low")
    assert (ended.end, ended.end_note) == (EnrolmentEnd.OVERTAKEN, "High took over.")
    found = list(Draft.objects.order_by("pk").values_list("status", "review_reasons"))
    assert found == [("withdrawn", ["playbook"]), ("approved", [])]
    assert Enrolment.objects.get(playbook__name="high").status == EnrolmentStatus.ACTIVE


def test_cooldown_keeps_them_out_and_then_lets_them_in() -> None:
    playbook("try", SMS, lasts_days=1, cooldown_days=20)
    customer = at_risk()
    swept()
    swept(NOW + timedelta(days=2))
    assert of(customer).status == EnrolmentStatus.ENDED
    swept(NOW + timedelta(days=21))
    assert Enrolment.objects.count() == 1
    swept(NOW + timedelta(days=23))
    assert Enrolment.objects.count() == 2


def test_a_failed_payment_is_drafted_in_the_first_sweep_after_the_refresh() -> None:
    playbook("pay", SMS | {"condition": StepCondition.PAYMENT_OPEN}, bands=[], reasons_any=["payment_failed"],
             urgent=True)  # fmt: skip
    customer = at_risk(total=10)
    swept()
    assert not Draft.objects.exists()
    contacts.record_event(contact=customer.contact, name="payment_failed", occurred_at=NOW + HOUR, properties={})
    refreshed(NOW + HOUR + timedelta(seconds=20))
    swept(NOW + HOUR + timedelta(seconds=50))
    draft = Draft.objects.get()
    assert (draft.reason_kind, draft.priority >= 300) == ("payment_failed", True)


def test_who_is_held_out_gets_nothing_and_is_assigned() -> None:
    version = playbook()
    experiment(version, holdout_percent=50)
    treated, held_out = at_risk(arm=Arm.TREATED), at_risk(arm=Arm.HOLDOUT)
    done = swept()
    assert (done.begun, done.held_out) == (1, 1)
    arms = dict(Assignment.objects.values_list("customer_id", "arm"))
    assert arms == {treated.pk: Arm.TREATED, held_out.pk: Arm.HOLDOUT}
    for customer in (treated, held_out):
        drafts = Draft.objects.filter(contact=customer.contact).count()
        assert drafts == (1 if arms[customer.pk] == Arm.TREATED else 0)
        assert of(customer).arm == arms[customer.pk]


def test_shadow_writes_texts_and_puts_nothing_before_anybody() -> None:
    playbook("try", SMS, CALL | {"earliest_hours": 72, "latest_hours": 96}, mode=PlaybookMode.SHADOW)
    WorkCapacity.objects.create(user=owner(), kind=WorkKind.CALL, minutes_a_day=60, weekdays=[1, 2, 3, 4, 5])
    customer = at_risk()
    swept()
    swept(NOW + 72 * HOUR)
    assert runs(customer) == [(1, "shadowed"), (2, "shadowed")]
    bodies = list(StepRun.objects.order_by("pk").values_list("text__body", flat=True))
    assert bodies == [
        "Hello there, your usual class has a place on Thursday. Reply STOP to end this.",
        "Ask how they are.",
    ]
    assert not Draft.objects.exists()
    assert not Call.objects.exists()


def test_calls_are_asked_for_and_called_off_at_the_goal() -> None:
    playbook("try", CALL, call_minutes=Decimal(10))
    WorkCapacity.objects.create(user=owner(), kind=WorkKind.CALL, minutes_a_day=60, weekdays=[1, 2, 3, 4, 5])
    customer = at_risk(owner=owner())
    swept()
    call = Call.objects.get()
    assert (call.flow, call.owner, call.script) == (Flow.PLAYBOOK, None, "Ask how they are.")
    assert call.latest_at == NOW + 72 * HOUR
    assert StepRun.objects.get().cost == Decimal("6.000")
    did(customer, "visit_logged", -0.05)
    refreshed(NOW + 2 * HOUR)
    swept(NOW + 2 * HOUR)
    call.refresh_from_db()
    assert (call.status, runs(customer)) == (CallStatus.CALLED_OFF, [(1, "withdrawn")])


def test_the_best_are_let_in_and_the_others_wait_with_a_sentence() -> None:
    playbook("try", {**SMS, "review": StepReview.ALWAYS}, review_minutes=Decimal(24))
    WorkCapacity.objects.create(user=owner(), kind=WorkKind.REVIEW, minutes_a_day=60, weekdays=[1, 2, 3, 4, 5, 6, 7])
    customers = [at_risk(mrr=Decimal(mrr)) for mrr in (10, 40, 20, 30)]
    done = swept()
    # An hour less the head-room of a fifth: two messages of 24 minutes.
    assert (done.begun, done.waiting) == (2, 2)
    assert [of(one).status for one in customers] == ["waiting", "active", "waiting", "active"]
    assert of(customers[2]).waits_for == "Waits for reviewing minutes: next in line."
    assert of(customers[0]).waits_for == "Waits for reviewing minutes: 1 other goes first."
    late = swept(NOW + timedelta(days=7))
    assert (late.ended, of(customers[0]).end) == (2, EnrolmentEnd.WAITED)


def test_two_accounts_of_one_person_are_not_in_two_playbooks() -> None:
    playbook()
    first = at_risk()
    second = at_risk(contact=first.contact)
    swept()
    assert {of(first).status, of(second).status} == {EnrolmentStatus.ACTIVE, EnrolmentStatus.WAITING}
    assert swept().nothing


def test_a_paused_playbook_stands_still_and_a_resumed_one_looks_at_everybody() -> None:
    version = playbook()
    playbooks.pause_playbook(playbook=version.playbook, reason="Wrong words.", by=None, now=NOW)
    customer = at_risk()
    assert swept().begun == 0
    assert not Enrolment.objects.exists()
    pause = version.playbook.pauses.get()
    pause.resumed_at, pause.resumed_by, pause.resume_reason = NOW + HOUR, owner(), "Better words."
    pause.save()
    swept(NOW + HOUR + timedelta(seconds=1))
    assert of(customer).status == EnrolmentStatus.ACTIVE


def test_nothing_due_costs_few_queries_however_many_are_under_way() -> None:
    playbook()
    for _ in range(3):
        at_risk()
    swept()
    with CaptureQueriesContext(connection) as queries:
        assert swept(NOW + timedelta(seconds=30)).looked_at == 0
    assert len(queries) == 5, [one["sql"][:90] for one in queries.captured_queries]


@pytest.mark.parametrize("number", [pytest.param(2, marks=pytest.mark.trial), 5])
def test_queries_of_a_sweep_with_news_do_not_grow_with_who_waits(number: int) -> None:
    playbook("try", {**SMS, "review": StepReview.ALWAYS}, review_minutes=Decimal(99))
    for _ in range(number):
        at_risk()
    PlaybookSweep.objects.update(swept_at=NOW, full_at=NOW)
    with CaptureQueriesContext(connection) as queries:
        assert swept().waiting == number
    assert len(queries) <= 65, [one["sql"][:60] for one in queries.captured_queries]
    assert not [one for one in queries.captured_queries if "INSERT INTO retention_enrolment" in one["sql"]][1:]


def test_a_dry_run_writes_nothing_and_lists_the_same() -> None:
    playbook()
    customer = at_risk()
    low = at_risk(total=5)
    dry = swept(dry_run=True, listed=True)
    assert not Enrolment.objects.exists()
    assert not Draft.objects.exists()
    assert dry.rows == swept(listed=True).rows
    assert [(row.customer, row.status) for row in dry.rows if row.status != "refused"] == [
        (customer.external_id, "active"),
        (customer.external_id, "step"),
    ]
    assert (low.external_id, "refused", "Try: Their risk is low.") in [(r.customer, r.status, r.why) for r in dry.rows]


def test_without_room_for_anybody_the_line_is_not_gone_through() -> None:
    version = playbook("try", {**SMS, "review": StepReview.ALWAYS}, review_minutes=Decimal(50))
    WorkCapacity.objects.create(user=owner(), kind=WorkKind.REVIEW, minutes_a_day=60, weekdays=[1, 2, 3, 4, 5, 6, 7])
    customer = at_risk()
    assert swept().waiting == 1
    with CaptureQueriesContext(connection) as queries:
        assert swept(NOW + timedelta(seconds=30)).nothing
    assert not [one for one in queries.captured_queries if "row_number()" in one["sql"]]
    # With time for it, the next sweep lets them in, and nothing else had to happen.
    WorkCapacity.objects.update(minutes_a_day=120)
    assert swept(NOW + timedelta(seconds=60)).begun == 1
    assert of(customer).version == version
