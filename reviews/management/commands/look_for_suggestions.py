"""What the nightly task does, for now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from reviews import services


class Command(BaseCommand):
    help = "Say what the decisions of reviewers suggest, now instead of tonight. Nothing else is changed."

    def handle(self, *_args: Any, **_options: Any) -> None:
        new = services.look_for_suggestions(now=timezone.now())
        self.stdout.write(f"{new} new suggestions. They are on /suggestions/.")
