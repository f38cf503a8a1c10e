"""How a message leaves. A provider's peculiarities stay here; the rest of Rekindle knows four outcomes."""

from __future__ import annotations

from django.conf import settings

from contacts.rules import normalise_email
from contacts.states import Channel
from outreach import ways_out
from outreach.channels import folder, in_app, provider, smtp, twilio, webpush
from outreach.channels.addresses import inbound_address, message_id
from outreach.channels.message import OutgoingMessage, compose
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
    "inbound_address",
    "message_id",
    "not_ready",
    "provider_of",
]


def provider_of(channel: str) -> str:
    """Who takes messages of this channel, such as ``smtp``, ``postmark``, ``twilio``; "" where nobody does yet."""
    try:
        if channel == Channel.EMAIL:
            return ways_out.email_way(settings.EMAIL_URL).kind
        if channel == Channel.SMS:
            return ways_out.sms_way(settings.SMS_URL).kind
    except ValueError:
        return ""
    return {Channel.PUSH.value: webpush.NAME, Channel.IN_APP.value: in_app.NAME}.get(channel, "")


def not_ready(channel: str) -> str:
    """What has to be set up before anything can leave on this channel; nothing when it is."""
    if channel == Channel.EMAIL:
        problem = ways_out.problem_with_email(settings.EMAIL_URL)
        return f"No mail can leave. {problem}" if problem else ""
    if channel == Channel.SMS:
        problem = ways_out.problem_with_sms(settings.SMS_URL)
        return f"No text message can leave. {problem}" if problem else ""
    if channel == Channel.PUSH:
        return webpush.not_ready()
    if channel == Channel.IN_APP:
        return in_app.not_ready()
    return f"Nothing leaves on this channel by itself ({channel}). Use another one."


def hand_over(message: OutgoingMessage) -> Outcome:
    """Give the message to its provider, once. Never raises for what a provider or network does."""
    if trouble := not_ready(message.channel):
        return TryLater(trouble)
    if message.channel == Channel.EMAIL:
        return _email(message)
    if message.channel == Channel.SMS:
        if ways_out.is_folder(settings.SMS_URL):
            return folder.put_sms(message, settings.SMS_URL)
        return twilio.send(message, ways_out.sms_way(settings.SMS_URL))
    if message.channel == Channel.PUSH:
        return webpush.send(message)
    return in_app.put(message)


def _email(message: OutgoingMessage) -> Outcome:
    try:
        normalise_email(message.to_address)
    except ValueError as problem:
        return Rejected(f"{problem} Correct it on the contact.")
    way = ways_out.email_way(settings.EMAIL_URL)
    if way.kind == ways_out.FOLDER:
        return folder.put_email(message, settings.EMAIL_URL)
    if way.kind == ways_out.SMTP:
        return smtp.send(message, settings.EMAIL_URL)
    return provider.send(message, way)
