"""Experiments: assigning everybody, measuring what came of them, reading it, and what a page has to ask for.

Customers are assigned day by day for four weeks, so that at the end some windows are over and some are not. Everybody
treated has an enrolment with one step, and everybody a few events. A page reads the latest reading, and counts who came
since; the floor is counting the assignments of the experiment. Whole pages are asked for without a network.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from benchmarks.database import ask, own_database, run, settle
from benchmarks.measure import Rounds, interleave, milliseconds, progress, say, table, timed
from retention.models import Assignment, Experiment, ExperimentReading, Playbook, PlaybookStep, PlaybookVersion
from retention.pages.outcomes import count_again
from retention.rules.experiments.draw import draw
from retention.rules.experiments.reading import Reading
from retention.services.experiments import assign, measure, read, sample_of
from retention.services.guardrails import check_guardrails, watch_guardrails
from retention.states import ModelStatus
from staff.models import User

GOAL_PAGE_SECONDS = 0.3
UNTIL = datetime(2026, 11, 8, 12, tzinfo=UTC)
DAYS = 28
EVENTS_EACH = 5
ASSIGN, MEASURE, AGAIN, READ = "assigning", "measuring, first time", "measuring again, nothing new", "reading"
CHECK = "the daily look at guardrails"
PAGE, FLOOR = "what a page asks for", "counting the assignments"
WHOLE_PAGE, PLAYBOOK_PAGE = "the whole page of the experiment", "the whole page of its playbook"
EMPTY_PAGE = "an empty page"
COUNT = "what came of its steps, counted once in an hour"
WATCH = "what a sweep asks of guardrails"
_TABLES = (
    "contacts_contact", "retention_customer", "contacts_event", "retention_enrolment", "retention_steprun",
    "retention_assignment",
)  # fmt: skip


def measure_all(*, sizes: list[int], rounds: int) -> dict[str, Any]:
    """Tables for each number of assignments; the figures in seconds."""
    found: dict[str, Any] = {}
    for size in sizes:
        with own_database():
            found[f"{size}"] = _one(size, rounds)
    return found


def _one(size: int, rounds: int) -> dict[str, Any]:
    progress(f"Making {size:,} customers")
    experiment = _world(size)
    seconds = {ASSIGN: timed(lambda: _assign(experiment, size))}
    progress("Assigned")
    experiment.refresh_from_db()
    run(_ENROLMENTS, {"experiment": experiment.pk, "version": experiment.version_id, "playbook": _playbook(experiment)})
    run(_RUNS, {"version": experiment.version_id})
    settle(*_TABLES)
    now = UNTIL + timedelta(days=10)
    seconds[MEASURE] = timed(lambda: measure(now=now, experiment_id=experiment.pk))
    progress("Measured")
    settle("retention_assignment")
    seconds[AGAIN] = timed(lambda: measure(now=now, experiment_id=experiment.pk))
    seconds[READ] = timed(lambda: read(experiment_id=experiment.pk, now=now))
    seconds[CHECK] = timed(lambda: check_guardrails(now=now))
    seconds[COUNT] = timed(lambda: count_again(now=timezone.now()))
    visitor = _visitor()
    taken = interleave(
        {
            EMPTY_PAGE: lambda: _visit(visitor, "/benchmark/empty/"),
            WHOLE_PAGE: lambda: _visit(visitor, f"/experiments/{experiment.pk}/"),
            PLAYBOOK_PAGE: lambda: _visit(visitor, f"/playbooks/{_playbook(experiment)}/"),
            PAGE: lambda: _page(experiment),
            FLOOR: lambda: _floor(experiment),
            WATCH: lambda: watch_guardrails(now=now),
        },
        rounds=rounds,
    )
    _say(size, seconds, taken)
    return {
        "assignments": Assignment.objects.filter(experiment=experiment).count(),
        "events": ask("SELECT count(*) FROM contacts_event")[0][0],
        "seconds": seconds,
        "page": taken.seconds,
        "goal_page": GOAL_PAGE_SECONDS,
    }


def _say(size: int, seconds: dict[str, float], taken: Rounds) -> None:
    rows = [[case, f"{second:.1f} s", f"{size / second:,.0f}"] for case, second in seconds.items()]
    table(f"{size:,} assignments", ["", "takes", "a second"], rows)
    rows = [[case, f"{milliseconds(taken.median(case))} ms"] for case in taken.seconds]
    table("many times a day", ["", "median"], rows)
    held = "held" if taken.median(WHOLE_PAGE) < GOAL_PAGE_SECONDS else "missed"
    say(f"The goal of {milliseconds(GOAL_PAGE_SECONDS)} ms for a page is {held}.")


def _page(experiment: Experiment) -> Reading:
    """The latest reading, and how many came since."""
    kept = ExperimentReading.objects.filter(experiment=experiment).order_by("-at", "-id").first()
    assert kept is not None
    sample_of(experiment, kept)
    return Reading.from_json(kept.result)


def _visitor() -> Client:
    """Somebody who may see everything, signed in. Without a network: what the server itself takes."""
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.create(username="visitor", email="visitor@ours.example", is_superuser=True))
    return client


def _visit(client: Client, path: str) -> None:
    answer = client.get(path)
    if answer.status_code != 200:
        raise AssertionError(f"{path} answered {answer.status_code}.")


def _floor(experiment: Experiment) -> int:
    return Assignment.objects.filter(experiment=experiment).count()


def _playbook(experiment: Experiment) -> int:
    return experiment.version.playbook_id


def _assign(experiment: Experiment, size: int) -> None:
    each = -(-size // DAYS)
    for day in range(DAYS):
        ids = range(day * each + 1, min(size, (day + 1) * each) + 1)
        rows = [(pk, pk, draw(experiment.salt, pk, experiment.holdout_percent), "middle", 0) for pk in ids]
        assign(experiment_id=experiment.pk, rows=rows, now=UNTIL - timedelta(days=DAYS - day))


def _world(size: int) -> Experiment:
    values = {"many": size, "until": UNTIL, "each": EVENTS_EACH}
    for statement in (_CONTACTS, _CUSTOMERS, _EVENTS):
        run(statement, values)
    settle("contacts_contact", "retention_customer", "contacts_event")
    playbook = Playbook.objects.create(name="measured", title="Measured")
    version = PlaybookVersion.objects.create(playbook=playbook, number=1, goal="A visit", goal_kinds=[1])
    PlaybookStep.objects.create(version=version, position=1, name="Remind", purpose="nudge", channel="email",
                                latest_hours=48, angle="remind")  # fmt: skip
    PlaybookVersion.objects.filter(pk=version.pk).update(
        status=ModelStatus.PUBLISHED, published_at=UNTIL, publish_reason="To measure"
    )
    return Experiment.objects.create(
        version=version, question="How fast?", salt="measured", baseline_percent=5, window_days=30,
        required_treated=880_000, required_holdout=120_000,
    )  # fmt: skip


_CONTACTS = """
INSERT INTO contacts_contact (id, name, timezone, locale, preferred_channel, customer_since, created_at, updated_at)
SELECT number, 'Given Family', '', '', '', %(until)s::date, %(until)s, %(until)s
  FROM generate_series(1, %(many)s) AS number
"""
_CUSTOMERS = """
INSERT INTO retention_customer (id, external_id, contact_id, since, plan, tier, currency, created_at, updated_at)
SELECT number, 'C-' || number, number, '2025-01-01', '', '', 'EUR', %(until)s, %(until)s
  FROM generate_series(1, %(many)s) AS number
"""
# Visits, purchases and other things, evenly over the four weeks before and the forty days that follow.
_EVENTS = """
INSERT INTO contacts_event (contact_id, name_id, kind, occurred_at, received_at, machine, flag, amount, currency,
                            reference, properties)
SELECT number, n.id, k.kind, %(until)s::timestamptz + (random() * 96 - 56) * interval '1 day', %(until)s, false, '',
       CASE WHEN k.kind = 7 THEN 49 END, CASE WHEN k.kind = 7 THEN 'EUR' ELSE '' END, '', '{}'::jsonb
  FROM generate_series(1, %(many)s) AS number
 CROSS JOIN generate_series(1, %(each)s)
 CROSS JOIN LATERAL (SELECT (ARRAY[1, 7, 5, 30, 30])[1 + (random() * 4 + number * 0)::int] AS kind) AS k
  JOIN (SELECT kind, min(id) AS id FROM contacts_eventname GROUP BY kind) AS n ON n.kind = k.kind
"""
_ENROLMENTS = """
INSERT INTO retention_enrolment (customer_id, contact_id, playbook_id, version_id, experiment_id, arm, status,
                                 fitted_at, started_at, expires_at, look_at, why, worth, rank, waits_for, "end",
                                 end_note)
SELECT customer_id, contact_id, %(playbook)s, %(version)s, experiment_id, arm, 'active', assigned_at, assigned_at,
       assigned_at + interval '30 days', NULL, '{}', '{}', 0, '', '', ''
  FROM retention_assignment WHERE experiment_id = %(experiment)s AND arm = 'treated'
"""
_RUNS = """
INSERT INTO retention_steprun (enrolment_id, step_id, outcome, at, due_at, channel, why, cost)
SELECT n.id, s.id, 'skipped', n.started_at, n.started_at, 'email', 'Measured', 0.5
  FROM retention_enrolment n JOIN retention_playbookstep s ON s.version_id = n.version_id
 WHERE n.version_id = %(version)s
"""
