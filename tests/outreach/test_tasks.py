"""What Celery wakes up. Each task twice is as good as once, and none carries anything personal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from config.celery import app
from outreach import tasks
from outreach.models import Draft
from outreach.states import DraftStatus
from staff.models import AuditEntry
from tests.factories import make_user
from tests.outreach.world import make_approved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.mark.parametrize("run", [lambda draft: tasks.deliver_due(), lambda draft: tasks.deliver_one(draft.pk)])
def test_r5_delivering_twice_sends_once(run: Callable[[Draft], None]) -> None:
    draft = make_approved(owner=make_user())
    for _ in range(2):
        run(draft)
    draft.refresh_from_db()
    assert (draft.status, draft.tries) == (DraftStatus.SENT, 1)


def test_a_draft_that_does_not_exist_is_nothing_to_do() -> None:
    tasks.deliver_one(10**9)


def test_lost_sends_are_found(settings: Settings) -> None:
    draft = make_approved(owner=make_user())
    long_ago = timezone.now() - timedelta(seconds=settings.SEND_LEASE_SECONDS + 1)
    Draft.objects.filter(pk=draft.pk).update(status=DraftStatus.SENDING, claimed_at=long_ago)
    for _ in range(2):
        tasks.mark_lost_sends()
    draft.refresh_from_db()
    assert draft.status == DraftStatus.UNKNOWN


def test_a_round_is_bounded_in_number(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = make_user()
    for _ in range(3):
        make_approved(owner=owner)
    monkeypatch.setattr(tasks, "MOST_PER_ROUND", 2)
    tasks.deliver_due()
    assert Draft.objects.sent().count() == 2


def test_a_round_is_bounded_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    make_approved(owner=make_user())
    monkeypatch.setattr(tasks, "LONGEST_ROUND_SECONDS", -1)
    tasks.deliver_due()
    assert not Draft.objects.sent().exists()


def test_a_round_and_a_send_end_long_before_celery_would_end_them(settings: Settings) -> None:
    """A task that Celery kills would leave a message unknown (promise R10)."""
    longest = tasks.LONGEST_ROUND_SECONDS + settings.SEND_TIMEOUT_SECONDS
    assert longest < app.conf.task_soft_time_limit < app.conf.task_time_limit
    assert app.conf.task_time_limit < app.conf.broker_transport_options["visibility_timeout"]
    assert settings.SEND_TIMEOUT_SECONDS < settings.UNSUBSCRIBE_BARRIER_SECONDS < settings.SEND_LEASE_SECONDS


def test_the_clock_knows_these_tasks() -> None:
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {tasks.deliver_due.name, tasks.mark_lost_sends.name, tasks.look_again_at_holds.name} <= scheduled


def test_logs_and_audit_hold_nothing_personal(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    draft = make_approved(owner=make_user())
    tasks.deliver_due()
    written = caplog.text + "".join(f"{entry.summary}{entry.detail}" for entry in AuditEntry.objects.all())
    for personal in (draft.address, draft.contact.name, "calendar", draft.unsubscribe_token):
        assert personal not in written
