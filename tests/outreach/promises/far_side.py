"""What the machine's messages say, and the provider that takes them."""

from __future__ import annotations

from contacts.states import Channel
from outreach.channels import Outcome, OutgoingMessage, Sent

#: What the test's wording says, and what the drafts say instead: nothing like each other.
SAID = {
    Channel.EMAIL: "Yes, and the short guide below shows how.",
    Channel.SMS: "Yes, it works with your calendar.",
}
SAYINGS = [
    "It does, and Ines can walk you through it on the phone.",
    "Your colleagues see their own shifts, nobody else sees them.",
    "Rooms are kept apart from people, so both fit into one plan.",
    "We moved the hall and the studio into the same view for you.",
    "The printer in the office needs nothing new, paper stays paper.",
    "Members book from their telephones, and guests ask at the desk.",
]


class Provider:
    """The far side. It notes what it was given before it answers, as a real one may have sent by then."""

    def __init__(self) -> None:
        self.answer: Outcome = Sent("1")
        self.given: list[OutgoingMessage] = []

    def hand_over(self, message: OutgoingMessage) -> Outcome:
        self.given.append(message)
        return self.answer
