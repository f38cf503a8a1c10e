"""Leads and everything that happened with them, made from the stories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from contacts import services as contacts
from contacts.models import Contact
from contacts.states import SuppressionChannel, SuppressionReason, TouchKind
from followups import services as followups
from followups.models import Lead
from reviews.demo.days import Days
from reviews.demo.files import import_rows
from reviews.demo.people import AddressBook, Person, Place
from reviews.demo.reading import Story, TouchLine, read
from staff.models import User

#: Their trades have material (material.toml), so a quiet lead there has a reason that others do not have.
_WITH_MATERIAL = frozenset({"Hospitality", "Healthcare", "Hospitals", "Hotels"})
_EVENTS = ("Proposal Opened", "Page Viewed", "Pricing Viewed")
_NOTE_OF_STOP = {
    SuppressionReason.OPTED_OUT: ("Reply to an e-mail", "Please take me off your list."),
    SuppressionReason.EXPLICIT_NO: ("Phone call", "They do not want it and do not want to be asked again."),
    SuppressionReason.COMPLAINT: ("Report by the mail provider", "Marked a message as spam."),
    SuppressionReason.LEGAL: ("Letter from their lawyer", "No messages to anybody there until the matter is settled."),
    SuppressionReason.MANUAL: ("Manager", "Their new owners asked for quiet during the take-over."),
}


@dataclass(slots=True, kw_only=True)
class Told:
    """A lead with its story. ``shift`` is how many days further back than written the story lies."""

    story: Story
    place: Place
    person: Person
    owner: User
    shift: int
    topic: str
    lead: Lead = field(init=False)


class Teller:
    """Turns stories into leads, their touches, events, notes and pauses."""

    def __init__(self, *, seed: int, days: Days, book: AddressBook, places: list[Place]) -> None:
        self.random = Random(f"{seed} leads")  # noqa: S311  sample data, no secrets
        self.days = days
        self.book = book
        self.places = places
        self.used: Counter[int] = Counter()
        self.words = read("words.toml")
        self.next_words: Counter[str] = Counter()
        self.numbers: Counter[str] = Counter()

    def publish_material(self) -> None:
        """What was published for some trades."""
        for row in read("material.toml")["material"]:
            published = self.days.moment(row["published"], 9)
            valid = row.get("valid_for")
            followups.create_asset(
                title=row["title"],
                link=row["link"],
                industries=row["industries"],
                published_at=published,
                valid_until=(published + timedelta(days=valid)).date() if valid else None,
                by=self.book.by,
            )

    def cast(self, stories: Iterable[Story]) -> list[Told]:
        """Who is in the stories: an account, a person and an owner for every lead."""
        told = []
        for story in stories:
            shared: dict[str, Any] = {}
            for _ in range(story.leads):
                place = shared.get("place") or self._place(story)
                person = shared.get("person") or self._person(story, place, shared)
                if story.together:
                    shared["place"] = place
                if story.together == "person":
                    shared["person"] = person
                told.append(
                    Told(
                        story=story,
                        place=place,
                        person=person,
                        owner=self._owner(story, place),
                        shift=self.random.randint(0, story.spread),
                        topic=self._word(place.business, "topics"),
                    )
                )
        return told

    def tell(self, told: list[Told]) -> None:
        """Make the leads and all that happened up to now, but for what the sweeps of the past did."""
        for number, one in enumerate(told):
            self.book.allow(one.person, one.story.consent)
            one.lead = self._lead(one)
            self._happen(one, number)
        self.import_touches((one, one.story.touches) for one in told)

    def import_touches(self, said: Iterable[tuple[Told, Iterable[TouchLine]]]) -> None:
        """What was said and sent, as one file."""
        import_rows(
            "import_touches", [row for one, lines in said for row in self._touches(one, lines)], now=self.days.now
        )

    def _happen(self, one: Told, number: int) -> None:
        story, contact = one.story, one.person.contact
        for days in story.events:
            at = self.days.moment(days, self.random.randint(9, 16), self.random.randint(0, 59))
            contacts.record_event(contact=contact, name=_EVENTS[(number + days) % len(_EVENTS)], occurred_at=at)
        for days in story.notes:
            text = self._word(one.place.business, "notes")
            followups.add_note(lead=one.lead, text=text, by=one.owner, now=self.days.moment(days, 8, 30))
        if story.paused_in is not None:
            until = self.days.now + timedelta(days=story.paused_in) if story.paused_in else None
            at = self.days.moment(3, 9)
            followups.pause(lead=one.lead, until=until, reason=story.pause_reason, by=one.owner, now=at)
        if story.bounced:
            self.book.bounce(one.person, at_days_ago=8)
        if story.stopped:
            self._stop(one, contact)

    def _touches(self, one: Told, lines: Iterable[TouchLine]) -> Iterator[dict[str, str]]:
        """The touches of a lead as rows, in order and at working hours."""
        before: datetime | None = None
        for line in lines:
            at = self.days.moment(line.days + one.shift, self.random.randint(8, 16), self.random.randint(0, 59))
            if before is not None and at <= before:
                at = before + timedelta(minutes=40)
            before = at
            away = line.kind == TouchKind.OUT_OF_OFFICE and one.story.back_in is not None
            yield {
                "lead": one.lead.external_id,
                "at": at.isoformat(),
                "direction": line.direction,
                "channel": line.channel,
                "kind": line.kind,
                "summary": self._summary(one, line.line),
                "returns_on": self.days.ahead(one.story.back_in or 0).isoformat() if away else "",
            }

    def _summary(self, one: Told, line: str) -> str:
        question = self._word(one.place.business, "questions") if line == "question" else ""
        return self._word("lines", line).format(topic=one.topic, question=question)

    def _word(self, section: str, name: str) -> str:
        """The next entry of a list, so that neighbours differ."""
        words: list[str] = self.words[section][name]
        key = f"{section} {name}"
        if key not in self.next_words:
            self.next_words[key] = self.random.randrange(len(words))
        self.next_words[key] += 1
        return words[self.next_words[key] % len(words)]

    def _place(self, story: Story) -> Place:
        """The fitting account with the fewest leads so far."""
        fitting = [
            place for place in self.places if _fits(place, story.where) and story.owner in ("", place.row["owner"])
        ]
        fewest = min(self.used[place.account.pk] for place in fitting)
        place = self.random.choice([place for place in fitting if self.used[place.account.pk] == fewest])
        self.used[place.account.pk] += 1
        return place

    def _person(self, story: Story, place: Place, shared: dict[str, Any]) -> Person:
        phone: str | bool | None = None
        if story.consent == "sms":
            phone = True
        elif story.bounced or story.loses_address or story.consent == "no address":
            phone = False
        elif story.together == "phone":
            phone = shared.setdefault("phone", self.book.phone_of(place))
        person = self.book.add_person(place, email=story.consent != "no address", phone=phone, mistyped=story.mistyped)
        if story.locale:
            person.row["locale"] = story.locale
        if story.asleep:
            person.row["timezone"] = self.days.zone_at_night()
        return person

    def _owner(self, story: Story, place: Place) -> User:
        owner = self.book.users[place.row["owner"]]
        if story.other_owner:
            others = [self.book.users[name] for name in ("owner", "tobias", "priya") if self.book.users[name] != owner]
            return self.random.choice(others)
        return owner

    def _lead(self, one: Told) -> Lead:
        story, place = one.story, one.place
        business = self.words[place.business]
        prefix = "HP" if place.business == "agency" else "TS"
        self.numbers[prefix] += 1
        least, most = business["value"]
        value = most * Decimal("1.3") if story.large else Decimal(self.random.randint(least // 10, most // 10) * 10)
        currency = "GBP" if place.business == "studio" or place.account.territory == "UK and Ireland" else "EUR"
        if story.worth:
            amount, currency = story.worth.split()
            value = Decimal(amount)
        territories = sorted({p.account.territory for p in self.places if p.business == place.business})
        ours = place.account.territory
        elsewhere = next(name for name in territories if name != ours)
        planned = story.next_step_ago is not None or story.next_step_in is not None

        def ago(days: int | None) -> Any:
            return None if days is None else self.days.ago(days + one.shift)

        return followups.create_lead(
            external_id=f"{prefix}-L{self.numbers[prefix]:03}",
            contact=one.person.contact,
            account=place.account,
            owner=None if story.unowned else one.owner,
            stage=story.stage,
            territory=elsewhere if story.elsewhere else ours,
            priority=story.priority or self.random.choice(["", "normal", "normal", "high"]),
            value=value,
            currency=currency,
            source=f"{business['name']}: {self.random.choice(business['sources'])}",
            next_step=self._word(place.business, "next_steps") if planned else "",
            next_step_on=ago(story.next_step_ago)
            if story.next_step_in is None
            else self.days.ahead(story.next_step_in),
            quote_sent_on=ago(story.quote_ago),
            proposal_sent_on=ago(story.proposal_ago),
            expires_on=ago(story.expires_ago),
            future_fit=story.future_fit,
            recycle_on=None if story.recycle_in is None else self.days.ahead(story.recycle_in),
            strategic=story.strategic,
            by=one.owner,
        )

    def _stop(self, one: Told, contact: Contact) -> None:
        source, note = _NOTE_OF_STOP[SuppressionReason(one.story.stopped)]
        whole_account = one.story.stopped in (SuppressionReason.LEGAL, SuppressionReason.MANUAL)
        contacts.suppress(
            account=one.place.account if whole_account else None,
            contact=None if whole_account else contact,
            channel=SuppressionChannel.ALL,
            reason=one.story.stopped,
            at=self.days.moment(9, 14),
            source=source,
            note=note,
            by=self.book.by if whole_account else one.owner,
        )


def _fits(place: Place, where: str) -> bool:
    """Whether a story that wants ``where`` may happen at this account."""
    if where in ("customer", "legal", "manual", "won"):
        return place.kind == where
    if place.kind:
        return False
    if where == "material":
        return place.account.industry in _WITH_MATERIAL
    return where != "plain" or place.account.industry not in _WITH_MATERIAL
