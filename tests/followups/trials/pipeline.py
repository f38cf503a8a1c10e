"""A folder of CRM files as it stood on any day: which deals were known then, and what was known about them.

The files (`accounts.csv`, `pipeline_with_contacts.csv`, `products.csv`, `sales_teams.csv`) tell when a deal was engaged
and when it closed, and nothing in between. On a day before its close a deal was open, so it is written as open. A deal
engaged later was not known. Deals without a day of engagement are prospects from the beginning: nobody wrote to them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

FILES = ("accounts.csv", "pipeline_with_contacts.csv", "products.csv", "sales_teams.csv")
COLUMNS = (
    "opportunity_id",
    "sales_agent",
    "regional_office",
    "account",
    "deal_stage",
    "engage_date",
    "value",
    "contact_email",
    "consent_email",
)
CLOSED = ("Won", "Lost")


@dataclass(frozen=True, slots=True)
class Deal:
    """One line of the pipeline. ``list_price`` is the product's: what an open deal may be worth."""

    id: str
    agent: str
    office: str
    account: str
    stage: str
    engaged_on: date | None
    closed_on: date | None
    value: str
    list_price: str
    email: str

    def is_known_on(self, day: date) -> bool:
        return self.engaged_on is None or self.engaged_on <= day

    def is_closed_on(self, day: date) -> bool:
        return self.stage in CLOSED and self.closed_on is not None and self.closed_on <= day

    def as_of(self, day: date, *, consent: str) -> dict[str, str]:
        """The row of an export made on that day."""
        closed = self.is_closed_on(day)
        open_stage = "Prospecting" if self.engaged_on is None else "Engaging"
        return {
            "opportunity_id": self.id,
            "sales_agent": self.agent,
            "regional_office": self.office,
            "account": self.account,
            "deal_stage": self.stage if closed else open_stage,
            "engage_date": "" if self.engaged_on is None else self.engaged_on.isoformat(),
            "value": self.value if closed and self.value else self.list_price,
            "contact_email": self.email,
            "consent_email": consent,
        }


class Pipeline:
    """All deals of the folder."""

    def __init__(self, folder: Path) -> None:
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            raise FileNotFoundError(f"{folder} lacks {', '.join(missing)}.")
        self.accounts_file = folder / "accounts.csv"
        offices = {row["sales_agent"]: row["regional_office"] for row in _rows(folder / "sales_teams.csv")}
        prices = {_plain(row["product"]): row["sales_price"] for row in _rows(folder / "products.csv")}
        self.deals = [
            Deal(
                id=row["opportunity_id"],
                agent=row["sales_agent"],
                office=offices.get(row["sales_agent"], ""),
                account=row["account"],
                stage=row["deal_stage"],
                engaged_on=_day(row["engage_date"]),
                closed_on=_day(row["close_date"]),
                value=row["close_value"],
                list_price=prices.get(_plain(row["product"]), ""),
                email=row["contact_email"],
            )
            for row in _rows(folder / "pipeline_with_contacts.csv")
        ]

    @cached_property
    def sectors(self) -> list[str]:
        return sorted({row["sector"] for row in _rows(self.accounts_file) if row["sector"]})

    def known_on(self, day: date) -> list[Deal]:
        return [deal for deal in self.deals if deal.is_known_on(day)]

    def changed_on(self, day: date) -> list[Deal]:
        """Deals engaged or closed on exactly this day."""
        return [deal for deal in self.deals if day in (deal.engaged_on, deal.closed_on)]


def write_export(path: Path, deals: Iterable[Deal], day: date, *, without_consent: Iterable[str] = ()) -> None:
    """An export of these deals as they stood on the day. The files say nothing of consent, so it is given here."""
    unknown = frozenset(without_consent)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(deal.as_of(day, consent="" if deal.id in unknown else "yes") for deal in deals)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _day(text: str) -> date | None:
    return datetime.strptime(text, "%m/%d/%Y").date() if text else None  # noqa: DTZ007  a day has no zone


def _plain(product: str) -> str:
    """“GTX Pro” and “GTXPro” are one product in these files."""
    return product.replace(" ", "").casefold()
