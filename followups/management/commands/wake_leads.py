"""`manage.py wake_leads`: the leads that were put off come back on their day."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from followups import services
from followups.management.commands.check_silence import moment


class Command(BaseCommand):
    """Brings back every lead whose day has come, and says how many."""

    help = (
        "Bring back the leads that were put off until today or earlier. check_silence then decides about them, with "
        "their history and their attempts counted anew. A second run changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as-of", type=moment, metavar="T", help="as if it were this moment: an ISO date or time")

    def handle(self, *args: Any, **options: Any) -> None:
        woken = services.wake_recycled(now=options["as_of"] or timezone.now())
        leads = "1 lead" if len(woken) == 1 else f"{len(woken):,} leads"
        self.stdout.write(f"{leads} came back.")
