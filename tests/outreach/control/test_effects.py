"""What the switches, limits and brands do to what leaves."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from outreach import services
from outreach.models import Brand, Draft, ProviderRate
from outreach.states import DraftStatus
from staff.models import User
from tests.factories import make_user
from tests.outreach.world import NOW, make_approved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


def standing() -> list[tuple[str, str]]:
    return list(Draft.objects.order_by("pk").values_list("status", "held_by"))


def lift(by: User) -> None:
    stop = next(iter(services.open_stops().values()))
    services.lift_stop(stop_id=stop.pk, by=by, reason="Corrected", now=NOW)


@pytest.mark.parametrize(("scope", "mail_leaves"), [("all", False), ("email", False), ("sms", True)])
def test_a_stop_holds_from_the_next_claim_and_nothing_is_lost(scope: str, mail_leaves: bool) -> None:
    by = make_user("SDR manager")
    make_approved(owner=by)
    services.stop_sending(scope=scope, by=by, now=NOW)
    done = services.deliver_due(now=NOW, limit=10)
    assert (done.sent, done.held) == ((1, 0) if mail_leaves else (0, 1))
    assert standing() == [(DraftStatus.SENT, "") if mail_leaves else (DraftStatus.APPROVED, "stopped")]
    lift(by)
    services.deliver_due(now=NOW, limit=10)
    assert standing() == [(DraftStatus.SENT, "")]


def test_a_round_keeps_to_the_rate_and_says_when_the_rest_may_go() -> None:
    by = make_user("SDR manager")
    for _ in range(3):
        make_approved(owner=by)
    ProviderRate.objects.create(provider="folder", per_minute=1)
    services.deliver_due(now=NOW, limit=10)
    assert standing() == [(DraftStatus.SENT, ""), (DraftStatus.APPROVED, "rate"), (DraftStatus.APPROVED, "rate")]
    waiting = Draft.objects.filter(held_by="rate").order_by("pk")
    assert [one.not_before for one in waiting] == [NOW + timedelta(minutes=1), NOW + timedelta(minutes=2)]
    assert waiting[0].status_reason == "The limit of 1 a minute for folder is reached."
    for minute in (1, 2):
        services.deliver_due(now=NOW + timedelta(minutes=minute), limit=10)
    assert standing() == [(DraftStatus.SENT, "")] * 3


def test_a_mail_is_signed_by_its_brand(outbox: Path) -> None:
    brand = Brand.objects.create(
        key="north", name="Northern Line", from_email="hello@north.example", postal_address="2 New Street"
    )
    draft = make_approved()
    Draft.objects.filter(pk=draft.pk).update(brand=brand)
    services.deliver_one(draft.pk, NOW)
    [file] = outbox.glob("*.eml")
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert mail["From"] == "Northern Line <hello@north.example>"
    body = mail.get_body()
    assert body is not None
    assert body.get_content().rstrip().endswith("2 New Street")
    assert "Ember Street" not in body.get_content()
