"""A draft as it leaves: who it is from, where it goes, the text with the personal link, the headers."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse

from contacts.states import Channel
from outreach.models import Draft
from outreach.rendering import UNSUBSCRIBE_TOKEN, one_line


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message, ready to be handed over. ``message_id`` is the same however often this text is tried."""

    channel: str
    message_id: str
    to_name: str
    to_address: str
    from_name: str
    reply_to: str
    subject: str
    text: str
    unsubscribe_url: str


def compose(draft: Draft) -> OutgoingMessage:
    """The message that this draft becomes. Reads the contact and the owner."""
    owner = draft.owner
    return OutgoingMessage(
        channel=draft.channel,
        message_id=message_id(draft),
        to_name=one_line(draft.contact.name),
        to_address=draft.address,
        from_name=one_line(owner.get_full_name()) if owner is not None else parseaddr(settings.FROM_EMAIL)[0],
        reply_to=owner.email if owner is not None else "",
        subject=one_line(draft.subject),
        text=text_as_sent(draft),
        unsubscribe_url=unsubscribe_url(draft),
    )


def message_id(draft: Draft) -> str:
    """The same for the same draft and text, so that a person can look it up and a provider can notice a repetition."""
    domain = parseaddr(settings.FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<draft-{draft.pk}.{draft.fingerprint[:16]}@{domain}>"


def unsubscribe_url(draft: Draft) -> str:
    """The contact's personal address of the unsubscribe page, absolute."""
    return f"{settings.PUBLIC_URL}{reverse('outreach:unsubscribe', args=[draft.unsubscribe_token])}"


def text_as_sent(draft: Draft) -> str:
    """The text with the personal link in it and, by e-mail, our postal address below."""
    text = draft.body.replace(UNSUBSCRIBE_TOKEN, unsubscribe_url(draft))
    if draft.channel != Channel.EMAIL:
        return text
    return f"{text.rstrip()}\n\n{one_line(settings.POSTAL_ADDRESS)}\n"


def as_email(message: OutgoingMessage) -> EmailMessage:
    """The e-mail: plain text and nothing else. What people wrote is one line by now, so it cannot add a header."""
    sender = parseaddr(settings.FROM_EMAIL)[1]
    return EmailMessage(
        subject=message.subject,
        body=message.text,
        from_email=formataddr((message.from_name, sender)),
        to=[formataddr((message.to_name, message.to_address))],
        reply_to=[formataddr((message.from_name, message.reply_to))] if message.reply_to else None,
        headers={
            "Message-ID": message.message_id,
            "List-Unsubscribe": f"<{message.unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def our_host() -> str:
    """The name we introduce ourselves with to a mail server."""
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"
