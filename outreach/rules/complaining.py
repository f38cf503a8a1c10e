"""When so many people report our mail as spam that sending stops by itself."""

from __future__ import annotations

#: Of a thousand mails at most this many may be reported. Mailbox providers turn a sender away soon after it.
MOST_PER_THOUSAND = 1


def too_many(complaints: int, sent: int) -> bool:
    """Whether the people who complained are more than one in a thousand of the mails that were sent."""
    return complaints * 1000 > sent * MOST_PER_THOUSAND


def share(complaints: int, sent: int) -> str:
    """The share in percent as people read it, such as ``0.13 %``; nothing without a mail to measure against."""
    return f"{100 * complaints / sent:.2f} %" if sent else ""


def why_stopped(complaints: int, sent: int) -> str:
    """The sentence beside a stop that nobody threw, with both numbers."""
    people = "1 person" if complaints == 1 else f"{complaints:,} people"
    if not sent:
        return f"{people} reported our mail as spam within 24 hours in which none was sent. More than 0.1 % stops it."
    mails = "1 mail was" if sent == 1 else f"{sent:,} mails were"
    return (
        f"{people} reported our mail as spam within 24 hours in which {mails} sent: {share(complaints, sent)}, "
        "and more than 0.1 % stops it."
    )
