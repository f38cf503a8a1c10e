"""The pages of a dry run: asking, waiting, reading."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from retention.models import PlaybookTrial
from retention.rules.playbooks.report import Ran, RanStep, report
from retention.services import dry_runs
from retention.states import TrialStatus
from tests.factories import make_user
from tests.retention.dry_runs.making import DAY, FIRST, LAST, START, happened, make_people, make_version
from tests.retention.making import make_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def seen(client: Client) -> Client:
    client.force_login(make_user("Retention manager"))
    return client


def done_trial(people: int = 1) -> PlaybookTrial:
    version = make_version()
    step = RanStep(position=1, name="Book again", outcome="shadowed", channel="sms", at=START)
    ran = [
        Ran(customer_id=make_customer().pk, fitted_at=START, started_at=START, arm="treated", steps=(step,))
        for _ in range(people)
    ]
    return PlaybookTrial.objects.create(
        version=version, first_on=FIRST, last_on=LAST, status=TrialStatus.DONE, finished_at=START, requested_at=START,
        requested_by=make_user(), result=report(version.name, FIRST, LAST, ran).as_json(),
    )  # fmt: skip


def page(trial: PlaybookTrial) -> str:
    return reverse("retention:playbook_trial", args=[trial.pk])


def test_asked_for_it_waits_and_can_be_cancelled(seen: Client) -> None:
    happened(make_people(), None, START + DAY)
    version = make_version()
    ask = reverse("retention:dry_run", args=[version.pk])
    assert seen.get(ask).status_code == 200
    answer = seen.post(ask, {"first_on": "2026-04-01", "last_on": "2026-04-02"}, follow=True)
    trial = PlaybookTrial.objects.get()
    assert answer.redirect_chain[-1][0] == page(trial)
    assert "Waiting for a worker" in answer.text
    assert "0 of 12 steps" in answer.text
    assert "being worked out already" in seen.post(ask, {"first_on": "2026-04-01", "last_on": "2026-04-02"}).text
    assert seen.post(ask, {"first_on": "2026-04-02"}).status_code == 422
    seen.post(page(trial) + "cancel/")
    trial.refresh_from_db()
    assert trial.status == TrialStatus.CANCELLED
    assert "It was cancelled" in seen.get(page(trial)).text


def test_a_result_is_read_in_tables(seen: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    trial = done_trial(people=5)
    seen.get(page(trial))
    with django_assert_num_queries(7):
        text = seen.get(page(trial)).text
    for words in ("1. Book again", "SMS 5", "Wed 1 Apr 2026", "Customer ", "Book again: done by SMS, 1 April"):
        assert words in text


def test_names_of_customers_of_others_are_not_told(client: Client) -> None:
    trial = done_trial()
    client.force_login(make_user("SDR manager"))
    assert client.get(page(trial)).status_code == 403


def test_what_failed_says_why_and_can_be_tried_again(seen: Client) -> None:
    trial = done_trial()
    PlaybookTrial.objects.filter(pk=trial.pk).update(status=TrialStatus.FAILED, problem="There was no time.")
    assert "There was no time." in seen.get(page(trial)).text
    seen.post(page(trial) + "retry/")
    trial.refresh_from_db()
    assert trial.status == TrialStatus.QUEUED
    assert dry_runs.waiting_dry_runs() == [trial.pk]
    assert trial.last_on - trial.first_on == timedelta(days=29)
