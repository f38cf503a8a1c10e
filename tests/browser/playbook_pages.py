"""The pages of playbooks and experiments, and playbooks in every state for them to stand on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone

from outreach.models import Template
from retention.models import Customer, Enrolment, Experiment, GuardrailReading, Playbook, PlaybookVersion, StepRun
from retention.services import playbooks
from retention.services.experiments import Drawn, assign
from retention.states import Arm, EnrolmentEnd, EnrolmentStatus, StepOutcome, ValueTier
from staff.models import User
from tests.retention.playbook_pages.making import WORTH, kept, tally
from tests.retention.playbooks.making import SOUND, STEPS, approved

NAME = "looked-at"


def page(name: str, query: str = "") -> Callable[[], str]:
    return lambda: reverse(f"retention:{name}") + query


def playbook(name: str, query: str = "") -> Callable[[], str]:
    return lambda: reverse("retention:playbook", args=[Playbook.objects.get(name=name).pk]) + query


def version(name: str, status: str) -> Callable[[], str]:
    def find() -> str:
        found = PlaybookVersion.objects.filter(playbook__name=name, status=status).latest("pk")
        return reverse("retention:playbook_version", args=[found.pk])

    return find


def clone() -> str:
    return reverse(
        "retention:clone_playbook", args=[PlaybookVersion.objects.filter(playbook__name=NAME).latest("pk").pk]
    )


def experiment(name: str) -> Callable[[], str]:
    return lambda: reverse("retention:experiment", args=[Experiment.objects.get(version__playbook__name=name).pk])


def customer(status: str) -> Callable[[], str]:
    def find() -> str:
        found = Enrolment.objects.filter(playbook__name=NAME, status=status).latest("pk")
        return reverse("retention:customer", args=[found.customer_id])

    return find


PLAYBOOK_PAGES: list[tuple[str, str | None, Callable[[], str]]] = [
    ("playbooks", "retention", page("playbooks")),
    ("playbooks, to look at only", "owner", page("playbooks")),
    ("playbook", "retention", playbook(NAME)),
    ("playbook, who waits", "owner", playbook(NAME, "?who=waiting")),
    ("playbook, stopped by a guardrail", "retention", playbook(f"{NAME}-stopped")),
    ("playbook version, published", "retention", version(NAME, "published")),
    ("playbook draft", "retention", version(f"{NAME}-draft", "draft")),
    ("playbook draft, to look at only", "owner", version(f"{NAME}-draft", "draft")),
    ("clone of a playbook", "retention", clone),
    ("experiments", "retention", page("experiments")),
    ("experiment", "retention", experiment(NAME)),
    ("experiment, read once", "owner", experiment(f"{NAME}-stopped")),
    ("customer in a playbook", "retention", customer(EnrolmentStatus.ACTIVE)),
    ("customer in a playbook, held out", "retention", customer(EnrolmentStatus.HELD_OUT)),
]
#: Addresses that only take something.
POSTED_TO_PLAYBOOKS = {
    "create_playbook",
    "new_playbook_version",
    "pause_playbook",
    "resume_playbook",
    "scale_playbook",
    "publish_playbook",
    "retire_playbook",
    "decide_experiment",
    "pause_enrolment",
    "resume_enrolment",
    "stop_enrolment",
}


def rare_playbooks() -> None:
    """One in force with people in every state and a planned look, one that a guardrail stopped, and a draft."""
    now = timezone.now()
    by = User.objects.get(username="retention")
    if not Template.objects.filter(key="tried-sms").exists():
        approved()
    for name, priority in ((NAME, 80), (f"{NAME}-stopped", 60)):
        draft = playbooks.create_playbook(name=name, title=name.replace("-", " ").capitalize(), by=by)
        steps = [{**one, "angle": "tried"} for one in STEPS]
        playbooks.edit_version(version=draft, changes={**SOUND, "priority": priority}, steps=steps, by=by)
        playbooks.publish(version=draft, reason="To look at it.", by=by, now=now - timedelta(days=80))
    playbooks.create_playbook(name=f"{NAME}-draft", title="Looked at as a draft", by=by)
    free = Customer.objects.exclude(enrolments__isnull=False).filter(churned_on=None).order_by("pk")[:7]
    _people(PlaybookVersion.objects.get(playbook__name=NAME), list(free))
    for name, planned in ((NAME, True), (f"{NAME}-stopped", False)):
        found = PlaybookVersion.objects.get(playbook__name=name).experiment
        rows = [Drawn(one.pk, one.contact_id, Arm.TREATED, ValueTier.MIDDLE) for one in free]
        assign(experiment_id=found.pk, rows=rows, now=now - timedelta(days=75))
        many = [tally(Arm.TREATED, 10560, 950), tally(Arm.HOLDOUT, 1440, 80, contaminated=3)]
        one = Experiment.objects.get(pk=found.pk)
        kept(one, planned=planned, at=now, tallies=many if planned else None)
    _stopped(Playbook.objects.get(name=f"{NAME}-stopped"))


def _people(version: PlaybookVersion, customers: list[Customer]) -> None:
    now = timezone.now()
    ago = now - timedelta(days=2)
    known = {
        "total": 72, "band": "high", "reasons": ["quiet_30d", "payment_failed"], "currency": "EUR",
        "last_activity_at": (ago - timedelta(days=34)).isoformat(),
    }  # fmt: skip
    statuses = [*EnrolmentStatus, EnrolmentStatus.ACTIVE, EnrolmentStatus.WAITING]
    step = version.steps.get(position=1)
    for one, status in zip(customers, statuses, strict=True):
        waits, ended = status == EnrolmentStatus.WAITING, status == EnrolmentStatus.ENDED
        held_out, paused = status == EnrolmentStatus.HELD_OUT, status == EnrolmentStatus.PAUSED
        made = Enrolment.objects.create(
            customer=one, contact=one.contact, playbook=version.playbook, version=version, status=status,
            experiment=version.experiment, arm="" if waits else Arm.HOLDOUT if held_out else Arm.TREATED,
            fitted_at=ago, started_at=None if waits else ago, expires_at=now + timedelta(days=28),
            look_at=None if ended else now + timedelta(days=20), why=known, worth=WORTH, rank=Decimal("9.7524"),
            waits_for="Waits for call minutes: 14 others go first." if waits else "",
            paused_at=now if paused else None, ended_at=now if ended else None,
            end=EnrolmentEnd.GOAL if ended else "", end_note="A booking" if ended else "",
        )  # fmt: skip
        if not (waits or held_out):
            StepRun.objects.create(
                enrolment=made, step=step, outcome=StepOutcome.SKIPPED, at=ago, due_at=ago, channel="sms",
                why="They have been active since it began.",
            )  # fmt: skip


def _stopped(playbook: Playbook) -> None:
    now = timezone.now()
    shown = [("complaints", 4, 900, 0.0044, 0.0017, 0.0114, 0.001, "4 of 900 messages were reported as spam: 0.44%."),
             ("unsubscribes", 2, 900, 0.0022, 0.0006, 0.0081, 0.01, "2 of 900 messages were followed by an opt-out."),
             ("value", 0, 40, None, None, None, 0.05, "Too few to say anything: 40 of 200.")]  # fmt: skip
    for guardrail, count, total, value, low, high, limit, sentence in shown:
        GuardrailReading.objects.create(
            playbook=playbook, guardrail=guardrail, at=now, count=count, total=total, value=value, low=low, high=high,
            limit=limit, breached=guardrail == "complaints", sentence=sentence,
        )  # fmt: skip
    playbooks.pause_playbook(
        playbook=playbook, reason="Spam complaints: 4 of 900.", by=None, now=now, guardrail="complaints"
    )
