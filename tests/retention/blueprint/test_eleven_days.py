"""The studio blueprint, played through eleven days by its real parts: events in, scores, sweeps, reviewers, messages
out to servers of ours, a concierge on the phone. Only the clock is ours.

Three missed classes in 28 days and below their own baseline: SMS within 8 hours, e-mail 36 hours later, push on day 5
for those who use the app, a call on day 10 for high value (mission.md 3.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pytest_django import Settings

from contacts import services as contacts
from contacts.models import Arrival, Event
from contacts.states import Channel, Consent
from outreach import services as outreach
from outreach.models import Call, Draft
from outreach.states import CallOutcome, CallStatus, DraftStatus
from retention.models import Customer, CustomerValue, Enrolment, PlaybookVersion, StepRun, WorkCapacity
from retention.rules.experiments.draw import draw
from retention.services import playbooks, refresh_all_due
from retention.services.enrolling import sweep
from retention.states import Arm, EnrolmentEnd, EnrolmentStatus, ModelStatus, StepOutcome, ValueTier
from staff.models import User
from tests.factories import make_team, make_user
from tests.outreach.channels.browser import Browser, push_key
from tests.outreach.channels.far_side import FarSide
from tests.outreach.channels.far_side import running as far_side_running
from tests.outreach.sink import Sink
from tests.outreach.sink import running as sink_running
from tests.retention.filling import kinds

pytestmark = pytest.mark.django_db

#: A Tuesday at nine in the morning, UTC. In London it is ten, in San Francisco two at night.
START = datetime(2026, 4, 14, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
LONDON, SAN_FRANCISCO = "Europe/London", "America/Los_Angeles"
#: step → from and to which hour after the start it may reach somebody
WINDOWS = {1: (0, 8), 2: (36, 60), 3: (120, 144), 4: (240, 288)}
#: step → the hours of their day at which it may reach them. An e-mail wakes nobody up.
HOURS = {1: (8, 21), 2: (0, 24), 3: (8, 21), 4: (9, 18)}


@dataclass(frozen=True)
class Role:
    """Somebody in this story. ``back_on``: so many days after the start they book again."""

    name: str
    tier: ValueTier
    app: bool
    arm: Arm = Arm.TREATED
    zone: str = LONDON
    back_on: float | None = None


ANA = Role("Ana Alvarez", ValueTier.HIGH, app=True)
BEN = Role("Ben Brown", ValueTier.HIGH, app=False)
CLEO = Role("Cleo Carter", ValueTier.MIDDLE, app=True)
DANA = Role("Dana Diaz", ValueTier.HIGH, app=False, zone=SAN_FRANCISCO)
ELI = Role("Eli Evans", ValueTier.HIGH, app=True, back_on=6.0)
FAY = Role("Fay Fisher", ValueTier.HIGH, app=True, arm=Arm.HOLDOUT)
ROLES = (ANA, BEN, CLEO, DANA, ELI, FAY)


@dataclass
class Studio:
    """Everything that takes part, and what came of it."""

    version: PlaybookVersion
    owner: User
    concierge: User
    sink: Sink
    pushes: FarSide
    sms_folder: Path
    customers: dict[str, Customer] = field(default_factory=dict)

    def of(self, role: Role) -> Customer:
        return self.customers[role.name]

    def enrolment(self, role: Role) -> Enrolment:
        return Enrolment.objects.get(customer=self.of(role))

    def drafts(self, role: Role) -> dict[int, Draft]:
        """By the position of the step."""
        runs = StepRun.objects.filter(enrolment__customer=self.of(role), draft__isnull=False)
        return {run.step.position: run.draft for run in runs.select_related("step", "draft") if run.draft is not None}

    def outcomes(self, role: Role) -> dict[int, str]:
        return dict(StepRun.objects.filter(enrolment__customer=self.of(role)).values_list("step__position", "outcome"))


@pytest.fixture
def studio(settings: Settings, tmp_path: Path) -> Iterator[Studio]:
    folder = tmp_path / "sms"
    settings.BOOKING_URL = "https://studio.example/book"
    settings.SMS_URL, settings.PUBLIC_URL = str(folder), "https://studio.example"
    settings.VAPID_PRIVATE_KEY, settings.PUSH_TO_THIS_MACHINE = push_key(), True
    settings.SEND_TIMEOUT_SECONDS = 5
    sink = Sink()
    with sink_running(sink) as mail_url, far_side_running() as pushes:
        settings.EMAIL_URL, pushes.status = mail_url, 201
        team = make_team("Studio")
        owner, concierge = make_user("Account owner", team=team), make_user("Concierge", team=team)
        for user, kind in ((owner, "review"), (concierge, "call")):
            WorkCapacity.objects.create(user=user, kind=kind, minutes_a_day=240, weekdays=[1, 2, 3, 4, 5, 6, 7])
        made = Studio(_blueprint(), owner, concierge, sink, pushes, folder)
        for role in ROLES:
            made.customers[role.name] = _somebody(role, made)
        yield made


def _blueprint() -> PlaybookVersion:
    """The one that comes with Rekindle, put in force."""
    draft = PlaybookVersion.objects.get(playbook__name="studio-rebook", status=ModelStatus.DRAFT)
    return playbooks.publish(version=draft, reason="For the studio", by=None, now=START - HOUR)


def _somebody(role: Role, studio: Studio) -> Customer:
    """A customer with a history, drawn into the arm of their role."""
    experiment = studio.version.experiment
    number = 0
    while True:
        number += 1
        key = f"{role.name}-{number}"
        contact = contacts.create_contact(name=role.name, external_id=key)
        customer = Customer.objects.create(external_id=key, contact=contact, since=LONG_AGO.date(), owner=studio.owner)
        if draw(experiment.salt, customer.pk, experiment.holdout_percent) == role.arm:
            break
    phone = (
        f"+1415555{1000 + customer.pk % 1000}" if role.zone == SAN_FRANCISCO else f"+44117496{customer.pk % 10000:04}"
    )
    contacts.set_address(contact=contact, kind="email", value=f"{role.name.split()[0].lower()}@people.example")
    contacts.set_address(contact=contact, kind="phone", value=phone)
    for channel in (Channel.SMS, Channel.EMAIL, Channel.PUSH, Channel.CALL):
        contacts.record_consent(contact=contact, channel=channel, status=Consent.YES, source="Desk", at=LONG_AGO)
    if role.app:
        browser = Browser()
        outreach.register_subscription(
            contact=contact, endpoint=f"{studio.pushes.url}/{customer.pk}", p256dh=browser.p256dh, auth=browser.auth,
            now=START - DAY,
        )  # fmt: skip
    CustomerValue.objects.create(
        customer=customer, month=datetime(2026, 4, 1, tzinfo=UTC).date(), monthly_revenue=Decimal(120),
        clv=Decimal(2000), currency="USD", tier=role.tier, months=6, computed_at=START - DAY,
    )  # fmt: skip
    known = kinds()
    history = [("class_attended", float(day)) for day in range(-115, -25, 4)]
    history += [("app_opened", -40.0)] if role.app else []
    history += [("booking_missed", -20.0), ("booking_missed", -12.0), ("booking_missed", -0.05)]
    Event.objects.bulk_create(_event(customer, known[name], START + day * DAY) for name, day in history)
    Arrival.objects.create(contact_ids=[contact.pk], due_at=LONG_AGO)
    return customer


def _event(customer: Customer, name: tuple[int, int], at: datetime) -> Event:
    return Event(
        contact_id=customer.contact_id, name_id=name[0], kind=name[1], occurred_at=at, received_at=at, properties={}
    )


def _played(studio: Studio, every: timedelta) -> None:
    """Eleven days: what happens reaches us, the sweep runs, people read and call, and messages leave."""
    now, before = START, START - every
    while now <= START + 11 * DAY + 12 * HOUR:
        for role in ROLES:
            if role.back_on is not None and before < START + role.back_on * DAY <= now:
                _event(studio.of(role), kinds()["booking_made"], START + role.back_on * DAY).save()
                Arrival.objects.create(contact_ids=[studio.of(role).contact_id], due_at=LONG_AGO)
        refresh_all_due(now=now)
        sweep(now=now)
        _read_by_reviewers(studio, now)
        outreach.deliver_due(now=now, limit=100)
        _called(studio, now)
        before, now = now, now + every


def _read_by_reviewers(studio: Studio, now: datetime) -> None:
    """The owner approves what waits, at any hour. Eli's push is left lying: whether it leaves is what is asked."""
    waiting = Draft.objects.awaiting_review().exclude(contact=studio.of(ELI).contact, channel=Channel.PUSH)
    for draft in waiting:
        outreach.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=studio.owner, now=now)


def _called(studio: Studio, now: datetime) -> None:
    """The concierge makes whatever call may be made at this hour."""
    for call in Call.objects.waiting().filter(due_at__lte=now):
        if outreach.why_not_call(call, now) is None:
            outreach.keep_outcome(
                call_id=call.pk, outcome=CallOutcome.REACHED, note="Comes next week.", minutes=9, by=studio.concierge,
                now=now,
            )  # fmt: skip


@pytest.mark.parametrize("every", [6 * HOUR, pytest.param(HOUR / 2, marks=pytest.mark.trial)])
def test_the_studio_blueprint_through_eleven_days(studio: Studio, every: timedelta) -> None:
    _played(studio, every)

    # Who got what: everybody treated the SMS and the e-mail, users of the app the push, high value the call.
    sent = {role.name: {place for place, one in studio.drafts(role).items() if one.status == "sent"} for role in ROLES}
    assert sent == {
        ANA.name: {1, 2, 3}, BEN.name: {1, 2}, CLEO.name: {1, 2, 3}, DANA.name: {1, 2}, ELI.name: {1, 2},
        FAY.name: set(),
    }  # fmt: skip
    assert sorted(to for _, [to] in studio.sink.envelopes) == [
        f"{name}@people.example" for name in ("ana", "ben", "cleo", "dana", "eli")
    ]
    assert len(studio.pushes.asked) == 2
    assert len(list(studio.sms_folder.rglob("*.*"))) == 5

    # Each touch inside its window, and never at a quiet hour of theirs.
    for role in ROLES:
        enrolment = studio.enrolment(role)
        assert enrolment.started_at == START
        touches = [(place, one.sent_at) for place, one in studio.drafts(role).items() if one.status == "sent"]
        touches += [(4, one.done_at) for one in Call.objects.filter(contact=studio.of(role).contact)]
        for place, at in touches:
            assert at is not None
            earliest, latest = WINDOWS[place]
            assert START + earliest * HOUR <= at <= START + latest * HOUR, (role.name, place, at)
            there = at.astimezone(ZoneInfo(role.zone))
            opens, closes = HOURS[place]
            assert opens <= there.hour < closes, (role.name, place, there)
    # In San Francisco it was night when hers was written: it waited, and came in time all the same.
    first = studio.drafts(DANA)[1]
    assert first.sent_at is not None
    assert first.sent_at >= START + 6 * HOUR

    # The goal on day 6 stops it: what waited is taken back, and nobody calls.
    stopped = studio.enrolment(ELI)
    assert (stopped.status, stopped.end) == (EnrolmentStatus.ENDED, EnrolmentEnd.GOAL)
    assert stopped.ended_at is not None
    assert START + 6 * DAY <= stopped.ended_at <= START + 6 * DAY + every
    assert studio.drafts(ELI)[3].status == DraftStatus.WITHDRAWN
    assert studio.outcomes(ELI) == {1: StepOutcome.DRAFTED, 2: StepOutcome.DRAFTED, 3: StepOutcome.WITHDRAWN}

    # Who is held out gets nothing at all.
    held = studio.enrolment(FAY)
    assert (held.status, held.arm) == (EnrolmentStatus.HELD_OUT, Arm.HOLDOUT)
    assert not Draft.objects.filter(contact=held.contact).exists()
    assert not StepRun.objects.filter(enrolment=held).exists()

    # A concierge calls only those of high value who did not come back.
    calls = {call.contact.name: call.status for call in Call.objects.select_related("contact")}
    assert calls == dict.fromkeys((ANA.name, BEN.name, DANA.name), CallStatus.DONE)
    assert studio.outcomes(CLEO)[4] == StepOutcome.SKIPPED
    assert studio.outcomes(BEN)[3] == StepOutcome.SKIPPED
