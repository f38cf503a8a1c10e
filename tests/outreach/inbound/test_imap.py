"""Answers fetched from a mailbox: each once, and none lost."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from pytest_django import Settings

from outreach import tasks
from outreach.inbound import imap
from outreach.inbound.imap import CannotFetch, fetch, mailbox_of
from outreach.inbound.taking import TakenIn, take_in
from outreach.models import ProviderNotice, Reply
from tests.outreach.inbound.mailbox import Mailbox, running
from tests.outreach.world import NOW

MAIL = b"From: marta@northlight.example\r\nSubject: Re: hello %d\r\n\r\nThank you.\r\n"


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    with running() as server:
        server.mails = {3: MAIL % 3, 4: MAIL % 4}
        settings.IMAP_URL = server.url
        yield server


@pytest.mark.django_db
def test_unread_mails_are_fetched_once_and_then_count_as_read(mailbox: Mailbox) -> None:
    mailbox.seen = {3}
    mailbox.mails[5] = MAIL % 5
    assert (fetch(), fetch()) == (2, 0)
    assert mailbox.seen == {3, 4, 5}
    assert [bytes(one.body) for one in ProviderNotice.objects.all()] == [MAIL % 4, MAIL % 5]
    assert take_in(now=NOW) == TakenIn(done=2)
    assert {one.subject for one in Reply.objects.all()} == {"Re: hello 4", "Re: hello 5"}


@pytest.mark.django_db
def test_a_connection_that_breaks_loses_and_doubles_nothing(mailbox: Mailbox) -> None:
    mailbox.breaks_at = "UID STORE 4"
    with pytest.raises(CannotFetch):
        fetch()
    assert (mailbox.seen, ProviderNotice.objects.count()) == ({3}, 2)
    mailbox.breaks_at = ""
    # Also where the server began to count anew meanwhile.
    mailbox.validity, mailbox.mails = 2, {40: MAIL % 4, 50: MAIL % 5}
    assert fetch() == 1
    assert ProviderNotice.objects.count() == 3


@pytest.mark.django_db
def test_of_a_mail_that_is_too_large_only_the_beginning_is_fetched(mailbox: Mailbox) -> None:
    mailbox.mails = {9: MAIL % 9 + b"x" * 400_000}
    mailbox.sizes = {9: 50_000_000}
    assert (fetch(), fetch()) == (1, 0)
    assert len(bytes(ProviderNotice.objects.get().body)) == 262_144
    assert mailbox.seen == {9}


@pytest.mark.django_db
def test_two_beats_do_not_fetch_at_once(mailbox: Mailbox) -> None:
    values = connection.get_connection_params()
    wanted = {name: values[name] for name in ("dbname", "user", "password", "host", "port") if values.get(name)}
    with psycopg.connect(**wanted) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [imap._LOCK])
        assert fetch() == 0
        assert mailbox.asked == []
        other.execute("SELECT pg_advisory_unlock(%s)", [imap._LOCK])
    assert fetch() == 2


@pytest.mark.django_db
def test_a_round_is_bounded_in_number_and_time(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fetch(limit=1) == 1
    assert mailbox.seen == {3}
    monkeypatch.setattr(imap, "LONGEST_ROUND_SECONDS", -1)
    assert fetch() == 0


@pytest.mark.django_db
def test_a_mailbox_that_does_not_answer_is_said_without_its_password(
    mailbox: Mailbox, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.IMAP_URL = mailbox.url.replace("s3cret", "wrong")
    tasks.fetch_mail()
    assert "could not be read" in caplog.text
    assert "wrong" not in caplog.text
    settings.IMAP_URL = ""
    tasks.fetch_mail()


@pytest.mark.parametrize(
    "url",
    ["imap://u:p@mail.example/INBOX", "https://u:p@mail.example", "imaps://mail.example", "imaps://u:p@h:x/", "a"],
)
def test_addresses_that_are_none_or_give_the_password_away(url: str) -> None:
    with pytest.raises(CannotFetch, match="IMAP_URL"):
        mailbox_of(url)


def test_what_an_address_says() -> None:
    box = mailbox_of("imaps://team%40ours.example:p%2Fw@mail.example/Sales%20answers")
    assert (box.host, box.port, box.user, box.password) == ("mail.example", 993, "team@ours.example", "p/w")
    assert (box.folder, box.encrypted) == ("Sales answers", True)
    assert "p/w" not in repr(box)
