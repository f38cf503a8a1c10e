#!/usr/bin/env python3
"""Rekindle's commands. `python manage.py help` lists them."""

import os
import signal
import sys
from types import FrameType


def end(signal_number: int, _frame: FrameType | None) -> None:
    """End on SIGTERM as on Ctrl-C, so that transactions are rolled back and the embedded servers are left in order."""
    sys.exit(128 + signal_number)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    signal.signal(signal.SIGTERM, end)
    try:
        from django.core.management import execute_from_command_line

        from config.embedded import EmbeddedServerError
    except ImportError as error:
        sys.exit(f"{error}. Run make setup, then .venv/bin/python manage.py.")
    try:
        execute_from_command_line(sys.argv)
    except EmbeddedServerError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
