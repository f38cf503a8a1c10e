"""`manage.py clone_cadence`: a cadence to try out, made from another one."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from followups import services

_YES_NO = {"yes": True, "no": False}
#: Lists of names, with commas between them.
_NAMES = {"segment_stages", "segment_territories", "segment_sources", "segment_tags"}
_AMOUNTS = {"high_value_threshold", "segment_value_from", "segment_value_below"}


class Command(BaseCommand):
    """Copies a published cadence under a new name, with some of its rules changed."""

    help = (
        "Copy the published version of a cadence under a new name. For instance: clone_cadence default customers-too "
        "--set allow_existing_customers=yes --publish, then check_silence --cadence customers-too --dry-run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("base", help="the cadence to copy")
        parser.add_argument("name", help="the name of the new one: small letters, digits and hyphens")
        parser.add_argument(
            "--set",
            dest="changes",
            action="append",
            default=[],
            metavar="RULE=VALUE",
            help=f"change a rule: {', '.join(sorted(services.CHANGEABLE))}",
        )
        parser.add_argument("--publish", action="store_true", help="publish it at once")

    def handle(self, *args: Any, **options: Any) -> None:
        changes = dict(_change(text) for text in options["changes"])
        try:
            with transaction.atomic():
                base = services.published_version(options["base"])
                version = services.clone_cadence(base=base, name=options["name"], changes=changes, by=None)
                if options["publish"]:
                    version = services.publish_version(version=version, by=None, now=timezone.now())
        except services.Refused as refused:
            raise CommandError(refused.sentence) from refused
        self.stdout.write(f"{version.cadence.name} v{version.number}: {version.get_status_display().lower()}.")


def _change(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    name, value = name.strip(), value.strip()
    if not equals or not name or not value:
        raise CommandError(f"“{text}” is not RULE=VALUE.", returncode=2)
    if name == "allow_existing_customers":
        if value not in _YES_NO:
            raise CommandError(f"{name} is yes or no, not “{value}”.", returncode=2)
        return name, _YES_NO[value]
    if name == "channels" or name in _NAMES:
        return name, [one.strip() for one in value.split(",") if one.strip()]
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise CommandError(f"{name} is a number, not “{value}”.", returncode=2) from error
    if name in _AMOUNTS:
        if not number.is_finite() or not 0 <= number < 10**12:
            raise CommandError(f"{name} is an amount of 0 or more, not “{value}”.", returncode=2)
        return name, number
    if number != number.to_integral_value() or not 0 <= number <= 32767:
        raise CommandError(f"{name} is a whole number from 0 to 32767, not “{value}”.", returncode=2)
    return name, int(number)
