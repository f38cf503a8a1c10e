"""Playing a version of a playbook through a period that is over: nothing is written but what it would have done."""

from retention.services.dry_runs.requests import cancel_dry_run, request_dry_run, retry_dry_run
from retention.services.dry_runs.rows import report_of
from retention.services.dry_runs.running import run_dry_run, waiting_dry_runs

__all__ = [
    "cancel_dry_run",
    "report_of",
    "request_dry_run",
    "retry_dry_run",
    "run_dry_run",
    "waiting_dry_runs",
]
