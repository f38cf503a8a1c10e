"""A quarter of silence, day by day: a CRM's deals come in, a cadence for one territory writes, people decide.

Everything goes through the commands and services that serve in earnest. Only the people are made up, and each of them
follows a fixed rule, so that every run is the same run.
"""

from __future__ import annotations

import io
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from django.core.management import call_command

from followups import measures, services
from followups.models import CadenceVersion, IntakeCase, Lead, SimulationRow
from followups.rules.measures import Rate
from followups.services import intake
from followups.states import CLOSED_STAGES, Disposition, StepKind
from outreach import services as outreach
from outreach.gates import near_repeat
from outreach.inbound.message import IncomingMessage
from outreach.models import Draft
from outreach.states import DraftStatus, ReplyStatus, Severity
from reviews import services as reviews
from staff.models import User
from staff.services import set_roles
from staff.states import Role
from tests.followups.trials.left import (
    TERRITORY,
    entered_at,
    reasons_used_twice,
    was_done_within,
    without_an_end,
    written_to_after_a_stop,
)
from tests.followups.trials.pipeline import Deal, Pipeline, write_export

CADENCE = "central"
#: One in so many, of leads or of messages.
NO_CONSENT_ONE_IN, NOTE_ONE_IN, ANSWER_ONE_IN, PUT_OFF_ONE_IN, WAIVED_ONE_IN = 25, 6, 10, 15, 15
PUT_OFF_FOR = timedelta(days=21)
#: How long the source gives a pilot (000_, “Minimum viable pilot”).
PILOT = timedelta(days=30)
MORNING, NOON = time(8, tzinfo=UTC), time(15, tzinfo=UTC)
ANSWERS = {
    "answer": "Hello, sorry for the delay. The board said yes on Monday, and I will send you three dates tomorrow.",
    "question": "Good morning, does the price include the training, and when could your people come?",
    "no": "Thank you, but no: we are not interested any more. We went with somebody else.",
    "opt_out": "Hello, who gave you my address? Please take me off your list.",
    "away": "Thank you for your message. I am out of the office and will be back on {back}.",
}
#: What an owner writes who finds that the message says nearly what the last one did.
OWN_WORDS = (
    "Since I wrote to you there is something newer. The part about costs made me think of our talk in the autumn, and "
    "I would begin with it:"
)
#: In this order, again and again.
ANSWERED_WITH = ("answer", "away", "question", "opt_out", "answer", "no")
Say = Callable[[str], None]


@dataclass
class Told:
    """What came of the run.

    ``curve`` is the disposition rate day by day as measured when the last day was over, ``silent`` how many leads fell
    silent, ``ends`` how they stood then (the key is a disposition, “handed back” or “open”), ``open`` since how many
    days those without an end had been silent, ``open_later`` who has none after the days without new deals.
    """

    curve: list[measures.Day] = field(default_factory=list)
    simulated: int = 0
    simulated_otherwise: list[str] = field(default_factory=list)
    did: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    silent: int = 0
    prospects: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    open: list[int] = field(default_factory=list)
    within_30_days: tuple[int, int] = (0, 0)
    won_after_no_response: int = 0
    outcomes: list[measures.Outcomes] = field(default_factory=list)
    repeated: list[tuple[int, str]] = field(default_factory=list)
    after_a_stop: int = 0
    open_later: list[str] = field(default_factory=list)
    open_later_on: date | None = None


class Quarter:
    """The run. ``first`` is the day on which the cadence is published, ``last`` the last one that is swept."""

    def __init__(self, folder: Path, scratch: Path, first: date, last: date, say: Say = lambda line: None) -> None:
        self.pipeline, self.scratch = Pipeline(folder), scratch
        self.first, self.last, self.say = first, last, say
        self.told = Told()
        self.to_come: dict[date, list[tuple[int, str]]] = {}
        self.manager = User.objects.create(username="manager", name="Sales operations", is_superuser=True)
        self.unclear = [deal.id for deal in self.pipeline.deals if one_in(NO_CONSENT_ONE_IN, "consent", deal.id)]

    def run(self) -> Told:
        """Set up, live through every day, and look back."""
        call_command("import_accounts", str(self.pipeline.accounts_file), "--map", "external_id=account",
                     "name=account", "industry=sector", stdout=io.StringIO(), stderr=io.StringIO())  # fmt: skip
        self._take_in(self.pipeline.known_on(self.first), self.first)
        self.version = self._publish_after_a_trial()
        for day in days(self.first, self.last):
            if day > self.first:
                self._take_in(self.pipeline.changed_on(day), day)
            self._live(day)
            if day.day in (1, 15):
                self.say(f"{day}: {self._rate(day).words} of {self._rate(day).total} silent leads have an end")
        self._look_back()
        return self.told

    def run_on(self, until: date) -> Told:
        """Live on without new deals and without news from the CRM, to see that everybody's follow-up does end."""
        for day in days(self.last + timedelta(days=1), until):
            self._live(day)
            self.told.open_later, self.told.open_later_on = without_an_end(), day
            if not self.told.open_later:
                break
        self.told.repeated = reasons_used_twice()
        return self.told

    def _rate(self, day: date) -> Rate:
        scope, period = measures.Scope(cadence=self.version.cadence_id), measures.Period(self.first, day)
        return measures.no_response_disposition_rate(scope, period, now=end_of(day))

    def _look_back(self) -> None:
        told, now = self.told, end_of(self.last)
        scope, period = measures.Scope(cadence=self.version.cadence_id), measures.Period(self.first, self.last)
        told.curve = measures.disposition_curve(scope, period, now=now)
        told.outcomes = [
            one for one in measures.outcomes_of_messages(scope, period, now=now) if one.by in ("all", "step")
        ]
        entered, ended = entered_at(), without_an_end()
        told.silent = len(entered)
        told.prospects = Lead.objects.filter(territory=TERRITORY, stage="new", last_touch_at=None).count()
        for lead in Lead.objects.filter(pk__in=entered):
            told.ends[lead.disposition or ("open" if lead.external_id in ended else "handed back")] += 1
            if lead.external_id in ended:
                told.open.append((self.last - entered[lead.pk].date()).days)
        told.open.sort()
        old = [pk for pk, moment in entered.items() if moment <= now - PILOT]
        told.within_30_days = (sum(was_done_within(pk, entered[pk], PILOT) for pk in old), len(old))
        told.won_after_no_response = Lead.objects.filter(
            territory=TERRITORY, stage="won", disposition=Disposition.NO_RESPONSE
        ).count()
        told.repeated = reasons_used_twice()
        told.after_a_stop = written_to_after_a_stop()

    # --- the company ------------------------------------------------------------------------------------------------

    def _take_in(self, deals: list[Deal], day: date) -> None:
        """The nightly export of the CRM, and accounts for whoever is new among its sellers."""
        if not deals:
            return
        path = self.scratch / "export.csv"
        write_export(path, deals, day, without_consent=self.unclear)
        call_command(
            "import_leads", str(path), "--map", "external_id=opportunity_id", "owner=sales_agent", "stage=deal_stage",
            "email=contact_email", "last_touch_at=engage_date", "territory=regional_office",
            "--stage-map", "Engaging=qualified", "Prospecting=new", "Won=won", "Lost=lost",
            "--set", "consent_source=Made up for this run", "--create-owners",
            "--as-of", at(day, time(1, tzinfo=UTC)).isoformat(), stdout=io.StringIO(), stderr=io.StringIO(),
        )  # fmt: skip
        for user in User.objects.filter(is_active=False):
            User.objects.filter(pk=user.pk).update(is_active=True)
            set_roles(user=user, roles=[Role.ACCOUNT_OWNER])

    def _publish_after_a_trial(self) -> CadenceVersion:
        """The cadence for one territory: a copy of the shipped one, tried on the leads of the day, then published."""
        draft = services.clone_cadence(
            base=services.published_version(),
            name=CADENCE,
            changes={"segment_territories": [TERRITORY], "allow_existing_customers": True},
            by=self.manager,
            description=f"Silent leads of {TERRITORY}.",
        )
        now = at(self.first, NOON)
        simulation = services.request_simulation(version=draft, as_of=now, by=self.manager, now=now)
        services.run_simulation(simulation_id=simulation.pk, clock=lambda: now)
        self.expected = {
            row.lead_id: (row.decision, row.reasons, row.step)
            for row in SimulationRow.objects.filter(simulation=simulation, concerned=True)
        }
        return services.publish_version(version=draft, by=self.manager, now=now)

    def _compare(self, swept: list[services.Swept]) -> None:
        """The first sweep against what was simulated."""
        for row in swept:
            if row.lead_id in self.expected:
                self.told.simulated += 1
                found = (row.decision.kind.value, "|".join(row.decision.reasons), row.decision.step)
                if self.expected[row.lead_id] != found:
                    self.told.simulated_otherwise.append(row.external_id)

    # --- a day ------------------------------------------------------------------------------------------------------

    def _live(self, day: date) -> None:
        now = at(day, NOON)
        self._publish_material(day)
        self._write_notes(day)
        self._hear(day)
        self.told.did["came back from being put off"] += len(services.wake_recycled(now=at(day, MORNING)))
        swept = self._sweep(now)
        if day == self.first:
            self._compare(swept)
        self._clear_up(now)
        self._review(day, now)
        delivered = outreach.deliver_due(now=now, limit=100_000)
        self.told.did["messages sent"] += delivered.sent
        for kind in ("held", "refused", "failed"):
            if number := getattr(delivered, kind):
                self.told.did[f"messages {kind}"] += number
        self._plan_answers(day)
        services.note_what_happened(now=now + timedelta(minutes=1))

    def _sweep(self, now: datetime) -> list[services.Swept]:
        """All leads of the territory on Mondays and at either end; in between those that are not closed for good.

        A closed lead is decided about like any other and nothing follows from it, which once a week shows too.
        """
        leads = Lead.objects.filter(territory=TERRITORY)
        if now.weekday() != 0 and now.date() not in (self.first, self.last):
            leads = leads.exclude(disposition__in=[Disposition.NO_RESPONSE, Disposition.DOCUMENTED])
            leads = leads.exclude(last_touch_at=None)
        return list(services.sweep(now=now, lead_ids=list(leads.values_list("pk", flat=True))))

    def _publish_material(self, day: date) -> None:
        """Every Monday a guide for two sectors, so that each sector gets one every few weeks."""
        if day.weekday() != 0:
            return
        sectors, week = self.pipeline.sectors, (day - self.first).days // 7
        for turn in (2 * week, 2 * week + 1):
            sector = sectors[turn % len(sectors)]
            services.create_asset(
                title=f"What changed in {sector} in {day:%B %Y}",
                link=f"https://ours.example/guides/{sector}-{day:%Y-%m-%d}",
                industries=[sector],
                published_at=at(day, MORNING),
                valid_until=day + timedelta(days=60),
                by=self.manager,
            )

    def _write_notes(self, day: date) -> None:
        """On the fourth day of silence, one owner in a few knows something about the lead, and writes it down."""
        silent_since = day - timedelta(days=4)
        for lead in Lead.objects.filter(
            territory=TERRITORY, last_touch_at__date=silent_since, owner__isnull=False
        ).exclude(stage__in=CLOSED_STAGES):
            if one_in(NOTE_ONE_IN, "note", lead.external_id) and lead.owner is not None:
                text = f"Their budget for the new year is decided in the week of {day + timedelta(days=14):%-d %B}."
                services.add_note(lead=lead, text=text, by=lead.owner, now=at(day, MORNING))

    def _clear_up(self, now: datetime) -> None:
        """Intake: every second one can be asked and agrees; who cannot is dropped with that reason."""
        again = []
        for case in IntakeCase.objects.filter(status="open", lead__territory=TERRITORY).select_related("lead"):
            if case.reasons == ["consent_unclear"] and one_in(2, "proof", case.lead.external_id):
                intake.prove_consent(
                    case_id=case.pk, channel="email", source="Asked on the phone by the owner",
                    on=now.date(), by=self.manager, now=now,
                )  # fmt: skip
                again.append(case.lead_id)
                self.told.did["intake: consent proved"] += 1
            else:
                intake.drop(case_id=case.pk, reason="Nobody could be asked.", by=self.manager, now=now)
                self.told.did[f"intake: dropped ({', '.join(case.reasons)})"] += 1
        if again:
            list(services.sweep(now=now, lead_ids=again))

    def _review(self, day: date, now: datetime) -> None:
        """The owners go through their queues."""
        waiting = Draft.objects.awaiting_review().filter(attempt__lead__territory=TERRITORY, due_at__lte=now)
        for draft in waiting.select_related("owner", "attempt__lead"):
            lead, owner = draft.attempt.lead, draft.owner or self.manager
            closing = draft.attempt.kind == StepKind.CLOSE_LOOP
            if closing and one_in(PUT_OFF_ONE_IN, "put off", lead.external_id) and not lead.recycled:
                services.close_out(
                    lead=lead, disposition=Disposition.RECYCLE, reason="They decide after their stock count.",
                    recycle_on=day + PUT_OFF_FOR, by=owner, now=now,
                )  # fmt: skip
                self.told.did["put off by the owner"] += 1
            elif closing and one_in(WAIVED_ONE_IN, "waived", lead.external_id):
                services.waive_close_loop(lead=lead, reason="We met them at the fair.", by=owner, now=now)
                self.told.did["closing note waived"] += 1
            else:
                self._approve(draft, owner, now)

    def _approve(self, draft: Draft, owner: User, now: datetime) -> None:
        """Approve it. Where a gate finds it too like an earlier message, the owner says it in words of her own.

        Whom we took leave of before, in the same words, gets no second such note: the lead is closed.
        """
        lead = draft.attempt.lead
        try:
            reviews.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner, now=now)
        except outreach.BlockedByGates as refused:
            gates = {finding.gate for finding in refused.findings if finding.severity == Severity.BLOCK}
            if draft.attempt.kind == StepKind.CLOSE_LOOP and gates == {near_repeat.ID}:
                services.waive_close_loop(lead=lead, reason="They have such a note already.", by=owner, now=now)
                self.told.did["closing note waived, as a second one"] += 1
            elif gates == {near_repeat.ID}:
                greeting, _, *rest = draft.body.split("\n\n")
                reviews.edit_and_approve(
                    draft_id=draft.pk, fingerprint=draft.fingerprint, subject=draft.subject,
                    body="\n\n".join([greeting, OWN_WORDS, *rest]), by=owner, now=now,
                )  # fmt: skip
                self.told.did["approved in the owner's words"] += 1
            else:
                self.told.problems.append(f"{lead}: {refused.sentence}")
        except outreach.Refused as refused:
            self.told.problems.append(f"{lead}: {refused.sentence}")
        else:
            self.told.did["approved"] += 1

    # --- the contacts -----------------------------------------------------------------------------------------------

    def _plan_answers(self, day: date) -> None:
        """A tenth of today's messages gets an answer, two to five days later."""
        sent = Draft.objects.filter(status=DraftStatus.SENT, sent_at__date=day, attempt__lead__territory=TERRITORY)
        for draft in sent.select_related("attempt__lead").order_by("pk"):
            key = f"{draft.attempt.lead.external_id} {draft.attempt.kind} {draft.attempt.position}"
            if one_in(ANSWER_ONE_IN, "answer", key):
                number = self.told.did["answers"]
                self.told.did["answers"] += 1
                later = day + timedelta(days=2 + number % 4)
                self.to_come.setdefault(later, []).append((draft.pk, ANSWERED_WITH[number % len(ANSWERED_WITH)]))

    def _hear(self, day: date) -> None:
        now = at(day, MORNING)
        for draft_id, what in self.to_come.pop(day, ()):
            draft = Draft.objects.select_related("contact", "owner").get(pk=draft_id)
            text = ANSWERS[what].format(back=f"{day + timedelta(days=7):%-d %B %Y}")
            headers = {"auto-submitted": "auto-replied"} if what == "away" else {}
            message = IncomingMessage(
                "email", draft.address, ("answers@ours.example",), text, now, subject=f"Re: {draft.subject}",
                headers=headers, in_reply_to=(draft.provider_message_id,),
            )  # fmt: skip
            reply = outreach.receive_reply(message=message, draft=draft, contact=draft.contact, notice=None, now=now)
            self.told.did[f"answers: {what}"] += 1
            if reply.status == ReplyStatus.HELD:
                outreach.confirm_opt_out(reply_id=reply.pk, by=draft.owner or self.manager, now=now)
                # What confirms it leaves within minutes, or not at all.
                confirmed = outreach.deliver_due(now=now + timedelta(minutes=1), limit=100)
                self.told.did["opt-outs confirmed to them"] += confirmed.sent


# --- chance and time -------------------------------------------------------------------------------------------------


def one_in(many: int, what: str, key: str) -> bool:
    """Whether the lot falls on this one: always the same answer for the same key."""
    return zlib.crc32(f"{what} {key}".encode()) % many == 0


def days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def end_of(day: date) -> datetime:
    return at(day, time(23, 59, tzinfo=UTC))


def at(day: date, when: time) -> datetime:
    return datetime.combine(day, when)
