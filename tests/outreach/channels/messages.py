"""One message of each channel, as it leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from outreach.channels import OutgoingMessage

EMAIL = OutgoingMessage(
    channel="email",
    message_id="<draft-7.0123456789abcdef@ours.example>",
    to_name="Marta Lindqvist",
    to_address="marta@northlight.example",
    from_name="Jonas Weber",
    reply_to="jonas@ours.example",
    subject="Your question",
    text="Hello Marta,\n\nyes, it does.\n\nStop: https://rekindle.example/u/t\n",
    unsubscribe_url="https://rekindle.example/u/t",
    from_email="team@ours.example",
)
SMS = replace(
    EMAIL, channel="sms", to_address="+4915112345678", text="Hello Marta, yes. Reply STOP to stop.", subject=""
)
PUSH = replace(EMAIL, channel="push", to_address="push", subject="Your question", text="Yes, it does.")


def changed(message: OutgoingMessage, **changes: Any) -> OutgoingMessage:
    return replace(message, **changes)
