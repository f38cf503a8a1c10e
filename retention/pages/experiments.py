"""The pages of experiments: the question, what was locked, how it stands, what it brought, and what was decided.

A page reads the latest reading that was kept and counts that an index answers, however many were assigned.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from retention.models import Experiment, ExperimentReading
from retention.pages import drawing
from retention.pages.playbook import latest_reading
from retention.pages.playbooks import stand_of
from retention.rules.experiments.reading import Reading, may_scale
from retention.rules.experiments.samples import Estimate
from retention.rules.money import Figures, Gate, Outcome, Thresholds
from retention.services.capacity import capacity_rules
from retention.services.experiments import Sample, sample_of
from retention.states import ExperimentStatus, Kpi, ModelStatus, ValueTier

BADGES: dict[str, str] = {
    ExperimentStatus.DRAFT: "badge-wait",
    ExperimentStatus.RUNNING: "badge-ok",
    ExperimentStatus.DECIDED: "badge-quiet",
}
LISTED = 100


@dataclass(frozen=True, slots=True)
class Listed:
    """One experiment of the list."""

    experiment: Experiment
    badge: str
    stand: str
    sentence: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """A name and what is so."""

    label: str
    words: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The draw in one stratum, or over everybody."""

    label: str
    treated: int
    holdout: int
    share: str
    chance: str
    alarm: bool


@dataclass(frozen=True, slots=True)
class Paid:
    """One row of the table of money."""

    what: str
    conversions: Decimal
    revenue: Decimal
    net: Decimal
    roi: str
    payback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Everything the page of an experiment shows."""

    experiment: Experiment
    badge: str
    stand: str
    design: tuple[Line, ...]
    sample: Sample
    needed: tuple[int, int] | None
    kept: ExperimentReading | None
    reading: Reading | None
    figures: tuple[Line, ...]
    looked: bool
    draws: tuple[Drawn, ...]
    contaminated: int
    funnel: drawing.Bars | None
    arms: drawing.Arms | None
    arm_rows: tuple[drawing.Row, ...]
    waterfall: drawing.Bars | None
    money: tuple[Paid, ...]
    sensitivity: tuple[Paid, ...]
    gate: Gate
    currency: str
    now: datetime

    @property
    def days_left(self) -> int | None:
        """Until the planned look; None where there is none, 0 where it has come."""
        at = self.experiment.look_at
        return None if at is None else max(0, -(-int((at - self.now).total_seconds()) // 86_400))

    @property
    def funnel_rows(self) -> list[dict[str, str]]:
        """The table beside the funnel."""
        bars = self.reading.funnel if self.reading is not None else ()
        return [
            {"label": one.label, "customers": f"{one.customers:,}", "share": drawing.percent(one.share)} for one in bars
        ]

    @property
    def may_be_decided(self) -> bool:
        return self.experiment.status == ExperimentStatus.RUNNING

    @property
    def percent_of_needed(self) -> int:
        if self.needed is None:
            return 0
        return min(100, 100 * (self.sample.treated + self.sample.holdout) // max(1, sum(self.needed)))


def listed(*, now: datetime) -> list[Listed]:
    """The newest experiments of versions that are or were in force, in two queries."""
    found = list(
        Experiment.objects.exclude(status=ExperimentStatus.DRAFT, version__status=ModelStatus.RETIRED)
        .select_related("version__playbook")
        .order_by("-id")[:LISTED]
    )
    latest = ExperimentReading.objects.filter(experiment__in=found).order_by("experiment_id", "-at", "-id")
    readings = {one.experiment_id: one for one in latest.distinct("experiment_id")}
    order = {ExperimentStatus.RUNNING: 0, ExperimentStatus.DECIDED: 1, ExperimentStatus.DRAFT: 2}
    found.sort(key=lambda one: (order[ExperimentStatus(one.status)], -one.pk))
    return [_listed(one, readings.get(one.pk), now) for one in found]


def _listed(one: Experiment, reading: ExperimentReading | None, now: datetime) -> Listed:
    sentence = "" if reading is None else str(reading.result["sentence"])
    return Listed(
        one, BADGES[one.status], stand_of(one, reading, now), sentence, None if reading is None else reading.at
    )


def told(experiment: Experiment, *, now: datetime) -> Told:
    """In four queries, with a hundred assigned or a million. ``experiment`` comes with its version and playbook."""
    kept = latest_reading(experiment)
    reading = Reading.from_json(kept.result) if kept is not None else None
    needed = None
    if experiment.required_treated is not None and experiment.required_holdout is not None:
        needed = (experiment.required_treated, experiment.required_holdout)
    return Told(
        experiment=experiment,
        badge=BADGES[experiment.status],
        stand=stand_of(experiment, kept, now),
        design=tuple(design_of(experiment)),
        sample=sample_of(experiment, kept),
        needed=needed,
        kept=kept,
        reading=reading,
        figures=tuple(_figures(reading)) if reading is not None else (),
        looked=reading is not None and reading.planned,
        draws=tuple(_draws(reading)) if reading is not None else (),
        contaminated=reading.treated.contaminated + reading.holdout.contaminated if reading is not None else 0,
        funnel=drawing.funnel(reading.funnel) if reading is not None else None,
        arms=drawing.arms(reading.active) if reading is not None else None,
        arm_rows=drawing.rows(reading.active) if reading is not None else (),
        waterfall=drawing.waterfall(reading.waterfall) if reading is not None else None,
        money=tuple(_money(reading.money)) if reading is not None and reading.money is not None else (),
        sensitivity=tuple(_paid(one.what, one.outcome) for one in reading.money.sensitivity)
        if reading is not None and reading.money is not None
        else (),
        gate=_gate(experiment, reading),
        currency=capacity_rules().currency,
        now=now,
    )


def design_of(experiment: Experiment) -> Iterable[Line]:
    """The design in words, as it is locked at the first customer."""
    yield Line("Decided by", experiment.get_kpi_display())
    yield Line("Counted over", f"{experiment.window_days} days from the start of each customer")
    if experiment.staggered:
        yield Line("Comparison", f"{experiment.waves} waves, one every {experiment.wave_days} days; nobody is held out")
    else:
        yield Line("Held out", f"{experiment.holdout_percent}%, drawn at random in every value tier")
    known = "not known" if experiment.baseline_percent is None else f"{_plain(experiment.baseline_percent)}%"
    yield Line("Without us", known)
    unit = "% more than without us" if experiment.kpi == Kpi.REVENUE else " points"
    yield Line("Worth finding", f"{_plain(experiment.min_effect)}{unit}")
    yield Line(
        "Certainty",
        f"{experiment.power_percent}% power, {_plain(100 - experiment.alpha_percent)}% intervals",
    )
    yield Line("Looked back", f"{experiment.pre_days} days before, to see more sharply")
    if experiment.required_treated is not None and experiment.required_holdout is not None:
        yield Line("Needed", f"{experiment.required_treated:,} treated and {experiment.required_holdout:,} held out")


def _figures(reading: Reading) -> Iterable[Line]:
    """What may be read now, and what the planned look brings besides."""
    share = reading.kpi != Kpi.REVENUE
    if reading.fixed is not None:
        yield Line("Difference", _difference(reading.fixed, share), "The planned look: this interval counts.")
    elif reading.always_valid is not None:
        yield Line(
            "Difference so far", _difference(reading.always_valid, share),
            "Wider than at the planned look, so that it may be looked at every day.",
        )  # fmt: skip
    else:
        yield Line("Difference so far", "Too few to say", "Both arms need a few customers whose window is over.")
    if reading.relative is not None:
        low, high = reading.relative.interval.low, reading.relative.interval.high
        yield Line("In relation", f"{reading.relative.point:+.0%}, between {low:+.0%} and {high:+.0%}")
    if reading.stratified is not None:
        left = f"{reading.stratified.left_out:.0%} could not be compared." if reading.stratified.left_out else ""
        yield Line("With equal tiers", _difference(reading.stratified.estimate, share), left)
    if reading.cuped is not None:
        yield Line("Adjusted", _difference(reading.cuped.estimate, share), reading.cuped.sentence)
    if reading.clean is not None:
        yield Line(
            "Clean only",
            _difference(reading.clean, share),
            "Without those who were reached though held out. Told beside, never instead.",
        )
    if reading.uplift is not None:
        yield Line(
            "Ranked by", drawing.points(reading.uplift), "The low end: what playbooks are ranked by from now on."
        )


def _difference(found: Estimate, share: bool) -> str:
    if share:
        return f"{drawing.points(found.point)}, between {drawing.between(found.interval)}"
    return f"{found.point:+,.2f} per customer, between {found.interval.low:+,.2f} and {found.interval.high:+,.2f}"


def _draws(reading: Reading) -> Iterable[Drawn]:
    if reading.ratio is None:
        return
    labels = [("Everybody", reading.ratio.overall)]
    labels += [(ValueTier(name).label, one) for name, one in reading.ratio.strata.items()]
    for label, one in labels:
        drawn = one.treated + one.holdout
        share = f"{one.holdout / drawn:.1%} of {one.expected:.0%}" if drawn else "Nobody"
        yield Drawn(label, one.treated, one.holdout, share, f"{one.chance:.3f}", one.alarm)


def _money(found: Figures) -> Iterable[Paid]:
    yield _paid("Low end of the interval", found.low)
    yield _paid("As measured", found.measured)
    yield _paid("High end of the interval", found.high)


def _paid(what: str, one: Outcome) -> Paid:
    return Paid(
        what,
        one.conversions,
        one.revenue,
        one.net,
        "No cost" if one.roi is None else f"{one.roi:.2f}",
        "Not in this time" if one.payback_days is None else f"{one.payback_days} days",
    )


def _gate(experiment: Experiment, reading: Reading | None) -> Gate:
    """Whether its playbook may be for everybody by this reading, and every reason why not."""
    if reading is None:
        return Gate(False, ("Nothing has been read yet. The first reading comes within a day of the first customer.",))
    version = experiment.version
    return may_scale(
        reading, Thresholds(version.gate_min_roi, version.gate_min_net_each, version.gate_max_payback_days)
    )


def _plain(value: Decimal) -> str:
    return f"{Decimal(value).normalize():f}"
