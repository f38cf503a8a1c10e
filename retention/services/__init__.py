"""Every write about scores, playbooks and experiments. A refusal is `Refused`, with a sentence for whoever asked.

Here stand those about scores, their models and values. Playbooks have packages of their own: `playbooks` (versions,
publishing, pausing), `enrolling` (the sweep, and what a person decides about one enrolment), `experiments`,
`dry_runs`; and modules: `capacity` (people's time), `guardrails`, `people` (what is known of customers, read in bulk).
"""

from retention.services.drafting import draft_version, edit_version
from retention.services.overriding import close_expired, end_override, flag_wrong, override
from retention.services.publishing import Moved, Published, publish, retire_version, sound
from retention.services.refreshing import (
    Refreshed,
    Rescored,
    nightly_check,
    refresh,
    refresh_all_due,
    rescore_all,
    rescore_some,
)
from retention.services.refusals import ModelHasProblems, NotPermitted, Refused
from retention.services.trials import (
    cancel_trial,
    check_backtest,
    measured_by,
    outcome,
    request_backtest,
    request_what_if,
    retry_trial,
    review_pace,
    run_trial,
    said_wrong,
    waiting_trials,
)
from retention.services.value import Recomputed, recompute_values

__all__ = [
    "ModelHasProblems",
    "Moved",
    "NotPermitted",
    "Published",
    "Recomputed",
    "Refreshed",
    "Refused",
    "Rescored",
    "cancel_trial",
    "check_backtest",
    "close_expired",
    "draft_version",
    "edit_version",
    "end_override",
    "flag_wrong",
    "measured_by",
    "nightly_check",
    "outcome",
    "override",
    "publish",
    "recompute_values",
    "refresh",
    "refresh_all_due",
    "request_backtest",
    "request_what_if",
    "rescore_all",
    "rescore_some",
    "retire_version",
    "retry_trial",
    "review_pace",
    "run_trial",
    "said_wrong",
    "sound",
    "waiting_trials",
]
