"""A small studio: some people stop coming, some come back, and a playbook is for those at high risk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from contacts import services as contacts
from contacts.models import Arrival, Event
from contacts.states import Channel, Consent, EventKind
from retention.models import Customer, CustomerValue, PlaybookVersion
from retention.services import playbooks
from retention.states import ValueTier
from tests.retention.filling import kinds
from tests.retention.playbooks.making import approved

FIRST, LAST = date(2026, 4, 1), date(2026, 4, 30)
START = datetime(2026, 4, 1, tzinfo=UTC)
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)

#: Name → (days from the start on which they come, by what, tier). Days before the start are negative.
PEOPLE: dict[str, tuple[Sequence[float], ValueTier]] = {
    "comes all the time": (tuple(range(-120, 30, 3)), ValueTier.MIDDLE),
    "stays away": (tuple(range(-120, -22, 3)), ValueTier.HIGH),
    "stays away, cheap": (tuple(range(-120, -22, 3)), ValueTier.LOW),
    "stops in the month": (tuple(range(-120, -6, 3)), ValueTier.MIDDLE),
    "comes back on day 6": ((*range(-120, -22, 3), 6.3, 9.3, 12.4, 15.1, 18.2, 21.2, 24.2, 27.2), ValueTier.HIGH),
    "comes back late": ((*range(-120, -25, 3), 19.55), ValueTier.MIDDLE),
    "never came": ((), ValueTier.NONE),
}

STEPS: list[dict[str, Any]] = [
    {"name": "Book again", "purpose": "friction", "channel": "sms", "earliest_hours": 0, "latest_hours": 8},
    {"name": "A tip", "purpose": "education", "channel": "email", "earliest_hours": 36, "latest_hours": 72},
    {
        "name": "In the app", "purpose": "proof", "channel": "push", "earliest_hours": 120, "latest_hours": 144,
        "audience": "app_users",
    },
    {
        "name": "A call", "purpose": "human", "channel": "call", "earliest_hours": 240, "latest_hours": 288,
        "audience": "high_value",
    },
]  # fmt: skip


def make_people() -> dict[str, Customer]:
    """Everybody, with consent to everything and what they are worth, and no event yet."""
    made = {}
    for number, (name, (_, tier)) in enumerate(PEOPLE.items()):
        contact = contacts.create_contact(
            name=name, email=f"k{number}@studio.example", phone=f"+4411749{70000 + number}", external_id=f"S{number}"
        )
        for channel in (Channel.EMAIL, Channel.SMS, Channel.CALL):
            contacts.record_consent(
                contact=contact, channel=channel, status=Consent.YES, source="At the desk", at=LONG_AGO
            )
        made[name] = Customer.objects.create(
            external_id=f"S{number}", contact=contact, since=LONG_AGO.date(), plan="monthly"
        )
        if tier != ValueTier.NONE:
            CustomerValue.objects.create(
                customer=made[name], month=FIRST, monthly_revenue=Decimal(60), clv=Decimal(900), currency="USD",
                tier=tier, months=6, computed_at=START,
            )  # fmt: skip
    return made


def happened(people: dict[str, Customer], after: datetime | None, until: datetime) -> int:
    """What they did after one moment and up to another reaches us; the news of it lies waiting."""
    name, kind = kinds()["class_attended"]
    events = [
        Event(
            contact_id=customer.contact_id, name_id=name, kind=kind, occurred_at=START + timedelta(days=day),
            received_at=START + timedelta(days=day), properties={},
        )
        for who, customer in people.items()
        for day in PEOPLE[who][0]
        if (after is None or START + timedelta(days=day) > after) and START + timedelta(days=day) <= until
    ]  # fmt: skip
    Event.objects.bulk_create(events)
    if events:
        Arrival.objects.create(contact_ids=sorted({one.contact_id for one in events}), due_at=LONG_AGO)
    return len(events)


def make_version(mode: str = "shadow", holdout: int = 12, **changes: Any) -> PlaybookVersion:
    """A draft for those at high risk, with four steps."""
    for channel in ("sms", "email", "push"):
        approved(f"studio-{channel}", (channel,))
    made = playbooks.create_playbook(name="studio", title="Studio", by=None)
    return playbooks.edit_version(
        version=made,
        changes={
            "bands": ["high", "medium"],
            "goal": "They come again",
            "goal_kinds": [EventKind.CLASS_ATTENDED],
            "assumed_uplift": "3.5",
            "uplift_source": "The seed.",
            "pilot_most": 100,
            "lasts_days": 14,
            "cooldown_days": 60,
            "mode": mode,
            **changes,
        },
        steps=[{**one, "angle": f"studio-{one['channel']}"} if one["channel"] != "call" else {**one, "script": "Hi."}
               for one in STEPS],
        experiment={"question": "Do they come again?", "holdout_percent": holdout} if holdout else None,
        by=None,
    )  # fmt: skip
