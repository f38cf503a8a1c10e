"""Telling people of things once each, and how they want to be told."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from staff import services
from staff.models import AuditEntry, Notification, NotificationChoice, Preferences, User
from staff.rules.notices import DEFAULTS, MOST_LINES, Choice, chat_message, for_chat, in_words, subject_of
from staff.services import Told
from staff.states import NotificationKind, Telling
from tests.factories import make_user

NOW = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)


def test_every_kind_has_a_way_that_holds_until_somebody_chooses() -> None:
    assert set(DEFAULTS) == set(NotificationKind)


def test_a_name_cannot_call_the_whole_channel_or_pretend_to_be_a_link() -> None:
    assert for_chat("<!channel> & <https://a.example|here>") == (
        "&lt;!channel&gt; &amp; &lt;https://a.example|here&gt;"
    )
    text = chat_message(name="Olivia <!here>", lines=["One", "Two <@U1>"], link="https://ours.example/notices/")
    assert text == ("*Olivia &lt;!here&gt;*\n• One\n• Two &lt;@U1&gt;\n<https://ours.example/notices/|Open Rekindle>")
    many = chat_message(name="O", lines=["One"] * (MOST_LINES + 5), link="/")
    assert (many.count("•"), "and 5 more" in many) == (MOST_LINES, True)


def test_it_is_said_in_plain_words() -> None:
    assert in_words({}) == ""
    assert in_words({"draft": 1}) == "1 message waits for you"
    assert in_words({"draft": 1200, "case": 1}) == "1,200 messages and 1 intake case wait for you"
    assert in_words({"draft": 1, "call": 2, "case": 3}) == "1 message, 2 calls and 3 intake cases wait for you"
    assert subject_of(["One"]) == "One"
    assert subject_of(["One", "Two"]) == "2 notices from Rekindle"


def told(user: User, key: str = "one", **fields: str) -> Told:
    return Told(user.pk, NotificationKind.ASSIGNED, key, **{"title": "Something", "url": "/reviews/", **fields})


@pytest.mark.django_db
def test_nobody_is_told_twice_and_nobody_who_has_left() -> None:
    anna, bo, gone = make_user(), make_user(), make_user(is_active=False)
    given = {"kind": NotificationKind.WARNED, "title": "A\r\nBcc: all", "url": "/reviews/1/", "now": NOW}
    with CaptureQueriesContext(connection) as queries:
        assert services.notify(user_ids=[anna.pk, bo.pk, bo.pk, gone.pk], key="k", **given) == 2  # type: ignore[arg-type]  # one kind each
    assert len(queries) == 1
    assert services.notify(user_ids=[anna.pk], key="k", **given) == 0  # type: ignore[arg-type]  # the same
    assert services.notify(user_ids=[anna.pk], key="another", **given) == 1  # type: ignore[arg-type]  # the same
    assert set(Notification.objects.values_list("user", "title", "at")) == {
        (anna.pk, "A Bcc: all", NOW), (bo.pk, "A Bcc: all", NOW),
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [{"url": "https://elsewhere.example/"}, {"url": "//elsewhere.example"}, {"key": ""}])
def test_a_notice_leads_to_this_site_and_has_a_key(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="of a notice"):
        services.notify_each(told=[told(make_user(), **wrong)], now=NOW)
    assert services.notify_each(told=[], now=NOW) == 0


@pytest.mark.django_db
def test_old_ones_go_in_batches() -> None:
    user = make_user()
    services.notify_each(told=[told(user, str(n)) for n in range(5)], now=NOW - timedelta(days=91))
    services.notify_each(told=[told(user, "new")], now=NOW)
    assert services.forget_notices(now=NOW, batch=2) == 5
    assert Notification.objects.get().key == "new"


# --- the pages


@pytest.fixture
def user(client: Client) -> User:
    user = make_user("Account owner")
    client.force_login(user)
    return user


@pytest.mark.django_db
def test_the_bell_counts_what_is_not_read(client: Client, user: User) -> None:
    assert "not read" not in client.get("/absences/").content.decode()
    services.notify_each(told=[told(user, str(n)) for n in range(3)], now=NOW)
    assert '3<span class="visually-hidden"> not read' in client.get("/absences/").content.decode()
    services.notify_each(told=[told(user, f"more{n}") for n in range(120)], now=NOW)
    assert '99+<span class="visually-hidden"> not read' in client.get("/absences/").content.decode()


@pytest.mark.django_db
def test_opening_a_notice_reads_it_and_leads_on(client: Client, user: User) -> None:
    other = make_user()
    services.notify_each(told=[told(user, title="Mine", url="/reviews/7/"), told(other, title="Hers")], now=NOW)
    mine, hers = Notification.objects.get(user=user), Notification.objects.get(user=other)
    page = client.get("/notices/").content.decode()
    assert "Mine" in page
    assert "Hers" not in page
    assert client.head(f"/notices/{mine.pk}/").status_code == 302
    assert Notification.objects.filter(read_at=None).count() == 2
    assert client.get(f"/notices/{mine.pk}/")["Location"] == "/reviews/7/"
    assert client.get(f"/notices/{hers.pk}/").status_code == 404
    assert list(Notification.objects.filter(read_at=None)) == [hers]
    assert "Mine" not in client.get("/notices/").content.decode()
    assert "Mine" in client.get("/notices/?show=all").content.decode()


@pytest.mark.django_db
def test_reading_one_or_all_is_a_button(client: Client, user: User) -> None:
    services.notify_each(told=[told(user, str(n)) for n in range(3)] + [told(make_user())], now=NOW)
    first = Notification.objects.filter(user=user).earliest("pk")
    client.post("/notices/read/", {"notice": first.pk})
    assert list(Notification.objects.exclude(read_at=None)) == [first]
    for odd in ("x", "²", "9" * 30):
        client.post("/notices/read/", {"notice": odd})
    assert Notification.objects.filter(read_at=None).count() == 3
    client.post("/notices/read/")
    assert Notification.objects.filter(read_at=None).count() == 1


@pytest.mark.django_db
def test_a_page_of_many_costs_no_more_and_leads_to_older_ones(client: Client, user: User) -> None:
    services.notify_each(told=[told(user, "first")], now=NOW)
    client.get("/notices/")
    with CaptureQueriesContext(connection) as few:
        client.get("/notices/")
    services.notify_each(told=[told(user, str(n), title=f"Notice {n:02}") for n in range(40)], now=NOW)
    with CaptureQueriesContext(connection) as many:
        page = client.get("/notices/")
    assert len(many) == len(few)
    older = client.get(f"/notices/{page.context['next_url']}").content.decode()
    assert ("Notice 39" in page.content.decode(), "Notice 39" in older, "Notice 00" in older) == (True, False, True)
    for odd in ("x", "²", "9" * 40):
        assert client.get(f"/notices/?before={odd}").status_code == 200


@pytest.mark.django_db
def test_choices_are_kept_and_nonsense_is_not(client: Client, user: User) -> None:
    form = client.get("/notices/choices/").context["form"]
    fields = {name: form[name].value() for name in form.fields}
    assert fields["breached_mail"] == DEFAULTS[NotificationKind.BREACHED].mail
    wrong = client.post("/notices/choices/", {**fields, "breached_mail": "hourly", "digest_at": "25:00"})
    assert wrong.status_code == 422
    assert not NotificationChoice.objects.exists()
    for way in ("never", "at_once"):
        client.post("/notices/choices/", {**fields, "breached_mail": way, "digest_at": "07:30"})
    kept = NotificationChoice.objects.get(user=user, kind="breached")
    assert (kept.mail, kept.slack) == ("at_once", "at_once")
    assert NotificationChoice.objects.count() == len(NotificationKind)
    assert Preferences.objects.get(user=user).digest_at == time(7, 30)
    assert list(AuditEntry.objects.values_list("action", flat=True)) == ["staff.choose_notices"] * 2
    assert client.get("/notices/choices/").context["form"]["breached_mail"].value() == "at_once"


@pytest.mark.django_db
def test_a_service_keeps_them_for_whoever_asks() -> None:
    user = make_user()
    never = Choice(Telling.NEVER, Telling.NEVER)
    services.choose_notices(user=user, choices=dict.fromkeys(NotificationKind, never), digest_at=time(9))
    assert set(user.notification_choices.values_list("mail", "slack")) == {("never", "never")}
