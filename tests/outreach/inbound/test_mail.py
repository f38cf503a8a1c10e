"""Mail from strangers: broken, huge, malicious, and the reports of mail servers."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from outreach.inbound.mail import read_mail
from outreach.inbound.message import IncomingMessage
from outreach.inbound.news import News, Unreadable, nobody_has_it

AT = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
HEAD = b"From: Marta <Marta@Northlight.example>\r\nTo: team@ours.example\r\nSubject: Re: Your question\r\n"
OURS = "<draft-7.0123456789abcdef@ours.example>"


def message(raw: bytes) -> IncomingMessage:
    said = read_mail(raw, at=AT)
    assert isinstance(said, IncomingMessage)
    return said


def news(raw: str) -> list[News]:
    said = read_mail(raw.replace("\n", "\r\n").encode(), at=AT)
    assert isinstance(said, list)
    return said


def test_a_plain_mail() -> None:
    raw = HEAD + f"In-Reply-To: {OURS}\r\nReferences: <a@b> {OURS}\r\nAuto-Submitted: auto-replied\r\n".encode()
    said = message(raw + b"X-Auto-Response-Suppress: All\r\nPrecedence: bulk\r\n\r\nHello\r\n\r\n> quoted\r\n")
    assert (said.sender, said.subject) == ("Marta@Northlight.example", "Re: Your question")
    assert said.recipients == ("team@ours.example",)
    assert said.text == "Hello\n\n> quoted\n"
    assert (said.in_reply_to, said.references) == ((OURS,), ("<a@b>", OURS))
    assert said.headers["auto-submitted"] == "auto-replied"
    assert said.headers["x-auto-response-suppress"] == "All"
    assert said.headers["precedence"] == "bulk"


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\nGr\xfc\xdfe", "Grüße"),
        (b"Content-Type: text/plain; charset=no-such-thing\r\n\r\nGr\xc3\xbc\xc3\x9fe", "Grüße"),
        (b"Content-Type: text/plain; charset=utf-8\r\n\r\nGr\xfc\xdfe", "Grüße"),
        (b"Content-Type: text/plain\r\n\r\nGr\xfc\xdfe", "Grüße"),
        (b"Content-Type: text/plain; charset=punycode\r\n\r\nabc-", "abc-"),
        (b"Content-Type: text/plain; charset=zip\r\n\r\nabc", "abc"),
        (b"Content-Transfer-Encoding: base64\r\n\r\nTm8gdGhhbmtz", "No thanks"),
        (b"Content-Transfer-Encoding: base64\r\n\r\n*** not base64 ***", None),
        (b"Content-Transfer-Encoding: quoted-printable\r\n\r\nNo=20thank=\r\ns", "No thanks"),
        (b"Content-Type: text/plain\r\n\r\nNull\x00 and bell\x07", "Null and bell"),
        (b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nNo end", "No end"),
        (b"Content-Type: multipart/mixed\r\n\r\nNo boundary at all", None),
        (b"Content-Type: nonsense\r\n\r\nStill text", "Still text"),
    ],
)  # fmt: skip
def test_broken_and_odd_mails_are_read_as_far_as_possible(part: bytes, text: str | None) -> None:
    said = message(HEAD + part)
    assert text is None or said.text.strip() == text
    said.text.encode()


def test_headers_in_words_of_other_languages_and_broken_ones() -> None:
    raw = (
        b"From: =?utf-8?q?M=C3=A4rta?= <m@x.example>\r\nSubject: =?utf-8?b?w4Q=?= =?broken?q?=\r\nX-Odd: \xff\r\n\r\nHi"
    )
    said = message(raw)
    assert said.sender == "m@x.example"
    assert said.subject.startswith("Ä")


def test_a_header_cannot_bring_another_line() -> None:
    said = message(b"From: a@x.example\r\nSubject: one\r\n two\r\n\r\nHi")
    assert said.subject == "one two"


def test_html_only_becomes_text_and_loses_everything_that_acts() -> None:
    html = (
        "<html><head><style>p{color:red}</style><title>t</title></head><body onload=alert(1)><p>Please&nbsp;stop.</p>"
        "<script>steal()</script><img src='https://track.example/pixel.gif'><a href='javascript:x()'>bye</a>"
        "<blockquote>You wrote<div>this</div></blockquote></body></html>"
    )
    said = message(HEAD + b"Content-Type: text/html\r\n\r\n" + html.encode())
    assert said.text.split("\n") == ["Please stop.", "bye", "> You wrote", "> this", ">"]
    for gone in ("steal", "color", "pixel", "javascript", "onload", "track.example"):
        assert gone not in said.text + said.html


def test_text_is_taken_before_html_and_attachments_are_only_named() -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@x.example", "t@ours.example", "Hi"
    mail.set_content("The text")
    mail.add_alternative("<p>The HTML</p>", subtype="html")
    bomb = base64.b64decode("UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==") * 1000
    mail.add_attachment(bomb, maintype="application", subtype="zip", filename="bomb.zip")
    mail.add_attachment("inner text that is not theirs", filename="note.txt")
    said = message(mail.as_bytes())
    assert (said.text.strip(), said.html) == ("The text", "")
    assert [(one.name, one.content_type) for one in said.attachments] == [
        ("bomb.zip", "application/zip"),
        ("note.txt", "text/plain"),
    ]
    assert 0.9 < said.attachments[0].size / len(bomb) < 1.1


def test_a_mail_within_a_mail_is_not_what_they_wrote() -> None:
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "b@x.example", "Inner"
    inner.set_content("STOP")
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@x.example", "Fwd"
    mail.set_content("See below")
    mail.add_attachment(inner)
    said = message(mail.as_bytes())
    assert said.text.strip() == "See below"
    assert [one.content_type for one in said.attachments] == ["message/rfc822"]


def nested(depth: int) -> bytes:
    head = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth))
    return HEAD + head + b"Content-Type: text/plain\r\n\r\nDeep down"


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"\r\n" + b"x" * (10 * 1024 * 1024),
        HEAD + b"\r\n" + b"\r\n" * (5 * 1024 * 1024),
        HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * (2 * 1024 * 1024),
        HEAD + b"Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"QUFB" * 2_500_000,
        nested(2000),
        HEAD + b"X: y\r\n" * 80_000 + b"\r\nHi",
        HEAD + b"Subject: " + b"=?utf-8?q?a?= " * 100_000 + b"\r\n\r\nHi",
        b"From: " + b"<a@x.example>," * 100_000 + b"\r\n\r\nHi",
    ],
    ids=["10 MB", "lines", "deep HTML", "attachment", "nested parts", "headers", "encoded words", "senders"],
)
def test_large_and_malicious_mails_take_bounded_work(raw: bytes) -> None:
    began = time.process_time()
    said = message(raw)
    assert time.process_time() - began < 3
    assert len(said.text) <= 200_000


def test_nested_parts_still_have_their_sender() -> None:
    said = message(nested(2000))
    assert said.sender == "Marta@Northlight.example"
    assert "Deep down" in said.text


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\n", b"\x00\xff" * 10])
def test_what_is_no_mail_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        read_mail(raw, at=AT)


DSN = """From: MAILER-DAEMON@mx.example
To: team@ours.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; marta@northlight.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--b
Content-Type: {kind}

Message-ID: <draft-7.0123456789abcdef@ours.example>
Subject: Your question
{blank}
--b--
"""


@pytest.mark.parametrize(
    ("action", "status", "said", "kind", "stops"),
    [
        ("failed", "5.1.1", "550 5.1.1 User unknown", "bounced", "hard_bounce"),
        ("failed", "5.1.10", "550 5.1.10 Recipient not found", "bounced", "hard_bounce"),
        ("failed", "5.0.0", "550 no such user here", "bounced", "hard_bounce"),
        ("failed", "5.2.2", "552 mailbox full", "refused", ""),
        ("failed", "5.7.1", "550 5.7.1 spam: user unknown to reputation", "refused", ""),
        ("failed", "4.4.7", "timed out", "refused", ""),
        ("delayed", "4.4.1", "no answer", "deferred", ""),
        ("delivered", "2.0.0", "250 ok", "delivered", ""),
    ],
)
@pytest.mark.parametrize("inner", ["message/rfc822", "text/rfc822-headers"])
def test_delivery_reports(action: str, status: str, said: str, kind: str, stops: str, inner: str) -> None:
    (one,) = news(DSN.format(action=action, status=status, said=said, kind=inner, blank=""))
    assert (one.kind, one.stops, one.message_ids) == (kind, stops, (OURS,))
    assert one.address == "marta@northlight.example"


ARF = """From: feedback@isp.example
To: team@ours.example
Subject: FW: Your question
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an email abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Rcpt-To: <marta@northlight.example>

--b
Content-Type: message/rfc822

Message-ID: <draft-7.0123456789abcdef@ours.example>
Subject: Your question

Hello
--b--
"""


@pytest.mark.parametrize(
    ("given", "kind", "stops"),
    [("abuse", "complained", "complaint"), ("not-spam", "", ""), ("opt-out", "unsubscribed", "opted_out")],
)
def test_feedback_reports(given: str, kind: str, stops: str) -> None:
    (one,) = news(ARF.format(kind=given))
    assert (one.kind, one.stops, one.message_ids) == (kind, stops, (OURS,))
    assert one.address == "marta@northlight.example"


@pytest.mark.parametrize(
    ("said", "dead"),
    [
        ("5.1.1", True),
        ("550 User unknown", True),
        ("5.7.1 user unknown", False),
        ("5.2.2", False),
        ("4.1.1", False),
        ("15.1.1", False),
        ("", False),
    ],
)
def test_whether_nobody_has_the_address(said: str, dead: bool) -> None:
    assert nobody_has_it(said, None) is dead
