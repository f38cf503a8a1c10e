"""`manage.py demo_data`: the sample world, for trying Rekindle out."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from contacts.importing.commands import read_as_of
from contacts.importing.errors import WrongArguments
from contacts.services import Refused as ContactsRefused
from outreach.services import Refused as OutreachRefused
from retention.services import Refused as RetentionRefused
from reviews.demo import DEMO_PASSWORD, holds_other_data, is_there, make_world
from reviews.demo.staff import PEOPLE
from staff.services import Refused as StaffRefused

SEED = 7


class Command(BaseCommand):
    """Makes the sample world once, and says how to sign in."""

    help = (
        "Make the sample world: an agency and a studio with accounts, customers and what they did, leads, and messages "
        "waiting for review. Made once; a second run only says how to sign in."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=SEED, help="another number makes other people and values")
        parser.add_argument("--as-of", default="", metavar="T", help="the moment it is made for: an ISO date or time")
        parser.add_argument("--force", action="store_true", help="make it beside data that is there already")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(
                "The sample world is not made with ENV=production: everybody in it has the same password. "
                "Try it on another machine, without ENV."
            )
        if is_there():
            self.stdout.write("The sample world is already there. Nothing was changed.")
            self._say_how_to_sign_in()
            return
        if holds_other_data() and not options["force"]:
            raise CommandError(
                "This database has data of its own, and the sample world would be mixed into it. "
                "Use another one (DATA_DIR=… or DATABASE_URL=…), or add --force."
            )
        try:
            made = make_world(seed=options["seed"], now=read_as_of(options["as_of"]))
        except WrongArguments as wrong:
            raise CommandError(str(wrong), returncode=2) from wrong
        except (StaffRefused, ContactsRefused, OutreachRefused, RetentionRefused) as refused:
            raise CommandError(f"The sample world was not made. {refused.sentence}") from refused
        self.stdout.write(
            f"The sample world is there: {made.accounts} accounts, {made.contacts} contacts, "
            f"{made.customers} customers with {made.events:,} events, {made.leads} leads, "
            f"{made.waiting} messages waiting for review, {made.sent} sent."
        )
        self._say_how_to_sign_in()

    def _say_how_to_sign_in(self) -> None:
        rows = [("User name", "Role", "Password"), *((one.username, one.role, DEMO_PASSWORD) for one in PEOPLE)]
        widths = [max(len(row[column]) for row in rows) for column in range(2)]
        table = [f"  {name:<{widths[0]}}  {role:<{widths[1]}}  {password}" for name, role, password in rows]
        self.stdout.write("\n".join(["", *table]))
