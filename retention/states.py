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
