"""The words that quiet leads, cadences and decisions are described with."""

from django.db.models import TextChoices


class Stage(TextChoices):
    """Where the deal stands. Won and lost are the only closed stages."""

    NEW = "new", "New"
    QUALIFIED = "qualified", "Qualified"
    PROPOSAL = "proposal", "Proposal"
    NEGOTIATION = "negotiation", "Negotiation"
    WON = "won", "Won"
    LOST = "lost", "Lost"


#: Stages in which nothing is left to follow up.
CLOSED_STAGES: frozenset[str] = frozenset({Stage.WON, Stage.LOST})


#: How many tags a lead may have, and how long one may be, in characters.
MOST_TAGS = 20
LONGEST_TAG = 60


class Trigger(TextChoices):
    """Why a lead counts as quiet. The order is the order in which they are tried."""

    MISSED_NEXT_STEP = "missed_next_step", "A next step passed"
    UNANSWERED_QUOTE = "unanswered_quote", "The quote is unanswered"
    QUIET_PROPOSAL = "quiet_proposal", "The proposal is unanswered"
    STALLED_CONVERSATION = "stalled_conversation", "The conversation stopped"
    NO_REPLY = "no_reply", "No reply"


class DecisionKind(TextChoices):
    """What happens to a quiet lead next."""

    CONTINUE = "continue", "Write with a reason"
    CHANGE_ANGLE = "change_angle", "Write from another angle"
    WAIT = "wait", "Wait"
    STAND_DOWN = "stand_down", "Normal follow-up is on"
    NURTURE = "nurture", "Move to nurture"
    RECYCLE = "recycle", "Come back later"
    CLOSE_OUT = "close_out", "Close the loop"
    STOP = "stop", "Stop"
    INTAKE = "intake", "Check first"


class ReasonKind(TextChoices):
    """What makes a message worth sending, best first."""

    UNANSWERED_QUESTION = "unanswered_question", "Their question is open"
    OPEN_NEXT_STEP = "open_next_step", "A next step is open"
    QUOTE_UNANSWERED = "quote_unanswered", "The quote is unanswered"
    PROPOSAL_UNANSWERED = "proposal_unanswered", "The proposal is unanswered"
    NEW_ENGAGEMENT = "new_engagement", "They showed interest"
    NEW_MATERIAL = "new_material", "Something new for them"
    OWNER_NOTE = "owner_note", "A note by the owner"


class DecisionReason(TextChoices):
    """Why a decision was taken, where it is not a useful reason to write."""

    OPTED_OUT = "opted_out", "Opted out"
    EXPLICIT_NO = "explicit_no", "Said no"
    COMPLAINT = "complaint", "Spam complaint"
    LEGAL = "legal", "Legal"
    MANUAL = "manual", "Stopped by staff"
    WON = "won", "Won"
    LOST = "lost", "Lost"
    EXPIRED = "expired", "Opportunity expired"
    UNREACHABLE = "unreachable", "No working address"
    OUT_OF_OFFICE = "out_of_office", "Out of office"
    REPLIED = "replied", "They replied"
    NOT_SILENT = "not_silent", "Not silent"
    CONSENT_UNCLEAR = "consent_unclear", "Consent is unclear"
    DUPLICATE = "duplicate", "May be a duplicate"
    TERRITORY_CONFLICT = "territory_conflict", "Territories differ"
    OWNER_CONFLICT = "owner_conflict", "Owners differ"
    EXISTING_CUSTOMER = "existing_customer", "Already a customer"
    UNOWNED = "unowned", "No owner"
    PAUSED = "paused", "Paused by the owner"
    TOO_SOON = "too_soon", "Too soon after our last touch"
    ATTEMPTS_SPENT = "attempts_spent", "Enough attempts"
    SEQUENCE_EXPIRED = "sequence_expired", "Quiet for too long"
    NO_USEFUL_REASON = "no_useful_reason", "Nothing useful to say"


class ReviewReason(TextChoices):
    """Why a person must read a draft before it leaves. A gate's own id can stand beside these."""

    CLOSE_LOOP = "close_loop", "Closes the loop"
    STRATEGIC = "strategic", "Strategic"
    HIGH_VALUE = "high_value", "High value"
    FIRST_MESSAGE = "first_message", "First message"
    SECOND_SILENCE = "second_silence", "Silent again"
    COMMITMENT = "commitment", "Price, offer, scope or urgency"
    POLICY = "policy", "The cadence asks for it"


class Disposition(TextChoices):
    """How following up on a quiet lead ended."""

    NO_RESPONSE = "no_response", "No response"
    NURTURE = "nurture", "Moved to nurture"
    RECYCLE = "recycle", "To come back to later"
    STOPPED = "stopped", "Stopped"
    WON = "won", "Won"
    LOST = "lost", "Lost"
    EXPIRED = "expired", "Opportunity expired"
    HANDED_OVER = "handed_over", "Handed back to normal follow-up"
    DOCUMENTED = "documented", "Kept with a written reason"


class SequenceStatus(TextChoices):
    OPEN = "open", "Open"
    ENDED = "ended", "Ended"


#: An ended sequence stays ended: a lead that falls silent again gets a new one.
SEQUENCE_TRANSITIONS: dict[str, frozenset[str]] = {
    SequenceStatus.OPEN: frozenset({SequenceStatus.ENDED}),
    SequenceStatus.ENDED: frozenset(),
}


class VersionStatus(TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    RETIRED = "retired", "Retired"


#: A published version is never edited; the next one replaces it.
VERSION_TRANSITIONS: dict[str, frozenset[str]] = {
    VersionStatus.DRAFT: frozenset({VersionStatus.PUBLISHED, VersionStatus.RETIRED}),
    VersionStatus.PUBLISHED: frozenset({VersionStatus.RETIRED}),
    VersionStatus.RETIRED: frozenset(),
}


class StepKind(TextChoices):
    """What a message is for. Steps of a cadence are follow-ups and one close loop; nurture has a rhythm of its own."""

    FOLLOW_UP = "follow_up", "Follow-up"
    CLOSE_LOOP = "close_loop", "Close the loop"
    NURTURE = "nurture", "Nurture"


class PlannedKind(TextChoices):
    """What somebody has agreed or decided to do with a lead. While it is ahead, normal follow-up is on."""

    MEETING = "meeting", "Meeting"
    CALL = "call", "Call"
    TASK = "task", "Task"
    REMINDER = "reminder", "Reminder"


class PlannedSource(TextChoices):
    """Where a plan came from."""

    STAFF = "staff", "Entered here"
    CALENDAR = "calendar", "Calendar file"
    WEBHOOK = "webhook", "Calendar system"


class IntakeStatus(TextChoices):
    OPEN = "open", "Open"
    SETTLED = "settled", "Settled"


#: A settled case stays settled: a new conflict opens a new one.
INTAKE_TRANSITIONS: dict[str, frozenset[str]] = {
    IntakeStatus.OPEN: frozenset({IntakeStatus.SETTLED}),
    IntakeStatus.SETTLED: frozenset(),
}


class SimulationStatus(TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


SIMULATION_TRANSITIONS: dict[str, frozenset[str]] = {
    SimulationStatus.WAITING: frozenset({SimulationStatus.RUNNING, SimulationStatus.CANCELLED}),
    SimulationStatus.RUNNING: frozenset(
        {SimulationStatus.DONE, SimulationStatus.FAILED, SimulationStatus.CANCELLED, SimulationStatus.WAITING}
    ),
    SimulationStatus.DONE: frozenset(),
    SimulationStatus.FAILED: frozenset(),
    SimulationStatus.CANCELLED: frozenset(),
}


class ExceptionKind(TextChoices):
    """What a monthly review of exceptions looks at."""

    OVERRIDDEN = "overridden", "Decided otherwise by a person"
    STOPPED = "stopped", "Stopped"
    WAITS_LONGEST = "waits_longest", "Waits longest"


class ReviewPolicy(TextChoices):
    """When a person reads the drafts of a step."""

    ALWAYS = "always", "Always"
    WHEN_ASKED = "when_asked", "When a rule or a gate asks"
    NEVER = "never", "Only for close-loop, strategic, high value and findings"


class EngagementKind(TextChoices):
    """What counts as interest, in words that finish a sentence beginning with “they”."""

    PROPOSAL_OPENED = "proposal_opened", "opened the proposal"
    SITE_RETURNED = "site_returned", "came back to the site"
