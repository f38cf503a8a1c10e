"""Why a customer has the score it has, at any moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils.formats import date_format

from retention import scoring
from retention.models import Customer, Score, ScoreBand, ScoreChange, ScoreOverride, ScoreVersion
from retention.profile import facts_of
from retention.rules.words import PARTS, because, in_one_breath, of_component, sentence, unjudged
from retention.states import Band, Component

#: (when, what, why), in words.
Told = tuple[datetime | None, str, str]
_COLUMNS = ("version_id", "total", *Component.values, "band", "reasons", "missing", "next_change_at")


def about_customer(customer: Customer, *, at: datetime) -> Iterator[Told]:
    """The score with its components, the model, the guard, an override, and what it moved by last."""
    yield None, _facts(customer), f"Owner {customer.owner}." if customer.owner else "Nobody owns them."
    found = _score_at(customer, at)
    if found is None:
        yield at, "No score", _why_no_score(customer, at)
        return
    version = ScoreVersion.objects.select_related("model").prefetch_related("components").get(pk=found["version_id"])
    facts = facts_of(customer, at, version)
    yield at, f"Score {found['total']} of 100", in_one_breath(found["total"], found["band"], found["reasons"], facts)
    missing = set(unjudged(found["missing"]))
    for component in version.components.all():
        said = [sentence(code, facts) for code in of_component(component.component, found["reasons"])]
        part = PARTS[component.component]
        calm = part.unjudged if component.component in missing else part.calm
        what = f"{component.get_component_display()} {found[component.component]} of {component.max_points}"
        yield None, what, " ".join(said) or calm
    for code in found["reasons"]:
        if not any(code in of_component(component, [code]) for component in Component):
            yield None, "And", sentence(code, facts)
    yield version.published_at, f"Scored by {version.name}", version.publish_reason
    if found["next_change_at"] is not None:
        yield (
            found["next_change_at"],
            "Time alone may change it then",
            "Without any event, it stays as it is until then.",
        )
    yield from _standing(customer, found, version, at)
    yield from _moves(customer, at)


def _facts(customer: Customer) -> str:
    since = (
        f"customer since {date_format(customer.since, 'j F Y')}"
        if customer.since
        else "customer, since when is not known"
    )
    left = f", left on {date_format(customer.churned_on, 'j F Y')}" if customer.churned_on else ""
    plan = f", {customer.plan}" if customer.plan else ""
    mrr = f", {customer.mrr:,.2f} {customer.currency} a month".rstrip() if customer.mrr is not None else ""
    return f"{customer.external_id}: {since}{left}{plan}{mrr}"


def _score_at(customer: Customer, at: datetime) -> dict[str, Any] | None:
    """The score by the published models at a moment. Nothing is stored."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.explained")
        scoring.compute(at=at, customer_ids=[customer.pk], table="explained")
        cursor.execute(f"SELECT {', '.join(_COLUMNS)} FROM pg_temp.explained")  # noqa: S608  our own names
        row = cursor.fetchone()
        cursor.execute("DROP TABLE pg_temp.explained")
    return dict(zip(_COLUMNS, row, strict=True)) if row else None


def _why_no_score(customer: Customer, at: datetime) -> str:
    if customer.churned_on is not None and customer.churned_on < at.date():
        return "They left before this moment, and whoever left is not scored."
    if customer.since is not None and customer.since > at.date():
        return "They became a customer after this moment."
    return "No published model is for customers like this one, or nothing is known of them yet."


def _standing(customer: Customer, found: dict[str, Any], version: ScoreVersion, at: datetime) -> Iterator[Told]:
    """The band that holds: an override, else what the guard let through."""
    override = (
        ScoreOverride.objects.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at), customer=customer)
        .filter(created_at__lte=at, expires_at__gt=at)
        .select_related("created_by")
        .first()
    )
    held = _held(customer, at)
    number = Band(found["band"]).label
    if held is None:
        yield None, f"Band {number}", "That is what the number says; nothing was stored yet."
    elif held == found["band"]:
        yield None, f"Band {number}", "The number and the stored band agree."
    else:
        why = (
            f"The number alone says {number}. The guard against blips holds the band until that has stood for a while."
        )
        yield None, f"Band {Band(held).label}", why
    if override is not None:
        what = (
            f"{override.created_by} set {override.get_band_display()} until {date_format(override.expires_at, 'j F Y')}"
        )
        yield override.created_at, what, f"{override.reason} That band holds, whatever the score says."
    band = override.band if override is not None else held or found["band"]
    for action in ScoreBand.objects.filter(version=version, band=band):
        yield None, f"What {Band(band).label} means", action.next_action


def _held(customer: Customer, at: datetime) -> str | None:
    """The guarded band at a moment: of the stored score, or of the last change before it."""
    score = Score.objects.filter(customer=customer).first()
    if score is not None and score.as_of <= at:
        return score.band
    change = ScoreChange.objects.filter(customer=customer, at__lte=at).order_by("-at", "-id").first()
    return change.band_after if change is not None else None


def _moves(customer: Customer, at: datetime) -> Iterator[Told]:
    for change in ScoreChange.objects.filter(customer=customer, at__lte=at).order_by("-at", "-id")[:3]:
        if change.total_before is None:
            yield change.at, f"First score: {change.total_after}", ""
        else:
            why = because(change.by_behaviour, change.by_configuration, change.by_missing)
            yield change.at, f"Moved from {change.total_before} to {change.total_after}", why
