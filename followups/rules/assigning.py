"""Whose a lead is: which rule fits it, and who in a team is next. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class OwnerRule:
    """Leads of a territory, source or account go to one person, or to a team in turn. Empty fits everything.

    ``most_open`` is how many open leads one person takes by this rule; 0 is no limit.
    """

    position: int
    territory: str = ""
    source: str = ""
    account_id: int | None = None
    owner_id: int | None = None
    team_id: int | None = None
    most_open: int = 0


@dataclass(frozen=True, slots=True)
class ToAssign:
    """What the rules look at in one lead. ``territory`` is the lead's own, else its account's."""

    lead_id: int
    territory: str = ""
    source: str = ""
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class Taker:
    """Somebody who takes leads. ``last_given`` grows with time; 0 is nobody knows when."""

    id: int
    name: str = ""
    open_leads: int = 0
    last_given: int = 0


@dataclass(frozen=True, slots=True)
class Given:
    """Who gets a lead, by which rule; or nobody, and why, in a sentence."""

    owner_id: int | None
    why_not: str = ""
    rule: OwnerRule | None = None


def rule_for(rules: Iterable[OwnerRule], lead: ToAssign) -> OwnerRule | None:
    """The first rule that fits. Names are compared without case."""
    return next((rule for rule in rules if _fits(rule, lead)), None)


def next_in_turn(people: Iterable[Taker], most_open: int = 0) -> Taker | None:
    """Who gets the next lead: whoever has the fewest open ones, then whoever got one least recently.

    Nobody who has ``most_open`` already; None when that is everybody.
    """
    free = [one for one in people if not most_open or one.open_leads < most_open]
    return min(free, key=lambda one: (one.open_leads, one.last_given, one.id), default=None)


def hand_out(
    leads: Sequence[ToAssign],
    rules: Sequence[OwnerRule],
    people: Mapping[int, Taker],
    teams: Mapping[int, Sequence[int]],
) -> dict[int, Given]:
    """Who gets each lead, in the order of the leads. What one gets counts when the next is given.

    ``people`` are those who can take leads, by id; ``teams`` are the members of each team. The first rule that fits
    decides: where it has nobody free, no later rule is asked.
    """
    state = dict(people)
    # Later than everything before, so that within one handing-out too the turn goes round.
    clock = max((one.last_given for one in state.values()), default=0)
    given: dict[int, Given] = {}
    for lead in leads:
        answer = _give(lead, rules, state, teams)
        given[lead.lead_id] = answer
        if answer.owner_id is not None:
            clock += 1
            taker = state[answer.owner_id]
            state[taker.id] = replace(taker, open_leads=taker.open_leads + 1, last_given=clock)
    return given


def _give(
    lead: ToAssign, rules: Sequence[OwnerRule], people: Mapping[int, Taker], teams: Mapping[int, Sequence[int]]
) -> Given:
    rule = rule_for(rules, lead)
    if rule is None:
        return Given(None, "No assignment rule fits this lead. Add one, or give the lead to somebody yourself.")
    members = [rule.owner_id] if rule.owner_id is not None else teams.get(rule.team_id or 0, ())
    able = [people[one] for one in members if one in people]
    if not able:
        whom = "the person it names" if rule.owner_id is not None else "anybody in its team"
        return Given(None, f"{_called(rule)} fits, but {whom} can not take leads. Change the rule.", rule)
    taker = next_in_turn(able, rule.most_open)
    if taker is None:
        full = f"has {rule.most_open} open leads already, the most that it allows"
        who = able[0].name or "its owner" if rule.owner_id is not None else "everybody in its team"
        return Given(None, f"{_called(rule)} fits, but {who} {full}.", rule)
    return Given(taker.id, "", rule)


def _called(rule: OwnerRule) -> str:
    return f"Rule {rule.position}" if rule.position else "The turn"


def _fits(rule: OwnerRule, lead: ToAssign) -> bool:
    if rule.account_id is not None and rule.account_id != lead.account_id:
        return False
    if rule.territory and _name(rule.territory) != _name(lead.territory):
        return False
    return not rule.source or _name(rule.source) == _name(lead.source)


def covers(one: OwnerRule, other: OwnerRule) -> bool:
    """Whether every lead that fits the other fits this one too."""
    return (
        (one.account_id is None or one.account_id == other.account_id)
        and (not one.territory or _name(one.territory) == _name(other.territory))
        and (not one.source or _name(one.source) == _name(other.source))
    )


def _name(text: str) -> str:
    return " ".join(text.split()).casefold()
