"""How a message leaves. A provider's peculiarities stay here; the rest of Rekindle knows four outcomes."""

from __future__ import annotations

from django.conf import settings

from contacts.rules import normalise_email
from contacts.states import Channel
from outreach.channels import folder, smtp
from outreach.channels.message import OutgoingMessage, compose, message_id
from outreach.channels.outcomes import Outcome, Rejected, Sent, TryLater, Uncertain

__all__ = [
    "Outcome",
    "OutgoingMessage",
    "Rejected",
    "Sent",
    "TryLater",
    "Uncertain",
    "compose",
    "hand_over",
    "message_id",
    "not_ready",
    "provider_of",
]

_MAIL_SERVERS = ("smtp://", "smtps://", "smtp+tls://", "smtp+ssl://")


def not_ready(channel: str) -> str:
    """What has to be set up before anything can leave on this channel; nothing when it is."""
    if channel == Channel.EMAIL:
        if _is_folder(settings.EMAIL_URL) or settings.EMAIL_URL.startswith(_MAIL_SERVERS):
            return ""
        return "No mail can leave: set EMAIL_URL to smtp://host:port or to a folder."
    if channel == Channel.SMS:
        if _is_folder(settings.SMS_URL):
            return ""
        return "No text message can leave: set SMS_URL to a folder. Providers of text messages are not connected yet."
    return f"Nothing can leave on this channel yet ({channel}). Use e-mail or SMS."


def provider_of(channel: str) -> str:
    """What whoever takes messages of this channel is called, such as `folder` or `smtp`."""
    if channel == Channel.EMAIL and not _is_folder(settings.EMAIL_URL):
        return "smtp"
    return "folder"


def hand_over(message: OutgoingMessage) -> Outcome:
    """Give the message to its provider, once. Never raises for what a provider or network does."""
    if message.channel == Channel.EMAIL:
        try:
            normalise_email(message.to_address)
        except ValueError as problem:
            return Rejected(f"{problem} Correct it on the contact.")
        if _is_folder(settings.EMAIL_URL):
            return folder.put_email(message, settings.EMAIL_URL)
        return smtp.send(message, settings.EMAIL_URL)
    if message.channel == Channel.SMS:
        return folder.put_sms(message, settings.SMS_URL)
    return TryLater(not_ready(message.channel))


def _is_folder(url: str) -> bool:
    return bool(url) and "://" not in url
