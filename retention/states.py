"""The words that scores, their models and what is tried out on them are described with."""

from django.db.models import TextChoices


class Band(TextChoices):
    """How much at risk, least first."""

    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"


class Component(TextChoices):
    """The five parts of a score, in the order they are shown and stored (scoring.md, "Components")."""

    RECENCY = "recency", "Recency"
    FREQUENCY = "frequency", "Frequency"
    PAYMENT = "payment", "Payment"
    ENGAGEMENT = "engagement", "Engagement"
    SUPPORT = "support", "Support"


#: Components that jump about by nature. A band never rises on these alone without a second look (the blip guard).
NOISY = frozenset({Component.RECENCY, Component.FREQUENCY, Component.ENGAGEMENT})


class Combine(TextChoices):
    """How the signals of a component become its points."""

    WORST = "worst", "The worst of them"
    SUM = "sum", "All of them together"


class Knob(TextChoices):
    """What an operator may turn without touching a rule, each 0.5 to 2.0."""

    RECENCY_SENSITIVITY = "recency_sensitivity", "Recency sensitivity"
    PAYMENT_WEIGHT = "payment_weight", "Payment weight"
    ENGAGEMENT_DECAY = "engagement_decay", "Engagement decay"


class ModelStatus(TextChoices):
    """Where a version of a score model stands."""

    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    RETIRED = "retired", "Retired"


MODEL_TRANSITIONS: dict[str, frozenset[str]] = {
    ModelStatus.DRAFT: frozenset({ModelStatus.PUBLISHED, ModelStatus.RETIRED}),
    ModelStatus.PUBLISHED: frozenset({ModelStatus.RETIRED}),
    ModelStatus.RETIRED: frozenset(),
}


class ChangeCause(TextChoices):
    """What made a score be computed again when it changed."""

    FIRST = "first", "First score"
    REFRESH = "refresh", "New events, or time"
    PUBLISH = "publish", "A model was published"
    CHECK = "check", "Found by the nightly check"


class TrialKind(TextChoices):
    WHAT_IF = "what_if", "What if"
    BACKTEST = "backtest", "Backtest"


class Lapse(TextChoices):
    """What counts as having lapsed in the days after a date that a backtest looks at."""

    NO_ACTIVITY = "no_activity", "No activity of any kind"
    NO_PURCHASE = "no_purchase", "No purchase"
    CHURNED = "churned", "Left as a customer"


class TrialStatus(TextChoices):
    """Where a what-if or backtest stands."""

    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


TRIAL_TRANSITIONS: dict[str, frozenset[str]] = {
    TrialStatus.QUEUED: frozenset({TrialStatus.RUNNING, TrialStatus.CANCELLED}),
    TrialStatus.RUNNING: frozenset({TrialStatus.DONE, TrialStatus.FAILED, TrialStatus.CANCELLED, TrialStatus.QUEUED}),
    TrialStatus.DONE: frozenset(),
    TrialStatus.FAILED: frozenset({TrialStatus.QUEUED}),
    TrialStatus.CANCELLED: frozenset(),
}


class ValueTier(TextChoices):
    """How much of the revenue a customer stands for, compared with the others in the same currency."""

    HIGH = "high", "High value"
    MIDDLE = "middle", "Middle value"
    LOW = "low", "Low value"
    NONE = "none", "No revenue yet"


# --- playbooks ------------------------------------------------------------------------------------------------------


class PlaybookTrigger(TextChoices):
    """What makes somebody eligible."""

    RISK = "risk", "Their risk: band, score or reasons"
    MILESTONE = "milestone", "A round number of activities"
    BIRTHDAY = "birthday", "Their birthday"


class PlaybookMode(TextChoices):
    """Whether anything reaches people. In shadow all is decided and written, and nothing is put before anybody."""

    LIVE = "live", "Live"
    SHADOW = "shadow", "Shadow: everything but sending"


class PlaybookStage(TextChoices):
    PILOT = "pilot", "Pilot"
    SCALED = "scaled", "For everybody"


class StepChannel(TextChoices):
    """How a step reaches people. ``BEST`` is the written channel they prefer or answer (mission.md 3.2)."""

    BEST = "best", "The channel they answer"
    EMAIL = "email", "E-mail"
    SMS = "sms", "SMS"
    PUSH = "push", "Push"
    IN_APP = "in_app", "In-app"
    CALL = "call", "Call"


class StepPurpose(TextChoices):
    """What a step is for, in the order in which a playbook may go: an offer never comes before something useful."""

    NUDGE = "nudge", "Nudge"
    VALUE = "value", "What they have got out of it"
    EDUCATION = "education", "Education"
    FRICTION = "friction", "Take an obstacle away"
    PROOF = "proof", "What others do"
    RECOGNITION = "recognition", "Recognition"
    COMMUNITY = "community", "Community"
    OFFER = "offer", "Offer"
    HUMAN = "human", "A person calls"


class StepCondition(TextChoices):
    """What must be so when a step is due; else it is left out."""

    ALWAYS = "always", "Always"
    STILL_INACTIVE = "still_inactive", "No activity since it began"
    PAYMENT_OPEN = "payment_open", "The payment still fails"
    NOT_OPENED = "not_opened", "The step before was not opened"


class StepAudience(TextChoices):
    EVERYONE = "everyone", "Everyone"
    APP_USERS = "app_users", "People who use the app"
    HIGH_VALUE = "high_value", "High value"
    MULTI_SIGNAL = "multi_signal", "High value or several signals"


class StepReview(TextChoices):
    """Who reads a message before it leaves (mission.md 5.3)."""

    ALWAYS = "always", "A person always reads it"
    WHEN_ASKED = "when_asked", "A person reads it when a rule or a gate asks"
    NEVER = "never", "No person, unless a gate asks"


class EnrolmentStatus(TextChoices):
    """Where a customer stands in a playbook."""

    WAITING = "waiting", "Waits for capacity"
    ACTIVE = "active", "Under way"
    PAUSED = "paused", "Paused"
    HELD_OUT = "held_out", "Held out: gets nothing"
    ENDED = "ended", "Ended"


ENROLMENT_TRANSITIONS: dict[str, frozenset[str]] = {
    EnrolmentStatus.WAITING: frozenset({EnrolmentStatus.ACTIVE, EnrolmentStatus.HELD_OUT, EnrolmentStatus.ENDED}),
    EnrolmentStatus.ACTIVE: frozenset({EnrolmentStatus.PAUSED, EnrolmentStatus.ENDED}),
    EnrolmentStatus.PAUSED: frozenset({EnrolmentStatus.ACTIVE, EnrolmentStatus.ENDED}),
    EnrolmentStatus.HELD_OUT: frozenset({EnrolmentStatus.ENDED}),
    EnrolmentStatus.ENDED: frozenset(),
}


class EnrolmentEnd(TextChoices):
    """Why an enrolment ended."""

    GOAL = "goal", "Goal met"
    COMPLETED = "completed", "Every step done, no goal"
    EXPIRED = "expired", "Its time was over"
    SUPPRESSED = "suppressed", "They said stop"
    LEFT = "left", "Left as a customer"
    RECOVERED = "recovered", "Not at risk any more before it began"
    WAITED = "waited", "Waited too long for capacity"
    OVERTAKEN = "overtaken", "A playbook of higher priority took over"
    STOPPED = "stopped", "Stopped by a person"
    WINDOW = "window", "The window of the experiment is over"


class StepOutcome(TextChoices):
    """What became of one step for one person."""

    DRAFTED = "drafted", "Put before a person, or on its way"
    CALLED = "called", "Call asked for"
    SHADOWED = "shadowed", "Written in shadow, not sent"
    SKIPPED = "skipped", "Left out"
    MISSED = "missed", "Its window passed"
    WITHDRAWN = "withdrawn", "Taken back"


class WorkKind(TextChoices):
    """Kinds of work that people here have limited minutes for."""

    REVIEW = "review", "Reading messages"
    CALL = "call", "Calls"


# --- experiments ----------------------------------------------------------------------------------------------------


class Arm(TextChoices):
    TREATED = "treated", "Treated"
    HOLDOUT = "holdout", "Held out"


class Kpi(TextChoices):
    """The one number an experiment is decided by."""

    REACTIVATION = "reactivation", "Share of customers who reach the goal"
    RETENTION = "retention", "Share of customers who have not left"
    REVENUE = "revenue", "Revenue per customer"


class ExperimentStatus(TextChoices):
    DRAFT = "draft", "Being designed"
    RUNNING = "running", "Running, locked"
    DECIDED = "decided", "Decided"


EXPERIMENT_TRANSITIONS: dict[str, frozenset[str]] = {
    ExperimentStatus.DRAFT: frozenset({ExperimentStatus.RUNNING}),
    ExperimentStatus.RUNNING: frozenset({ExperimentStatus.DECIDED}),
    ExperimentStatus.DECIDED: frozenset(),
}


class Verdict(TextChoices):
    """What was decided when an experiment was read."""

    SCALE = "scale", "Do it for everybody"
    GO_ON = "go_on", "Go on as a pilot"
    STOP = "stop", "Stop"


class Guardrail(TextChoices):
    """What must not get worse while a playbook runs (mission.md 3.7)."""

    COMPLAINTS = "complaints", "Spam complaints"
    UNSUBSCRIBES = "unsubscribes", "Opt-outs"
    VALUE = "value", "Lifetime value"
    REVENUE = "revenue", "Revenue after the window"
