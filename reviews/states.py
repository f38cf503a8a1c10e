"""What a reviewer can do with a draft."""

from django.db.models import TextChoices


class ReviewAction(TextChoices):
    APPROVE = "approve", "Approved"
    EDIT_APPROVE = "edit_approve", "Edited and approved"
    EDIT = "edit", "Edited"
    SUPPRESS = "suppress", "Suppressed"
    CLOSE_OUT = "close_out", "Closed out"
    PAUSE = "pause", "Paused"
    REMIND = "remind", "Put aside until a reminder"
    TAKE_OVER = "take_over", "Taken over by hand"
    RESOLVE_SENT = "resolve_sent", "Settled: it was sent"
    RESOLVE_NOT_SENT = "resolve_not_sent", "Settled: it was not sent"
    SEND_AGAIN = "send_again", "Settled: it was not sent, so it is sent again"
    REVIEW_AGAIN = "review_again", "Taken up again"
    UNDO = "undo", "Approval taken back"
    SNOOZE = "snooze", "Snoozed"
    WAKE = "wake", "Snooze ended"
    REASSIGN = "reassign", "Given to a colleague"


class SetAside(TextChoices):
    """What to do with the lead instead of writing to it now."""

    PAUSE = "pause", "Pause"
    REMIND = "remind", "Remind me"
    PUT_OFF = "put_off", "Put off"
    NURTURE = "nurture", "Nurture"
    TAKE_OVER = "take_over", "Take over"


class SuppressScope(TextChoices):
    SEQUENCE = "sequence", "This follow-up only"
    CHANNEL = "channel", "This person, on this channel"
    CONTACT = "contact", "This person, everywhere"
    ACCOUNT = "account", "The whole account"


class ViewOf(TextChoices):
    """The lists whose filters can be kept under a name."""

    MESSAGES = "messages", "Messages"
    CALLS = "calls", "Calls"
    INTAKE = "intake", "Intake"
    LEADS = "leads", "Leads"
    CUSTOMERS = "customers", "Customers"


class EscalationStep(TextChoices):
    """How far it went with something that was not decided in time."""

    WARNED = "warned", "Its person was warned"
    ESCALATED = "escalated", "The manager was told"


class SuggestionKind(TextChoices):
    """What the edits and refusals of reviewers suggest."""

    CHANGE_WORDING = "change_wording", "Change the wording"
    RETIRE_WORDING = "retire_wording", "Take the wording out of use"
    ASK_LESS = "ask_less", "Ask for a review less often"
    ASK_MORE = "ask_more", "Ask for a review more often"
    RAISE_THRESHOLD = "raise_threshold", "Write only at a higher score"


class SuggestionStatus(TextChoices):
    OPEN = "open", "Open"
    ACCEPTED = "accepted", "Accepted"
    DISMISSED = "dismissed", "Dismissed"


#: Where a suggestion can go from where it stands.
SUGGESTION_TRANSITIONS: dict[SuggestionStatus, frozenset[SuggestionStatus]] = {
    SuggestionStatus.OPEN: frozenset({SuggestionStatus.ACCEPTED, SuggestionStatus.DISMISSED}),
    SuggestionStatus.ACCEPTED: frozenset(),
    SuggestionStatus.DISMISSED: frozenset(),
}
