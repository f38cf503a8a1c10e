"""`manage.py backtest`: how well a score model would have told who lapsed."""

from __future__ import annotations

import csv
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper
from django.db import transaction
from django.utils import timezone

from contacts.importing.commands import read_as_of, tables_expected
from contacts.importing.errors import WrongArguments
from contacts.ingest.inbox import take_everything_in
from retention import services
from retention.models import ScoreVersion
from retention.rules.backtest import CEILING, Measure
from retention.states import Lapse

COLUMNS = (
    "at", "band", "customers", "lapsed", "precision", "lift", "flagged", "caught", "precision_above", "lift_above",
    "recall", "false_positives", "false_positive_share", "over_ceiling", "stayers_flagged", "said_wrong", "base_rate",
    "auc",
)  # fmt: skip


class Command(BaseCommand):
    """Scores everybody at past moments by one model and counts who lapsed afterwards. Writes nothing."""

    help = (
        "Score all customers of a past day by one model, and count who lapsed in the days after it: precision, recall "
        "and lift of each band, and the AUC. Writes nothing to the database."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--model", required=True, metavar="NAME", help="a version, for instance at-risk-v1")
        parser.add_argument(
            "--as-of", required=True, action="append", metavar="T", help="a past day or time; may be given repeatedly"
        )
        parser.add_argument("--horizon", type=int, default=90, metavar="DAYS", help="days to look ahead (90)")
        parser.add_argument("--lapse", choices=Lapse.values, default=Lapse.NO_ACTIVITY, help="what counts as lapsed")
        parser.add_argument(
            "--ceiling", type=float, default=CEILING, metavar="SHARE", help="most false positives a band may have (0.5)"
        )
        parser.add_argument("--csv", metavar="FILE", help="write a row for each band; - is standard output")

    @tables_expected()
    def handle(self, *args: Any, **options: Any) -> None:
        version = _version(options["model"])
        take_everything_in()
        try:
            moments = services.check_backtest(
                dates=[read_as_of(text) for text in options["as_of"]],
                horizon_days=options["horizon"],
                lapse=options["lapse"],
                ceiling=options["ceiling"],
                now=timezone.now(),
            )
            model = services.sound(version)
        except WrongArguments as wrong:
            raise CommandError(str(wrong)) from wrong
        except services.Refused as refused:
            raise CommandError(refused.sentence) from refused
        words = self.stderr if options["csv"] == "-" else self.stdout
        rows: list[dict[str, Any]] = []
        for at in moments:
            with transaction.atomic():
                tallies = services.outcome(model=model, at=at, horizon_days=options["horizon"], lapse=options["lapse"])
                wrong_flags = services.said_wrong(version, at, options["horizon"])
            found = services.measured_by(model, [tallies], options["ceiling"], wrong_flags)
            rows += _rows(at, found)
            words.write(
                f"{at:%Y-%m-%d}: {found.customers:,} customers, {found.lapsed:,} lapsed"
                f" ({_percent(found.base_rate)}), AUC {_number(found.auc)}."
            )
            for band in found.bands:
                words.write(
                    f"  {band.band:6} {band.customers:7,}  precision {_percent(band.precision):>6}"
                    f"  recall {_percent(band.recall):>6}  lift {_number(band.lift):>6}"
                    f"{'  more false positives than the ceiling' if band.over_ceiling else ''}"
                )
        if options["csv"]:
            _write(options["csv"], self.stdout, rows)


def _version(name: str) -> ScoreVersion:
    versions = {one.name: one for one in ScoreVersion.objects.select_related("model")}
    if name not in versions:
        raise CommandError(f"There is no model {name}. There are {', '.join(sorted(versions)) or 'none yet'}.")
    return versions[name]


def _rows(at: datetime, found: Measure) -> list[dict[str, Any]]:
    rows = []
    for band in found.as_json()["bands"]:
        row = {**band, "at": at.isoformat(), "base_rate": found.base_rate, "auc": found.auc}
        rows.append({name: _number(row[name]) if isinstance(row[name], float) else row[name] for name in COLUMNS})
    return rows


def _write(target: str, standard_output: OutputWrapper, rows: list[dict[str, Any]]) -> None:
    try:
        with nullcontext(standard_output) if target == "-" else open(target, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    except OSError as error:
        raise CommandError(f"{target} cannot be written: {error.strerror}.") from error


def _number(given: float | None) -> str:
    return "" if given is None else f"{given:.4f}"


def _percent(given: float | None) -> str:
    return "none" if given is None else f"{given:.1%}"
