"""The words that contacts, consent, suppression and touches are described with."""

from django.db.models import TextChoices


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


class Consent(TextChoices):
    """What a contact allowed. No record means unknown, and unknown is no."""

    YES = "yes", "Yes"
    NO = "no", "No"


class SuppressionReason(TextChoices):
    """Why we must not write, strictest first. The order is the order in which a decision names them."""

    OPTED_OUT = "opted_out", "Opted out"
    EXPLICIT_NO = "explicit_no", "Said no"
    COMPLAINT = "complaint", "Spam complaint"
    LEGAL = "legal", "Legal"
    MANUAL = "manual", "Stopped by staff"
    HARD_BOUNCE = "hard_bounce", "Address does not exist"


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
