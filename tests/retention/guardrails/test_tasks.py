"""What the clock calls does the work, however often it is called."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from config.celery import app
from outreach.models import DeliveryEvent
from outreach.states import DeliveryKind
from retention import tasks
from retention.models import ExperimentReading, GuardrailReading, PlaybookPause
from tests.retention.experiments.making import assigned, enrolled, make_experiment, make_sent, people, ran
from tests.retention.making import NOW

pytestmark = pytest.mark.django_db


def test_all_of_it_is_scheduled() -> None:
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    names = ("read_experiments", "check_guardrails", "watch_guardrails", "count_what_came_of_steps")
    assert {f"retention.tasks.{name}" for name in names} <= scheduled


@time_machine.travel(NOW, tick=False)
def test_an_experiment_is_read_once_a_day() -> None:
    assigned(make_experiment(), people(1)[0], at=timezone.now() - timedelta(hours=1))
    tasks.read_experiments()
    tasks.read_experiments()
    assert ExperimentReading.objects.count() == 1


def test_guardrails_are_watched_and_checked() -> None:
    experiment, moment = make_experiment(), timezone.now() - timedelta(hours=1)
    for one in people(3):
        draft = make_sent(one.contact, at=moment)
        ran(enrolled(experiment, one, at=moment), draft, at=moment)
        DeliveryEvent.objects.create(draft=draft, kind=DeliveryKind.COMPLAINED, at=moment)
    tasks.watch_guardrails()
    assert PlaybookPause.objects.get().playbook == experiment.version.playbook
    tasks.check_guardrails()
    assert set(GuardrailReading.objects.values_list("guardrail", flat=True)) == {
        "complaints", "unsubscribes", "value", "revenue",
    }  # fmt: skip
    assert PlaybookPause.objects.count() == 1
