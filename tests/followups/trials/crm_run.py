"""`python -m tests.followups.trials.crm_run [FOLDER]`: a quarter of real deals, day by day.

FOLDER (or REKINDLE_CRM_DATA) holds the files that `tests.followups.trials.pipeline` names. Everything happens in a
database of its own, which is removed at the end. Prints the curve and the counts, and ends with 1 when something does
not hold. docs/no-response.md has the figures of the last run and says what is made up.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
FIRST, LAST, RUN_ON = date(2017, 10, 1), date(2018, 1, 1), date(2018, 3, 15)


def main(arguments: list[str]) -> int:
    folder = arguments[0] if arguments else os.environ.get("REKINDLE_CRM_DATA", "")
    if not folder:
        sys.stderr.write("Name the folder with the CRM's files, or set REKINDLE_CRM_DATA.\n")
        return 2
    django.setup()
    from django.test import override_settings

    from benchmarks.database import own_database
    from tests.followups.trials.quarter import Quarter
    from tests.followups.trials.telling import failings, report

    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch, own_database(), override_settings(EMAIL_URL=f"{scratch}/outbox"):
        quarter = Quarter(Path(folder), Path(scratch), FIRST, LAST, say=say)
        quarter.run()
        told = quarter.run_on(RUN_ON)
        lines, wrong = report(told), failings(told)
    for line in lines:
        say(line)
    say(f"{time.monotonic() - began:.0f} seconds.")
    for line in wrong:
        sys.stderr.write(f"{line}\n")
    return 1 if wrong else 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
