"""Whom a playbook is for, what ends it, and how it stands to the others. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from difflib import get_close_matches

from contacts.states import ACTIVITY_KINDS, EventKind
from retention.rules.playbooks.checks.facts import Around, Grade, Problem
from retention.rules.playbooks.facts import Rules
from retention.states import PlaybookTrigger

#: What somebody does of their own will that is worth reaching. Opening and clicking is reading, not coming back.
GOALS = frozenset(
    {
        *ACTIVITY_KINDS,
        EventKind.PAYMENT_SUCCEEDED,
        EventKind.SUBSCRIPTION_RESUMED,
        EventKind.MESSAGE_REPLIED,
        EventKind.NPS_SUBMITTED,
        EventKind.SURVEY_SUBMITTED,
        EventKind.SUPPORT_TICKET_RESOLVED,
        EventKind.FEATURE_USED,
        EventKind.PRODUCT_VIEWED,
        EventKind.CART_ADDED,
    }
)
_BIRTHDAY_AT_MOST = 60
_DAY = timedelta(days=1)


def audience_problems(rules: Rules, around: Around) -> list[Problem]:
    """Everything about who gets a version, for how long, and what it is to reach."""
    return [*_trigger(rules), *_reasons(rules, around), *_segment(rules), *_goal(rules), *_times(rules)]


def neighbour_problems(rules: Rules, around: Around) -> list[Problem]:
    """What contradicts the other playbooks in force, or makes this one wait for itself."""
    return [*_exclusions(rules, around), *_after(rules, around)]


def _trigger(rules: Rules) -> Iterator[Problem]:
    risk = rules.bands or rules.reasons_any or rules.reasons_all
    if rules.trigger == PlaybookTrigger.RISK and not risk and rules.score_from is None and rules.score_to is None:
        sentence = "Say who is at risk: a band, a score to begin at, or reasons. Empty, it would be for everybody."
        yield Problem("bands", sentence, Grade.MISSING)
    if rules.trigger == PlaybookTrigger.MILESTONE and not rules.milestones:
        yield Problem("milestones", "Say at how many activities: 50, 100, 250.", Grade.MISSING)
    if rules.trigger != PlaybookTrigger.MILESTONE and rules.milestones:
        yield Problem("milestones", "Numbers of activities matter only where a milestone begins it.", Grade.NOTE)
    if 0 in rules.milestones:
        yield Problem("milestones", "Give numbers of 1 or more.")
    if rules.trigger == PlaybookTrigger.BIRTHDAY and rules.days_before > _BIRTHDAY_AT_MOST:
        yield Problem("days_before", f"That is long before a birthday. Give {_BIRTHDAY_AT_MOST} days or fewer.")
    if rules.trigger != PlaybookTrigger.BIRTHDAY and rules.days_before:
        yield Problem("days_before", "Days before matter only where a birthday begins it.", Grade.NOTE)
    for where, score in (("score_from", rules.score_from), ("score_to", rules.score_to)):
        if score is not None and score > 100:
            yield Problem(where, "Scores go from 0 to 100.")
    if rules.score_from is not None and rules.score_to is not None and rules.score_from > rules.score_to:
        yield Problem("score_to", f"The scores cross. Give {rules.score_from} or more.")
    if rules.urgent and not any("payment" in code for code in rules.reasons_any | rules.reasons_all):
        sentence = "Urgent is for payments that fail. Ask for the reason payment_failed, or take this away."
        yield Problem("urgent", sentence)


def _reasons(rules: Rules, around: Around) -> Iterator[Problem]:
    for where, codes in (("reasons_any", rules.reasons_any), ("reasons_all", rules.reasons_all)):
        for code in sorted(codes - around.reasons):
            close = get_close_matches(code, around.reasons, n=1)
            remedy = f"Did you mean “{close[0]}”?" if close else "The page of the score model lists all there are."
            yield Problem(where, f"No score gives the reason “{code}”. {remedy}")


def _segment(rules: Rules) -> Iterator[Problem]:
    segments = (
        ("excluded_plans", "plans", rules.plans, rules.excluded_plans),
        ("excluded_tiers", "tiers", rules.tiers, rules.excluded_tiers),
    )
    for where, what, wanted, excluded in segments:
        if wanted and wanted <= excluded:
            yield Problem(where, f"Every one of the {what} it is for is left out here. Take one of them out.")
        elif wanted and excluded:
            sentence = f"It is for some {what} only, so the others are left out already."
            yield Problem(where, sentence, Grade.NOTE)


def _goal(rules: Rules) -> Iterator[Problem]:
    if not rules.goal:
        yield Problem("goal", "Say what is to be reached, in a few words.", Grade.MISSING)
    if not rules.goal_kinds:
        sentence = "Choose what counts as reached: at least one kind of event. It ends the playbook for a person."
        yield Problem("goal_kinds", sentence, Grade.MISSING)
    for kind in sorted(rules.goal_kinds - GOALS):
        name = EventKind(kind).label if kind in EventKind.values else str(kind)
        sentence = (
            f"“{name}” is nothing a customer does to come back. Choose a visit, a booking, a purchase or the like."
        )
        yield Problem("goal_kinds", sentence)


def _times(rules: Rules) -> Iterator[Problem]:
    if rules.lasts < _DAY:
        yield Problem("lasts_days", "Give 1 day or more.")
    if rules.lasts > 365 * _DAY:
        yield Problem("lasts_days", "Give 365 days at most.")
    if rules.cooldown < _DAY:
        yield Problem(
            "cooldown_days", "Without a pause it begins again at once for the same people. Give 1 day or more."
        )
    elif rules.cooldown < rules.window:
        sentence = f"The same people may begin again within the {rules.window.days} days in which results are counted."
        yield Problem("cooldown_days", sentence, Grade.NOTE)
    if rules.priority > 100:
        yield Problem("priority", "Give a number from 0 to 100.")
    if rules.review_minutes <= 0:
        yield Problem("review_minutes", "Reading a message takes some time. Give more than 0 minutes.")
    if rules.call_minutes <= 0:
        yield Problem("call_minutes", "A call takes some time. Give more than 0 minutes.")


def _exclusions(rules: Rules, around: Around) -> Iterator[Problem]:
    if rules.playbook_id in rules.excluded_playbooks:
        yield Problem("excluded_playbooks", "It leaves out whoever is in it: take it out of this list.")
    for other in around.neighbours:
        if other.playbook_id in rules.excluded_playbooks and rules.playbook_id in other.excluded:
            sentence = (
                f"{other.title} leaves out who is in this one, and this one who is in {other.title}: whichever comes "
                "first keeps the other away, whatever their priority. Keep it in one of the two."
            )
            yield Problem("excluded_playbooks", sentence)


def _after(rules: Rules, around: Around) -> Iterator[Problem]:
    if rules.playbook_id in rules.after_playbooks:
        yield Problem("after_playbooks", "It cannot come after itself: take it out of this list.")
        return
    after = {one.playbook_id: one.after for one in around.neighbours} | {rules.playbook_id: rules.after_playbooks}
    if rules.playbook_id not in can_begin(after):
        names = _titles(sorted(rules.after_playbooks), around.titles)
        sentence = f"It comes after {names}, and that comes after this one: nobody could ever begin. Break the circle."
        yield Problem("after_playbooks", sentence)
        return
    in_force = {one.playbook_id for one in around.neighbours}
    if rules.after_playbooks and not rules.after_playbooks & in_force:
        names = _titles(sorted(rules.after_playbooks), around.titles)
        sentence = f"Nobody goes through {names} now, since it is not in force. Publish it first."
        yield Problem("after_playbooks", sentence, Grade.NOTE)


def can_begin(after: Mapping[int, frozenset[int]]) -> set[int]:
    """The playbooks somebody can ever get into, given which others each comes after (one of them is enough).

    A playbook that is none of the keys may have been gone through before, so it counts.
    """
    able = {one for names in after.values() for one in names} - after.keys()
    able |= {one for one, names in after.items() if not names}
    while more := {one for one, names in after.items() if one not in able and names & able}:
        able |= more
    return able


def _titles(ids: Iterable[int], titles: Mapping[int, str]) -> str:
    return " or ".join(titles.get(one, f"playbook {one}") for one in ids)
