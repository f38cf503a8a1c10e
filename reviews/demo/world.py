"""The sample world as a whole: made in one transaction, so that it is there or not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from contacts.models import Account, Address, ConsentRecord, Contact, Event, Identity, Suppression, Touch
from followups import services as followups
from followups.models import Lead, LeadTouch, OwnerNote
from outreach import services as outreach
from outreach import shipped
from outreach.models import Draft
from outreach.states import DraftStatus
from retention.models import Customer
from reviews.demo import risk
from reviews.demo.customers import import_customers
from reviews.demo.days import Days
from reviews.demo.hearing import hear_back
from reviews.demo.history import come_to_an_end, import_later_stages, live_through
from reviews.demo.leads import Teller, Told
from reviews.demo.members import Roll
from reviews.demo.people import AddressBook
from reviews.demo.playbooks import Season
from reviews.demo.reading import stories
from reviews.demo.staff import make_staff
from reviews.demo.wording import make_wording
from staff.models import AuditEntry
from staff.services import record

MADE = "reviews.make_sample_world"


@dataclass(slots=True)
class World:
    """How much of what there is, and the leads with their stories."""

    accounts: int = 0
    contacts: int = 0
    customers: int = 0
    leads: int = 0
    events: int = 0
    waiting: int = 0
    sent: int = 0
    told: list[Told] = field(default_factory=list, repr=False)


def is_there() -> bool:
    """Whether the sample world was made in this database."""
    return AuditEntry.objects.filter(action=MADE).exists()


def holds_other_data() -> bool:
    """Whether there is anything that a sample world would get mixed up with."""
    return any(model.objects.exists() for model in (Account, Contact, Lead, Customer))


@transaction.atomic
def make_world(*, seed: int, now: datetime) -> World:
    """Make everything. The same seed and the same moment give the same rows.

    Raises the refusals of the services it goes through, for instance when a user name is taken; then nothing is kept.
    """
    days = Days(now)
    users = make_staff()
    followups.install_default_cadence(now=now)
    outreach.install_shipped_templates(shipped=shipped.load(), now=now)
    make_wording(users["manager"])
    book = AddressBook(seed=seed, days=days, users=users)
    places = book.make_accounts()
    teller = Teller(seed=seed, days=days, book=book, places=places)
    teller.publish_material()
    told = teller.cast(stories())
    in_stories = len(book.people)
    book.fill_up(places)
    book.import_people()
    _let_the_planner_look()
    teller.tell(told)
    book.ask_the_others(in_stories)
    companies = import_customers(book, seed=seed, days=days)
    _let_the_planner_look()
    live_through(told, days)
    teller.import_touches((one, one.story.afterwards) for one in told)
    hear_back(told, book.people[in_stories:], days)
    import_later_stages(told, days)
    _sweep(now)
    come_to_an_end(told, days)
    _customers_behave(book, companies, seed=seed, days=days)
    # Once more, as the next sweep would: it sees who opted out and what was closed a moment ago.
    _sweep(now)
    record(
        action=MADE,
        actor=users["manager"],
        summary="Sample world made",
        detail={"seed": seed, "as_of": now.isoformat()},
    )
    return count_world(told)


def _customers_behave(book: AddressBook, companies: list[dict[str, Any]], *, seed: int, days: Days) -> None:
    """Those who buy every month join, and everybody who buys does what customers do, for half a year."""
    users = book.users
    roll = Roll(seed=seed, days=days, book=book)
    members = roll.sign_up()
    risk.behave([*members, *roll.companies(companies)], seed=seed, days=days)
    risk.connect_app(members, seed=seed, days=days, by=users["retention"])
    _let_the_planner_look()
    risk.value(days)
    season = Season(seed=seed, users=users, days=days)
    season.make_time()
    for weeks in risk.look_back(days):
        season.go_on(weeks)
    risk.be_there_twice(members, days=days, by=users["manager"])
    season.a_payment_fails()
    risk.catch_up(days)
    season.ask_to_call()
    season.today()
    risk.judge(days=days, by=users["retention"], owner=users["owner"])
    risk.try_a_model(days=days, by=users["retention"])


def count_world(told: list[Told] | None = None) -> World:
    """What there is now."""
    return World(
        accounts=Account.objects.count(),
        contacts=Contact.objects.count(),
        customers=Customer.objects.count(),
        leads=Lead.objects.count(),
        events=Event.objects.count(),
        waiting=Draft.objects.awaiting_review().count(),
        sent=Draft.objects.filter(status=DraftStatus.SENT).count(),
        told=told or [],
    )


def _let_the_planner_look() -> None:
    """Thousands of rows are new and not committed yet: without statistics the planner takes the tables for empty."""
    models = [
        Account,
        Address,
        ConsentRecord,
        Contact,
        Customer,
        Event,
        Identity,
        Lead,
        LeadTouch,
        OwnerNote,
        Suppression,
        Touch,
    ]
    names = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in models)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {names}")


def _sweep(now: datetime) -> None:
    for _ in followups.sweep(now=now):
        pass
