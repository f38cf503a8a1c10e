"""A breach stops the playbook at the next sweep and tells a person; only a person lets it go on."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from contacts import services as contacts
from outreach import services as outreach
from outreach.models import DeliveryEvent, Draft
from outreach.states import CallStatus, DeliveryKind, DraftStatus
from retention.models import (
    Assignment,
    CustomerValue,
    Enrolment,
    Experiment,
    GuardrailReading,
    Playbook,
    PlaybookPause,
    StepRun,
)
from retention.services import Refused
from retention.services.enrolling.sweeping import sweep
from retention.services.experiments import assign
from retention.services.guardrails import Checked, check_guardrails, watch_guardrails
from retention.services.playbooks.pausing import pause_playbook, resume_playbook
from retention.states import Arm, Guardrail, StepOutcome
from staff.models import AuditEntry, Notification, User
from tests.factories import make_user
from tests.outreach.world import make_draft
from tests.retention.experiments.making import (
    assigned,
    enrolled,
    make_experiment,
    make_sent,
    make_version,
    many_people,
    people,
    ran,
)
from tests.retention.making import NOW, ago

pytestmark = pytest.mark.django_db


@pytest.fixture
def experiment() -> Experiment:
    owner = make_user("Retention manager", name="Rita Owns")
    return make_experiment(version=make_version(owner=owner))


def _written(experiment: Experiment, number: int, *, days: float = 5) -> list[Draft]:
    found = []
    for one in people(number):
        draft = make_sent(one.contact, at=ago(days))
        ran(enrolled(experiment, one, at=ago(days)), draft, at=ago(days))
        found.append(draft)
    return found


def _complain(drafts: list[Draft], *, at: datetime | None = None, machine: bool = False) -> None:
    for draft in drafts:
        DeliveryEvent.objects.create(draft=draft, kind=DeliveryKind.COMPLAINED, at=at or ago(1), machine=machine)


def _owner(experiment: Experiment) -> User:
    owner = experiment.version.playbook.owner
    assert owner is not None
    return owner


def _paused(experiment: Experiment) -> PlaybookPause | None:
    return PlaybookPause.objects.filter(playbook=experiment.version.playbook, resumed_at=None).first()


def test_complaints_pause_it_within_one_sweep_and_its_owner_is_told(
    experiment: Experiment, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    drafts = _written(experiment, 5)
    assert watch_guardrails(now=NOW) == Checked()
    _complain(drafts[:3])
    with django_capture_on_commit_callbacks(execute=True):
        assert watch_guardrails(now=NOW) == Checked(1, (experiment.version.playbook_id,))
    pause = _paused(experiment)
    assert pause is not None
    assert (pause.guardrail, pause.paused_by, pause.paused_at) == (Guardrail.COMPLAINTS, None, NOW)
    assert "3 of 5 messages were reported as spam" in pause.reason
    (sent,) = mail.outbox
    assert sent.to == [_owner(experiment).email]
    assert sent.subject == f"Paused: {experiment.version.playbook.title}"
    assert "3 of 5 messages were reported as spam" in sent.body
    assert "/playbooks/" in sent.body
    assert AuditEntry.objects.filter(action="retention.pause_playbook").count() == 1
    kept = GuardrailReading.objects.get(guardrail=Guardrail.COMPLAINTS)
    assert (kept.count, kept.total, kept.breached) == (3, 5, True)


def test_a_sweep_without_news_writes_nothing_and_costs_one_query(
    experiment: Experiment, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    drafts = _written(experiment, 4)
    _complain(drafts[:2])
    assert watch_guardrails(now=NOW) == Checked(1)
    with django_assert_num_queries(1):
        assert watch_guardrails(now=NOW + timedelta(seconds=30)) == Checked()
    assert GuardrailReading.objects.count() == 2


def test_machines_bounces_and_other_playbooks_do_not_count(experiment: Experiment) -> None:
    drafts, others = _written(experiment, 4), _written(make_experiment(), 1)
    _complain(drafts[:3], machine=True)
    _complain(others)
    DeliveryEvent.objects.create(draft=drafts[3], kind=DeliveryKind.BOUNCED, at=ago(4))
    check_guardrails(now=NOW)
    kept = GuardrailReading.objects.get(guardrail=Guardrail.COMPLAINTS, playbook=experiment.version.playbook)
    assert (kept.count, kept.total) == (0, 3)
    assert _paused(experiment) is None


def test_opt_outs_count_for_the_last_message_before_them(experiment: Experiment) -> None:
    drafts = _written(experiment, 4, days=10)
    other = make_experiment()
    late = drafts[3].contact
    second = make_sent(late, at=ago(6))
    Enrolment.objects.filter(contact=late).update(status="ended", ended_at=ago(7), end="expired", look_at=None)
    ran(enrolled(other, drafts[3].contact.customers.get(), at=ago(6)), second, at=ago(6))
    for draft in drafts:
        contacts.suppress(contact=draft.contact, channel="all", reason="opted_out", at=ago(2), source="Said so")
    assert watch_guardrails(now=NOW).paused == (experiment.version.playbook_id,)
    pause = _paused(experiment)
    assert pause is not None
    assert pause.guardrail == Guardrail.UNSUBSCRIBES
    assert "3 of 4 messages were followed by an opt-out" in pause.reason
    kept = GuardrailReading.objects.get(guardrail=Guardrail.UNSUBSCRIBES, playbook=other.version.playbook)
    assert (kept.count, kept.total) == (1, 1)


def test_what_waits_is_taken_back_and_what_left_stays(experiment: Experiment) -> None:
    drafts = _written(experiment, 3)
    waiting, called = people(2)
    contacts.set_address(contact=waiting.contact, kind="email", value="waiting@theirs.example")
    draft = make_draft(waiting.contact)
    run = ran(enrolled(experiment, waiting), draft, at=NOW)
    contacts.set_address(contact=called.contact, kind="phone", value="+441174960123")
    contacts.record_consent(contact=called.contact, channel="call", status="yes", source="A form", at=ago(50))
    call = outreach.ask_for_call(
        contact_id=called.contact_id, owner_id=None, why="They were quiet", due_at=NOW, latest_at=NOW, now=NOW
    )
    step = experiment.version.steps.get()
    of_call = StepRun.objects.create(
        enrolment=enrolled(experiment, called), step=step, outcome=StepOutcome.CALLED, at=NOW, due_at=NOW, call=call
    )
    _complain(drafts)
    watch_guardrails(now=NOW)
    for one in (draft, call, run, of_call):
        one.refresh_from_db()
    assert (draft.status, call.status) == (DraftStatus.WITHDRAWN, CallStatus.CALLED_OFF)
    assert "was paused: spam complaints" in draft.status_reason
    assert (run.outcome, of_call.outcome) == (StepOutcome.WITHDRAWN, StepOutcome.WITHDRAWN)
    assert Draft.objects.filter(status=DraftStatus.SENT).count() == 3
    assert StepRun.objects.filter(outcome=StepOutcome.DRAFTED).count() == 3


def test_it_goes_on_with_a_person_and_a_reason_and_the_old_complaints_do_not_stop_it_again(
    experiment: Experiment,
) -> None:
    drafts = _written(experiment, 6)
    _complain(drafts[:3])
    watch_guardrails(now=NOW)
    playbook, rita = experiment.version.playbook, experiment.version.playbook.owner
    for by, reason in ((None, "It is fine"), (rita, " "), (make_user("Account owner"), "It is fine")):
        with pytest.raises(Refused):
            resume_playbook(playbook=playbook, reason=reason, by=by, now=NOW)
    resume_playbook(playbook=playbook, reason="The link was broken", by=rita, now=NOW)
    assert check_guardrails(now=NOW + timedelta(minutes=1)).paused == ()
    _complain(drafts[3:], at=NOW + timedelta(minutes=2))
    assert watch_guardrails(now=NOW + timedelta(minutes=3)).paused == (playbook.pk,)


def test_a_person_who_pauses_it_takes_back_what_waits_too(experiment: Experiment) -> None:
    (waiting,) = people(1)
    contacts.set_address(contact=waiting.contact, kind="email", value="waiting@theirs.example")
    draft = make_draft(waiting.contact)
    run = ran(enrolled(experiment, waiting), draft, at=NOW)
    playbook = experiment.version.playbook
    pause_playbook(playbook=playbook, reason="The studio is closed", by=playbook.owner, now=NOW)
    draft.refresh_from_db()
    run.refresh_from_db()
    assert (draft.status, run.outcome) == (DraftStatus.WITHDRAWN, StepOutcome.WITHDRAWN)


def test_without_an_owner_everybody_is_told_who_may_let_it_go_on(
    experiment: Experiment, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    rita = _owner(experiment)
    Playbook.objects.update(owner=None)
    make_user("Account owner")
    make_user("Retention manager", is_active=False)
    _complain(_written(experiment, 3))
    with django_capture_on_commit_callbacks(execute=True):
        watch_guardrails(now=NOW)
    assert [one.to for one in mail.outbox] == [[rita.email]]
    notice = Notification.objects.get()
    assert (notice.user, notice.kind) == (rita, "playbook_paused")


def test_a_mail_server_that_is_down_takes_no_pause_back(
    experiment: Experiment,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    _complain(_written(experiment, 3))
    with django_capture_on_commit_callbacks() as callbacks:
        watch_guardrails(now=NOW)
    assert len(callbacks) == 1
    with pytest.raises(OSError, match="refused"):
        callbacks[0]()
    assert _paused(experiment) is not None


def _two_arms(experiment: Experiment) -> list[Assignment]:
    """110 in each arm, by turns; every window is over."""
    customers = many_people(220)
    rows = [
        (one.pk, one.contact_id, Arm.HOLDOUT if place % 2 else Arm.TREATED, "middle", 0)
        for place, one in enumerate(customers)
    ]
    assign(experiment_id=experiment.pk, rows=rows, now=ago(70))
    return list(Assignment.objects.filter(experiment=experiment).order_by("pk"))


def test_a_lower_lifetime_value_of_the_treated_pauses_it(experiment: Experiment) -> None:
    values = []
    for place, one in enumerate(_two_arms(experiment)):
        before, after = 100 + place % 7, (100 if one.arm == Arm.HOLDOUT else 80) + place % 7
        values += [(one.customer_id, date(2026, 3, 1), before), (one.customer_id, date(2026, 5, 1), after)]
    CustomerValue.objects.bulk_create(
        CustomerValue(
            customer_id=customer, month=month, monthly_revenue=10, clv=clv, currency="USD", tier="middle", months=12,
            computed_at=NOW,
        )
        for customer, month, clv in values
    )  # fmt: skip
    assert check_guardrails(now=NOW).paused == (experiment.version.playbook_id,)
    pause = _paused(experiment)
    assert pause is not None
    assert pause.guardrail == Guardrail.VALUE
    kept = GuardrailReading.objects.get(guardrail=Guardrail.VALUE)
    assert (kept.count, kept.total) == (110, 220)
    assert kept.value == pytest.approx(20 / 103, abs=0.002)
    resume_playbook(
        playbook=experiment.version.playbook, reason="A price change", by=experiment.version.playbook.owner, now=NOW
    )
    assert check_guardrails(now=NOW + timedelta(days=1)).paused == ()


def test_whoever_left_is_worth_nothing(experiment: Experiment) -> None:
    CustomerValue.objects.bulk_create(
        CustomerValue(
            customer_id=one.customer_id, month=month, monthly_revenue=10, clv=100 + place % 7, currency="USD",
            tier="middle", months=12, computed_at=NOW,
        )
        for place, one in enumerate(_two_arms(experiment))
        for month in (date(2026, 3, 1), date(2026, 5, 1))
        if month.month == 3 or one.arm == Arm.HOLDOUT or place % 4
    )  # fmt: skip
    check_guardrails(now=NOW)
    kept = GuardrailReading.objects.get(guardrail=Guardrail.VALUE)
    assert kept.value == pytest.approx(0.5, abs=0.01)
    assert kept.breached


def test_less_revenue_after_the_window_pauses_it(experiment: Experiment) -> None:
    rows = _two_arms(experiment)
    for place, one in enumerate(rows):
        one.later_revenue = (50 if one.arm == Arm.HOLDOUT else 30) + place % 3
    Assignment.objects.bulk_update(rows, ["later_revenue"])
    check_guardrails(now=NOW)
    pause = _paused(experiment)
    assert pause is not None
    assert pause.guardrail == Guardrail.REVENUE
    assert "revenue in the 30 days after the window" in pause.reason


def test_a_staggered_rollout_has_nobody_to_compare_with() -> None:
    experiment = make_experiment(staggered=True)
    assigned(experiment, people(1)[0], at=ago(90), wave=1)
    check_guardrails(now=NOW)
    kept = GuardrailReading.objects.get(guardrail=Guardrail.VALUE)
    assert kept.sentence == "Nobody is held out, so there is nothing to compare with."


def test_readings_are_never_changed(experiment: Experiment) -> None:
    check_guardrails(now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        GuardrailReading.objects.update(breached=True)
    assert GuardrailReading.objects.count() == 4


def test_the_sweep_looks_before_it_takes_a_step(experiment: Experiment) -> None:
    _complain(_written(experiment, 3))
    sweep(now=NOW)
    pause = _paused(experiment)
    assert pause is not None
    assert pause.guardrail == Guardrail.COMPLAINTS
