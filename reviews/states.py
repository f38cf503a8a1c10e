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
