"""A message that passes every gate, to be spoilt by a test in one point."""

from typing import Any

from outreach.gates import Finding, MessageFacts

BODY = (
    "Hello Anna,\n\nYou asked whether the evening class has room for two. It has. Shall I keep the places?\n\n"
    "Jane Miller\n\nYou can stop these e-mails here: [[unsubscribe]]"
)


def message(**changes: Any) -> MessageFacts:
    values: dict[str, Any] = {
        "channel": "email",
        "kind": "follow_up",
        "subject": "Room in the evening class",
        "body": BODY,
        "reason_kind": "unanswered_question",
        "reason_text": "They asked whether there is room for two.",
        "word_limit": 90,
        "consent": "yes",
        "has_address": True,
        "sender_name": "Jane Miller",
        "recipient_first_name": "Anna",
        **changes,
    }
    return MessageFacts(**values)


def marked(finding: Finding, facts: MessageFacts) -> list[str]:
    """The words a finding marks."""
    texts = {"subject": facts.subject, "body": facts.body}
    return [texts[span.field][span.start : span.end] for span in finding.spans]
