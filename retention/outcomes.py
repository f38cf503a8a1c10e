"""What came of trials, laid out to be read: who moves where, and how well a score told beforehand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F, Func, JSONField, QuerySet

from retention.models import ScoreVersion
from retention.rules.trials import MOST_NAMED, NO_BAND
from retention.rules.words import signed
from retention.states import Band, Lapse

#: So many of those who move are on one page.
NAMED = 50
BANDS: dict[str, str] = {**{band.value: band.label for band in reversed(Band)}, NO_BAND: "No model"}


def without_names(trials: QuerySet[Any]) -> Any:
    """Trials whose list of names stays in the database: ``shown`` is the rest of the result."""
    return trials.defer("result").annotate(
        shown=Func(F("result"), template="(%(expressions)s - 'named'::text)", output_field=JSONField())
    )


def named_of(trial_id: int, start: int) -> list[dict[str, Any]]:
    """Those who move, from the one at this place on (0 is the first), as many as fit a page, with words for a page."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT jsonb_path_query_array(result, format('$.named[%%s to %%s]', %s::int, %s::int)::jsonpath)::text"
            " FROM retention_scoretrial WHERE id = %s",
            [start, start + NAMED - 1, trial_id],
        )
        (found,) = cursor.fetchone()
    return [
        {
            **one,
            "from": BANDS[one["from"]],
            "to": BANDS[one["to"]],
            "difference": signed(one["total_after"] - one["total_before"])
            if one["total_after"] is not None and one["total_before"] is not None
            else "",
        }
        for one in json.loads(found)
    ]


class WhatIfShown:
    """The result of a what-if (`retention.rules.trials`), as tables."""

    def __init__(self, result: Mapping[str, Any]) -> None:
        self.result = result
        self.at = datetime.fromisoformat(result["at"])
        self.customers: int = result["customers"]
        self.moved: int = result["moved"]
        self.named: int = min(self.moved, MOST_NAMED)

    @property
    def bands(self) -> list[tuple[str, str]]:
        """The bands that occur; the place for nobody's model only where somebody is in it."""
        before, after = self.result["before"], self.result["after"]
        return [(key, label) for key, label in BANDS.items() if key != NO_BAND or before[key] or after[key]]

    @property
    def matrix(self) -> list[dict[str, Any]]:
        """For each band of today, how many would be in each band then."""
        moves = {(one["from"], one["to"]): one["customers"] for one in self.result["moves"]}
        rows = []
        for key, label in self.bands:
            gone = sum(count for (source, _), count in moves.items() if source == key)
            cells = [
                {
                    "label": other_label,
                    "same": other == key,
                    "count": self.result["before"][key] - gone if other == key else moves.get((key, other), 0),
                }
                for other, other_label in self.bands
            ]
            rows.append({"label": label, "cells": cells, "before": self.result["before"][key]})
        return rows

    @property
    def after(self) -> list[dict[str, Any]]:
        return [{"label": label, "count": self.result["after"][key]} for key, label in self.bands]

    @property
    def work(self) -> list[dict[str, str]]:
        """What four weeks ask for, now and then."""
        names = {
            "messages": "Messages",
            "calls": "Calls",
            "review_hours": "Hours of review",
            "call_hours": "Hours of calls",
            "cost": "Cost at most",
        }
        rows = []
        for name, label in names.items():
            before, after = self.result["work_before"][name], self.result["work_after"][name]
            if before is None and after is None:
                continue
            extra = self.result["extra"][name]
            rows.append(
                {
                    "label": label,
                    "before": _rounded(before),
                    "after": _rounded(after),
                    "extra": ("+" if Decimal(extra) > 0 else "−" if Decimal(extra) < 0 else "")
                    + _rounded(abs(Decimal(extra))),
                }
            )
        return rows

    @property
    def review(self) -> str:
        """How long a review is taken to last, and whether that was measured."""
        found = self.result["review"]
        seconds = _duration(found["seconds"])
        if found["assumed"]:
            return f"Assumed: {seconds} for a review, since too few decisions are recorded yet to measure it."
        return f"Measured: {seconds} for a review, the middle of {found['decisions']:,} decisions of the last 90 days."

    @property
    def call(self) -> str:
        found = self.result["call"]
        measured = "Assumed" if found["assumed"] else "Measured"
        return f"{measured}: {_duration(found['seconds'])} for a call with the note after it."

    @property
    def quotas(self) -> list[dict[str, Any]]:
        """Bands whose contacts a week would be more than their quota."""
        over = [one for one in self.result["quotas"] if one["exceeded"]]
        names = {
            one.pk: one.name
            for one in ScoreVersion.objects.select_related("model").filter(pk__in=[one["version"] for one in over])
        }
        return [
            {
                "model": names.get(one["version"], ""),
                "band": BANDS[one["band"]],
                "contacts": _rounded(one["contacts_a_week"]),
                "quota": one["weekly_quota"],
            }
            for one in over
        ]

    @property
    def other_model(self) -> int:
        """How many another model would score."""
        return sum(one["customers"] for one in self.result["models"])


class BacktestShown:
    """The result of a backtest (`retention.rules.backtest`), as tables and bars."""

    def __init__(self, result: Mapping[str, Any]) -> None:
        self.result = result
        self.lapse = Lapse(result["lapse"]).label
        self.horizon_days: int = result["horizon_days"]
        self.ceiling = _percent(result["ceiling"])
        self.overall = Measured(result["overall"])
        self.dates = [Measured(one, datetime.fromisoformat(one["at"])) for one in result["dates"]]


class Measured:
    """One date of a backtest, or all of them together."""

    def __init__(self, measure: Mapping[str, Any], at: datetime | None = None) -> None:
        self.at = at
        self.customers: int = measure["customers"]
        self.lapsed: int = measure["lapsed"]
        self.base_rate = _percent(measure["base_rate"])
        self.base_percent = round(100 * measure["base_rate"]) if measure["base_rate"] is not None else 0
        self.auc: float | None = measure["auc"]
        self.auc_shown = "" if self.auc is None else f"{self.auc:.3f}"
        self.bands = [
            {
                **one,
                "label": BANDS[one["band"]],
                "precision_percent": round(100 * (one["precision"] or 0)),
                "precision_shown": _percent(one["precision"]),
                "lift_shown": "" if one["lift"] is None else f"{one['lift']:.1f} times",
                "recall_shown": _percent(one["recall"]),
                "false_shown": _percent(one["false_positive_share"]),
            }
            for one in measure["bands"]
        ]

    @property
    def auc_words(self) -> str:
        """What the AUC means."""
        if self.auc is None:
            return "Nobody lapsed, or nobody stayed, so there is nothing to tell apart."
        return (
            f"Of two customers, one who lapsed and one who stayed, the one who lapsed had the higher score in "
            f"{self.auc:.0%} of all pairs. Guessing gives 50%."
        )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


def _rounded(number: Any) -> str:
    value = Decimal(str(number or 0))
    return f"{value:,.0f}" if abs(value) >= 100 or value == value.to_integral_value() else f"{value:,.1f}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{round(seconds)} seconds"
    minutes = round(seconds / 60, 1)
    return f"{minutes:g} minutes"
