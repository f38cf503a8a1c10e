"""What reaches the sample world as files, as it does in real life: the customers, and the CRM's later word on some deals."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

from django.core.management import call_command

from contacts.states import AddressKind
from reviews.demo.days import Days
from reviews.demo.leads import Told
from reviews.demo.people import AddressBook

PLANS = {
    "agency": [("Care plan", 240, 900), ("Retainer", 1200, 4200)],
    "studio": [("Company membership", 180, 760), ("Twelve classes", 95, 240)],
}
TIERS = ("basic", "standard", "premium")


def import_customers(book: AddressBook, *, seed: int, days: Days) -> int:
    """The people at customer accounts, as the billing system lists them. Returns how many."""
    random = Random(f"{seed} customers")  # noqa: S311  sample data, no secrets
    rows = []
    for contact, place in book.made:
        if place.kind != "customer":
            continue
        plan, least, most = random.choice(PLANS[place.business])
        since = days.ago(random.randint(200, 1400))
        churned = random.random() < 0.12
        rows.append(
            {
                "external_id": f"CUST-{len(rows) + 1:03}",
                "name": contact.name,
                "email": contact.addresses.get(kind=AddressKind.EMAIL, is_primary=True).value,
                "account": place.account.external_id,
                "since": since.isoformat(),
                "churned_on": days.ago(random.randint(20, 120)).isoformat() if churned else "",
                "plan": plan,
                "tier": random.choice(TIERS),
                "mrr": random.randint(least, most),
                "currency": "GBP",
                "renewal_on": "" if churned else days.ahead(random.randint(15, 330)).isoformat(),
                "owner": place.row["owner"],
            }
        )
    _import("import_customers", rows)
    return len(rows)


def import_later_stages(told: Iterable[Told]) -> None:
    """A newer export of the CRM, in which some deals are decided."""
    _import(
        "import_leads",
        [
            {
                "external_id": one.lead.external_id,
                "email": one.lead.contact.addresses.get(kind=AddressKind.EMAIL, is_primary=True).value,
                "stage": one.story.becomes,
            }
            for one in told
            if one.story.becomes
        ],
    )


def _import(command: str, rows: list[dict[str, Any]]) -> None:
    """Hand the rows to an importer as a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        call_command(command, str(path), stdout=StringIO(), stderr=StringIO())
