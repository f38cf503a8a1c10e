"""The customers, as the billing system lists them."""

from __future__ import annotations

from random import Random
from typing import Any

from reviews.demo.days import Days
from reviews.demo.files import import_rows
from reviews.demo.people import AddressBook

_PLANS = {
    "agency": [("Care plan", 240, 900), ("Retainer", 1200, 4200)],
    "studio": [("Company membership", 180, 760), ("Twelve classes", 95, 240)],
}
_TIERS = ("basic", "standard", "premium")


def import_customers(book: AddressBook, *, seed: int, days: Days) -> list[dict[str, Any]]:
    """Everybody at the customer accounts buys something; a few stopped. Returns what was imported."""
    random = Random(f"{seed} customers")  # noqa: S311  sample data, no secrets
    rows: list[dict[str, Any]] = []
    for person in book.people:
        if person.place.kind != "customer":
            continue
        plan, least, most = random.choice(_PLANS[person.place.business])
        churned = random.random() < 0.12
        rows.append(
            {
                "external_id": f"CUST-{len(rows) + 1:03}",
                "name": person.row["name"],
                "email": person.row["email"],
                "account": person.row["account"],
                "since": days.ago(random.randint(200, 1400)).isoformat(),
                "churned_on": days.ago(random.randint(20, 120)).isoformat() if churned else "",
                "plan": plan,
                "tier": random.choice(_TIERS),
                "mrr": random.randint(least, most),
                "currency": "GBP",
                "renewal_on": "" if churned else days.ahead(random.randint(15, 330)).isoformat(),
                "owner": person.place.row["owner"],
            }
        )
    import_rows("import_customers", rows, now=days.now)
    return rows
