"""Hours, caps, rates and warm-up as managers set them: kept with what was before, refused where they make no sense."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from outreach.models import ChannelRules, ContactCap, Departures, Draft, ProviderRate, SenderDomain
from outreach.services import NotPermitted, Refused
from outreach.services import controlling as control
from outreach.services.limits import find_room
from staff.models import AuditEntry
from tests.factories import make_user
from tests.outreach.world import NOW, make_approved, make_draft

pytestmark = pytest.mark.django_db

HOURS: dict[str, Any] = {"channel": "sms", "opens": 9, "closes": 18, "on_weekends": False, "on_holidays": False}
CAP: dict[str, Any] = {"channel": "sms", "most": 1, "days": 30}
RATE: dict[str, Any] = {"provider": "twilio", "per_minute": 60}
WARM_UP: dict[str, Any] = {
    "domain": "@Ours.Example", "began_on": date(2026, 5, 20), "first_day": 50, "growth": Decimal("1.50"),
    "most_a_day": 0,
}  # fmt: skip
SETTING: list[tuple[Callable[..., Any], dict[str, Any], str]] = [
    (control.set_hours, HOURS, "set_hours"),
    (control.set_cap, CAP, "set_cap"),
    (control.set_rate, RATE, "set_rate"),
    (control.set_warm_up, WARM_UP, "set_warm_up"),
]


def details(action: str) -> list[dict[str, Any]]:
    return list(AuditEntry.objects.filter(action=f"outreach.{action}").order_by("id").values_list("detail", flat=True))


@pytest.mark.parametrize(("act", "values", "action"), SETTING)
def test_each_is_kept_once_and_written_down(act: Callable[..., Any], values: dict[str, Any], action: str) -> None:
    by = make_user("SDR manager")
    act(**values, by=by, now=NOW)
    assert AuditEntry.objects.get(action=f"outreach.{action}").actor == by
    # The same again changes nothing, so there is nothing to write down.
    act(**values, by=by, now=NOW)
    assert len(details(action)) == 1


@pytest.mark.parametrize(("act", "values", "action"), SETTING)
def test_only_managers_set_them(act: Callable[..., Any], values: dict[str, Any], action: str) -> None:
    with pytest.raises(NotPermitted, match="Ask a manager"):
        act(**values, by=make_user("Account owner"), now=NOW)
    assert details(action) == []


def test_what_was_before_is_kept_beside_what_is_now() -> None:
    by = make_user("Retention manager")
    control.set_hours(**HOURS, by=by, now=NOW)
    rules = ChannelRules.objects.get(channel="sms")
    assert (rules.opens, rules.closes, rules.on_weekends, rules.on_holidays) == (9, 18, False, False)
    assert details("set_hours") == [
        {
            "channel": "sms",
            "before": {"opens": 8, "closes": 21, "on_weekends": True, "on_holidays": False},
            "after": {"opens": 9, "closes": 18, "on_weekends": False, "on_holidays": False},
        }
    ]
    control.set_warm_up(**WARM_UP, by=by, now=NOW)
    assert SenderDomain.objects.get().domain == "ours.example"
    control.set_warm_up(**{**WARM_UP, "growth": Decimal("2.00")}, by=by, now=NOW)
    assert details("set_warm_up")[1]["before"]["growth"] == "1.50"
    assert details("set_warm_up")[1]["after"]["growth"] == "2.00"


@pytest.mark.parametrize(
    ("act", "values", "change", "words"),
    [
        (control.set_hours, HOURS, {"opens": 18}, "nothing would ever leave"),
        (control.set_hours, HOURS, {"opens": 21}, "nothing would ever leave"),
        (control.set_hours, HOURS, {"closes": 25}, "end at 1 to 24"),
        (control.set_hours, HOURS, {"channel": "fax"}, "no such channel"),
        (control.set_cap, CAP, {"channel": "fax"}, "no such channel"),
        (control.set_cap, CAP, {"most": 0}, "stop the channel"),
        (control.set_cap, CAP, {"days": 91}, "1 to 90 days"),
        (control.set_cap, CAP, {"most": 3, "days": 7}, "at most 3 in 7 days on all channels together is stricter"),
        (control.set_cap, CAP, {"channel": "", "most": 3, "days": 2}, "at most 3 in 7 days"),
        (control.set_rate, RATE, {"per_minute": 0}, "stop the channel"),
        (control.set_rate, RATE, {"provider": ""}, "Choose who"),
        (control.set_warm_up, WARM_UP, {"domain": "no domain"}, "no domain"),
        (control.set_warm_up, WARM_UP, {"first_day": 0}, "at least 1"),
        (control.set_warm_up, WARM_UP, {"growth": Decimal("0.5")}, "cannot shrink"),
        (control.set_warm_up, WARM_UP, {"most_a_day": 10}, "less than the 50"),
        (control.set_warm_up, WARM_UP, {"growth": Decimal(100)}, "larger than anybody"),
    ],
)
def test_what_can_never_be_met_is_refused_in_words(
    act: Callable[..., Any], values: dict[str, Any], change: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        act(**{**values, **change}, by=make_user("SDR manager"), now=NOW)
    assert not AuditEntry.objects.filter(action__startswith="outreach.set_").exists()


def test_a_cap_for_the_same_days_takes_the_place_of_the_one_before() -> None:
    by = make_user("SDR manager")
    control.set_cap(channel="", most=5, days=7, by=by, now=NOW)
    assert ContactCap.objects.get(channel="", days=7).most == 5
    assert ContactCap.objects.count() == 2


def test_what_is_removed_is_written_down_and_removed_once() -> None:
    by = make_user("SDR manager")
    rows: list[tuple[Any, ...]] = [
        (ContactCap.objects.get(days=7), control.remove_cap, "cap_id", "remove_cap"),
        (control.set_rate(**RATE, by=by, now=NOW), control.remove_rate, "rate_id", "remove_rate"),
        (control.set_warm_up(**WARM_UP, by=by, now=NOW), control.remove_warm_up, "domain_id", "remove_warm_up"),
    ]
    for row, remove, name, action in rows:
        which = {name: row.pk}
        with pytest.raises(NotPermitted):
            remove(**which, by=make_user("Concierge"), now=NOW)
        remove(**which, by=by, now=NOW)
        with pytest.raises(Refused, match="removed it already"):
            remove(**which, by=by, now=NOW)
        assert len(details(action)) == 1
    assert details("remove_cap") == [{"before": {"channel": "", "most": 3, "days": 7}}]
    assert not ProviderRate.objects.exists()
    assert not SenderDomain.objects.exists()


def test_what_waited_for_a_rule_is_looked_at_again_when_it_changes() -> None:
    by = make_user("SDR manager")
    waits = {code: make_approved(owner=by) for code in ("quiet_hours", "cap", "rate", "warm_up", "stopped")}
    text = make_approved(owner=by, channel="sms")
    for code, draft in [*waits.items(), ("quiet_hours", text)]:
        Draft.objects.filter(pk=draft.pk).update(held_by=code, not_before=NOW + timedelta(days=1))
    control.set_hours(**HOURS, by=by, now=NOW)
    control.set_cap(**CAP, by=by, now=NOW)
    control.set_rate(**RATE, by=by, now=NOW)
    control.set_warm_up(**WARM_UP, by=by, now=NOW)
    still = {one.pk: one.held_by for one in Draft.objects.exclude(held_by="")}
    # The e-mail waits for the hours of e-mail, which are as they were.
    assert still == {waits["quiet_hours"].pk: "quiet_hours", waits["stopped"].pk: "stopped"}


def test_who_was_sent_to_a_later_minute_is_not_kept_to_it() -> None:
    by, draft = make_user("SDR manager"), make_draft()
    control.set_rate(provider="folder", per_minute=1, by=by, now=NOW)
    for _ in range(3):
        find_room(draft=draft, now=NOW)
    assert Departures.objects.filter(key="waiting:rate:folder").count() == 2
    control.set_rate(provider="folder", per_minute=2, by=by, now=NOW)
    assert not Departures.objects.filter(key="waiting:rate:folder").exists()
    assert find_room(draft=draft, now=NOW) is None
