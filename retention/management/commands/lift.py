"""`manage.py lift`: what a comparison of two groups shows, and what it was worth."""

from __future__ import annotations

import json
import re
from argparse import ArgumentTypeError
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from contacts.importing.commands import WRONG_ARGUMENTS
from retention.rules import money
from retention.rules.experiments import lift, telling
from retention.rules.experiments.samples import Count, Estimate
from retention.states import Kpi

#: More than there are people. Beyond it a number is a slip of the finger.
MOST = 10_000_000_000


class Command(BaseCommand):
    """The arithmetic that experiments use, on two counts. Reads and writes nothing."""

    help = (
        "Compare two groups: how many more came back because of what you did, how sure that is, and what it was worth "
        "after its cost. Prints JSON; docs/money.md explains every key. Uses no database."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        counts = "how many came back, of how many, for instance 180/2000"
        parser.add_argument("--treated", required=True, type=_count, metavar="N/OF", help=f"treated: {counts}")
        parser.add_argument("--control", required=True, type=_count, metavar="N/OF", help=f"left alone: {counts}")
        parser.add_argument(
            "--revenue", required=True, type=_amount, metavar="AMOUNT", help="what one who came back brings on average"
        )
        parser.add_argument("--cost", required=True, type=_amount, metavar="AMOUNT", help="what it all cost")
        parser.add_argument(
            "--days", type=_days, default=money.DAYS, metavar="DAYS", help="over how many days they bring it (30)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        treated, control = options["treated"], options["control"]
        try:
            found = money.figures(
                treated, control, revenue_each=options["revenue"], cost=options["cost"], days=options["days"]
            )
        except ValueError as wrong:
            raise CommandError(str(wrong), returncode=WRONG_ARGUMENTS) from wrong
        answer = _answer(treated, control, found)
        self.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False, allow_nan=False))


def _answer(treated: Count, control: Count, found: money.Figures) -> dict[str, Any]:
    measured, low, high = found.measured, found.low, found.high
    answer: dict[str, Any] = {
        "treated_percent": _number(treated.share * 100, 2),
        "control_percent": _number(control.share * 100, 2),
        "lift_points": _number(found.lift.point * 100, 1),
        "lift_interval_points": _points(found.lift),
        "relative_lift_percent": _relative(lift.relative(treated, control)),
        "incremental_conversions": _plain(measured.conversions),
        "incremental_conversions_interval": [_plain(low.conversions), _plain(high.conversions)],
        "revenue": _plain(measured.revenue),
        "cost": _plain(found.cost),
        "net": _plain(measured.net),
        "net_interval": [_plain(low.net), _plain(high.net)],
        "roi": _plain(measured.roi),
        "roi_interval": None if measured.roi is None else [_plain(low.roi), _plain(high.roi)],
    }
    if measured.roi is None:
        answer["roi_reason"] = "There is no cost, so there is nothing to divide by."
    answer |= {
        "net_per_conversion": _plain(measured.net_each),
        "payback_days": measured.payback_days,
        "sure": found.lift.interval.shows != 0,
        "sentence": _sentence(treated, control, found),
        "sensitivity": [
            {
                "what": case.what,
                "conversions": _plain(case.outcome.conversions),
                "revenue": _plain(case.outcome.revenue),
                "net": _plain(case.outcome.net),
                "roi": _plain(case.outcome.roi),
                "payback_days": case.outcome.payback_days,
            }
            for case in found.sensitivity
        ],
    }
    return answer


def _sentence(treated: Count, control: Count, found: money.Figures) -> str:
    return telling.sentence(
        kpi=Kpi.REACTIVATION,
        days=found.days,
        treated=(treated.n, treated.share),
        holdout=(control.n, control.share),
        readable=found.lift,
        planned=True,
        alarm="",
        figures=found,
        staggered=False,
    )


def _relative(found: Estimate | None) -> float | int | None:
    return None if found is None else _number(found.point * 100, 1)


def _points(found: Estimate) -> list[float | int]:
    return [_number(found.interval.low * 100, 1), _number(found.interval.high * 100, 1)]


def _number(value: float, places: int) -> float | int:
    return _short(round(Decimal(repr(value)), places))


def _plain(value: Decimal | None) -> float | int | None:
    return None if value is None else _short(value)


def _short(value: Decimal) -> float | int:
    return int(value) if value == value.to_integral_value() else float(value)


def _count(text: str) -> Count:
    """180/2000 as a count. Refuses, in words, what is none."""
    found = re.fullmatch(r"\s*(-?\d+)\s*/\s*(-?\d+)\s*", text, re.ASCII)
    if found is None:
        raise ArgumentTypeError(f"“{text}” is no count. Write how many came back, of how many, for instance 180/2000.")
    if max(map(len, found.groups())) > len(str(MOST)):
        raise ArgumentTypeError(f"“{text}” is more customers than there can be.")
    hits, of = int(found[1]), int(found[2])
    if hits < 0 or of < 0:
        raise ArgumentTypeError(f"“{text}” has a number below nought. Counts are nought or more.")
    if not of:
        raise ArgumentTypeError(f"“{text}” is a group of nobody. There is nothing to compare with.")
    if hits > of:
        raise ArgumentTypeError(f"“{text}” says that more came back than there were. Write the smaller number first.")
    return Count(hits, of)


def _amount(text: str) -> Decimal:
    """An amount of money. Refuses, in words, what is none."""
    found = re.fullmatch(r"\s*(-?)(\d+(?:\.\d+)?)\s*", text, re.ASCII)
    if found is None:
        raise ArgumentTypeError(f"“{text}” is no amount. Write a number such as 45 or 45.50.")
    if found[1]:
        raise ArgumentTypeError(f"“{text}” is below nought. An amount is nought or more.")
    amount = Decimal(found[2])
    if amount > MOST:
        raise ArgumentTypeError(f"“{text}” is more than anybody pays.")
    return amount


def _days(text: str) -> int:
    if not re.fullmatch(r"\d{1,4}", text, re.ASCII) or not 1 <= int(text) <= money.MOST_DAYS:
        raise ArgumentTypeError(f"“{text}” is no number of days. Write a whole number from 1 to {money.MOST_DAYS}.")
    return int(text)
