"""What each provider's own words mean, in the shapes of their public documentation. No database."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.test import RequestFactory

from outreach.inbound.message import IncomingMessage
from outreach.inbound.news import News, Unreadable
from outreach.inbound.providers import MAIL_PROVIDERS
from outreach.inbound.reading import read
from outreach.inbound.webhooks.bodies import FORMS, give_back
from outreach.inbound.webhooks.sources import source_of_mail
from outreach.models import ProviderNotice
from tests.outreach.inbound.shapes import Post, inbound, tracking

NOW = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
ABOUT, TO = "<draft-7.0123456789abcdef@ours.example>", "marta@northlight.example"
PROVIDERS = sorted(MAIL_PROVIDERS)


def notice(post: Post) -> ProviderNotice:
    """The one notice that this request becomes."""
    request = RequestFactory().post(post.path, post.body, content_type=post.content_type, headers=post.headers)
    give_back(request, post.body)
    _, _, _, provider, kind, _ = post.path.split("/")
    source = source_of_mail(provider, kind)
    assert source is not None
    (arrived,) = source.events(request, post.body)
    return ProviderNotice(
        provider=arrived.provider,
        kind=arrived.kind,
        external_id=arrived.external_id,
        body=arrived.body,
        received_at=NOW,
    )


def news(provider: str, what: str, **more: Any) -> News:
    said = read(notice(tracking(provider, what, about=ABOUT, to=TO, **more)))
    assert isinstance(said, list)
    (one,) = said
    return one


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    ("what", "kind", "stops"),
    [
        ("delivered", "delivered", ""),
        ("hard", "bounced", "hard_bounce"),
        ("soft", "refused", ""),
        ("complained", "complained", "complaint"),
        ("unsubscribed", "unsubscribed", "opted_out"),
        ("opened", "opened", ""),
        ("clicked", "clicked", ""),
    ],
)
def test_news(provider: str, what: str, kind: str, stops: str) -> None:
    if (provider, what) == ("mandrill", "delivered"):
        # Mandrill tells this only to some accounts, and anymail does not know it.
        kind = ""
    one = news(provider, what)
    assert (one.kind, one.stops, one.address) == (kind, stops, TO)
    assert ABOUT in one.message_ids or ABOUT.strip("<>") in one.message_ids
    assert one.at is not None or (provider, what) == ("postmark", "hard")
    assert one.url == ("https://example.com/a" if what == "clicked" else "")
    assert not one.prefetched
    assert bool(one.words) is not bool(one.kind)


@pytest.mark.parametrize(
    ("provider", "more", "prefetched"),
    [
        ("sendgrid", {"machine": True}, True),
        ("mailgun", {"bot": "apple"}, True),
        ("brevo", {"event": "unique_proxy_open"}, True),
        ("brevo", {"event": "unique_opened"}, False),
        ("sparkpost", {"machine": True}, True),
    ],
)
def test_what_the_provider_itself_takes_for_a_machine(provider: str, more: dict[str, Any], prefetched: bool) -> None:
    assert news(provider, "opened", **more).prefetched is prefetched


@pytest.mark.parametrize("provider", ["postmark", "mailgun", "sparkpost", "mandrill"])
@pytest.mark.parametrize(("given", "found"), [("7", 7), (7, 7), ("x", None), ("9" * 30, None), (None, None)])
def test_the_number_that_we_gave_along(provider: str, given: object, found: int | None) -> None:
    assert news(provider, "delivered", metadata={"draft": given}).draft_id == found


@pytest.mark.parametrize(
    ("event", "kind", "stops"),
    [
        ({"event": "dropped", "reason": "Bounced Address"}, "bounced", "hard_bounce"),
        ({"event": "dropped", "reason": "Unsubscribed Address"}, "refused", "opted_out"),
        ({"event": "dropped", "reason": "Spam Reporting Address"}, "refused", "complaint"),
        ({"event": "dropped", "reason": "Spam Content"}, "refused", ""),
        ({"event": "deferred", "response": "421 later"}, "deferred", ""),
        ({"event": "processed"}, "", ""),
        ({"event": "group_resubscribe"}, "", ""),
        ({"event": "something new"}, "", ""),
    ],
)
def test_more_of_sendgrid(event: dict[str, str], kind: str, stops: str) -> None:
    body = json.dumps({"email": TO, "timestamp": 1, "sg_event_id": "1", **event}).encode()
    (one,) = read(ProviderNotice(provider="sendgrid", kind="tracking", body=body, received_at=NOW))  # type: ignore[misc]
    assert isinstance(one, News)
    assert (one.kind, one.stops) == (kind, stops)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_mail(provider: str) -> None:
    post = inbound(provider, sender=TO, to="team@ours.example", about=ABOUT, text="Ja, nächste Woche.\n\n> quoted")
    said = read(notice(post))
    assert isinstance(said, IncomingMessage)
    assert (said.sender, said.subject, said.in_reply_to) == (TO, "Re: Your question", (ABOUT,))
    assert "team@ours.example" in said.recipients
    assert "Ja, nächste Woche.\n\n> quoted" in said.text
    expected = {"postmark": 1, "brevo": 1, "mailjet": 1, "mailgun": 1, "sendgrid": 1}
    assert len(said.attachments) == expected.get(provider, 0)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_html_only(provider: str) -> None:
    """Where a provider takes the mail apart itself."""
    fields = {
        "postmark": ("TextBody", "HtmlBody"),
        "brevo": ("RawTextBody", "RawHtmlBody"),
        "mailjet": ("Text-part", "Html-part"),
        "mailgun": ("body-plain", "body-html"),
        "sendgrid": ("text", "html"),
    }
    if provider not in fields:
        return
    one = notice(inbound(provider, sender=TO, to="team@ours.example", about=ABOUT))
    given = json.loads(bytes(one.body))
    place = given["fields"] if provider in {"mailgun", "sendgrid"} else given
    wrap = (lambda text: [text]) if provider in {"mailgun", "sendgrid"} else (lambda text: text)
    text, html = fields[provider]
    place[text], place[html] = wrap(""), wrap("<p>No thanks</p><script>x()</script><img src=https://t.example/p>")
    one.body = json.dumps(given).encode()
    said = read(one)
    assert isinstance(said, IncomingMessage)
    assert said.text == "No thanks"


@pytest.mark.parametrize("provider", [*PROVIDERS, "twilio", "generic", "generic-sms", "imap", "nobody"])
@pytest.mark.parametrize("kind", ["tracking", "inbound"])
@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"null", b'{"fields": {}}', b"\xff", b'{"msys": {"a": 1}}', b'{"msg": 3}']
)
def test_whatever_was_kept_is_read_or_said_to_be_unreadable(provider: str, kind: str, body: bytes) -> None:
    one = ProviderNotice(provider=provider, kind=kind, external_id="1", body=body, received_at=NOW)
    with suppress(Unreadable):
        assert isinstance(read(one), (list, IncomingMessage))


def test_forms_are_read_in_their_own_charset_and_without_their_files() -> None:
    post = inbound("sendgrid", sender=TO, to="team@ours.example", about=ABOUT, text="Grüße")
    assert post.content_type.startswith(FORMS[1])
    kept = json.loads(bytes(notice(post).body))
    assert kept["fields"]["text"] == ["Grüße"]
    assert kept["files"] == [{"field": "attachment-1", "name": "a.zip", "type": "application/zip", "size": 2}]


def test_what_mandrill_signs_is_what_it_sent() -> None:
    post = tracking("mandrill", "hard", about=ABOUT, to=TO)
    assert json.loads(parse_qs(post.body.decode())["mandrill_events"][0])[0]["event"] == "hard_bounce"
