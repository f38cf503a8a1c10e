"""How work is delivered: the relations between Celery's settings that our promises rest on."""

import time

import pytest
from celery import Celery
from kombu.exceptions import OperationalError

from config.celery import WORKER_SEEN_SECONDS, Rekindle, app


def test_r10_a_task_is_ended_before_the_broker_hands_it_out_again() -> None:
    """research/promises.md R10: otherwise a long task runs twice at once."""
    assert app.conf.task_soft_time_limit < app.conf.task_time_limit
    assert app.conf.task_time_limit * 1.5 <= app.conf.broker_transport_options["visibility_timeout"]


def test_a_dead_worker_loses_no_task_and_hoards_none() -> None:
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1


def test_nothing_is_unpickled_and_nothing_is_kept_in_the_broker() -> None:
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"
    assert app.conf.task_ignore_result
    assert app.conf.result_backend is None


def test_every_clocked_task_exists_and_goes_stale_before_it_piles_up() -> None:
    app.loader.import_default_modules()
    for name, entry in app.conf.beat_schedule.items():
        assert entry["task"] in app.tasks, name
        assert 0 < entry["options"]["expires"] <= 900, name


def test_a_worker_is_asked_to_show_itself_more_often_than_its_mark_fades() -> None:
    assert app.conf.beat_schedule["show that a worker lives"]["schedule"] * 2 < WORKER_SEEN_SECONDS


@pytest.mark.enable_socket
def test_publishing_to_a_broker_that_is_down_fails_within_three_seconds() -> None:
    """research/promises.md R4: a person's click never hangs on it."""
    # A port that nobody listens on; the settings are the real ones.
    lonely: Celery = Rekindle("lonely", broker="redis://127.0.0.1:1/0", set_as_current=False)
    lonely.conf.update(
        {
            key: app.conf[key]
            for key in ("broker_transport_options", "broker_connection_timeout", "task_publish_retry_policy")
        }
    )
    begun = time.monotonic()
    with pytest.raises(OperationalError):
        lonely.send_task("nothing.at.all")
    assert time.monotonic() - begun < 3
