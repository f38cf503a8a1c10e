"""Whom a playbook is for: whether somebody fits now, and if not, why not in one sentence. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from retention.rules.playbooks.channels import is_open, pick
from retention.rules.playbooks.facts import Past, Person, Rules
from retention.rules.words import label_of
from retention.states import Arm, EnrolmentEnd, EnrolmentStatus, PlaybookTrigger

#: A round number of activities is worth a word until so many more have followed: by then it is old news.
MILESTONE_PASSES: Final = 2
#: Who waited too long for capacity may come again after so long. Until then others have their turn.
REST_AFTER_WAITING: Final = timedelta(days=7)

#: Nothing was begun with these, so no cooldown follows.
_NEVER_BEGAN: Final = frozenset({EnrolmentEnd.WAITED, EnrolmentEnd.RECOVERED})
#: The whole of a playbook, and the goal not met.
_IN_VAIN: Final = frozenset({EnrolmentEnd.COMPLETED, EnrolmentEnd.EXPIRED})
_COMMANDING: Final = frozenset({EnrolmentStatus.ACTIVE, EnrolmentStatus.PAUSED})
_UNDER_WAY: Final = frozenset({*_COMMANDING, EnrolmentStatus.HELD_OUT})


def fitting(person: Person, versions: Iterable[Rules], pasts: Sequence[Past], now: datetime) -> Rules | None:
    """The version with the highest priority that this person fits and that nothing has paused; None if there is none.

    Of equal priorities the playbook with the smaller id goes first.
    """
    for rules in in_order(versions):
        if not rules.paused and not why_not(person, rules, pasts, now):
            return rules
    return None


def in_order(versions: Iterable[Rules]) -> list[Rules]:
    """The highest priority first; of equal ones the smaller id of the playbook."""
    return sorted(versions, key=lambda rules: (-rules.priority, rules.playbook_id))


def why_not(person: Person, rules: Rules, pasts: Sequence[Past], now: datetime) -> str:
    """Why this person does not fit this version at this moment; "" when they do. The first hindrance is named.

    ``pasts`` are all their enrolments, open ones as well. To wait for this same playbook is no hindrance. Whether
    the playbook is paused is another question: whoever waits for it goes on waiting.
    """
    return (
        _never(person)
        or _by_trigger(person, rules, now)
        or _by_segment(person, rules)
        or _by_pasts(rules, pasts, now)
        or _by_channels(person, rules)
    )


def _never(person: Person) -> str:
    if person.left:
        return "They have left as a customer."
    if person.suppressed:
        return "They said stop, or may not be written to."
    return ""


def _by_trigger(person: Person, rules: Rules, now: datetime) -> str:
    """What makes somebody eligible. Bands, scores and reasons narrow every trigger down."""
    if rules.bands and person.band not in rules.bands:
        return f"Their risk is {person.band.label.lower()}."
    if rules.score_from is not None and person.total < rules.score_from:
        return f"Their score of {person.total} is below {rules.score_from}."
    if rules.score_to is not None and person.total > rules.score_to:
        return f"Their score of {person.total} is above {rules.score_to}."
    if rules.reasons_any and rules.reasons_any.isdisjoint(person.reasons):
        return f"None of these reasons holds: {_labels(rules.reasons_any)}."
    if missing := rules.reasons_all.difference(person.reasons):
        return f"Not all of the reasons hold. Missing: {_labels(missing)}."
    if rules.trigger == PlaybookTrigger.MILESTONE and reached(person.activities, rules.milestones) is None:
        return f"With {person.activities} activities no round number was just reached."
    if rules.trigger == PlaybookTrigger.BIRTHDAY:
        return _by_birthday(person, rules, now)
    return ""


def _by_birthday(person: Person, rules: Rules, now: datetime) -> str:
    if person.birthday is None:
        return "Their birthday is not known."
    days = days_until(person.birthday, now.astimezone(UTC).date())
    return "" if days <= rules.days_before else f"Their birthday is in {days} {'day' if days == 1 else 'days'}."


def _by_segment(person: Person, rules: Rules) -> str:
    if (rules.plans and person.plan not in rules.plans) or person.plan in rules.excluded_plans:
        return f"It is not for the plan “{person.plan}”." if person.plan else "They have no plan."
    if (rules.tiers and person.tier not in rules.tiers) or person.tier in rules.excluded_tiers:
        return f"It is not for the tier “{person.tier}”." if person.tier else "They have no tier."
    if rules.value_tiers and person.value_tier not in rules.value_tiers:
        return f"It is not for customers of this value: {person.value_tier.label.lower()}."
    return ""


def _by_pasts(rules: Rules, pasts: Sequence[Past], now: datetime) -> str:
    """What they are in, and what they went through."""
    for past in pasts:
        why = _by_past(rules, past, now)
        if why:
            return why
    if rules.after_playbooks and not any(
        past.playbook_id in rules.after_playbooks and past.end in _IN_VAIN and past.arm != Arm.HOLDOUT for past in pasts
    ):
        return "They have not gone through the playbook that comes before this one."
    return ""


def _by_past(rules: Rules, past: Past, now: datetime) -> str:
    same = past.playbook_id == rules.playbook_id
    if past.status in _UNDER_WAY and same:
        return "They are in it already."
    if past.status == EnrolmentStatus.ENDED:
        return _by_ended(rules, past, now) if same else ""
    if past.status in _UNDER_WAY and past.playbook_id in rules.excluded_playbooks:
        return "They are in a playbook that excludes this one."
    if past.status == EnrolmentStatus.HELD_OUT and not rules.urgent:
        return "An experiment holds them out, and this is not urgent."
    if past.status == EnrolmentStatus.PAUSED:
        return "Somebody paused another playbook for them."
    if past.status == EnrolmentStatus.ACTIVE and past.priority >= rules.priority:
        return "Another playbook is in command."
    return ""


def _by_ended(rules: Rules, past: Past, now: datetime) -> str:
    if past.ended_at is None:
        return ""
    if past.end == EnrolmentEnd.WAITED:
        again = past.ended_at + REST_AFTER_WAITING
        return f"They waited too long for it. Again from {_day(again)}." if now < again else ""
    if past.end in _NEVER_BEGAN or (not past.began and past.end == EnrolmentEnd.OVERTAKEN):
        return ""
    again = past.ended_at + rules.cooldown
    return f"They were in it lately. Again from {_day(again)}." if now < again else ""


def _by_channels(person: Person, rules: Rules) -> str:
    """Nobody is let in whom no step could reach: they would take a place and get nothing."""
    if not rules.steps:
        return "The playbook has no steps."
    if any(is_open(person, step) for step in rules.steps):
        return ""
    return f"No step can reach them. {pick(person, rules.steps[0]).why}"[:300]


def reached(activities: int, milestones: Sequence[int]) -> int | None:
    """The round number that was reached just now; None when there is none."""
    return next((one for one in milestones if one <= activities <= one + MILESTONE_PASSES), None)


def days_until(birthday: date, today: date) -> int:
    """Days until they have their birthday next; 0 on the day. Who was born on 29 February has it on the 28th in other
    years.
    """
    this_year = _in_year(birthday, today.year)
    return ((this_year if this_year >= today else _in_year(birthday, today.year + 1)) - today).days


def _in_year(birthday: date, year: int) -> date:
    try:
        return birthday.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def _labels(codes: Iterable[str]) -> str:
    return ", ".join(sorted(label_of(code).lower() for code in codes))


def _day(moment: datetime) -> str:
    day = moment.astimezone(UTC)
    return f"{day.day} {day:%B %Y}"
