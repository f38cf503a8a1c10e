"""A version in words: whom it is for, when it ends, what it may cost."""

from __future__ import annotations

from collections.abc import Iterable

from retention.models import PlaybookVersion
from retention.pages.experiments import Line
from retention.rules.words import label_of
from retention.states import Band, PlaybookTrigger, ValueTier


def audience_of(version: PlaybookVersion) -> tuple[Line, ...]:
    """Whom it is for and whom it leaves out, each condition in a line."""
    return tuple(_audience(version))


def _audience(version: PlaybookVersion) -> Iterable[Line]:
    if version.trigger == PlaybookTrigger.MILESTONE:
        yield Line("Begins at", f"{_either([str(one) for one in version.milestones])} activities")
    elif version.trigger == PlaybookTrigger.BIRTHDAY:
        days = version.days_before
        yield Line("Begins", f"{days} days before their birthday" if days else "on their birthday")
    if version.bands:
        yield Line("Risk", _either([Band(one).label.lower() for one in version.bands]))
    if version.score_from is not None or version.score_to is not None:
        yield Line("Score", f"{version.score_from or 0} to {100 if version.score_to is None else version.score_to}")
    if version.reasons_any:
        yield Line("Any of", ", ".join(label_of(one) for one in version.reasons_any))
    if version.reasons_all:
        yield Line("All of", ", ".join(label_of(one) for one in version.reasons_all))
    if version.value_tiers:
        yield Line("Value", _either([ValueTier(one).label.lower() for one in version.value_tiers]))
    if version.plans:
        yield Line("Plans", _either(version.plans))
    if version.tiers:
        yield Line("Tiers", _either(version.tiers))
    if version.urgent:
        yield Line("Urgent", "begins before others, also for people another one holds out")
    left_out = [*version.excluded_plans, *version.excluded_tiers]
    left_out += [one.title for one in version.excluded_playbooks.all()]
    if left_out:
        yield Line("Left out", ", ".join(left_out))
    if after := [one.title for one in version.after_playbooks.all()]:
        yield Line("Only after", f"{_either(after)}, without success")


def limits_of(version: PlaybookVersion, currency: str) -> tuple[Line, ...]:
    """Priority, time, work, money and what stops it."""
    lines = [
        Line("Priority", str(version.priority), "The highest that fits commands a person."),
        Line("Ends after", f"{version.lasts_days} days"),
        Line("Not again within", f"{version.cooldown_days} days"),
        Line("Pilot", "no limit" if version.pilot_most is None else f"{version.pilot_most:,} customers"),
        Line("Work", f"{version.review_minutes} minutes to read a message, {version.call_minutes} for a call"),
        Line("Assumed uplift", f"{version.assumed_uplift} points", version.uplift_source),
    ]
    if version.offer_budget is not None:
        least = f" from a lifetime value of {version.offer_min_clv:,.2f}" if version.offer_min_clv is not None else ""
        lines.append(Line("Offers", f"{version.offer_budget:,.2f} {currency} a month{least}".replace("  ", " ")))
    lines += [
        Line("Stops at", f"{version.max_complaint_rate:.2%} complaints, {version.max_unsubscribe_rate:.2%} opt-outs"),
        Line(
            "Or a fall of",
            f"{version.max_value_decline:.1%} in lifetime value, {version.max_revenue_decline:.1%} in later revenue",
        ),
        Line(
            "For everybody at",
            f"a return of {version.gate_min_roi}, {version.gate_min_net_each:,.2f} {currency} net each, "
            f"paid back in {version.gate_max_payback_days} days".replace("  ", " "),
        ),
    ]
    return tuple(lines)


def _either(names: Iterable[str]) -> str:
    *most, last = list(names)
    return f"{', '.join(most)} or {last}" if most else last
