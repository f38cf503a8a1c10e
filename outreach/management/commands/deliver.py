"""Send what is approved and due, once."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from outreach import services
from outreach.models import Draft


class Command(BaseCommand):
    help = "Send what is approved and due. Each message is sent at most once, also when several of these run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--as-of", metavar="T", help="an ISO date or time that replaces the clock; a date is its first moment, UTC"
        )
        parser.add_argument(
            "--limit", type=int, metavar="N", help="send at most this many; without it, all that are due"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = _moment(options["as_of"]) if options["as_of"] else timezone.now()
        due = Draft.objects.approved_due(now).count()
        limit = due if options["limit"] is None else min(options["limit"], due)
        if limit < 0:
            raise CommandError("--limit must not be below 0.", returncode=2)
        stopping = False

        def stop(_number: int, _frame: FrameType | None) -> None:
            # The message under way is finished; whoever asked twice means it.
            nonlocal stopping
            if stopping:
                sys.exit(1)
            stopping = True

        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        console = Console(stderr=True)
        try:
            with Progress(console=console, disable=not console.is_terminal) as bar:
                task = bar.add_task("Sending", total=limit)
                done = services.deliver_due(
                    now=now, limit=limit, stop=lambda: stopping, progress=lambda _result: bar.advance(task)
                )
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        self.stdout.write(str(done))
        if stopping:
            self.stderr.write("Stopped as asked. What is left is sent next time.")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        sentence = f"{text} is no date or time. Write it like 2026-05-03 or 2026-05-03T14:00:00+00:00."
        raise CommandError(sentence, returncode=2) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
