"""What an e-mail looks like when it leaves, and where it is put."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedEmail
from pathlib import Path

import pytest
from django.core.mail import EmailMessage, get_connection
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from outreach import channels
from outreach.channels import Rejected, Sent, compose, hand_over
from outreach.channels.folder import FolderEmailBackend, file_name, stored_headers
from outreach.channels.message import OutgoingMessage, as_email
from outreach.rendering import one_line
from tests.factories import make_user
from tests.outreach.sink import Sink
from tests.outreach.world import make_approved, make_contact

MESSAGE = OutgoingMessage(
    channel="email",
    message_id="<draft-7.abc@rekindle.example>",
    to_name="Marta Lindqvist",
    to_address="marta@northlight.example",
    from_name="Jonas Weber",
    reply_to="jonas@ours.example",
    subject="Your question",
    text="Hello Marta,\n\n.a line that begins with a dot\n\nStop: https://rekindle.example/u/t\n",
    unsubscribe_url="https://rekindle.example/u/t",
)


def parsed(content: bytes) -> ParsedEmail:
    mail = message_from_bytes(content, policy=policy.default)
    assert isinstance(mail, ParsedEmail)
    return mail


@pytest.mark.django_db
def test_an_email_names_its_sender_its_recipient_and_the_way_out(outbox: Path, settings: Settings) -> None:
    settings.POSTAL_ADDRESS = "Ember Ltd, 1 Ember Street, Bristol"
    owner = make_user(name="Jürgen Ößler")
    draft = make_approved(make_contact(name='Marta "Mia" Lindqvist, Dr.'), owner)
    assert isinstance(hand_over(compose(draft)), Sent)
    [path] = outbox.glob("*.eml")
    mail = parsed(path.read_bytes())
    link = f"https://rekindle.example/u/{draft.unsubscribe_token}"
    assert mail["From"].addresses[0].display_name == "Jürgen Ößler"
    assert mail["From"].addresses[0].addr_spec == "team@rekindle.example"
    assert mail["Reply-To"].addresses[0].addr_spec == owner.email
    assert [(to.display_name, to.addr_spec) for to in mail["To"].addresses] == [
        ('Marta "Mia" Lindqvist, Dr.', draft.address)
    ]
    assert mail["List-Unsubscribe"].strip() == f"<{link}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Message-ID"].startswith(f"<draft-{draft.pk}.")
    assert mail.get_content_type() == "text/plain"
    assert not mail.is_multipart()
    text = mail.get_content()
    assert link in text
    assert "[[unsubscribe]]" not in text
    assert text.rstrip().endswith("Ember Ltd, 1 Ember Street, Bristol")


@pytest.mark.django_db
def test_the_message_id_stays_the_same_for_the_same_text_only() -> None:
    draft = make_approved(owner=make_user())
    first = compose(draft).message_id
    assert compose(draft).message_id == first
    draft.fingerprint = "0" * 64
    assert compose(draft).message_id != first


@given(
    st.text(max_size=60),
    st.text(max_size=60),
    st.text(max_size=60),
)
def test_no_name_or_subject_can_add_a_header(name: str, sender: str, subject: str) -> None:
    evil = "\r\nBcc: everybody@example.com\r\n\r\n<b>"
    message = OutgoingMessage(
        channel="email",
        message_id=MESSAGE.message_id,
        to_name=one_line(name + evil),
        to_address=MESSAGE.to_address,
        from_name=one_line(sender + evil),
        reply_to=MESSAGE.reply_to,
        subject=one_line(subject + evil),
        text=MESSAGE.text,
        unsubscribe_url=MESSAGE.unsubscribe_url,
    )
    mail = message_from_bytes(as_email(message).message().as_bytes())
    assert mail["Bcc"] is None
    assert sorted(mail.keys()) == sorted(
        [
            "Content-Type", "MIME-Version", "Content-Transfer-Encoding", "Subject", "From", "To", "Reply-To", "Date",
            "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post",
        ]
    )  # fmt: skip
    assert mail.get_payload(decode=True).decode().startswith("Hello Marta,")  # type: ignore[union-attr]


def test_lines_that_begin_with_a_dot_arrive_whole(sink: Sink) -> None:
    assert hand_over(MESSAGE) == Sent(MESSAGE.message_id)
    [mail] = sink.arrived
    text = mail.get_payload(decode=True)
    assert isinstance(text, bytes)
    assert text.replace(b"\r\n", b"\n").decode() == MESSAGE.text


@pytest.mark.parametrize("address", ["", "nobody", "a b@x.example", "jörg@x.example"])
def test_an_address_no_server_can_take_is_rejected_without_a_connection(settings: Settings, address: str) -> None:
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    outcome = hand_over(
        OutgoingMessage(
            "email", "<a@b>", "Marta", address, "Jonas", "", "Subject", "Text", "https://rekindle.example/u/t"
        )
    )
    assert isinstance(outcome, Rejected)
    assert not outcome.address_is_dead


def test_the_folder_takes_djangos_own_mail_too(outbox: Path) -> None:
    backend = get_connection("outreach.channels.folder.FolderEmailBackend")
    assert isinstance(backend, FolderEmailBackend)
    mail = EmailMessage("New password", "Text", "a@ours.example", ["b@ours.example"])
    assert backend.send_messages([mail, mail]) == 2
    assert [path.suffix for path in outbox.iterdir()] == [".eml", ".eml"]
    assert not list(outbox.glob("*.part"))


@pytest.mark.parametrize("message_id", ["<../../etc/passwd@x>", "<.hidden@x>", "</root@x>", "<" + "a" * 500 + "@x>"])
def test_no_message_id_leads_out_of_the_folder(message_id: str, tmp_path: Path) -> None:
    name = file_name(message_id, ".eml")
    assert (tmp_path / name).resolve().parent == tmp_path.resolve()
    assert not name.startswith(".")
    assert len(name) <= 204


def test_the_headers_of_a_stored_mail_are_shown_and_a_missing_one_is_no_error(outbox: Path) -> None:
    hand_over(MESSAGE)
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in stored_headers(str(outbox), MESSAGE.message_id)
    assert "Hello Marta" not in stored_headers(str(outbox), MESSAGE.message_id)
    assert stored_headers(str(outbox), "<other@x>") == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("channel", "what_to_do"),
    [("push", "manage.py create_push_key"), ("in_app", "manage.py create_product_key"), ("call", "Use another one")],
)
def test_a_channel_that_is_not_set_up_says_what_to_do(channel: str, what_to_do: str) -> None:
    assert what_to_do in channels.not_ready(channel)
