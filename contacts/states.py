"""The words that contacts, consent, suppression and touches are described with."""

from django.db.models import IntegerChoices, TextChoices


class Channel(TextChoices):
    EMAIL = "email", "E-mail"
    SMS = "sms", "SMS"
    PUSH = "push", "Push"
    IN_APP = "in_app", "In-app"
    CALL = "call", "Call"


class SuppressionChannel(TextChoices):
    """A channel, or all of them."""

    ALL = "all", "Every channel"
    EMAIL = "email", "E-mail"
    SMS = "sms", "SMS"
    PUSH = "push", "Push"
    IN_APP = "in_app", "In-app"
    CALL = "call", "Call"


class AddressKind(TextChoices):
    EMAIL = "email", "E-mail address"
    PHONE = "phone", "Phone number"


#: Which kind of address a channel needs. Push and in-app need none of these.
ADDRESS_KIND_OF_CHANNEL: dict[str, str] = {
    Channel.EMAIL: AddressKind.EMAIL,
    Channel.SMS: AddressKind.PHONE,
    Channel.CALL: AddressKind.PHONE,
}

#: Channels that messages are written for. A call is made by a person.
WRITTEN_CHANNELS = (Channel.EMAIL, Channel.SMS, Channel.PUSH, Channel.IN_APP)
#: What the line above the text is called, on the channels whose messages have one. It is stored as ``subject``.
HEADING_OF_CHANNEL: dict[str, str] = {
    Channel.EMAIL: "Subject",
    Channel.PUSH: "Title",
    Channel.IN_APP: "Title",
}


class Consent(TextChoices):
    """What a contact allowed. No record means unknown, and unknown is no.

    ``UNKNOWN`` is written where an answer stopped to hold: two contacts became one, and only one of them had agreed.
    """

    YES = "yes", "Yes"
    NO = "no", "No"
    UNKNOWN = "unknown", "Not known any more"


class SuppressionReason(TextChoices):
    """Why we must not write, strictest first. The order is the order in which a decision names them."""

    OPTED_OUT = "opted_out", "Opted out"
    EXPLICIT_NO = "explicit_no", "Said no"
    COMPLAINT = "complaint", "Spam complaint"
    LEGAL = "legal", "Legal"
    MANUAL = "manual", "Stopped by staff"
    HARD_BOUNCE = "hard_bounce", "Address does not exist"


#: How the source of a suppression reads that an answer of theirs brought about: this and the answer's number. A person
#: may find that the answer meant something else, and then it ends: so no other refusal may rest on such a row.
ANSWER_SOURCE = "Reply "
ANSWER_SOURCE_PATTERN = f"^{ANSWER_SOURCE}[0-9]+$"


class Direction(TextChoices):
    IN = "in", "From them"
    OUT = "out", "From us"


class TouchKind(TextChoices):
    MESSAGE = "message", "Message"
    QUESTION = "question", "Question"
    ANSWER = "answer", "Answer"
    QUOTE = "quote", "Quote"
    PROPOSAL = "proposal", "Proposal"
    CALL = "call", "Call"
    NOTE = "note", "Note"
    OUT_OF_OFFICE = "out_of_office", "Out of office"
    AUTO_REPLY = "auto_reply", "Automatic reply"


class ImportStatus(TextChoices):
    """Where an uploaded file stands."""

    UPLOADED = "uploaded", "Uploaded"
    CHECKING = "checking", "Being checked"
    PREVIEWED = "previewed", "Checked, not imported yet"
    RUNNING = "running", "Being imported"
    DONE = "done", "Imported"
    FAILED = "failed", "Refused"
    DISCARDED = "discarded", "Discarded"


IMPORT_TRANSITIONS: dict[str, frozenset[str]] = {
    ImportStatus.UPLOADED: frozenset({ImportStatus.CHECKING, ImportStatus.DISCARDED}),
    ImportStatus.CHECKING: frozenset({ImportStatus.PREVIEWED, ImportStatus.FAILED, ImportStatus.UPLOADED}),
    ImportStatus.PREVIEWED: frozenset({ImportStatus.RUNNING, ImportStatus.CHECKING, ImportStatus.DISCARDED}),
    ImportStatus.RUNNING: frozenset({ImportStatus.DONE, ImportStatus.FAILED, ImportStatus.PREVIEWED}),
    ImportStatus.DONE: frozenset(),
    ImportStatus.FAILED: frozenset({ImportStatus.CHECKING, ImportStatus.DISCARDED}),
    ImportStatus.DISCARDED: frozenset(),
}


class EventKind(IntegerChoices):
    """What an event counts as (scoring.md, "Event names"). The numbers are stored; 1 to 19 are activity."""

    NO_EFFECT = 0, "No effect"
    VISIT_LOGGED = 1, "Visit"
    CLASS_ATTENDED = 2, "Class attended"
    BOOKING_MADE = 3, "Booking made"
    BOOKING_ATTENDED = 4, "Booking attended"
    APP_OPENED = 5, "App opened"
    SESSION_STARTED = 6, "Session started"
    PURCHASE_MADE = 7, "Purchase"
    PAYMENT_FAILED = 20, "Payment failed"
    PAYMENT_SUCCEEDED = 21, "Payment succeeded"
    SUBSCRIPTION_PAUSED = 22, "Subscription paused"
    SUBSCRIPTION_RESUMED = 23, "Subscription resumed"
    REFUND_INITIATED = 24, "Refund asked for"
    EMAIL_SENT = 30, "E-mail sent"
    EMAIL_OPENED = 31, "E-mail opened"
    EMAIL_CLICKED = 32, "E-mail clicked"
    SMS_SENT = 33, "SMS sent"
    SMS_CLICKED = 34, "SMS clicked"
    MESSAGE_REPLIED = 35, "Reply"
    PUSH_OPENED = 36, "Push opened"
    NPS_SUBMITTED = 40, "NPS answer"
    SURVEY_SUBMITTED = 41, "Survey answer"
    SUPPORT_TICKET_CREATED = 42, "Support ticket opened"
    SUPPORT_TICKET_RESOLVED = 43, "Support ticket resolved"
    SUPPORT_ESCALATED = 44, "Support escalated"
    FEATURE_USED = 50, "Feature used"
    PRODUCT_VIEWED = 51, "Product viewed"
    CART_ADDED = 52, "Added to cart"
    BOOKING_CANCELLED = 53, "Booking cancelled"
    BOOKING_MISSED = 54, "Booking missed"
    SESSION_ENDED = 55, "Session ended"


ACTIVITY_KINDS = tuple(kind for kind in EventKind.values if 0 < kind < 20)
#: Rare kinds that much depends on: they have an index of their own, so that nothing has to search the many others.
NOTABLE_KINDS = (20, 21, 22, 23, 24, 40, 41, 42, 43, 44, 53, 54)
#: How a ticket's severity is stored as the value of its event.
SEVERITIES = {"low": 1, "normal": 2, "high": 3, "urgent": 4}


class EventFlag(TextChoices):
    """Why an event is kept and never counted, where its name alone does not say so."""

    TOO_OLD = "too_old", "Dated before 1990"
    FUTURE = "future", "Dated more than a year ahead"


class IdentityKind(TextChoices):
    """Whose id it is. An anonymous id is that of a browser or app that has not said who uses it."""

    CUSTOMER = "customer", "Customer id"
    USER = "user", "User id"
    ANONYMOUS = "anonymous", "Anonymous id"


class DeadLetterStatus(TextChoices):
    """Where a refused event stands."""

    OPEN = "open", "Refused"
    REPLAYED = "replayed", "Repaired and taken in"
    DISCARDED = "discarded", "Discarded"


DEAD_LETTER_TRANSITIONS: dict[str, frozenset[str]] = {
    DeadLetterStatus.OPEN: frozenset({DeadLetterStatus.REPLAYED, DeadLetterStatus.DISCARDED}),
    DeadLetterStatus.REPLAYED: frozenset(),
    DeadLetterStatus.DISCARDED: frozenset({DeadLetterStatus.OPEN}),
}


class MergeKey(TextChoices):
    """What made it certain that two contacts are one person."""

    PERSON = "person", "Somebody of us said so"
    ALIAS = "alias", "A source said so (alias)"
    IDENTIFY = "identify", "A source named both ids (identify)"
    CUSTOMER = "customer", "The same customer id"


class DuplicateReason(TextChoices):
    NAME_DOMAIN = "name_domain", "Like names, same company"
    PHONE = "phone", "Same phone number"
    EMAIL = "email", "Same e-mail address"
    SOURCE = "source", "A source takes them for one"


class DuplicateStatus(TextChoices):
    """Where a suspicion stands."""

    OPEN = "open", "Suspected"
    DISMISSED = "dismissed", "Not the same person"
    MERGED = "merged", "Merged"


DUPLICATE_TRANSITIONS: dict[str, frozenset[str]] = {
    DuplicateStatus.OPEN: frozenset({DuplicateStatus.DISMISSED, DuplicateStatus.MERGED}),
    DuplicateStatus.MERGED: frozenset({DuplicateStatus.OPEN}),
    DuplicateStatus.DISMISSED: frozenset(),
}
