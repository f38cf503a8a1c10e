"""What the sample world shows of playbooks."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from django.db import connection

from contacts.models import Event
from contacts.states import EventKind
from outreach.models import Call, Draft
from retention.models import (
    Enrolment,
    Experiment,
    ExperimentReading,
    Playbook,
    PlaybookPause,
    PlaybookVersion,
    StepRun,
    WorkCapacity,
)
from reviews.demo import World


def count_from_the_start() -> None:
    """As in a database that was just made: lots are drawn by the numbers of customers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('retention_customer', 'id'), 1000000)")


class Playbooks:
    """Tests of a class that has the world, made for ``now``."""

    now: datetime

    def test_three_playbooks_are_in_force_and_the_others_wait_as_drafts(self, world: World) -> None:
        stands = dict(PlaybookVersion.objects.values_list("playbook__name", "status"))
        published = {name for name, status in stands.items() if status == "published"}
        assert published == {"soft-nudge", "community", "friction-removal"}
        assert stands["studio-rebook"] == "draft"
        assert Playbook.objects.count() == len(stands) == 13

    def test_the_nudge_has_weeks_behind_it_beside_people_who_got_nothing(self, world: World) -> None:
        nudge = Enrolment.objects.filter(playbook__name="soft-nudge")
        arms = Counter(nudge.exclude(arm="").values_list("arm", flat=True))
        assert arms["treated"] > 25
        assert 0 < arms["holdout"] < 15
        ends = set(nudge.exclude(end="").values_list("end", flat=True))
        assert {"goal", "completed"} <= ends
        sent = StepRun.objects.filter(enrolment__in=nudge, draft__status="sent")
        assert set(sent.values_list("step__channel", flat=True)) == {"sms", "email"}
        assert not StepRun.objects.filter(enrolment__arm="holdout").exists()
        experiment = Experiment.objects.get(version__playbook__name="soft-nudge")
        assert experiment.status == "running"
        latest = ExperimentReading.objects.filter(experiment=experiment).latest("at")
        assert latest.result["sentence"]
        assert latest.result["treated"]["counted"] > 10

    def test_opt_outs_stopped_one_and_said_why(self, world: World) -> None:
        pause = PlaybookPause.objects.get()
        assert (pause.playbook.name, pause.guardrail, pause.resumed_at) == ("community", "unsubscribes", None)
        assert pause.reason.startswith("Opt-outs: 3 of ")

    def test_a_payment_that_just_failed_is_taken_up_at_once(self, world: World) -> None:
        failed = Event.objects.get(kind=EventKind.PAYMENT_FAILED, occurred_at=self.now - timedelta(minutes=3))
        draft = Draft.objects.get(contact=failed.contact, flow="playbook")
        assert (draft.flow, draft.channel, draft.status) == ("playbook", "sms", "approved")
        assert draft.step_run.enrolment.playbook.name == "friction-removal"
        assert "payment" in draft.body

    def test_the_concierge_has_two_calls_and_people_have_time_set(self, world: World) -> None:
        calls = Call.objects.filter(status="waiting")
        assert set(calls.values_list("owner__username", flat=True)) == {"concierge"}
        assert calls.count() == 2
        assert set(WorkCapacity.objects.values_list("user__username", "kind")) == {
            ("owner", "review"), ("priya", "review"), ("concierge", "call"),
        }  # fmt: skip
