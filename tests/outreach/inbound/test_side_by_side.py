"""Two processes read what came in, and somebody looks at what could not be read."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest
from django.db import connection
from django.test import Client

from outreach.inbound.notices import Arrived, keep
from outreach.inbound.taking import TakenIn, catch_up, take_in
from outreach.models import ProviderNotice
from outreach.states import NoticeStatus
from tests.factories import make_user
from tests.outreach.world import NOW


@pytest.mark.django_db(transaction=True)
def test_what_another_process_is_reading_is_waited_for_before_anything_leaves() -> None:
    """Promise R3: it may say stop, and what follows from it is not visible yet."""
    keep([Arrived("generic", "tracking", b'{"type": "delivered", "message_id": "<a@b>"}', "1")], received_at=NOW)
    values = connection.get_connection_params()
    wanted = {name: values[name] for name in ("dbname", "user", "password", "host", "port") if values.get(name)}
    with psycopg.connect(**wanted) as other:
        other.execute("SELECT 1 FROM outreach_providernotice FOR UPDATE")
        # A round passes by what somebody else has, and does not wait.
        assert take_in(now=NOW) == TakenIn()

        def finish() -> None:
            time.sleep(0.2)
            other.execute("UPDATE outreach_providernotice SET status = 'done', done_at = now()")
            other.commit()

        helper = threading.Thread(target=finish)
        helper.start()
        began = time.monotonic()
        assert catch_up(now=NOW)
        assert time.monotonic() - began > 0.1
        helper.join()


@pytest.mark.django_db
def test_what_could_not_be_read_is_shown_and_read_again(client: Client) -> None:
    keep([Arrived("postmark", "tracking", b'{"RecordType": "<b>odd</b>", "Metadata": 5}', "odd")], received_at=NOW)
    assert take_in(now=NOW) == TakenIn(failed=1)
    notice = ProviderNotice.objects.get()
    client.force_login(make_user(is_superuser=True, is_staff=True))
    page = client.get(f"/admin/outreach/providernotice/{notice.pk}/change/").content.decode()
    assert "&lt;b&gt;odd" in page
    assert "another form than postmark describes" in page
    chosen = {"action": "read_again", "_selected_action": [notice.pk]}
    client.post("/admin/outreach/providernotice/", chosen)
    notice.refresh_from_db()
    assert (notice.status, notice.problem, notice.done_at) == (NoticeStatus.WAITING, "", None)
