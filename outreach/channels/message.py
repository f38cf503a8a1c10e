"""A draft as it leaves: who it is from, where it goes, the text with the personal link, the headers."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse

from contacts.states import Channel
from outreach.brands import SenderIdentity, brand_of
from outreach.channels.addresses import inbound_address, message_id
from outreach.models import Draft, PushSubscription
from outreach.rendering import UNSUBSCRIBE_TOKEN, one_line


@dataclass(frozen=True, slots=True)
class Subscription:
    """A browser or app that push messages go to, with the keys that encrypt for it alone."""

    id: int
    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message, ready to be handed over. ``message_id`` is the same however often this text is tried.

    ``from_email`` empty means `FROM_EMAIL`; ``sms_sender`` empty means the one in `SMS_URL`.
    """

    channel: str
    message_id: str
    to_name: str
    to_address: str
    from_name: str
    reply_to: str
    subject: str
    text: str
    unsubscribe_url: str
    from_email: str = ""
    sms_sender: str = ""
    subscriptions: tuple[Subscription, ...] = ()


def compose(draft: Draft) -> OutgoingMessage:
    """The message that this draft becomes. Reads the contact, the owner, the brand, and for a push the browsers."""
    owner = draft.owner
    sender = brand_of(draft)
    return OutgoingMessage(
        channel=draft.channel,
        message_id=message_id(draft),
        to_name=one_line(draft.contact.name),
        to_address=draft.address,
        from_name=one_line(owner.get_full_name()) if owner is not None else sender.from_name,
        reply_to=inbound_address(draft) or (owner.email if owner is not None else ""),
        subject=one_line(draft.subject),
        text=text_as_sent(draft, sender),
        unsubscribe_url=unsubscribe_url(draft),
        from_email=sender.from_email,
        sms_sender=sender.sms_sender,
        subscriptions=_subscriptions(draft),
    )


def unsubscribe_url(draft: Draft) -> str:
    """The contact's personal address of the unsubscribe page, absolute."""
    return f"{settings.PUBLIC_URL}{reverse('outreach:unsubscribe', args=[draft.unsubscribe_token])}"


def text_with_link(draft: Draft) -> str:
    """The text with the personal link in the place that was kept for it."""
    return draft.body.replace(UNSUBSCRIBE_TOKEN, unsubscribe_url(draft))


def text_as_sent(draft: Draft, sender: SenderIdentity) -> str:
    """The text with the personal link in it and, by e-mail, the sender's postal address below."""
    text = text_with_link(draft)
    if draft.channel != Channel.EMAIL:
        return text
    return f"{text.rstrip()}\n\n{sender.postal_address}\n"


def as_email(message: OutgoingMessage) -> EmailMessage:
    """The e-mail: plain text and nothing else. What people wrote is one line by now, so it cannot add a header."""
    sender = message.from_email or parseaddr(settings.FROM_EMAIL)[1]
    return EmailMessage(
        subject=message.subject,
        body=message.text,
        from_email=formataddr((message.from_name, sender)),
        to=[formataddr((message.to_name, message.to_address))],
        reply_to=[formataddr((message.from_name, message.reply_to))] if message.reply_to else None,
        headers={
            "Message-ID": message.message_id,
            "List-Unsubscribe": ways_to_stop(message),
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def ways_to_stop(message: OutgoingMessage) -> str:
    """What a mail program may offer to stop us with: the link for one click, and a mail where we read answers."""
    link = f"<{message.unsubscribe_url}>"
    if not settings.INBOUND_ADDRESS or not message.reply_to:
        return link
    return f"{link}, <mailto:{quote(message.reply_to, safe='@+')}?subject=unsubscribe>"


def our_host() -> str:
    """The name we introduce ourselves with to a mail server."""
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"


def _subscriptions(draft: Draft) -> tuple[Subscription, ...]:
    if draft.channel != Channel.PUSH:
        return ()
    active = PushSubscription.objects.filter(contact_id=draft.contact_id, ended_at__isnull=True).order_by("-id")
    return tuple(Subscription(one.pk, one.endpoint, one.p256dh, one.auth) for one in active)
