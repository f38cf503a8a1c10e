"""Messages before their reviewer, made as they are made in life: a lead goes quiet, and the sweep drafts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from contacts import services as contacts
from contacts.models import Account
from contacts.states import Channel, Consent
from followups import services as followups
from outreach import services as outreach
from outreach.models import Draft
from outreach.states import DraftStatus
from staff.models import Team, User
from tests.factories import make_team, make_user

NOW = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
_numbers = count(1)


def make_owner(team: Team | None = None, **fields: Any) -> User:
    return make_user("Account owner", team=team, **fields)


def make_manager(team_name: str = "") -> User:
    """An SDR manager, who may decide about every team's messages."""
    manager = make_user("SDR manager")
    make_team(team_name, manager=manager)
    return manager


def make_account() -> Account:
    number = next(_numbers)
    return contacts.create_account(external_id=f"account-{number}", name=f"Northlight {number}")


def make_item(
    owner: User | None = None,
    *,
    name: str = "Marta Lindqvist",
    account: Account | None = None,
    value: int = 5000,
    now: datetime = NOW,
) -> Draft:
    """A draft that waits for review: the quote of its lead has had no answer for two weeks. Without an owner the lead
    had one when the draft was written, who has left since."""
    number = next(_numbers)
    writer = owner or make_owner()
    contact = contacts.create_contact(
        name=name,
        email=f"person{number}@northlight.example",
        # Not one that tests/outreach/world.py gives away: whoever shares a number is taken for the same person.
        phone=f"+4411749{65000 + number}",
        account=account or make_account(),
    )
    for channel in (Channel.EMAIL, Channel.SMS):
        contacts.record_consent(
            contact=contact,
            channel=channel,
            status=Consent.YES,
            source="A form on our site",
            at=now - timedelta(days=60),
        )
    lead = followups.create_lead(
        external_id=f"lead-{number}",
        contact=contact,
        owner=writer,
        stage="proposal",
        value=Decimal(value),
        currency="EUR",
        quote_sent_on=(now - timedelta(days=14)).date(),
    )
    list(followups.sweep(now=now, lead_ids=[lead.pk]))
    draft = Draft.objects.get(attempt__lead=lead)
    if owner is None:
        writer.delete()
        draft.refresh_from_db()
    return draft


def make_unsettled(owner: User, *, now: datetime = NOW) -> Draft:
    """A message whose sending broke off: it may have left or not."""
    draft = make_item(owner, now=now)
    outreach.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner, now=now)
    # What a worker leaves behind that is killed between its claim and the provider's answer.
    Draft.objects.filter(pk=draft.pk).update(status=DraftStatus.SENDING, claimed_at=now)
    outreach.mark_lost_sends(now + timedelta(hours=1))
    draft.refresh_from_db()
    return draft


def make_undelivered(owner: User, *, now: datetime = NOW) -> Draft:
    """A message that the provider turned down."""
    draft = make_item(owner, now=now)
    outreach.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner, now=now)
    # What delivery writes down when the mail server refuses the message.
    Draft.objects.filter(pk=draft.pk).update(status=DraftStatus.FAILED, claimed_at=now, status_reason="Mailbox full.")
    draft.refresh_from_db()
    return draft
