"""Two at the same moment, with two real connections: one is first, the other changes nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from followups import services, tasks
from followups.models import Attempt, Decision, Lead, Sequence
from outreach.models import Draft
from staff.models import User
from tests.followups.making import NOW, draft_of, drafts_of, make_lead, swept

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.trial]


def at_once(*deeds: Callable[[], object]) -> list[BaseException]:
    """Start all deeds at the same moment, each on a connection of its own. What went wrong is returned."""
    barrier, wrong = threading.Barrier(len(deeds)), []

    def run(deed: Callable[[], object]) -> None:
        try:
            barrier.wait(timeout=10)
            deed()
        except BaseException as error:  # noqa: BLE001  a thread's failure must reach the test
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return wrong


def test_two_sweeps_at_once_write_everything_once() -> None:
    leads = [make_lead() for _ in range(25)]
    assert at_once(lambda: list(services.sweep(now=NOW)), lambda: list(services.sweep(now=NOW))) == []
    swept()
    for lead in leads:
        assert drafts_of(lead) == ["awaiting_review"]
    assert (
        Decision.objects.count() == Sequence.objects.count() == Attempt.objects.count() == Draft.objects.count() == 25
    )


def test_a_sweep_and_a_close_out_at_once_leave_no_message_behind() -> None:
    for _ in range(15):
        lead = make_lead()
        owner = lead.owner
        assert owner is not None

        def close(lead: Lead = lead, owner: User = owner) -> None:
            services.close_out(lead=lead, disposition="documented", reason="Merged.", by=owner, now=NOW)

        def look(lead_id: int = lead.pk) -> None:
            list(services.sweep(now=NOW, lead_ids=[lead_id]))

        assert at_once(close, look) == []
        swept(lead_ids=[lead.pk])
        assert "awaiting_review" not in drafts_of(lead)
        assert not Sequence.objects.filter(lead=lead, status="open").exists()


def test_what_changed_while_a_sweep_was_reading_is_left_to_the_next() -> None:
    """The sweep has gathered both leads; before it reaches the second, the owner pauses that one."""
    first, second = make_lead(), make_lead()
    rows = services.sweep(now=NOW)
    assert next(rows).external_id == first.external_id
    assert second.owner is not None
    services.pause(lead=second, until=None, reason="", by=second.owner, now=NOW)
    assert [row.changed for row in rows] == [False]
    assert (drafts_of(first), drafts_of(second)) == (["awaiting_review"], [])
    assert swept()[second.external_id].decision.reasons == ("paused",)


def test_an_approval_while_a_sweep_was_reading_is_left_alone() -> None:
    first, second = make_lead(), make_lead()
    swept()
    draft = draft_of(second)
    assert first.owner is not None
    services.add_note(lead=first, text="So that the first changes.", by=first.owner, now=NOW)
    rows = services.sweep(now=NOW)
    next(rows)
    Draft.objects.filter(pk=draft.pk).update(
        status="approved", approved_fingerprint=draft.fingerprint, decided_at=NOW, not_before=NOW
    )
    list(rows)
    assert drafts_of(second) == ["approved"]


def test_an_interrupted_sweep_leaves_whole_leads_and_the_next_goes_on() -> None:
    leads = [make_lead() for _ in range(4)]
    rows = services.sweep(now=NOW)
    next(rows)
    next(rows)
    rows.close()
    assert [len(drafts_of(lead)) for lead in leads] == [1, 1, 0, 0]
    swept()
    assert [len(drafts_of(lead)) for lead in leads] == [1, 1, 1, 1]


def test_the_task_stands_back_while_another_sweep_runs() -> None:
    lead = make_lead()
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [tasks.SWEEP_LOCK])
            holding.set()
            done.wait(timeout=30)
            cursor.execute("SELECT pg_advisory_unlock(%s)", [tasks.SWEEP_LOCK])
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    assert holding.wait(timeout=10)
    tasks.sweep_silence()
    assert drafts_of(lead) == []
    done.set()
    other.join(timeout=30)
    tasks.sweep_silence()
    tasks.sweep_silence()
    assert len(drafts_of(lead)) == 1
