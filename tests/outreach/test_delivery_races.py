"""Sending at the same moment as others do, with real connections."""

from __future__ import annotations

import threading
import time
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from django.db import connections, transaction
from django.utils import timezone

from contacts import services as contacts
from contacts.states import SuppressionReason
from outreach import services
from outreach.channels import message_id
from outreach.states import DraftStatus
from tests.factories import make_user
from tests.outreach.races import race
from tests.outreach.sink import Sink
from tests.outreach.world import NOW, make_approved

pytestmark = [pytest.mark.django_db, pytest.mark.trial]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*")) if folder.exists() else []


# --- races, with real connections -------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_r1_many_workers_send_each_message_once(sink: Sink) -> None:
    owner = make_user()
    drafts = [make_approved(owner=owner) for _ in range(24)]
    rounds = race(*[lambda: services.deliver_due(now=NOW, limit=100)] * 4)
    assert sum(one.sent for one in rounds) == 24  # type: ignore[attr-defined]
    arrived = Counter(mail["Message-ID"] for mail in sink.arrived)
    assert arrived == Counter(message_id(draft) for draft in drafts)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rounds", [12, pytest.param(80, marks=pytest.mark.trial)])
def test_r3_an_opt_out_and_a_send_at_the_same_moment_exclude_each_other(sink: Sink, rounds: int) -> None:
    """Once the opt-out has answered, nothing arrives any more, whoever was first."""
    sink.delay = 0.05
    owner = make_user()
    first = Counter[str]()
    for number in range(rounds):
        draft = make_approved(owner=owner)
        answered_at: list[int] = []

        def opt_out(
            token: str = draft.unsubscribe_token, wait: float = number % 4 * 0.01, seen: list[int] = answered_at
        ) -> None:
            time.sleep(wait)
            done = services.unsubscribe(token=token, now=timezone.now())
            assert done is not None
            assert not done.on_its_way
            seen.append(len(sink.arrived))

        results = race(partial(services.deliver_one, draft.pk, NOW), opt_out)
        assert not [one for one in results if isinstance(one, BaseException)], results
        draft.refresh_from_db()
        assert answered_at == [len(sink.arrived)], "a message arrived after the answer"
        assert draft.status in {DraftStatus.SENT, DraftStatus.SUPPRESSED}
        first[draft.status] += 1
    assert len(sink.arrived) == first[DraftStatus.SENT]


@pytest.mark.django_db(transaction=True)
def test_r3_a_worker_waits_for_an_opt_out_that_is_being_written_down(outbox: Path) -> None:
    """The claim reads permission while it holds the contact's row, so it cannot miss an opt-out being committed."""
    draft = make_approved(owner=make_user())
    written, go_on = threading.Event(), threading.Event()

    def opt_out() -> None:
        try:
            with transaction.atomic():
                contacts.suppress(contact=draft.contact, channel="all", reason=SuppressionReason.OPTED_OUT, at=NOW)
                written.set()
                go_on.wait(10)
        finally:
            connections.close_all()

    def send() -> None:
        try:
            services.deliver_one(draft.pk, NOW)
        finally:
            connections.close_all()

    opting_out, sending = threading.Thread(target=opt_out), threading.Thread(target=send)
    opting_out.start()
    assert written.wait(10)
    sending.start()
    time.sleep(0.3)
    assert files(outbox) == [], "it did not wait"
    go_on.set()
    opting_out.join(10)
    sending.join(10)
    draft.refresh_from_db()
    assert draft.status == DraftStatus.SUPPRESSED
    assert files(outbox) == []
