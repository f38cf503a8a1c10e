"""May this person be written to on this channel at all? Unknown is no (followups.md rows 1, 3 and 7)."""

from outreach.gates.facts import Finding, MessageFacts
from outreach.states import Severity

ID = "consent"

_CHANNELS = {"email": "by e-mail", "sms": "by SMS", "push": "by push", "in_app": "in the app", "call": "by phone"}
_NO_ADDRESS = {
    "email": "There is no working e-mail address. Add one to the contact, or use another channel.",
    "sms": "There is no working phone number. Add one to the contact, or use another channel.",
}
_SUPPRESSIONS = {
    "opted_out": "They opted out.",
    "explicit_no": "They said no.",
    "complaint": "They reported a message as spam.",
    "legal": "There is a legal hold on this contact.",
    "hard_bounce": "Messages to this address come back.",
    "manual": "A colleague stopped messages to them.",
}


def check(facts: MessageFacts) -> list[Finding]:
    """Block without a recorded yes, with any suppression, and without an address."""
    channel = _CHANNELS.get(facts.channel, f"by {facts.channel}")
    messages: list[str] = []
    for reason in facts.suppressed_by:
        what = _SUPPRESSIONS.get(reason, f"They are suppressed ({reason}).")
        messages.append(f"{what} Do not write to them {channel}.")
    if facts.consent == "no":
        messages.append(f"They did not agree to hear from us {channel}. Do not write to them there.")
    elif facts.consent != "yes":
        messages.append(f"There is no record that they agreed to hear from us {channel}. Ask for it, then record it.")
    if not facts.has_address:
        messages.append(_NO_ADDRESS.get(facts.channel, "There is no way to reach them here. Use another channel."))
    return [Finding(ID, Severity.BLOCK, message) for message in messages]
