"""Answers about territories and owners, one by one and, where it is safe, for many at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction

from followups.conflicts import owner_conflict, territory_conflict
from followups.models import IntakeCase, Lead
from followups.services.assigning import assign, assign_by_rule, assign_in_turn, hold_all, take_turn
from followups.services.intake.answering import (
    Answered,
    Held,
    account_owner,
    answer,
    answer_about_owner,
    hold_about_owner,
    hold_case,
    refuse_unseen,
    rule_on,
)
from followups.states import DecisionReason
from outreach.services import Refused as OutreachRefused
from staff.models import Team, User


@transaction.atomic
def use_account_territory(*, case_id: int, seen: str, by: User, now: datetime) -> Answered:
    """The lead takes its account's territory. `seen` names the conflict that was on the screen."""
    held = hold_case(case_id, DecisionReason.TERRITORY_CONFLICT, by)
    refuse_unseen(seen, territory_conflict(held.lead, held.account))
    assert held.account is not None  # without one there is no conflict
    territory = held.account.territory
    Lead.objects.filter(pk=held.lead.pk).update(territory=territory)
    return answer(held, DecisionReason.TERRITORY_CONFLICT, f"The territory is {territory} now.", by, now)


@transaction.atomic
def keep_territory(*, case_id: int, seen: str, by: User, now: datetime) -> Answered:
    """The lead keeps its territory, whatever its account's is. Another conflict than `seen` is asked anew."""
    held = hold_case(case_id, DecisionReason.TERRITORY_CONFLICT, by)
    refuse_unseen(seen, territory_conflict(held.lead, held.account))
    rule_on(held.lead, seen, "Keeps its territory", by, now)
    return answer(held, DecisionReason.TERRITORY_CONFLICT, f"The territory stays {held.lead.territory}.", by, now)


@transaction.atomic
def give_to_account_owner(*, case_id: int, seen: str, by: User, now: datetime) -> Answered:
    """The owner of the account gets the lead. `seen` names the conflict, or is empty for a lead that nobody owns."""
    held = hold_about_owner(case_id, by)
    refuse_unseen(seen, owner_conflict(held.lead, held.account))
    owner = account_owner(held)
    assign(lead=held.lead, owner=owner, by=by, now=now)
    return answer_about_owner(held, f"Given to {owner}.", by, now)


@transaction.atomic
def keep_owner(*, case_id: int, seen: str, by: User, now: datetime) -> Answered:
    """The lead stays with its owner, whoever owns the account. Another conflict than `seen` is asked anew."""
    held = hold_case(case_id, DecisionReason.OWNER_CONFLICT, by)
    refuse_unseen(seen, owner_conflict(held.lead, held.account))
    rule_on(held.lead, seen, "Keeps its owner", by, now)
    return answer(held, DecisionReason.OWNER_CONFLICT, f"It stays with {held.lead.owner}.", by, now)


@transaction.atomic
def give(*, case_id: int, owner: User, by: User, now: datetime) -> Answered:
    """Somebody gets the lead. Refuses as `assign` does."""
    held = hold_about_owner(case_id, by)
    assign(lead=held.lead, owner=owner, by=by, now=now)
    return answer_about_owner(held, f"Given to {owner}.", by, now)


@transaction.atomic
def hand_out_by_rule(*, case_ids: Collection[int], by: User, now: datetime) -> tuple[Answered, dict[int, str]]:
    """Each lead goes to whom the assignment rules say, as far as people have room. Comes with what stays, and why."""
    return _hand_out(case_ids, None, by, now)


@transaction.atomic
def hand_out_in_turn(
    *, case_ids: Collection[int], team: Team, by: User, now: datetime
) -> tuple[Answered, dict[int, str]]:
    """Each lead goes to whoever in the team has the fewest open ones. Comes with what stays, and why."""
    return _hand_out(case_ids, team, by, now)


def keep_owners(*, seen: Mapping[int, str], by: User, now: datetime) -> tuple[Answered, dict[int, str]]:
    """`keep_owner` for many cases, each a decision of its own. ``seen`` is the conflict on the screen of each."""
    done: list[int] = []
    left: dict[int, str] = {}
    for case_id, key in seen.items():
        try:
            done += keep_owner(case_id=case_id, seen=key, by=by, now=now).lead_ids
        except OutreachRefused as refused:
            left[case_id] = refused.sentence
    return Answered(so_many(len(done), "kept its owner", "kept their owners"), tuple(done)), left


def _hand_out(case_ids: Collection[int], team: Team | None, by: User, now: datetime) -> tuple[Answered, dict[int, str]]:
    take_turn()
    held: dict[int, Held] = {}
    left: dict[int, str] = {}
    leads = dict(IntakeCase.objects.filter(pk__in=case_ids).order_by("opened_at", "id").values_list("pk", "lead_id"))
    hold_all(set(leads.values()))
    for case_id in leads:
        try:
            one = hold_about_owner(case_id, by)
            held[one.lead.pk] = one
        except OutreachRefused as refused:
            left[case_id] = refused.sentence
    if team is None:
        out = assign_by_rule(lead_ids=list(held), by=by, now=now)
    else:
        out = assign_in_turn(lead_ids=list(held), team=team, by=by, now=now)
    left |= {held[lead_id].case.pk: reason for lead_id, reason in out.left.items()}
    names = {one.pk: str(one) for one in User.objects.filter(pk__in=set(out.given.values()))}
    for lead_id, owner_id in out.given.items():
        one = held[lead_id]
        if team is None and one.account is not None and one.account.owner_id not in (None, owner_id):
            # The rules have decided whose it is, against the owner of the account too.
            rule_on(one.lead, f"owner_conflict:{owner_id}:{one.account.owner_id}", "As the rules say", by, now)
        answer_about_owner(one, f"Given to {names[owner_id]}.", by, now)
    return Answered(so_many(len(out.given), "found its owner", "found their owners"), tuple(out.given)), left


def so_many(count: int, one: str, many: str) -> str:
    return f"{count} {'lead' if count == 1 else 'leads'} {one if count == 1 else many}."
