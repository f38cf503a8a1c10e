"""The page about sending: what is shown to whom, and what each of its forms does."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from outreach import overview
from outreach.models import (
    Brand,
    ChannelRules,
    ContactCap,
    DeliveryEvent,
    Departures,
    Draft,
    ProviderRate,
    SenderDomain,
    SendingStop,
    Topic,
)
from outreach.services import lift_stop, open_stops, stop_sending
from outreach.states import DraftStatus
from staff.models import AuditEntry, User
from tests.factories import make_user
from tests.outreach.world import NOW, make_approved, make_contact

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
PAGE = "/sending/"
HTMX = {"HX-Request": "true"}


def as_role(client: Client, *roles: str) -> User:
    user = make_user(*roles, name="Ada Reyes")
    client.force_login(user)
    return user


def shown(client: Client, url: str = PAGE) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return html.unescape(" ".join(answer.content.decode().split()))


def send(client: Client, path: str, status: int = 302, **values: Any) -> str:
    answer = client.post(PAGE + path, values)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return html.unescape(" ".join(answer.content.decode().split()))


# --- who sees what ----------------------------------------------------------------------------------------------------


def test_it_is_closed_to_who_may_not_see_drafts(client: Client) -> None:
    as_role(client)
    assert client.get(PAGE).status_code == 403


@pytest.mark.parametrize(
    ("role", "control"),
    [("Account owner", False), ("Concierge", False), ("SDR manager", True), ("Retention manager", True)],
)
def test_only_what_one_may_do_is_offered_and_the_server_refuses_the_rest(
    client: Client, role: str, control: bool
) -> None:
    stop = stop_sending(scope="sms", by=make_user("SDR manager"), now=NOW)
    as_role(client, role)
    text = shown(client)
    assert "Stop everything" in text
    assert ("Let it go on<span" in text) is control
    assert ("A manager can let it go on" in text) is not control
    assert ("Set how many one person gets" in text) is control
    paths = [f"stops/{stop.pk}/lift/", "hours/sms/", "caps/", "rates/", "warm-up/"]
    paths += [f"{kind}/1/remove/" for kind in ("caps", "rates", "warm-up")]
    for path in paths:
        allowed = client.post(PAGE + path, {}).status_code != 403
        assert allowed is control, path
    assert client.get(f"{PAGE}stop/").status_code == 405


def test_who_may_look_only_is_offered_nothing(client: Client) -> None:
    user = as_role(client, "Concierge")
    user.groups.clear()
    user.user_permissions.set([permission_to("view_draft")])
    text = shown(client)
    assert "<form" not in text.partition('id="sending"')[2].partition("</main>")[0]
    assert client.post(f"{PAGE}stop/", {"scope": "all"}).status_code == 403
    assert open_stops() == {}


def permission_to(codename: str) -> Any:
    from django.contrib.auth.models import Permission

    return Permission.objects.get(codename=codename)


# --- what it shows ----------------------------------------------------------------------------------------------------


def test_with_nothing_going_on_it_says_so(client: Client) -> None:
    as_role(client, "Account owner")
    text = shown(client)
    assert "Nothing waits. What is approved leaves within seconds." in text
    assert "Nobody has stopped anything yet." in text
    assert "What a provider has already is not taken back." in text
    assert "At most 3 in 7 days on all channels together" in text
    assert "1 Ember Street" in text
    assert 'aria-current="page">Sending</a>' in text


@pytest.mark.parametrize(
    ("hours", "zones", "state"),
    [
        ({"opens": 0, "closes": 24, "on_weekends": True, "on_holidays": True}, ["US"], "Open"),
        # 09:00 UTC is 11:00 in Berlin, and deep night in all of the United States.
        ({"opens": 8, "closes": 21}, ["DE"], "Open"),
        ({"opens": 8, "closes": 21}, ["US"], "Quiet hours"),
        ({"opens": 9, "closes": 10}, ["US"], "Open for some"),
    ],
)
def test_a_channel_says_whether_its_hours_suit(
    client: Client, settings: Settings, hours: dict[str, Any], zones: list[str], state: str
) -> None:
    settings.SEND_COUNTRIES = zones
    ChannelRules.objects.filter(channel="sms").update(**hours)
    as_role(client, "Account owner")
    switches = {one.scope: one for one in client.get(PAGE).context["switches"]}
    assert switches["sms"].state == state
    assert "before 18:00 UTC" in switches["sms"].words or state != "Quiet hours"
    assert switches["push"].state == "Not set up"


def test_what_waits_is_shown_by_cause_with_the_next_moment(client: Client) -> None:
    user = as_role(client, "SDR manager")
    for code, hours in [("cap", 5), ("cap", 3), ("", 30), ("stopped", -1), ("", -1)]:
        draft = make_approved(owner=user)
        Draft.objects.filter(pk=draft.pk).update(held_by=code, not_before=NOW + timedelta(hours=hours))
    text = shown(client)
    waiting = [(one.cause, one.count, one.next_at) for one in client.get(PAGE).context["waiting"]]
    assert waiting == [
        ("Waits for the day it is due", 1, NOW + timedelta(hours=30)),
        ("They got enough for now", 2, NOW + timedelta(hours=3)),
        ("Due, and looked at within seconds", 2, None),
    ]
    assert "20 May 2026, 12:00 UTC" in text
    assert "/reviews/?status=approved&whose=all" in text


def test_the_mail_of_the_day_is_shown_with_its_share_of_complaints(client: Client) -> None:
    user = as_role(client, "SDR manager")
    drafts = [make_approved(owner=user) for _ in range(3)]
    Draft.objects.all().update(status=DraftStatus.SENT, sent_at=NOW - timedelta(hours=2))
    DeliveryEvent.objects.create(draft=drafts[0], kind="complained", at=NOW - timedelta(hours=1))
    text = shown(client)
    assert "33.33 % of what was sent" in text
    assert "more than 0.1 %" in text
    stop = stop_sending(scope="email", by=user, now=NOW)
    lift_stop(stop_id=stop.pk, by=user, reason="A test address", now=timezone.now() + timedelta(hours=1))
    assert "1 of these reports came before that was last done and does not count again." in shown(client)


def test_a_brand_that_lacks_something_says_what(client: Client) -> None:
    Brand.objects.create(key="north", name="Northern Line")
    user = as_role(client, "SDR manager")
    assert "Northern Line has no postal address." in shown(client)
    assert "/admin/outreach/brand/" not in shown(client), "only who works in the admin is led there"
    user.is_staff = True
    user.save()
    assert "/admin/outreach/brand/" in shown(client)


def test_the_history_goes_on_where_the_last_page_ended(client: Client) -> None:
    user = as_role(client, "SDR manager")
    for number in range(overview.STOPS_PER_PAGE + 2):
        stop = stop_sending(scope="sms", by=user, reason=f"Reason {number:02}.", now=NOW)
        lift_stop(stop_id=stop.pk, by=user, reason="Corrected", now=NOW)
    first = client.get(PAGE)
    assert [one.reason for one in first.context["history"].rows] == [f"Reason {n:02}." for n in range(11, 1, -1)]
    second = client.get(f"{PAGE}?before={first.context['history'].following}")
    assert [one.reason for one in second.context["history"].rows] == ["Reason 01.", "Reason 00."]
    assert second.context["history"].following is None
    for typed in ("x", "-1", "²", "9" * 30):
        assert client.get(PAGE, {"before": typed}).context["before"] is None


def test_the_number_of_queries_does_not_grow(client: Client) -> None:
    user, contact = as_role(client, "SDR manager"), make_contact()

    def add(number: int) -> None:
        for _ in range(2):
            draft = make_approved(contact, user)
            Draft.objects.filter(pk=draft.pk).update(held_by=f"cause{number}", not_before=NOW + timedelta(hours=1))
        stop = stop_sending(scope="sms", by=user, now=NOW)
        lift_stop(stop_id=stop.pk, by=user, reason="Corrected", now=NOW)
        ProviderRate.objects.create(provider=f"provider{number}", per_minute=5)
        SenderDomain.objects.create(domain=f"{number}.example", began_on=NOW.date())
        ContactCap.objects.create(channel="sms", most=1, days=50 + number)
        Departures.objects.create(key=f"warm_up:{number}.example", window=NOW.replace(hour=0), count=3)
        Brand.objects.create(key=f"b{number}", name="Northern Line")
        Topic.objects.create(key=f"t{number}", name="Tips")

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            shown(client)
        return len(caught)

    add(1)
    shown(client)
    few = queries()
    for number in (2, 3):
        add(number)
    assert queries() == few
    assert "3 of 50 today have left" in shown(client)


# --- what its forms do ------------------------------------------------------------------------------------------------


def test_one_click_stops_and_a_reason_lets_it_go_on(client: Client) -> None:
    user = as_role(client, "SDR manager")
    send(client, "stop/", scope="all")
    assert open_stops()["all"].stopped_by == user
    text = shown(client)
    assert "Stopped. Nothing more is handed over from now on." in text
    assert "Everything: stopped" in text
    assert "By Ada Reyes" in text
    assert "Stop everything" not in text
    stop = SendingStop.objects.get()
    assert "Nothing was changed. Correct what is marked." in send(client, f"stops/{stop.pk}/lift/", 422, reason=" ")
    send(client, f"stops/{stop.pk}/lift/", reason="The price is right now")
    assert open_stops() == {}
    assert "The price is right now" in shown(client)


def test_the_second_click_is_told_who_was_first(client: Client) -> None:
    as_role(client, "Account owner")
    send(client, "stop/", scope="email", reason="A wrong price")
    text = send(client, "stop/", 409, scope="email", reason="A wrong price")
    assert "Ada Reyes stopped this on 20 May at 09:00 UTC. It is still stopped." in text
    assert SendingStop.objects.count() == 1
    assert "Select a valid choice" in send(client, "stop/", 422, scope="fax")


def test_with_htmx_the_part_that_changes_comes_back(client: Client) -> None:
    as_role(client, "SDR manager")
    answer = client.post(f"{PAGE}stop/", {"scope": "sms"}, headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in text
    assert 'id="sending"' in text
    assert "data-focus" in text
    assert "Stopped. Nothing more is handed over" in text
    again = client.post(f"{PAGE}stop/", {"scope": "sms"}, headers=HTMX)
    assert again.status_code == 200, "a browser would write a 409 to its console"
    assert "It is still stopped." in again.content.decode()


def test_hours_are_changed_and_refused_beside_what_was_typed(client: Client) -> None:
    as_role(client, "SDR manager")
    send(client, "hours/sms/", opens=9, closes=18, on_weekends="on")
    rules = ChannelRules.objects.get(channel="sms")
    assert (rules.opens, rules.closes, rules.on_weekends, rules.on_holidays) == (9, 18, True, False)
    text = send(client, "hours/sms/", 409, opens=18, closes=9)
    assert "From 18 to 9 is no part of one day" in text
    assert '<input type="number" name="opens" value="18"' in text
    assert "less than or equal to 24" in send(client, "hours/sms/", 422, opens=9, closes=30)
    assert "no such channel" in send(client, "hours/fax/", 409, opens=9, closes=18)
    assert AuditEntry.objects.filter(action="outreach.set_hours").count() == 1


def test_limits_are_set_and_removed(client: Client) -> None:
    as_role(client, "Retention manager")
    send(client, "caps/", channel="sms", most=1, days=30)
    send(client, "rates/", provider="folder", per_minute=60)
    send(client, "warm-up/", domain="ours.example", began_on="2026-05-20", first_day=50, growth="1.5", most_a_day=0)
    text = shown(client)
    for words in ("At most 1 in 30 days by SMS", "At most 60 a minute", "0 of 50 today have left"):
        assert words in text
    assert "stricter already" in send(client, "caps/", 409, channel="sms", most=5, days=20)
    assert "Select a valid choice" in send(client, "rates/", 422, provider="postmark", per_minute=60)
    rows = [("caps", ContactCap.objects.get(channel="sms")), ("rates", ProviderRate.objects.get())]
    for kind, row in [*rows, ("warm-up", SenderDomain.objects.get())]:
        send(client, f"{kind}/{row.pk}/remove/")
        assert "Somebody removed it already" in send(client, f"{kind}/{row.pk}/remove/", 409)


def test_the_outbox_leads_here(client: Client) -> None:
    as_role(client, "Account owner")
    assert 'href="/sending/"' in shown(client, "/outbox/")
