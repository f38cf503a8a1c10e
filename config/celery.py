"""The Celery app: how work is delivered, and everything that happens by the clock.

Celery only wakes us up. Work that is due is a row in the database, so every task may run twice, late, or not at all
until the next sweep.
"""

import os
import time
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import celeryd_init, worker_ready
from django.conf import settings

from config import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

WORKER_SEEN_KEY = "rekindle:worker-seen"
WORKER_SEEN_SECONDS = 180


class Rekindle(Celery):
    """Celery on the embedded broker where no other is set: the first connection starts or joins it."""

    def connection_for_read(self, *args: Any, **kwargs: Any) -> Any:
        self.start_embedded_broker()
        return super().connection_for_read(*args, **kwargs)

    def connection_for_write(self, *args: Any, **kwargs: Any) -> Any:
        self.start_embedded_broker()
        return super().connection_for_write(*args, **kwargs)

    def start_embedded_broker(self) -> None:
        if self.conf.broker_url == embedded.broker_url():
            embedded.start_valkey()


app = Rekindle("rekindle")
# Read when first needed: the settings are still being read while this module is imported.
app.add_defaults(lambda: {"broker_url": settings.BROKER_URL})
app.autodiscover_tasks()
app.conf.update(
    # A task is acknowledged when it is done. If its process dies on the way, another one gets it.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    # The broker hands an unacknowledged task out again after this time. Every task has been ended well before that,
    # so that it never runs twice at the same moment.
    broker_transport_options={"visibility_timeout": 3600, "socket_connect_timeout": 1, "socket_timeout": 5},
    task_soft_time_limit=1500,
    task_time_limit=1800,
    # Results are rows in the database.
    task_ignore_result=True,
    result_backend=None,
    # Ids only, as JSON; never pickle.
    task_serializer="json",
    accept_content=["json"],
    # Publishing fails fast: a person's click must not wait for a broker that is down, and the next sweep finds
    # the row anyway.
    # A worker on the other hand keeps trying until the broker is back.
    broker_connection_timeout=1,
    task_publish_retry=True,
    task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1},
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    timezone="UTC",
    worker_hijack_root_logger=False,
    # Kept in memory: a schedule file adds nothing for sweeps that find their own work, and a crash can spoil it.
    beat_scheduler="celery.beat.Scheduler",
    beat_schedule={
        # By the clock, not by the time since the start, so that frequent restarts cannot keep the sweep from running.
        "find silent leads": {
            "task": "followups.tasks.sweep_silence",
            "schedule": crontab(minute="*/15"),
            "options": {"expires": 900},
        },
        "wake leads that were put off": {
            "task": "followups.tasks.wake_leads",
            "schedule": crontab(minute="5"),
            "options": {"expires": 900},
        },
        "take up answers": {"task": "followups.tasks.take_up_answers", "schedule": 5.0, "options": {"expires": 5}},
        "take events in": {"task": "contacts.tasks.take_in_events", "schedule": 2.0, "options": {"expires": 2}},
        # What nobody has picked up by the next round is not needed: the next round looks at the same rows.
        "send what is approved": {"task": "outreach.tasks.deliver_due", "schedule": 5.0, "options": {"expires": 5}},
        "ask about unsure answers": {
            "task": "outreach.tasks.ask_second_opinions",
            "schedule": 30.0,
            "options": {"expires": 30},
        },
        # The row is the queue: somebody who asked waits a few seconds at most, and what a lost worker left begins anew.
        "simulate cadences": {
            "task": "followups.tasks.run_simulations",
            "schedule": 5.0,
            "options": {"expires": 5},
        },
        "forget simulated names": {
            "task": "followups.tasks.forget_simulated_names",
            "schedule": crontab(hour="3", minute="20"),
            "options": {"expires": 900},
        },
        # Within a minute of an event its customer's score is new.
        "refresh scores": {
            "task": "retention.tasks.refresh_scores",
            "schedule": 20.0,
            "kwargs": {"new_ones": False},
            "options": {"expires": 20},
        },
        "score new customers": {
            "task": "retention.tasks.refresh_scores",
            "schedule": crontab(minute="*/10"),
            "options": {"expires": 600},
        },
        # Urgent ones wait half a minute at most once their score is new.
        "run playbooks": {"task": "retention.tasks.run_playbooks", "schedule": 30.0, "options": {"expires": 30}},
        "check scores": {
            "task": "retention.tasks.check_scores",
            "schedule": crontab(hour="3", minute="10"),
            "options": {"expires": 900},
        },
        "take up dry runs of playbooks": {
            "task": "retention.tasks.take_up_dry_runs",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "take up trials": {"task": "retention.tasks.take_up_trials", "schedule": 60.0, "options": {"expires": 60}},
        # On the first of a month nobody has been valued yet, so that everybody is. Otherwise it is those who are new.
        "say what customers are worth": {
            "task": "retention.tasks.recompute_values",
            "schedule": crontab(minute="40"),
            "options": {"expires": 900},
        },
        # After the night's check of scores. Whatever was not done, for instance a planned look that came since, is done
        # by the next round: an experiment is read once a day however often this is called.
        "read experiments": {
            "task": "retention.tasks.read_experiments",
            "schedule": crontab(minute="25"),
            "options": {"expires": 900},
        },
        "check guardrails": {
            "task": "retention.tasks.check_guardrails",
            "schedule": crontab(hour="4", minute="40"),
            "options": {"expires": 900},
        },
        "count what came of steps": {
            "task": "retention.tasks.count_what_came_of_steps",
            "schedule": crontab(minute="50"),
            "options": {"expires": 900},
        },
        "watch guardrails": {
            "task": "retention.tasks.watch_guardrails",
            "schedule": 30.0,
            "options": {"expires": 30},
        },
        "read what came back": {"task": "outreach.tasks.take_in_notices", "schedule": 2.0, "options": {"expires": 2}},
        "fetch answers": {"task": "outreach.tasks.fetch_mail", "schedule": 60.0, "options": {"expires": 60}},
        "note what was sent": {"task": "outreach.tasks.note_sends", "schedule": 60.0, "options": {"expires": 60}},
        "write texts by a language model": {
            "task": "outreach.tasks.compose_texts",
            "schedule": 5.0,
            "options": {"expires": 5},
        },
        "take back late confirmations": {
            "task": "outreach.tasks.withdraw_late_confirmations",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "weigh complaints": {"task": "outreach.tasks.weigh_complaints", "schedule": 60.0, "options": {"expires": 60}},
        "forget departures": {
            "task": "outreach.tasks.forget_departures",
            "schedule": crontab(hour="2", minute="50"),
            "options": {"expires": 900},
        },
        "empty old notices": {
            "task": "outreach.tasks.empty_old_notices",
            "schedule": crontab(hour="2", minute="55"),
            "options": {"expires": 900},
        },
        "look again at what is held": {
            "task": "outreach.tasks.look_again_at_holds",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "find lost sends": {"task": "outreach.tasks.mark_lost_sends", "schedule": 60.0, "options": {"expires": 60}},
        "forget old events": {
            "task": "contacts.tasks.forget_events",
            "schedule": crontab(hour="2", minute="40"),
            "options": {"expires": 900},
        },
        "learn from reviews": {
            "task": "reviews.tasks.learn_from_reviews",
            "schedule": crontab(hour="4", minute="20"),
            "options": {"expires": 900},
        },
        "find duplicates": {
            "task": "contacts.tasks.find_duplicates",
            "schedule": crontab(hour="3", minute="10"),
            "options": {"expires": 900},
        },
        "give the work of people who are away to whoever stands in": {
            "task": "reviews.tasks.hand_work_over",
            "schedule": crontab(minute="*/5"),
            "options": {"expires": 300},
        },
        "watch deadlines": {
            "task": "reviews.tasks.watch_deadlines",
            "schedule": crontab(minute="*/5"),
            "options": {"expires": 300},
        },
        "tell people": {"task": "reviews.tasks.tell_people", "schedule": 30.0, "options": {"expires": 30}},
        "send daily digests": {
            "task": "reviews.tasks.send_daily_digests",
            "schedule": crontab(minute="*/5"),
            "options": {"expires": 300},
        },
        "forget old notices": {
            "task": "reviews.tasks.forget_old_notices",
            "schedule": crontab(hour="3", minute="0"),
            "options": {"expires": 900},
        },
        "clear desks": {
            "task": "reviews.tasks.clear_desks",
            "schedule": crontab(hour="3", minute="5"),
            "options": {"expires": 900},
        },
        "show that a worker lives": {
            "task": "config.celery.note_worker_seen",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
    },
)


@app.task
def note_worker_seen() -> None:
    """Leave a mark in the broker that fades by itself. `/readyz` looks for it (config.health)."""
    with app.connection_for_write() as connection:
        connection.default_channel.client.set(WORKER_SEEN_KEY, str(int(time.time())), ex=WORKER_SEEN_SECONDS)


@celeryd_init.connect
def start_embedded_servers(**_kwargs: Any) -> None:
    """Join the servers in the worker's main process, which outlives its children and answers for stopping them."""
    app.start_embedded_broker()
    if settings.DATABASES["default"]["ENGINE"] == "config.postgresql":
        embedded.start_postgres()


@worker_ready.connect
def note_worker_ready(**_kwargs: Any) -> None:
    """Count as seen at once, and not only when beat first asks."""
    note_worker_seen()
