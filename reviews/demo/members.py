"""Who buys every month: the members of the studio, and the venues that use the agency's booking software."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from reviews.demo.days import Days
from reviews.demo.files import import_rows
from reviews.demo.habits import AGENCY, SOFTWARE, STUDIO, WINDOWS, Case, Diary, Trade, deal
from reviews.demo.people import AddressBook, plain
from reviews.demo.reading import read

MEMBERS, VENUES = 300, 60
#: Longer than events go back, so that what is usual is known for everybody who did not just come.
_LONG_AGO = WINDOWS * 30 + 10
_STUDIO_FORM = "Sign-up page of tidewater.example, box ticked"
_SLIPWAY_FORM = "Settings page of Slipway, box ticked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A customer with what they do. ``user_id`` is what the app calls them."""

    customer: str
    user_id: str
    email: str
    name: str
    case: Case
    trade: Trade
    price: int


class Roll:
    """Makes customers and imports them like a list of the billing system."""

    def __init__(self, *, seed: int, days: Days, book: AddressBook) -> None:
        self.random = Random(f"{seed} members")  # noqa: S311  sample data, no secrets
        self.days, self.book = days, book
        self.cases = [Case.of(row) for row in read("cases.toml")["case"]]
        self.words = read("slipway.toml")
        self.people: dict[int, list[dict[str, str]]] = {}
        self.customers: list[dict[str, Any]] = []
        self.members: list[Member] = []

    def sign_up(self) -> list[Member]:
        """Import 300 members of the studio, and 60 venues with one person each."""
        self._studio()
        import_rows("import_accounts", self._venues(), now=self.days.now)
        for ago, people in sorted(self.people.items(), reverse=True):
            # Whoever joined lately agreed then; everybody else when the form was new.
            import_rows("import_contacts", people, now=self.days.moment(ago, 12))
        import_rows("import_customers", self.customers, now=self.days.now)
        return self.members

    def companies(self, rows: Iterable[dict[str, Any]]) -> list[Member]:
        """The companies that buy from the agency and the studio already, with what they do."""
        calm = [case for case in self.cases if not (case.expect or case.churned or case.tier)]
        members = []
        for row in rows:
            if not row["churned_on"]:
                trade = STUDIO if row["plan"] in ("Company membership", "Twelve classes") else AGENCY
                members.append(
                    Member(
                        customer=row["external_id"],
                        user_id="",
                        email=row["email"],
                        name=row["name"],
                        case=self.random.choice(calm),
                        trade=trade,
                        price=row["mrr"],
                    )
                )
        return members

    def _studio(self) -> None:
        studio = self.words["studio"]
        for number, case in enumerate(deal(self.cases, MEMBERS, self.random), 1):
            country = "GB" if self.random.random() < 0.35 else self.random.choice(sorted(self.book.names))
            # Who booked by themselves has nobody to look after them; anybody may.
            owner = "priya" if number % 5 else ""
            mail = self.random.choice(studio["mail"])
            self._add(f"TS-M{number:03}", f"TS-C{number:03}", case, STUDIO, studio["plans"], country, mail, "", owner)

    def _venues(self) -> list[dict[str, str]]:
        names = [f"{first} {last}" for first in self.words["first"] for last in self.words["last"]]
        cases = deal(self.cases, VENUES, self.random)
        accounts = []
        for number, (name, case) in enumerate(zip(self.random.sample(names, VENUES), cases, strict=True), 1):
            owner = self.words["owners"][number % 2]
            domain = f"{plain(name).replace('.', '-')}.example"
            accounts.append(
                {
                    "external_id": f"SW-A{number:02}",
                    "name": name,
                    "domain": domain,
                    "industry": self.words["industry"],
                    "territory": self.words["territories"][number % 3],
                    "owner": owner,
                }
            )
            country = self.random.choice(("GB", "GB", "NL", "DE"))
            account = accounts[-1]["external_id"]
            self._add(
                f"SW-{number:03}",
                f"SW-C{number:02}",
                case,
                SOFTWARE,
                self.words["plans"],
                country,
                domain,
                account,
                owner,
            )
        return accounts

    def _add(
        self,
        customer: str,
        contact: str,
        case: Case,
        trade: Trade,
        plans: Sequence[Sequence[Any]],
        country: str,
        domain: str,
        account: str,
        owner: str,
    ) -> None:
        names = self.book.names[country]
        name = self.book.new_name(names, self.random)
        email = self.book.new_address(f"{plain(name)}@{domain}")
        plan, least, most = self.random.choices(plans, range(len(plans), 0, -1))[0]
        price = self.random.randint(least, most)
        since = self.days.ago(case.joined) if case.joined else self.days.ago(self.random.randint(_LONG_AGO, 1500))
        agreed = self.random.random()
        self.people.setdefault(case.joined or _LONG_AGO, []).append(
            {
                "external_id": contact,
                "name": name,
                "email": email,
                "phone": self.book.new_phone(names["phone"], self.random) if self.random.random() < 0.6 else "",
                "account": account,
                "timezone": names["timezone"],
                "locale": names["locale"],
                "consent_email": "yes" if agreed < 0.82 else "no" if agreed < 0.9 else "",
                "consent_sms": "yes" if agreed < 0.4 else "",
                "consent_source": _SLIPWAY_FORM if account else _STUDIO_FORM,
            }
        )
        self.customers.append(
            {
                "external_id": customer,
                "email": email,
                "name": name,
                "account": account,
                "since": since.isoformat(),
                "churned_on": self.days.ago(case.churned).isoformat() if case.churned else "",
                "plan": plan,
                "tier": case.tier
                or ("basic", "standard", "premium")[(price > (least + most) / 2) + (plan == plans[-1][0])],
                "mrr": price,
                "currency": "GBP",
                "renewal_on": "" if case.churned else self.days.ahead(self.random.randint(10, 330)).isoformat(),
                "owner": owner,
            }
        )
        self.members.append(
            Member(customer=customer, user_id=contact, email=email, name=name, case=case, trade=trade, price=price)
        )


def events_of(members: Iterable[Member], *, seed: int, days: Days) -> list[dict[str, Any]]:
    """What all of them did, as rows of a file of events."""
    rows = []
    for member in members:
        # One stream of chance for each, so that one customer more changes nothing about the others.
        random = Random(f"{seed} {member.customer} does")  # noqa: S311  sample data, no secrets
        diary = Diary(case=member.case, trade=member.trade, now=days.now, random=random, price=member.price)
        rows += [
            {
                "customer": member.customer,
                "name": deed.name,
                "occurred_at": deed.at.isoformat(),
                "message_id": f"{member.customer}-{number}",
                "properties": json.dumps(deed.properties) if deed.properties else "",
            }
            for number, deed in enumerate(diary.deeds())
        ]
    return rows
