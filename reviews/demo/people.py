"""Accounts, the people there, what they allowed and what they refused."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

from contacts import services
from contacts.models import Account, Contact
from contacts.states import AddressKind, Channel, Consent, SuppressionChannel, SuppressionReason
from reviews.demo.days import Days
from reviews.demo.files import import_rows
from reviews.demo.reading import read
from staff.models import User

ADDRESS_BOOK = 400
_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "å": "a", "ä": "ae", "ö": "oe", "ü": "ue"}
)

#: Where an answer about consent comes from, as its proof.
_FORMS = {
    "agency": ("Contact form of harbourpine.example, box ticked", "Trade fair, card signed at the stand"),
    "studio": ("Open day, list signed at the desk", "Booking page of tidewater.example, box ticked"),
}
_ON_THE_PHONE = "Told us on the phone, noted by the owner"


@dataclass(frozen=True, slots=True)
class Place:
    """An account and what the data file says about it."""

    account: Account
    row: dict[str, Any]

    @property
    def business(self) -> str:
        return str(self.row["business"])

    @property
    def kind(self) -> str:
        """What the account is there for; empty for most."""
        return str(self.row.get("for", ""))


@dataclass(slots=True)
class Person:
    """Somebody at an account, as a row of the file they are imported from; ``contact`` is there once that is done."""

    place: Place
    row: dict[str, str]
    contact: Contact = field(init=False)


class AddressBook:
    """Makes accounts and people, each name and number once."""

    def __init__(self, *, seed: int, days: Days, users: dict[str, User]) -> None:
        self.random = Random(f"{seed} people")  # noqa: S311  sample data, no secrets
        self.days = days
        self.users = users
        self.by = users["manager"]
        self.names = read("people.toml")
        self.taken: set[str] = set()
        self.people: list[Person] = []

    def make_accounts(self) -> list[Place]:
        """All accounts of both businesses, each with its owner."""
        places = []
        for name in ("agency", "studio"):
            for row in read(f"accounts/{name}.toml")["account"]:
                account = services.create_account(
                    external_id=row["id"],
                    name=row["name"],
                    domain=row["domain"],
                    industry=row["industry"],
                    territory=row["territory"],
                    owner=self.users[row["owner"]],
                    strategic=row.get("strategic", False),
                    by=self.by,
                )
                places.append(Place(account, row))
        return places

    def add_person(
        self, place: Place, *, email: bool = True, phone: str | bool | None = None, mistyped: bool = False
    ) -> Person:
        """Somebody at an account. ``phone`` is a number, or whether there is one; None leaves it to chance.

        ``mistyped`` gives an address that looks right and that no mail can be sent to.
        """
        country = self._country(place)
        names = self.names[country]
        name = self.new_name(names, self.random)
        local = "jørgen.åsen" if mistyped else plain(name)
        address = self.new_address(f"{local}@{place.account.domain}")
        if phone is None:
            phone = self.random.random() < 0.7
        person = Person(
            place,
            {
                "external_id": f"C-{len(self.people) + 1:04}",
                "name": name,
                "email": address if email else "",
                "phone": phone
                if isinstance(phone, str)
                else self.new_phone(names["phone"], self.random)
                if phone
                else "",
                "account": place.account.external_id,
                "timezone": names["timezone"],
                "locale": names["locale"],
                "preferred_channel": self.random.choice(["", "", "", Channel.EMAIL.value, Channel.CALL.value]),
            },
        )
        self.people.append(person)
        return person

    def fill_up(self, places: list[Place]) -> None:
        """More people at every account until the book is full."""
        while len(self.people) < ADDRESS_BOOK:
            self.add_person(places[len(self.people) % len(places)])

    def import_people(self) -> None:
        """Import everybody as one file."""
        import_rows("import_contacts", [person.row for person in self.people], now=self.days.now)
        contacts = {contact.external_id: contact for contact in Contact.objects.select_related("account")}
        for person in self.people:
            person.contact = contacts[person.row["external_id"]]

    def allow(self, person: Person, answer: str) -> None:
        """Take down what a lead's contact said: ``yes``, ``no`` (to e-mail), ``sms`` (only that), or nothing."""
        form = self.random.choice(_FORMS[person.place.business])
        wanted = {"yes": [(Channel.EMAIL, Consent.YES)], "no": [(Channel.EMAIL, Consent.NO)]}.get(answer, [])
        if answer == "sms" or (answer == "yes" and self.random.random() < 0.25):
            wanted = [*wanted, (Channel.SMS, Consent.YES)]
        at = self.days.moment(self.random.randint(95, 340), self.random.randint(8, 16), self.random.randint(0, 59))
        for channel, status in wanted:
            source = form if channel == Channel.EMAIL else _ON_THE_PHONE
            services.record_consent(
                contact=person.contact, channel=channel, status=status, source=source, at=at, by=self.by
            )

    def ask_the_others(self, asked: int) -> None:
        """Everybody after the first ``asked``: some agreed, some refused, most never said."""
        for number, person in enumerate(self.people[asked:]):
            self.allow(person, self.random.choices(["yes", "no", "sms", "unknown"], [50, 8, 7, 35])[0])
            self._refuse_now_and_then(person, number)

    def _refuse_now_and_then(self, person: Person, number: int) -> None:
        contact = person.contact
        at = self.days.moment(self.random.randint(10, 200), 11)
        if number % 25 == 0:
            services.suppress(
                contact=contact, channel=SuppressionChannel.ALL, reason=SuppressionReason.OPTED_OUT, at=at,
                source="Reply to an e-mail", note="Please take me off your list.", by=self.by,
            )  # fmt: skip
        elif number % 60 == 1:
            services.suppress(
                contact=contact, channel=Channel.EMAIL, reason=SuppressionReason.COMPLAINT, at=at,
                source="Report by the mail provider", by=self.by,
            )  # fmt: skip
        elif number % 45 == 2:
            self.bounce(person, at_days_ago=self.random.randint(10, 90))
        elif number % 90 == 3:
            suppression = services.suppress(
                contact=contact, channel=Channel.EMAIL, reason=SuppressionReason.MANUAL, at=at,
                source="Review", note="Wanted a break until the new year.", by=self.by,
            )  # fmt: skip
            services.lift_suppression(
                suppression=suppression, reason="They asked to hear from us again.", by=self.by,
                at=self.days.moment(5, 10),
            )  # fmt: skip

    def bounce(self, person: Person, *, at_days_ago: int) -> None:
        """Their mail address turned out not to exist."""
        services.suppress(
            address=(AddressKind.EMAIL, person.row["email"]),
            channel=Channel.EMAIL,
            reason=SuppressionReason.HARD_BOUNCE,
            at=self.days.moment(at_days_ago, 12),
            source="Mail server",
        )

    def phone_of(self, place: Place) -> str:
        """A number nobody has yet."""
        return self.new_phone(self.names[self._country(place)]["phone"], self.random)

    def _country(self, place: Place) -> str:
        """Most people are from where the account is, some from elsewhere."""
        return str(place.row["country"]) if self.random.random() < 0.72 else self.random.choice(sorted(self.names))

    def new_name(self, names: dict[str, Any], random: Random) -> str:
        """A name nobody has yet, as far as there are any left."""
        for _ in range(200):
            name = f"{random.choice(names['first'])} {random.choice(names['family'])}"
            if name not in self.taken:
                break
        self.taken.add(name)
        return name

    def new_address(self, address: str) -> str:
        """The address, or the first numbered one like it that nobody has."""
        local, _, domain = address.partition("@")
        free = next(one for n in count(1) if (one := f"{local}{n if n > 1 else ''}@{domain}") not in self.taken)
        self.taken.add(free)
        return free

    def new_phone(self, pattern: str, random: Random) -> str:
        """A number nobody has yet."""
        for _ in range(5000):
            number = re.sub("#", lambda _match: str(random.randint(0, 9)), pattern)
            if number not in self.taken:
                break
        self.taken.add(number)
        return number


def plain(name: str) -> str:
    """A name as the part of a mail address before the @."""
    letters = unicodedata.normalize("NFKD", name.translate(_LETTERS)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z]+", ".", letters.lower()).strip(".")
