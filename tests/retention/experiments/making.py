"""Playbooks and experiments to test with."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from contacts.states import EventKind
from retention.models import Customer, Experiment, Playbook, PlaybookStep, PlaybookVersion
from retention.services import experiments
from retention.services.experiments import Drawn
from retention.states import Arm, ModelStatus, StepChannel, StepPurpose, ValueTier
from tests.retention.making import NOW, make_customer

_numbers = count(1)


def make_version(*, published: bool = True, owner: Any = None, **fields: Any) -> PlaybookVersion:
    """A playbook with one version of one step, whose goal is a visit."""
    number = next(_numbers)
    playbook = Playbook.objects.create(name=f"try-{number}", title=f"Try {number}", owner=owner)
    given = {"goal": "They come again", "goal_kinds": [EventKind.VISIT_LOGGED]} | fields
    version = PlaybookVersion.objects.create(playbook=playbook, number=1, **given)
    PlaybookStep.objects.create(
        version=version, position=1, name="Remind", purpose=StepPurpose.NUDGE, channel=StepChannel.EMAIL,
        latest_hours=48, angle="remind",
    )  # fmt: skip
    if published:
        PlaybookVersion.objects.filter(pk=version.pk).update(
            status=ModelStatus.PUBLISHED, published_at=NOW - timedelta(days=200), publish_reason="To try it"
        )
        version.refresh_from_db()
    return version


def make_experiment(*, version: PlaybookVersion | None = None, **fields: Any) -> Experiment:
    """A design that nobody has been assigned to."""
    version = version or make_version()
    given = {"question": "Do more come again?", "salt": f"salt {version.pk}"} | fields
    return Experiment.objects.create(version=version, **given)


def assigned(
    experiment: Experiment, customer: Customer, arm: Arm = Arm.TREATED, *, at: datetime = NOW, **more: Any
) -> None:
    """One customer in one arm, through the service."""
    stratum, wave = more.get("stratum", ValueTier.MIDDLE), more.get("wave", 0)
    row = Drawn(customer.pk, customer.contact_id, arm, stratum, wave)
    done = experiments.assign(experiment_id=experiment.pk, rows=[row], now=at)
    assert done.new == 1


def people(number: int) -> list[Customer]:
    return [make_customer() for _ in range(number)]
