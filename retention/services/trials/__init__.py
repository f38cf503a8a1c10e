"""Trying a version of a score model out before it is published: against today's customers, and against the past."""

from retention.services.trials.backtest import measured_by, outcome, said_wrong
from retention.services.trials.holding import waiting_trials
from retention.services.trials.requests import (
    cancel_trial,
    check_backtest,
    request_backtest,
    request_what_if,
    retry_trial,
)
from retention.services.trials.running import run_trial
from retention.services.trials.what_if import review_pace, rules_with

__all__ = [
    "cancel_trial",
    "check_backtest",
    "measured_by",
    "outcome",
    "request_backtest",
    "request_what_if",
    "retry_trial",
    "review_pace",
    "rules_with",
    "run_trial",
    "said_wrong",
    "waiting_trials",
]
