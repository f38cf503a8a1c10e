"""Kinds of drafts and findings, and the life of a draft from the review queue to its end."""

from collections.abc import Mapping

from django.db.models import TextChoices


class DraftKind(TextChoices):
    FOLLOW_UP = "follow_up", "Follow-up"
    CLOSE_LOOP = "close_loop", "Closing message"
    #: The one message that may follow an opt-out: it says that we stop, and nothing else.
    CONFIRMATION = "confirmation", "Confirmation that we stop"


class Flow(TextChoices):
    """What a message is part of. Where two want the same person at once, the one named first goes first."""

    SERVICE = "service", "Service message"
    CADENCE = "cadence", "Follow-up of a lead"
    PLAYBOOK = "playbook", "Playbook for a customer"


class Writer(TextChoices):
    """Who wrote the text as it stands."""

    TEMPLATE = "template", "Approved template"
    MODEL = "model", "Language model"
    PERSON = "person", "A person"


class DraftStatus(TextChoices):
    AWAITING_REVIEW = "awaiting_review", "Waiting for review"
    APPROVED = "approved", "Approved"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Not delivered"
    UNKNOWN = "unknown", "Maybe sent"
    SUPPRESSED = "suppressed", "Suppressed"
    WITHDRAWN = "withdrawn", "Withdrawn"
    CLOSED_OUT = "closed_out", "Closed out"


class Severity(TextChoices):
    """How far a gate's finding reaches: a block stops approval, a review asks for a person, a note only informs."""

    BLOCK = "block", "Blocks"
    REVIEW = "review", "Needs a look"
    NOTE = "note", "Note"


class TemplateStatus(TextChoices):
    DRAFT = "draft", "Draft"
    APPROVED = "approved", "Approved"
    RETIRED = "retired", "Retired"


_S = DraftStatus

# Total: every status is a key, so a status added without a decision about its exits fails the convention test.
TRANSITIONS: Mapping[DraftStatus, frozenset[DraftStatus]] = {
    _S.AWAITING_REVIEW: frozenset({_S.APPROVED, _S.SUPPRESSED, _S.WITHDRAWN, _S.CLOSED_OUT}),
    # Back to review when the approval is taken back or the text changes under it.
    # To unknown when it was to be sent once more, and that is taken back.
    _S.APPROVED: frozenset({_S.SENDING, _S.AWAITING_REVIEW, _S.SUPPRESSED, _S.WITHDRAWN, _S.CLOSED_OUT, _S.UNKNOWN}),
    # A temporary refusal by the provider keeps the approval; a lost answer becomes unknown, never a second try.
    _S.SENDING: frozenset({_S.SENT, _S.APPROVED, _S.FAILED, _S.UNKNOWN}),
    # A person leads out of unknown, who looked whether it arrived, or news from the provider that it did.
    _S.UNKNOWN: frozenset({_S.SENT, _S.FAILED, _S.APPROVED, _S.WITHDRAWN}),
    _S.FAILED: frozenset({_S.AWAITING_REVIEW, _S.WITHDRAWN}),
    _S.SENT: frozenset(),
    _S.SUPPRESSED: frozenset(),
    _S.WITHDRAWN: frozenset(),
    _S.CLOSED_OUT: frozenset(),
}


class StopScope(TextChoices):
    """What a stop switch stops. ``POLICY`` is what would leave without a person having read it."""

    ALL = "all", "Everything"
    EMAIL = "email", "E-mail"
    SMS = "sms", "SMS"
    PUSH = "push", "Push"
    IN_APP = "in_app", "In-app"
    POLICY = "policy", "Whatever no person has read"


class DeliveryKind(TextChoices):
    """What a provider, or the person's own program, told us about a message that left."""

    DELIVERED = "delivered", "Delivered"
    DEFERRED = "deferred", "Not delivered yet"
    BOUNCED = "bounced", "Came back: nobody has this address"
    REFUSED = "refused", "Refused by their side"
    COMPLAINED = "complained", "Reported as spam"
    UNSUBSCRIBED = "unsubscribed", "Stopped at the provider"
    OPENED = "opened", "Opened"
    CLICKED = "clicked", "Clicked"
    DISMISSED = "dismissed", "Put away"


class NoticeKind(TextChoices):
    """What an incoming request or mail is about."""

    TRACKING = "tracking", "News of a message"
    INBOUND = "inbound", "A message from them"


class NoticeStatus(TextChoices):
    """Where something that came in stands."""

    WAITING = "waiting", "Not looked at yet"
    DONE = "done", "Done"
    IGNORED = "ignored", "Nothing of ours"
    FAILED = "failed", "Could not be read"


NOTICE_TRANSITIONS: Mapping[NoticeStatus, frozenset[NoticeStatus]] = {
    NoticeStatus.WAITING: frozenset({NoticeStatus.DONE, NoticeStatus.IGNORED, NoticeStatus.FAILED}),
    NoticeStatus.FAILED: frozenset({NoticeStatus.WAITING}),
    NoticeStatus.DONE: frozenset(),
    NoticeStatus.IGNORED: frozenset(),
}


class ReplyLabel(TextChoices):
    """What an answer is. The values are those that `sort_replies` prints (interface.md)."""

    ANSWER = "answer", "Answer"
    QUESTION = "question", "Question"
    EXPLICIT_NO = "explicit_no", "No, thank you"
    OPT_OUT = "opt_out", "Stop writing to me"
    OUT_OF_OFFICE = "out_of_office", "Out of office"
    AUTO_REPLY = "auto_reply", "Automatic reply"
    WRONG_PERSON = "wrong_person", "Wrong person"


class SortedBy(TextChoices):
    RULE = "rule", "Rules"
    MODEL = "model", "Language model"
    PERSON = "person", "A person"


class ReplyStatus(TextChoices):
    """Where an answer stands. ``HELD``: they may have said stop. Nothing leaves until a person confirms or releases."""

    OPEN = "open", "For a person to read"
    HELD = "held", "Held: did they say stop?"
    CONFIRMED = "confirmed", "They said stop"
    RELEASED = "released", "They did not say stop"
    SETTLED = "settled", "Done"


REPLY_TRANSITIONS: Mapping[ReplyStatus, frozenset[ReplyStatus]] = {
    ReplyStatus.HELD: frozenset({ReplyStatus.CONFIRMED, ReplyStatus.RELEASED}),
    ReplyStatus.OPEN: frozenset({ReplyStatus.SETTLED, ReplyStatus.HELD}),
    # Somebody may find later that they did say stop; what was confirmed is kept.
    ReplyStatus.RELEASED: frozenset({ReplyStatus.HELD, ReplyStatus.CONFIRMED}),
    ReplyStatus.SETTLED: frozenset({ReplyStatus.HELD}),
    ReplyStatus.CONFIRMED: frozenset(),
}


class CompositionStatus(TextChoices):
    """Where a text that a language model was asked for stands."""

    WAITING = "waiting", "Asked for"
    WRITING = "writing", "Being written"
    USED = "used", "In the draft"
    OFFERED = "offered", "To choose from"
    REFUSED = "refused", "Refused"
    FAILED = "failed", "Did not come"


COMPOSITION_TRANSITIONS: Mapping[CompositionStatus, frozenset[CompositionStatus]] = {
    CompositionStatus.WAITING: frozenset({CompositionStatus.WRITING, CompositionStatus.FAILED}),
    CompositionStatus.WRITING: frozenset(
        {CompositionStatus.USED, CompositionStatus.OFFERED, CompositionStatus.REFUSED, CompositionStatus.FAILED}
    ),
    CompositionStatus.OFFERED: frozenset({CompositionStatus.USED}),
    CompositionStatus.USED: frozenset(),
    CompositionStatus.REFUSED: frozenset(),
    CompositionStatus.FAILED: frozenset(),
}


FINAL = frozenset(status for status, following in TRANSITIONS.items() if not following)
#: May have reached them: what comes too late to stop, and counts as having been written to.
LEFT = frozenset({_S.SENDING, _S.SENT, _S.UNKNOWN})


def may_become(status: str, following: str) -> bool:
    """Whether a draft in ``status`` may go to ``following`` in one step."""
    return DraftStatus(following) in TRANSITIONS[DraftStatus(status)]


#: Approved wording is replaced by the next version, never edited and never taken back into a draft.
TEMPLATE_TRANSITIONS: Mapping[TemplateStatus, frozenset[TemplateStatus]] = {
    TemplateStatus.DRAFT: frozenset({TemplateStatus.APPROVED, TemplateStatus.RETIRED}),
    TemplateStatus.APPROVED: frozenset({TemplateStatus.RETIRED}),
    TemplateStatus.RETIRED: frozenset(),
}


class CallStatus(TextChoices):
    """Where a call stands."""

    WAITING = "waiting", "To be made"
    DONE = "done", "Made"
    CALLED_OFF = "called_off", "Not needed any more"


CALL_TRANSITIONS: Mapping[CallStatus, frozenset[CallStatus]] = {
    CallStatus.WAITING: frozenset({CallStatus.DONE, CallStatus.CALLED_OFF}),
    CallStatus.DONE: frozenset(),
    CallStatus.CALLED_OFF: frozenset(),
}


class CallOutcome(TextChoices):
    """What came of a call."""

    REACHED = "reached", "Reached"
    VOICEMAIL = "voicemail", "Voicemail"
    WRONG_NUMBER = "wrong_number", "Wrong number"
    CALL_BACK = "call_back", "Call back later"
    DO_NOT_CALL = "do_not_call", "Does not want calls"
