"""The measures as tables: the same for the page and for the files, each with its definition in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from urllib.parse import urlencode

from django.urls import reverse

from followups import measures
from followups.measures import Day, Outcomes, Period, Scope
from followups.measures.endings import BY_HAND
from followups.rules.measures import NOBODY, Interval, Rate, intervals
from followups.states import DecisionReason, ReasonKind, Stage

PARTS = {
    "cadence": "Cadence",
    "stage": "Stage",
    "territory": "Territory",
    "source": "Source",
    "tag": "Tag",
    "owner": "Owner",
    "team": "Team",
    "angle": "Angle",
    "reason": "Reason kind",
}
STEPS = {"close_loop": "Closing note", "nurture": "Nurture"}
CONDITIONS: dict[str, str] = {**dict(DecisionReason.choices), BY_HAND: "Ended by a person"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. ``value`` goes into files; ``words`` is what the page shows, with a link and a bar where there are.

    ``fill``, ``low`` and ``high`` are per cent of the bar's length; the last two mark the interval.
    """

    value: object
    words: str = ""
    url: str = ""
    fill: str = ""
    low: str = ""
    high: str = ""
    sure: str = ""

    @property
    def shown(self) -> str:
        return self.words or str(self.value)


@dataclass(frozen=True, slots=True)
class Table:
    """One measure. ``definition`` says exactly what is counted; ``empty`` what to say where there is nothing."""

    key: str
    title: str
    definition: str
    columns: tuple[str, ...]
    rows: list[list[Cell]]
    empty: str = "Nothing was counted in this period."
    remark: str = ""

    def lines(self) -> Iterator[list[object]]:
        """For a file."""
        return ([cell.value for cell in row] for row in self.rows)


class Report:
    """Everything about one period and one part of the leads. What two tables need is asked once."""

    def __init__(self, scope: Scope, period: Period, *, now: datetime, address: str) -> None:
        self.scope, self.period, self.now, self.address = scope, period, now, address

    @property
    def rate(self) -> Rate:
        """The disposition rate as it stands: where the curve has come to."""
        return self.days[-1].rate if self.days else Rate(0, 0)

    @cached_property
    def days(self) -> list[Day]:
        return measures.disposition_curve(self.scope, self.period, now=self.now)

    @cached_property
    def outcomes(self) -> list[Outcomes]:
        return measures.outcomes_of_messages(self.scope, self.period, now=self.now)

    def link(self, what: str, key: str = "") -> str:
        """The leads behind a number."""
        chosen = urlencode({"what": what, **({"key": key} if key else {})})
        return f"{reverse('followups:leads_behind')}?{chosen}&{self.address}"

    def count(self, number: int, what: str, key: str = "") -> Cell:
        """A number, with a link to its leads where there are any."""
        return Cell(number, f"{number:,}", self.link(what, key) if number else "")

    def narrowed(self, by: str, key: str) -> str:
        """The same page for this part alone."""
        return f"{reverse('followups:no_response')}?{self.address}&{urlencode({by: key})}"


def disposition_by_segment(report: Report) -> Table:
    found = measures.disposition_by_segment(report.scope, report.period, now=report.now)
    return Table(
        "disposition_by_segment",
        "Disposition rate by segment",
        "The disposition rate of each part of the leads. A lead counts once in each kind of part, and for every tag it"
        " has. Stage, territory, source, tags, owner and team are those it has now; the cadence is the one under which"
        " it fell silent.",
        ("By", "Which", "Silent", "With an outcome", "Open", "Rate"),
        [
            [
                Cell(PARTS[one.by]),
                Cell(_named(one.by, one.label), url=report.narrowed(one.by, one.key) if one.key else ""),
                Cell(one.rate.total, f"{one.rate.total:,}"),
                Cell(one.rate.count, f"{one.rate.count:,}"),
                Cell(one.rate.rest, f"{one.rate.rest:,}"),
                _rate(one.rate),
            ]
            for one in sorted(found, key=lambda one: list(PARTS).index(one.by))
        ],
        "Nobody fell silent in this period.",
    )


def disposition_by_day(report: Report) -> Table:
    return Table(
        "disposition_by_day",
        "Disposition rate day by day",
        "The disposition rate at the end of each day (UTC): who had fallen silent since the first day of the period,"
        " and how many of them had an outcome by then.",
        ("Day", "Silent", "With an outcome", "Rate"),
        [
            [
                Cell(one.day, f"{one.day:%-d %b %Y}"),
                Cell(one.rate.total, f"{one.rate.total:,}"),
                Cell(one.rate.count, f"{one.rate.count:,}"),
                _rate(one.rate),
            ]
            for one in report.days
        ],
    )


def responses_by_step(report: Report) -> Table:
    steps = [one for one in report.outcomes if one.by == "step"]
    return Table(
        "responses_by_step",
        "Response rate by step",
        "Of the messages of each step that left in the period, the share that a person answered: somebody wrote about"
        " the lead after the message and before the next one, by today. A no counts as an answer; automatic replies"
        " and out-of-office notes do not.",
        ("Step", "Sent", "Answered", "Response rate"),
        [
            [
                Cell(_step(one.key)),
                report.count(one.sent, "sent", f"step:{one.key}"),
                report.count(one.answers, "answered", f"step:{one.key}"),
                _rate(one.answered, sure),
            ]
            for one, sure in zip(steps, intervals([one.answered for one in steps]), strict=True)
        ],
        "No message left in this period.",
    )


def outcomes_by_part(report: Report) -> Table:
    parts = [one for by in ("cadence", "angle", "reason") for one in report.outcomes if one.by == by]
    return Table(
        "outcomes",
        "What messages achieve, by cadence, angle and reason",
        "The messages that left in the period, by the cadence they belong to, the angle of their step and the kind of"
        " reason they gave. Answers, opt-outs, complaints and plain noes are counted as in the measures beside this"
        " one.",
        ("By", "Which", "Sent", "Answered", "Response rate", "Said no", "Opted out", "Complained"),
        [
            [
                Cell(PARTS[one.by]),
                Cell(_named(one.by, one.label)),
                report.count(one.sent, "sent", f"{one.by}:{one.key}"),
                report.count(one.answers, "answered", f"{one.by}:{one.key}"),
                _rate(one.answered, sure),
                report.count(one.said_no, "said_no", f"{one.by}:{one.key}"),
                report.count(one.opted_out, "opted_out", f"{one.by}:{one.key}"),
                report.count(one.complained, "complained", f"{one.by}:{one.key}"),
            ]
            for one, sure in zip(parts, intervals([one.answered for one in parts]), strict=True)
        ],
        "No message left in this period.",
    )


def refusals(report: Report) -> Table:
    whole = next((one for one in report.outcomes if one.by == "all"), None)
    sent = whole.sent if whole is not None else 0
    counted = [
        ("Opted out", "opted_out", whole.opted_out if whole is not None else 0),
        ("Reported as spam", "complained", whole.complained if whole is not None else 0),
        ("Said no", "said_no", whole.said_no if whole is not None else 0),
    ]
    rates = [Rate(number, sent) for _, _, number in counted]
    return Table(
        "refusals",
        "Opt-out and complaint rate",
        "Of the messages that left in the period, the share after which the person opted out, reported spam or plainly"
        " said no: on that channel or on all, before the next message to them, by today. What turned out to be a"
        " mistake and was lifted does not count.",
        ("What they did", "Times", "Of messages", "Rate"),
        [
            [Cell(label), report.count(number, what, "all:"), Cell(sent, f"{sent:,}"), _rate(rate, sure)]
            for (label, what, number), rate, sure in zip(counted, rates, intervals(rates), strict=True)
        ],
    )


def stops(report: Report) -> Table:
    return Table(
        "stops",
        "Stops by condition",
        "How many leads stopped in the period: a decision to stop was stored whose condition the decision before did"
        " not have. A lead counts once for each condition. “Ended by a person” are leads that somebody stopped by"
        " hand.",
        ("Condition", "Leads"),
        [
            [Cell(CONDITIONS.get(one.condition, one.condition)), report.count(one.leads, "stopped", one.condition)]
            for one in measures.stops_by_condition(report.scope, report.period, now=report.now)
        ],
        "Nothing stopped in this period.",
    )


def stale(report: Report) -> Table:
    found = measures.stale_leads(report.scope, report.period, now=report.now)
    if found.reduction is None:
        remark = f"{found.after - found.before:,} more than at the beginning."
    elif not found.reduction.total:
        remark = "There were none to reduce."
    elif not found.reduction.count:
        remark = f"As many as at the beginning. {found.still:,} are the same."
    else:
        remark = f"Reduced by {found.reduction.words}: {found.reduction.count:,} fewer. {found.still:,} are the same."
    return Table(
        "stale",
        "Stale leads",
        "Open leads that had been silent for longer than the most days of their cadence, when the period began and when"
        " it ended (or now). Open is a lead without an outcome that is neither won nor lost; its silence begins with"
        " our first touch after their last answer. The reduction is the share by which they became fewer.",
        ("When", "Stale", "Open", "Share"),
        [
            [
                Cell("At the beginning"),
                report.count(found.before, "stale_before"),
                Cell(found.open_before, f"{found.open_before:,}"),
                _rate(Rate(found.before, found.open_before)),
            ],
            [
                Cell("At the end"),
                report.count(found.after, "stale_after"),
                Cell(found.open_after, f"{found.open_after:,}"),
                _rate(Rate(found.after, found.open_after)),
            ],
        ],
        remark=remark,
    )


def close_loop(report: Report) -> Table:
    found = measures.close_loop_reviews(report.scope, report.period, now=report.now)
    return Table(
        "close_loop",
        "Owner review of closing notes",
        "Of the closing notes written in the period, the share that a person decided about: approved, suppressed or"
        " closed out, or closed the lead instead. Notes that were taken back because the lead moved first are left out."
        " The time runs from the decision that asked for the note to the person's.",
        ("What", "Closing notes"),
        [
            [Cell("Written"), report.count(found.written, "closing")],
            [Cell("Decided by a person"), report.count(found.decided, "closing_decided")],
            [Cell("Waiting for a decision"), report.count(found.waiting, "closing_waiting")],
            [Cell("Left without a decision by a person"), report.count(found.unread, "closing_unread")],
            [Cell("Taken back before anybody decided"), report.count(found.overtaken, "closing_overtaken")],
            [Cell("Owner review rate"), _rate(found.rate, *intervals([found.rate]))],
            [Cell("Half were decided within"), _time(found.median)],
            [Cell("Nine of ten were decided within"), _time(found.slowest_tenth)],
        ],
    )


def nurture(report: Report) -> Table:
    leads = measures.nurture_handoffs(report.scope, report.period, now=report.now)
    return Table(
        "nurture",
        "Handed over to nurture",
        "How many leads moved to nurture in the period, by the rules or by a person. Each counts once.",
        ("What", "Leads"),
        [[Cell("Moved to nurture"), report.count(leads, "nurture")]],
    )


#: In the order of the page.
TABLES: dict[str, Callable[[Report], Table]] = {
    "disposition_by_day": disposition_by_day,
    "disposition_by_segment": disposition_by_segment,
    "responses_by_step": responses_by_step,
    "refusals": refusals,
    "stops": stops,
    "stale": stale,
    "close_loop": close_loop,
    "nurture": nurture,
    "outcomes": outcomes_by_part,
}


def _rate(rate: Rate, sure: Interval | None = None) -> Cell:
    if rate.percent is None:
        return Cell("", NOBODY)
    if sure is None:
        return Cell(rate.percent, rate.words, fill=str(rate.percent))
    return Cell(
        rate.percent,
        rate.words,
        fill=str(rate.percent),
        low=f"{sure.low * 100:.2f}",
        high=f"{sure.high * 100:.2f}",
        sure=sure.words,
    )


def _time(taken: timedelta | None) -> Cell:
    """Hours in files; words on the page."""
    if taken is None:
        return Cell("", NOBODY)
    hours = taken.total_seconds() / 3600
    words = f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} hours" if hours >= 1 else "an hour"
    return Cell(f"{hours:.2f}", words)


def _step(key: str) -> str:
    kind, _, position = key.partition(":")
    return STEPS.get(kind, f"Message {position}")


def _named(by: str, label: str) -> str:
    if not label:
        return "None"
    if by == "stage":
        return Stage(label).label
    if by == "reason":
        return dict[str, str](ReasonKind.choices).get(label, label)
    return label.replace("_", " ").capitalize() if by == "angle" else label


def all_tables(report: Report, keys: Iterable[str] = TABLES) -> list[Table]:
    """These tables, in their order."""
    return [TABLES[key](report) for key in keys]
