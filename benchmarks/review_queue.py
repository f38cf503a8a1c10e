"""The review queue with very many drafts, against an empty page of the same person.

Over real HTTP, with the web server as `make demo` runs it, 1 and 16 visitors ask for a page again as soon as they have
it. The floor is a page that is signed in, has the frame and the menu, and says nothing (`benchmarks.urls`); beside it
stand a page without a session (`/healthz`, mostly the cost of asking) and the queue of somebody who has nothing. Pages
take turns: in each round every page is asked for a few seconds, with 1 visitor and then with 16. The visitors share the
machine with the server, so what they cost is in every figure, in the floor as well.

Before that, in this process and without a network: where the time of a page goes (statements, rows, templates and the
rest), and the page numbered 1,000 by its place against page 1, with paging by number (OFFSET) for comparison.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from unittest import mock

from django.conf import settings
from django.db import connection
from django.template.backends.django import Template
from django.test import Client
from django.utils import timezone

from benchmarks.database import own_database
from benchmarks.drafts import Desk, make_drafts
from benchmarks.measure import interleave, milliseconds, percentile, progress, say, table, times, whole
from benchmarks.web import Page, cookie_of, serving, visit
from outreach.models import Draft
from outreach.models.drafts import DraftQuerySet
from reviews.queue import PAGE, page, whose
from reviews.rows import queue_rows
from reviews.rules import QueuePlace, place_to_text
from staff.models import User

VISITORS = (1, 16)
DEEP_PAGE = 1_000
EMPTY = "empty signed-in page"
GOAL_P95_RATIO = 4.0
_ATTRIBUTED, _ATTRIBUTED_SECONDS = 40, 8.0


def measure(drafts: int, rounds: int, seconds: float) -> dict[str, Any]:
    """Measure with so many drafts; each page is asked for ``seconds`` in each round."""
    with own_database():
        progress(f"queue: making {drafts:,} drafts")
        desk = make_drafts(drafts)
        deep = _deep_page(desk)
        pages = _pages(desk, deep)
        progress("queue: where the time goes")
        parts = {one.name: _parts(one) for one in pages if one.cookies}
        paging = _paging(desk, rounds)
        with serving() as port:
            answers = _ask_all(port, [one for one in pages if one.crowd], rounds, seconds)
    http = {name: _summary(name, answers) for name in answers[VISITORS[0]]}
    _print(drafts, http, parts, paging)
    return {
        "drafts": drafts,
        "rounds": rounds,
        "seconds_per_page_and_round": seconds,
        "goal_p95_ratio": GOAL_P95_RATIO,
        "http": http,
        "parts": parts,
        "paging": paging,
    }


def _pages(desk: Desk, deep: tuple[int, QueuePlace]) -> list[Page]:
    owners = [cookie_of(owner) for owner in desk.owners[: max(VISITORS)]]
    idle = [cookie_of(owner) for owner in desk.idle]
    manager = [cookie_of(desk.managers[0])]
    number, place = deep
    return [
        Page("no session (/healthz)", "/healthz", []),
        Page(EMPTY, "/benchmark/empty/", owners, "Rekindle"),
        Page("queue of somebody with nothing", "/reviews/", idle, "Nothing waits for you"),
        Page("queue, mine", "/reviews/", owners, "Family"),
        Page(
            f"queue, mine, page {number:,}",
            f"/reviews/?after={place_to_text(place)}",
            [cookie_of(desk.heavy)],
            "Family",
        ),
        Page("queue, my team's", "/reviews/?whose=team", owners, "Family"),
        Page("queue, every team's", "/reviews/?whose=team", manager, "Family"),
        Page("queue, nobody's", "/reviews/?whose=unassigned", owners, "Family"),
        Page("queue, snoozed", "/reviews/?status=snoozed", owners, "They are away"),
        Page("what arrived in it", f"/reviews/arrived/?since={_moments_ago()}", owners, "", nothing=True),
        Page(
            "what arrived, every team's",
            f"/reviews/arrived/?whose=team&since={_moments_ago()}",
            manager,
            "",
            nothing=True,
        ),
        Page("approve several", "/reviews/many/", owners, "may be approved together"),
        Page("queue, mine, searched", "/reviews/?q=Given976", owners, "Review queue"),
        Page("queue, mine, a word of every text", "/reviews/?q=rollout", owners, "Review queue", crowd=False),
        Page("queue, every team's, searched", "/reviews/?whose=team&q=Given976", manager, "Review queue", crowd=False),
        Page("queue, every team's, a word of one text", "/reviews/?whose=team&q=76543", manager, "Review", crowd=False),
        Page(
            "queue, every team's, a word of every text",
            "/reviews/?whose=team&q=rollout",
            manager,
            "Family",
            crowd=False,
        ),
    ]


def _moments_ago() -> str:
    return place_to_text(QueuePlace(timezone.now() - timedelta(seconds=20), 0))


def _deep_page(desk: Desk) -> tuple[int, QueuePlace]:
    """Page 1,000 of whoever has most, or the last full page where there are fewer, and the place it begins after."""
    mine = whose(desk.heavy, "mine", Draft.objects.awaiting_review())
    number = min(DEEP_PAGE, mine.count() // PAGE)
    return number, _place_before(mine, number)


def _place_before(drafts: DraftQuerySet, number: int) -> QueuePlace:
    rank_at, pk = drafts.values_list("rank_at", "pk")[(number - 1) * PAGE - 1]
    return QueuePlace(rank_at, pk)


def _ask_all(port: int, pages: list[Page], rounds: int, seconds: float) -> dict[int, dict[str, list[list[float]]]]:
    """visitors → page → one list of answer times for each round. Round zero warms both worker processes up."""
    found: dict[int, dict[str, list[list[float]]]] = {many: {one.name: [] for one in pages} for many in VISITORS}
    for number in range(rounds + 1):
        progress(f"queue: round {number} of {rounds}")
        for one in pages:
            for many in VISITORS:
                answers = visit(port, one, many, seconds)
                if number:
                    found[many][one.name].append(answers)
    return found


def _summary(name: str, answers: dict[int, dict[str, list[list[float]]]]) -> dict[str, Any]:
    summary = {}
    for many, pages in answers.items():
        p50, p95 = ([percentile(one, share) for one in pages[name]] for share in (0.5, 0.95))
        floors = {share: [percentile(one, share) for one in pages[EMPTY]] for share in (0.5, 0.95)}
        summary[str(many)] = {
            "p50_seconds": statistics.median(p50),
            "p95_seconds": statistics.median(p95),
            "p95_spread": (min(p95), max(p95)),
            "p50_ratio": statistics.median(a / b for a, b in zip(p50, floors[0.5], strict=True)),
            "p95_ratio": statistics.median(a / b for a, b in zip(p95, floors[0.95], strict=True)),
            "answers": sum(len(one) for one in pages[name]),
            # A closed loop: every visitor always waits for an answer.
            "answers_a_second": statistics.median(many * len(one) / sum(one) for one in pages[name]),
        }
    return summary


class _Clock:
    """Adds up the time spent in one kind of work; work within work of the same kind counts once."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.count = 0
        self._depth = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        self._depth += 1
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._depth -= 1
            if self._depth == 0:
                self.seconds += time.perf_counter() - begun
                self.count += 1

    def around(self, act: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.running():
                return act(*args, **kwargs)

        return timed


def _parts(one: Page) -> dict[str, Any]:
    """Seconds of one answer within this process, and of its parts; medians over many answers, without a network.

    Whatever a template asks the database for is counted as statements, not as template.
    """
    visitor = Client()
    name, _, key = one.cookies[0].partition("=")
    assert name == settings.SESSION_COOKIE_NAME
    visitor.cookies[name] = key
    samples: list[tuple[float, ...]] = []
    statements = 0
    enough = time.perf_counter() + _ATTRIBUTED_SECONDS
    for number in range(_ATTRIBUTED + 1):
        if number > 3 and time.perf_counter() > enough:
            break
        sql, rows, templates, within = _Clock(), _Clock(), _Clock(), _Clock()

        def execute(
            call: Any, *args: Any, sql: _Clock = sql, outer: _Clock = templates, within: _Clock = within
        ) -> Any:
            with ExitStack() as stack:
                stack.enter_context(sql.running())
                if outer._depth:
                    stack.enter_context(within.running())
                return call(*args)

        with (
            mock.patch.object(Template, "render", templates.around(Template.render)),
            mock.patch("reviews.views.queue.queue_rows", rows.around(queue_rows)),
            connection.execute_wrapper(execute),
        ):
            begun = time.perf_counter()
            answer = visitor.get(one.path)
            total = time.perf_counter() - begun
        if answer.status_code != (204 if one.nothing else 200):
            raise AssertionError(f"{one.name} answered {answer.status_code}.")
        statements = sql.count
        if number:  # the first one warms up
            template = templates.seconds - within.seconds
            rest = total - sql.seconds - rows.seconds - template
            samples.append((total, sql.seconds, rows.seconds, template, rest))
    total, sql_seconds, row_seconds, template, rest = (statistics.median(each) for each in zip(*samples, strict=True))
    return {
        "total": total,
        "sql": sql_seconds,
        "rows": row_seconds,
        "template": template,
        "rest": rest,
        "statements": statements,
        "bytes": len(answer.content),
    }


def _paging(desk: Desk, rounds: int) -> dict[str, Any]:
    """Page 1, a far page by its place, and the same by OFFSET, through the same function that the view uses."""
    found: dict[str, Any] = {}
    people: list[tuple[str, User, str]] = [("mine", desk.heavy, "mine"), ("every team's", desk.managers[0], "team")]
    for label, user, tab in people:
        drafts = whose(user, tab, Draft.objects.awaiting_review())
        number = min(DEEP_PAGE, drafts.count() // PAGE)
        place = _place_before(drafts, number)
        measured = interleave(
            {
                "page 1": partial(page, drafts, None),
                f"page {number:,} by its place": partial(page, drafts, place),
                f"page {number:,} by OFFSET": partial(_by_offset, drafts, (number - 1) * PAGE),
            },
            rounds=max(rounds * 5, 15),
            warm_up=3,
        )
        found[label] = {
            case: {
                "median": measured.median(case),
                "p95": percentile(measured.seconds[case], 0.95),
                "ratio": measured.ratio(case, "page 1"),
            }
            for case in measured.seconds
        }
    return found


def _by_offset(drafts: DraftQuerySet, start: int) -> None:
    list(drafts.select_related("contact", "owner")[start : start + PAGE + 1])


def _print(drafts: int, http: dict[str, Any], parts: dict[str, Any], paging: dict[str, Any]) -> None:
    for many in map(str, VISITORS):
        table(
            f"Queue of {drafts:,} drafts, {many} visitor{'s' if many != '1' else ''} over HTTP, milliseconds "
            f"(goal: p95 of the queue at most {GOAL_P95_RATIO:g} times the empty page's)",
            ["page", "p50", "p95", "p95 range", "p50 ÷ empty", "p95 ÷ empty", "answers/s"],
            [
                [
                    name,
                    milliseconds(one[many]["p50_seconds"]),
                    milliseconds(one[many]["p95_seconds"]),
                    "–".join(milliseconds(end) for end in one[many]["p95_spread"]),
                    times(one[many]["p50_ratio"]),
                    times(one[many]["p95_ratio"]),
                    whole(one[many]["answers_a_second"]),
                ]
                for name, one in http.items()
            ],
        )
    table(
        "Where the time of one answer goes, in one process without a network, milliseconds",
        ["page", "total", "statements", "time in them", "rows", "template", "rest", "KB"],
        [
            [
                name,
                milliseconds(one["total"]),
                str(one["statements"]),
                *(milliseconds(one[part]) for part in ("sql", "rows", "template", "rest")),
                f"{one['bytes'] / 1000:.0f}",
            ]
            for name, one in parts.items()
        ],
    )
    table(
        "Reading one page of the queue, in one process, milliseconds",
        ["page", "median", "p95", "÷ page 1"],
        [
            [f"{label}: {case}", milliseconds(one["median"]), milliseconds(one["p95"]), times(one["ratio"])]
            for label, cases in paging.items()
            for case, one in cases.items()
        ],
    )
    say()
