"""Everything that may happen to a few messages, in any order, and what must hold after each step (promise R8).

The world is small on purpose: three contacts, two of whom share an address, so that everything soon meets everything.
Only the provider is ours. The machine keeps its own short account of who said what and what was approved, and never
asks the product about it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contacts import services as contacts
from contacts.models import Contact, SuppressionLift
from contacts.states import Channel, Consent
from outreach import channels, services
from outreach.channels import Outcome, Rejected, Sent, TryLater, Uncertain
from outreach.inbound.message import IncomingMessage
from outreach.models import Draft, Pause, Reply, SendingStop
from outreach.services.delivery import Claim
from outreach.states import DraftKind, DraftStatus, ReplyStatus
from staff.models import User
from tests.factories import make_user
from tests.outreach.promises.account import OwnAccount
from tests.outreach.promises.far_side import SAID, SAYINGS, Provider
from tests.outreach.world import make_contact, make_draft

BEGIN = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
THEIR_TIME = ZoneInfo("Europe/London")
ALL_PEOPLE = st.integers(0, 2)
HOLDS = st.sampled_from([timedelta(0), timedelta(minutes=1), timedelta(hours=2)])
_names = count(1)


class AnyOrder(OwnAccount, RuleBasedStateMachine):
    """The rules are what people, providers and the clock do; `delivered` is judged at every hand-over."""

    def __init__(self) -> None:
        super().__init__()
        self.frame = transaction.atomic()
        self.frame.__enter__()
        self.provider = Provider()
        self.their_hand_over = channels.hand_over
        channels.hand_over = self.provider.hand_over
        self.now = BEGIN
        self.people: list[Contact] = []
        self.owner: User = make_user("Account owner")
        self.boss: User = make_user("SDR manager")
        self.drafts: list[int] = []
        self.person_of: dict[int, int] = {}
        self.channel_of: dict[int, str] = {}
        self.remember_from_here()
        self.begun: list[Claim] = []

    @initialize()
    def begin(self) -> None:
        number = next(_names)
        for place in range(3):
            # The second and third are two records of one person: they share the mail address.
            shared = f"shared{number}@northlight.example" if place else f"alone{number}@northlight.example"
            self.people.append(make_contact(email=shared, phone=f"+4479110{number % 900 + 100:03d}{place:02d}"))

    def teardown(self) -> None:
        try:
            if self.people:
                self.nothing_is_lost()
        finally:
            channels.hand_over = self.their_hand_over
            transaction.set_rollback(True)
            self.frame.__exit__(None, None, None)

    # --- what staff do ---------------------------------------------------------------------------------------------

    @rule(person=ALL_PEOPLE, channel=st.sampled_from([Channel.EMAIL, Channel.EMAIL, Channel.SMS]), read=st.booleans())
    def write(self, person: int, channel: str, read: bool) -> None:
        """A draft comes into being; half of them are approved at once by whoever reads them."""
        if len(self.drafts) >= len(SAYINGS):
            return
        draft = make_draft(self.people[person], self.owner, channel=channel, due_at=self.now)
        # Every draft says something of its own, or the checks would stop the second one.
        body = draft.body.replace(SAID[Channel(channel)], SAYINGS[len(self.drafts)])
        draft = services.edit(
            draft_id=draft.pk, fingerprint=draft.fingerprint, subject=draft.subject, body=body, by=self.owner,
            now=self.now,
        )  # fmt: skip
        self.drafts.append(draft.pk)
        self.person_of[draft.pk], self.channel_of[draft.pk] = person, channel
        if read:
            self.decide(draft.pk, draft.fingerprint)

    @precondition(lambda self: self.drafts)
    @rule(data=st.data(), hold=HOLDS)
    def approve(self, data: st.DataObject, hold: timedelta) -> None:
        draft = self.pick(data)
        self.decide(draft.pk, draft.fingerprint, hold)

    @precondition(lambda self: self.approved)
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        draft_id = data.draw(st.sampled_from(sorted(self.approved)))
        try:
            back = services.take_back(draft_id=draft_id, by=self.owner, now=self.now)
        except services.Refused:
            return
        assert self.now < self.held_until[draft_id], "it was taken back when it might have left"
        self.allowed[draft_id] = self.allowed.get(draft_id, 1) - (back.status == DraftStatus.UNKNOWN)
        if back.status != DraftStatus.UNKNOWN:
            del self.approved[draft_id]

    @precondition(lambda self: self.drafts)
    @rule(data=st.data())
    def approve_what_was_seen_before_an_edit(self, data: st.DataObject) -> None:
        draft = self.pick(data)
        if draft.status != DraftStatus.AWAITING_REVIEW:
            return
        seen = draft.fingerprint
        self.edit_text(draft)
        try:
            services.approve(draft_id=draft.pk, fingerprint=seen, by=self.owner, now=self.now)
        except services.Refused:
            return
        raise AssertionError("a text was approved that nobody has seen")

    @precondition(lambda self: self.drafts)
    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        self.edit_text(self.pick(data))

    @precondition(lambda self: self.drafts)
    @rule(data=st.data())
    def suppress(self, data: st.DataObject) -> None:
        draft = self.pick(data)
        try:
            services.suppress_draft(
                draft_id=draft.pk, fingerprint=draft.fingerprint, by=self.owner, now=self.now, reason="Not now"
            )
        except services.Refused:
            return
        self.approved.pop(draft.pk, None)

    @rule(scope=st.sampled_from(["all", "email", "sms"]))
    def stop(self, scope: str) -> None:
        if scope in self.stopped:
            return
        services.stop_sending(scope=scope, by=self.owner, reason="Wait", now=self.now)
        self.stopped.add(scope)

    @precondition(lambda self: self.stopped)
    @rule()
    def lift_stops(self) -> None:
        for stop in SendingStop.objects.filter(lifted_at__isnull=True):
            services.lift_stop(stop_id=stop.pk, by=self.boss, reason="Go on", now=self.now)
        self.stopped.clear()

    @precondition(lambda self: self.drafts)
    @rule(data=st.data(), arrived=st.booleans(), hold=HOLDS)
    def settle_what_may_have_left(self, data: st.DataObject, arrived: bool, hold: timedelta) -> None:
        draft = self.pick(data)
        if draft.status != DraftStatus.UNKNOWN:
            return
        services.settle_unknown(
            draft_id=draft.pk, was_sent=arrived, send_again=not arrived, by=self.owner, now=self.now, reason="I looked",
            hold=hold,
        )  # fmt: skip
        if not arrived:
            self.held_until[draft.pk] = self.now + hold
            self.allowed[draft.pk] = self.allowed.get(draft.pk, 1) + 1

    # --- what they do ----------------------------------------------------------------------------------------------

    @precondition(lambda self: self.drafts)
    @rule(data=st.data())
    def opt_out_by_link(self, data: st.DataObject) -> None:
        draft = self.pick(data)
        done = services.unsubscribe(token=draft.unsubscribe_token, now=self.now)
        assert done is not None
        for person in self.same_address(self.person_of[draft.pk], draft.channel):
            self.refused.add(person)
            if not done.on_its_way:
                self.acknowledged.add(person)

    @rule(
        person=ALL_PEOPLE, words=st.sampled_from(["Please take me off your list", "STOP", "No more of these, please"])
    )
    def opt_out_in_words(self, person: int, words: str) -> None:
        self.receive(person, words)
        self.said_stop[person] = self.now
        self.refused.update(self.same_address(person, Channel.EMAIL))

    @rule(person=ALL_PEOPLE)
    def ask(self, person: int) -> None:
        self.receive(person, "Thank you. When do we start?")

    @rule(person=ALL_PEOPLE, channel=st.sampled_from([Channel.EMAIL, Channel.SMS]))
    def take_consent_back(self, person: int, channel: str) -> None:
        contacts.record_consent(
            contact=self.people[person], channel=channel, status=Consent.NO, source="A call", at=self.now
        )
        self.no_consent.add((person, channel))

    @rule(person=ALL_PEOPLE)
    def ask_for_quiet(self, person: int) -> None:
        until = self.now + timedelta(days=3)
        Pause.objects.create(contact=self.people[person], asked_at=self.now, until=until)
        self.quiet_until[person] = max(until, self.quiet_until.get(person, until))

    @rule(person=ALL_PEOPLE)
    def move_to_another_address(self, person: int) -> None:
        contacts.set_address(contact=self.people[person], kind="email", value=f"new{next(_names)}@elsewhere.example")
        self.moved.update(
            draft
            for draft in self.approved
            if self.person_of[draft] == person and self.channel_of[draft] == Channel.EMAIL
        )

    @rule(confirm=st.booleans())
    def decide_about_a_hold(self, confirm: bool) -> None:
        reply = Reply.objects.filter(status=ReplyStatus.HELD).order_by("pk").first()
        if reply is None or reply.contact is None:
            return
        if confirm:
            self.said_stop[self.people.index(reply.contact)] = self.now
            services.confirm_opt_out(reply_id=reply.pk, by=self.owner, note="", now=self.now)
            return
        services.release_hold(reply_id=reply.pk, by=self.owner, reason="They meant the meeting", now=self.now)
        for person, contact in enumerate(self.people):
            if not contact.active_suppressions.exists():
                assert SuppressionLift.objects.exists(), "a refusal went away and nobody lifted it"
                self.refused.discard(person)
                self.acknowledged.discard(person)

    # --- what workers, providers and the clock do ---------------------------------------------------------------------

    @rule(
        answer=st.sampled_from(
            [Sent("1"), Sent("1"), TryLater("Come back later."), Rejected("No."), Uncertain("The answer was lost.")]
        )
    )
    def deliver(self, answer: Outcome) -> None:
        self.provider.answer = answer
        for draft_id in Draft.objects.approved_due(self.now).values_list("pk", flat=True):
            self.hand_over_whole(draft_id)

    @precondition(lambda self: self.approved)
    @rule(data=st.data())
    def begin_to_send(self, data: st.DataObject) -> None:
        """A worker claims a message and dawdles before it hands it over."""
        draft_id = data.draw(st.sampled_from(sorted(self.approved)))
        if not Draft.objects.approved_due(self.now).filter(pk=draft_id).exists():
            return
        claimed = services.claim(draft_id, self.now)
        if isinstance(claimed, Claim):
            Draft.objects.filter(pk=draft_id).update(claimed_at=claimed.claimed_at)
            self.begun.append(claimed)

    @precondition(lambda self: self.begun)
    @rule()
    def crash_after_handing_over(self) -> None:
        """The worker dies with the message gone and nothing written down."""
        claimed = self.begun.pop(0)
        self.provider.answer = Sent("1")
        self.judge(claimed.draft_id, already_claimed=True)
        channels.hand_over(claimed.message)
        self.count(claimed.draft_id)

    @precondition(lambda self: self.begun)
    @rule()
    def crash_before_handing_over(self) -> None:
        self.begun.pop(0)

    @rule()
    def look_for_lost_sends(self) -> None:
        if not self.begun:
            services.mark_lost_sends(datetime.now(UTC) + timedelta(hours=1))

    @rule(hours=st.sampled_from([1, 5, 16, 30]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    # --- what must hold -------------------------------------------------------------------------------------------

    def hand_over_whole(self, draft_id: int) -> None:
        given = len(self.provider.given)
        services.deliver_one(draft_id, self.now)
        if len(self.provider.given) == given:
            return
        if draft_id not in self.person_of:
            self.judge_confirmation(draft_id)
            return
        self.judge(draft_id)
        if isinstance(self.provider.answer, (Sent, Uncertain)):
            self.count(draft_id)

    def judge(self, draft_id: int, *, already_claimed: bool = False) -> None:
        """A message is with the provider now. May it be?"""
        person, channel = self.person_of[draft_id], self.channel_of[draft_id]
        draft = Draft.objects.get(pk=draft_id)
        assert person not in self.acknowledged, "it left after they were told that nothing would"
        if already_claimed:
            return  # what happens between claim and hand-over is what the barrier is for
        assert person not in self.refused, "it left although they said stop"
        assert (person, channel) not in self.no_consent, "it left without consent"
        assert draft_id in self.approved, "nobody approved it"
        seen, at = self.approved[draft_id]
        assert draft.fingerprint == seen, "another text left than the one that was approved"
        assert at >= self.answered.get(person, at), "they had written back after the approval"
        assert not self.stopped & {"all", channel}, "sending was stopped"
        assert self.quiet_until.get(person, self.now) <= self.now, "they had asked for quiet"
        assert self.held_until.get(draft_id, self.now) <= self.now, "it left while its approval could be taken back"
        assert draft_id not in self.moved, "it went to an address that is not theirs any more"
        if channel == Channel.SMS:
            assert 8 <= self.now.astimezone(THEIR_TIME).hour < 21, "a text message left at night"

    def judge_confirmation(self, draft_id: int) -> None:
        """The one message that may follow an opt-out, and only one: it says that we stop, to who said so in words."""
        draft = Draft.objects.get(pk=draft_id)
        assert draft.kind == DraftKind.CONFIRMATION, "a message that nobody wrote"
        person = self.people.index(draft.contact)
        assert person in self.said_stop, "a confirmation of what they never said"
        assert person not in self.confirmed, "a second confirmation"
        assert self.now - self.said_stop[person] < timedelta(minutes=30), "a late confirmation"
        if isinstance(self.provider.answer, (Sent, Uncertain)):
            self.confirmed.add(person)

    def count(self, draft_id: int) -> None:
        self.left[draft_id] = self.left.get(draft_id, 0) + 1
        assert self.left[draft_id] <= self.allowed.get(draft_id, 1), "it left twice"
        person = self.person_of[draft_id]
        day = [at for at in self.departures.get(person, []) if at > self.now - timedelta(days=1)]
        assert not day or draft_id in self.allowed, "two messages to one person within a day"
        self.departures.setdefault(person, []).append(self.now)

    @invariant()
    def what_is_approved_was_approved(self) -> None:
        for draft in Draft.objects.filter(pk__in=self.drafts, status=DraftStatus.APPROVED):
            assert draft.pk in self.approved
            assert draft.approved_fingerprint == draft.fingerprint == self.approved[draft.pk][0]

    def nothing_is_lost(self) -> None:
        """Weeks later, with everything let go on: each message has left, or says where it stands and why."""
        self.lift_stops()
        self.begun.clear()
        self.provider.answer = Sent("1")
        services.mark_lost_sends(datetime.now(UTC) + timedelta(hours=1))
        # Claims carry the time on the wall, which may be months ahead of ours: caps would count them for all that time.
        Draft.objects.filter(pk__in=self.drafts, claimed_at__gt=self.now).update(claimed_at=self.now)
        for _ in range(12):
            self.now += timedelta(hours=27)
            services.look_again(now=self.now)
            self.deliver(Sent("1"))
        for draft in Draft.objects.filter(pk__in=self.drafts):
            assert draft.status not in (DraftStatus.SENDING, DraftStatus.APPROVED), draft.status_reason
            ended_quietly = draft.status in (DraftStatus.SUPPRESSED, DraftStatus.FAILED, DraftStatus.UNKNOWN)
            assert not ended_quietly or draft.status_reason, f"{draft.status} without a word"

    def pick(self, data: st.DataObject) -> Draft:
        return Draft.objects.get(pk=data.draw(st.sampled_from(self.drafts)))

    def decide(self, draft_id: int, fingerprint: str, hold: timedelta = timedelta(0)) -> None:
        try:
            services.approve(draft_id=draft_id, fingerprint=fingerprint, by=self.owner, now=self.now, hold=hold)
        except services.Refused:
            return
        self.approved[draft_id] = (fingerprint, self.now)
        self.held_until[draft_id] = self.now + hold
        self.moved.discard(draft_id)

    def edit_text(self, draft: Draft) -> None:
        saying = SAYINGS[self.drafts.index(draft.pk)]
        body = draft.body.replace(saying, f"{saying} So it is.", 1)
        try:
            services.edit(
                draft_id=draft.pk, fingerprint=draft.fingerprint, subject=draft.subject, body=body, by=self.owner,
                now=self.now,
            )  # fmt: skip
        except services.Refused:
            return
        self.approved.pop(draft.pk, None)

    def receive(self, person: int, words: str) -> None:
        contact = self.people[person]
        address = contact.addresses.get(kind="email", is_primary=True).value
        message = IncomingMessage(
            channel=Channel.EMAIL, sender=address, recipients=("us@ours.example",), text=words, at=self.now
        )
        services.receive_reply(message=message, draft=None, contact=contact, notice=None, now=self.now)
        self.answered[person] = self.now

    def same_address(self, person: int, channel: str) -> list[int]:
        """Whoever has this person's mail address now is the same person to us."""
        kind = "phone" if channel == Channel.SMS else "email"
        address = self.people[person].addresses.get(kind=kind, is_primary=True).value
        return [
            place for place, one in enumerate(self.people) if one.addresses.filter(kind=kind, value=address).exists()
        ]
