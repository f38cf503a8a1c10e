"""What came in raw goes after a while; what it is called stays, so that it is still known when it comes again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import Settings

from outreach.inbound.notices import Arrived, keep
from outreach.models import ProviderNotice
from outreach.services import forgetting
from outreach.states import NoticeStatus
from outreach.tasks import empty_old_notices
from tests.outreach.world import NOW

pytestmark = pytest.mark.django_db
OLD = NOW - timedelta(days=91)


def notices(*statuses: NoticeStatus) -> None:
    keep([Arrived("generic", "inbound", b"{}", f"n-{number}") for number in range(len(statuses))], received_at=OLD)
    for notice, status in zip(ProviderNotice.objects.order_by("pk"), statuses, strict=True):
        done_at = None if status == NoticeStatus.WAITING else NOW
        ProviderNotice.objects.filter(pk=notice.pk).update(status=status, done_at=done_at)


def bodies() -> list[bytes]:
    return [bytes(one.body) for one in ProviderNotice.objects.order_by("pk")]


def test_what_was_dealt_with_long_ago_is_emptied_and_still_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "AT_ONCE", 1)
    notices(NoticeStatus.DONE, NoticeStatus.IGNORED, NoticeStatus.FAILED, NoticeStatus.WAITING)
    young = NOW - timedelta(days=89)
    keep([Arrived("generic", "inbound", b"{}", "young")], received_at=young)
    ProviderNotice.objects.filter(external_id="young").update(status=NoticeStatus.DONE, done_at=NOW)
    assert forgetting.empty_old_notices(now=NOW) == 2
    assert bodies() == [b"", b"", b"{}", b"{}", b"{}"]
    assert forgetting.empty_old_notices(now=NOW) == 0
    assert keep([Arrived("generic", "inbound", b"{}", "n-0")], received_at=NOW) == 0


def test_nothing_goes_where_everything_is_kept(settings: Settings) -> None:
    settings.NOTICE_RETENTION_DAYS = 0
    notices(NoticeStatus.DONE)
    empty_old_notices()
    assert bodies() == [b"{}"]
