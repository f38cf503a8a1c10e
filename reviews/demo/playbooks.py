"""Playbooks: one that has run for weeks beside a holdout, one for failed payments, one that had to stop."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from contacts.models import Contact
from contacts.services import record_consent
from contacts.states import Channel, Consent
from outreach import services as outreach
from outreach.models import Draft
from outreach.rules.writing import Points
from outreach.states import DraftStatus, Flow
from retention.models import Customer, Experiment, Playbook
from retention.rules.experiments.draw import draw
from retention.services import enrolling, experiments, playbooks
from retention.services.capacity import add_absence, set_capacity
from retention.states import Arm, ModelStatus, WorkKind
from reviews import services as reviews
from reviews.demo.days import Days
from reviews.demo.files import import_rows
from staff.models import User

NUDGE, COMMUNITY, PAYMENTS = "soft-nudge", "community", "friction-removal"
#: So many weeks ago each was published.
_BEGAN = {6: NUDGE, 3: COMMUNITY}
#: Pilots are kept small.
_MOST = {NUDGE: 40, COMMUNITY: 12, PAYMENTS: 40}
_WHY = {
    NUDGE: "The pilot that we agreed on: members who have been quiet for a while, beside a holdout.",
    COMMUNITY: "Try whether an invitation to meet the others does more than another reminder.",
    PAYMENTS: "Failed payments should not wait for somebody to find the time.",
}
#: In the afternoon in Europe it is morning in America, so that most people may be written to.
_HOUR = 15
#: The e-mail of the nudge follows two days after its text message.
_LATER = timedelta(hours=49)
_OPTED_OUT = 3
#: From so many weeks ago on somebody read the experiments.
_READ = 2
_WORKDAYS = (1, 2, 3, 4, 5)
_MINUTES = (("owner", WorkKind.REVIEW, 30), ("priya", WorkKind.REVIEW, 45), ("concierge", WorkKind.CALL, 120))
_AGREED = "Asked at the desk, noted by Lucía Ferrer"


class Season:
    """What happened with playbooks, week by week, through the same services as today."""

    def __init__(self, *, seed: int, users: Mapping[str, User], days: Days) -> None:
        self.seed, self.users, self.days = seed, users, days

    def make_time(self) -> None:
        """Who has how much time for what; somebody is away next week."""
        boss = self.users["retention"]
        for name, kind, minutes in _MINUTES:
            set_capacity(user=self.users[name], kind=kind, minutes_a_day=minutes, weekdays=_WORKDAYS, by=boss)
        add_absence(
            user=self.users["priya"], first_on=self.days.ahead(5), last_on=self.days.ahead(9), reason="Away",
            by=boss, now=self.days.now,
        )  # fmt: skip

    def go_on(self, weeks: int) -> None:
        """One week, so many weeks ago: who is let in, what is sent, what comes of it. Does nothing before the first."""
        if weeks > max(_BEGAN) or not weeks:
            return
        started = self.days.moment(7 * weeks, _HOUR)
        if weeks in _BEGAN:
            self._publish(_BEGAN[weeks], started)
        for at in (started, started + _LATER):
            enrolling.sweep(now=at)
            self._send(at)
        if _BEGAN.get(weeks) == COMMUNITY:
            self._some_opt_out(started + timedelta(hours=4))
        if weeks <= _READ:
            experiments.read_all(now=started + _LATER + timedelta(hours=2))

    def today(self) -> None:
        """A payment has just failed. What the sweep of this moment puts before people is left to them."""
        now = self.days.now
        self._publish(PAYMENTS, now - timedelta(hours=1))
        experiments.read_all(now=now)
        enrolling.sweep(now=now)

    def a_payment_fails(self) -> None:
        """Three minutes ago, for somebody who may be written to and of whom nothing else is wrong."""
        calm = Customer.objects.filter(
            external_id__startswith="TS-", churned_on=None, score__total__lt=15, enrolments=None, owner__isnull=False
        )
        phone = Contact.objects.filter(
            consents__channel=Channel.SMS, consents__status=Consent.YES, addresses__kind="phone", suppressions=None
        )
        salt, percent = self._lot(PAYMENTS), Experiment._meta.get_field("holdout_percent").get_default()
        found = calm.filter(contact__in=phone).order_by("external_id")
        # Whom the lot leaves alone would get nothing, and nothing would be there to see.
        someone = next((one for one in found if draw(salt, one.pk, percent) == Arm.TREATED), None)
        if someone is not None:
            at = self.days.now - timedelta(minutes=3)
            row = {"customer": someone.external_id, "name": "Payment Failed", "occurred_at": at.isoformat()}
            import_rows("import_events", [row | {"message_id": "just-failed"}], now=self.days.now)

    def ask_to_call(self) -> None:
        """Two customers of high value would like a call: the concierge sees them first."""
        now = self.days.now
        found = Customer.objects.filter(
            churned_on=None, values__tier="high", score__band__in=("medium", "high"),
            contact__addresses__kind="phone", contact__suppressions=None,
        )  # fmt: skip
        for number, customer in enumerate(found.distinct().order_by("-score__total", "external_id")[:2]):
            record_consent(
                contact=customer.contact, channel=Channel.CALL, status=Consent.YES, source=_AGREED,
                at=self.days.moment(30, 11), by=self.users["concierge"],
            )  # fmt: skip
            outreach.ask_for_call(
                contact_id=customer.contact_id,
                owner_id=self.users["concierge"].pk,
                why="They come much less than they used to, and said that they like to be called.",
                script="Say who you are.\nAsk which days are possible now.\nName two times on those days.",
                priority_reasons=[Points(200 - number, "High risk")],
                due_at=now - timedelta(hours=2),
                latest_at=now + timedelta(days=2),
                flow=Flow.PLAYBOOK,
                now=now,
            )

    def _publish(self, name: str, at: datetime) -> None:
        playbook = Playbook.objects.get(name=name)
        draft = playbook.versions.get(status=ModelStatus.DRAFT)
        draft = playbooks.edit_version(version=draft, changes={"pilot_most": _MOST[name]}, by=self.users["retention"])
        # Every installation draws by lots of its own. Those of a sample world are the same for the same seed.
        Experiment.objects.filter(version=draft).update(salt=self._lot(name))
        playbooks.publish(version=draft, reason=_WHY[name], by=self.users["retention"], now=at)

    def _lot(self, name: str) -> str:
        return f"{self.seed} {name}"

    def _send(self, at: datetime) -> None:
        """The manager reads what waits for a person, and everything leaves that may at that hour."""
        mine = Draft.objects.filter(flow=Flow.PLAYBOOK)
        for number, draft in enumerate(mine.filter(status=DraftStatus.AWAITING_REVIEW).order_by("pk")):
            moment = at + timedelta(minutes=5, seconds=20 * number)
            with suppress(outreach.Refused):
                reviews.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=self.users["manager"], now=moment)
        for draft_id in mine.filter(status=DraftStatus.APPROVED).order_by("pk").values_list("pk", flat=True):
            outreach.deliver_one(draft_id, at + timedelta(hours=1))

    def _some_opt_out(self, at: datetime) -> None:
        """Three of those who were invited want no mail any more: more than the guardrail lets pass."""
        sent = Draft.objects.filter(
            flow=Flow.PLAYBOOK, status=DraftStatus.SENT, step_run__step__version__playbook__name=COMMUNITY
        )
        for draft in sent.exclude(unsubscribe_token="").order_by("pk")[:_OPTED_OUT]:
            outreach.unsubscribe(token=draft.unsubscribe_token, now=at)
