"""A world of customers written to the database in a few statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection
from django.db.models import Max

from contacts.ingest.kinds import particulars
from contacts.models import Arrival, Contact, Event, EventName
from retention.models import Customer, Score
from retention.rules.history import Happening, History
from tests.retention.worlds import Person

COLUMNS = (
    "contact_id", "name_id", "kind", "value", "occurred_at", "received_at", "machine", "flag", "currency", "reference",
    "properties",
)  # fmt: skip


def kinds() -> dict[str, tuple[int, int]]:
    """key of a name → (id, kind)"""
    return {key: (pk, kind or 0) for key, pk, kind in EventName.objects.values_list("key", "pk", "kind")}


def fill(people: Sequence[Person]) -> None:
    """Customers with a contact each, and their events."""
    start = (Contact.objects.aggregate(most=Max("pk"))["most"] or 0) + 1
    Contact.objects.bulk_create(Contact(pk=start + place, name=one.key) for place, one in enumerate(people))
    Customer.objects.bulk_create(
        Customer(external_id=one.key, contact_id=start + place, since=one.since, churned_on=one.churned_on)
        for place, one in enumerate(people)
    )
    known = kinds()
    with connection.cursor() as cursor, cursor.copy(f"COPY contacts_event ({', '.join(COLUMNS)}) FROM STDIN") as copy:
        for place, one in enumerate(people):
            for event in one.events:
                number, kind = known[event.name]
                read = particulars(kind, event.properties)
                copy.write_row(
                    (start + place, number, kind, read.value, event.at, event.at, False, "", "", read.reference, "{}")
                )


def clear() -> None:
    with connection.cursor() as cursor:
        for model in (Event, Arrival, Score, Customer, Contact):
            cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608  our own names


def histories(keys: Iterable[str]) -> dict[str, History]:
    """What the database says these customers did, as rules read it."""
    found: dict[str, list[Happening]] = {key: [] for key in keys}
    customers = dict(Customer.objects.filter(external_id__in=found).values_list("contact_id", "external_id"))
    since = dict(Customer.objects.filter(external_id__in=found).values_list("external_id", "since"))
    events = Event.objects.filter(contact_id__in=customers, kind__gt=0)
    for contact, kind, at, value, reference in events.values_list(
        "contact_id", "kind", "occurred_at", "value", "reference"
    ):
        found[customers[contact]].append(Happening(kind, at, value, reference))
    return {key: History(tuple(happenings), since[key]) for key, happenings in found.items()}
