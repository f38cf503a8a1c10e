"""Promise R4 with a real broker: it is killed, people go on approving, it comes back, and everything leaves."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from config.celery import app
from config.embedded import broker_server
from outreach import services, tasks
from outreach.models import Draft
from outreach.states import DraftStatus
from reviews.waking import wake
from tests.factories import make_user
from tests.outreach.sink import Sink
from tests.outreach.trials.chaos import kill_server
from tests.outreach.trials.test_killed_worker import kill_all_of, start_worker, wait_for
from tests.outreach.world import make_draft

pytestmark = [pytest.mark.trial, pytest.mark.django_db(transaction=True)]

MESSAGES = 50


def test_r4_fifty_approvals_while_the_broker_is_down_all_leave_once_it_is_back(
    sink: Sink, outbox: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    owner = make_user("Account owner")
    drafts = [make_draft(owner=owner) for _ in range(MESSAGES)]
    app.start_embedded_broker()
    worker = start_worker(settings.EMAIL_URL)
    try:
        # A worker that only now looks for its broker would start it anew.
        wait_for("the worker answers", lambda: app.control.ping(timeout=0.5))
        kill_server(broker_server)
        slowest = 0.0
        for draft in drafts:
            began = time.monotonic()
            services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner, now=timezone.now())
            assert not wake(tasks.deliver_one, draft.pk)
            slowest = max(slowest, time.monotonic() - began)
        assert Draft.objects.filter(status=DraftStatus.APPROVED).count() == MESSAGES
        assert not sink.arrived
        broker_server.revive()
        wait_for("all are sent", lambda: Draft.objects.sent().count() == MESSAGES)
    finally:
        kill_all_of(worker)
    assert len(sink.arrived) == len({mail["Message-ID"] for mail in sink.arrived}) == MESSAGES
    with capsys.disabled():
        print(f"\n{MESSAGES} approvals without a broker, the slowest {slowest:.2f} s; all sent once it was back")  # noqa: T201
