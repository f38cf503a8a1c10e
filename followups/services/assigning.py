"""Leads are given to people: by hand, by the first rule that fits, or in turn within a team.

Locks are taken in one order: the turn to hand out, contacts, leads. So what two people give at the same moment counts
for both, and nobody gets more than a rule allows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now

from contacts.models import Account, Contact
from followups.models import AssignmentRule, Lead
from followups.rules.assigning import Given, OwnerRule, Taker, ToAssign, hand_out
from followups.services.leads import why_not_change
from followups.services.refusals import Refused
from followups.states import CLOSED_STAGES
from outreach.services import NotPermitted
from staff.models import AuditEntry, Team, User
from staff.services import record

#: The number of the lock in the database.
_TURN = 7203946
_ACTION = "followups.assign"
#: Among so many of the latest assignments is looked for who got one last. Whoever is not there waited longest.
_LATEST = 500


@dataclass(frozen=True, slots=True)
class HandedOut:
    """What became of each lead: its new owner, or the sentence that says why it stays as it is."""

    given: dict[int, int] = field(default_factory=dict)
    left: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Desk:
    """The rules as they stand and the people who can take leads, read in a fixed number of queries."""

    rules: tuple[OwnerRule, ...]
    people: dict[int, Taker]
    teams: dict[int, list[int]]

    @classmethod
    def read(cls, team: Team | None = None) -> Desk:
        """The rules that hold, and of the people only those whom one of them can name, or who are in ``team``."""
        rules = list(AssignmentRule.objects.filter(active=True).order_by("position", "id"))
        in_teams = {rule.team_id for rule in rules if rule.team_id is not None} | ({team.pk} if team else set())
        named = Q(pk__in={rule.owner_id for rule in rules if rule.owner_id is not None}) | Q(team__in=in_teams)
        takers = list(who_takes_leads().filter(named).only("id", "name", "username", "team_id"))
        busy = dict(
            Lead.objects.filter(~Q(stage__in=CLOSED_STAGES), owner__in=takers, disposition="")
            .order_by()
            .values_list("owner")
            .annotate(found=Count("pk"))
        )
        last: dict[int, int] = {}
        given = AuditEntry.objects.filter(action=_ACTION).order_by("-id").values_list("detail__owner", "pk")
        for owner_id, entry in given[:_LATEST]:
            last.setdefault(owner_id, entry)
        teams: dict[int, list[int]] = {}
        for one in takers:
            if one.team_id is not None:
                teams.setdefault(one.team_id, []).append(one.pk)
        people = {one.pk: Taker(one.pk, str(one), busy.get(one.pk, 0), last.get(one.pk, 0)) for one in takers}
        return cls(tuple(as_owner_rule(rule) for rule in rules), people, teams)

    def hand_out(self, leads: Sequence[Lead], rules: Sequence[OwnerRule] | None = None) -> dict[int, Given]:
        """Who would get each of these, one after the other. A lead that somebody has does not count against them."""
        people = dict(self.people)
        for lead in leads:
            if lead.owner_id in people and not lead.disposition and lead.stage not in CLOSED_STAGES:
                taker = people[lead.owner_id]
                people[taker.id] = replace(taker, open_leads=taker.open_leads - 1)
        described = [_described(lead, lead.account or lead.contact.account) for lead in leads]
        return hand_out(described, self.rules if rules is None else rules, people, self.teams)


def _described(lead: Lead, account: Account | None) -> ToAssign:
    if account is None:
        return ToAssign(lead.pk, lead.territory, lead.source)
    return ToAssign(lead.pk, lead.territory or account.territory, lead.source, account.pk)


def as_owner_rule(rule: AssignmentRule) -> OwnerRule:
    return OwnerRule(
        rule.position, rule.territory, rule.source, rule.account_id, rule.owner_id, rule.team_id, rule.most_open
    )


def who_takes_leads() -> QuerySet[User]:
    """People who work here and may change leads."""
    found = User.objects.with_perm("followups.change_lead", backend="django.contrib.auth.backends.ModelBackend")
    return found.order_by("name", "id")


def whom_to_give_to(by: User) -> QuerySet[User]:
    """Those to whom this person may give a lead: themselves, their team and teams they manage; or everybody."""
    people = who_takes_leads()
    if by.has_perm("followups.see_every_lead"):
        return people
    near = Q(pk=by.pk) | Q(team__manager=by)
    if by.team_id is not None:
        near |= Q(team=by.team_id)
    return people.filter(near)


def teams_to_give_to(by: User) -> QuerySet[Team]:
    """Teams within which this person may hand leads out in turn."""
    if by.has_perm("followups.see_every_lead"):
        return Team.objects.all()
    return Team.objects.filter(Q(manager=by) | Q(pk=by.team_id))


@transaction.atomic
def assign(*, lead: Lead, owner: User, by: User, now: datetime) -> Lead:
    """This lead is theirs from now on.

    Refuses somebody who does not work on leads, or is in a team that `by` has nothing to do with; the owner of the
    lead's account may always get it. Raises NotPermitted where `by` may not change the lead.
    """
    current = hold_all([lead.pk])[lead.pk]
    if reason := why_not_change(lead=current, user=by):
        raise NotPermitted(reason)
    if not who_takes_leads().filter(pk=owner.pk).exists():
        raise Refused(f"{owner} does not work on leads. Choose somebody else, or ask an administrator to let them.")
    account = current.account or current.contact.account
    is_theirs = account is not None and account.owner_id == owner.pk
    if not is_theirs and not whom_to_give_to(by).filter(pk=owner.pk).exists():
        raise Refused(f"{owner} is in another team. Choose somebody of yours, or ask a manager.")
    _give({current.pk: owner.pk}, {current.pk: current}, "by hand", by, now)
    return Lead.objects.select_related("contact", "account", "owner").get(pk=current.pk)


@transaction.atomic
def assign_by_rule(*, lead_ids: Collection[int], by: User, now: datetime) -> HandedOut:
    """Each of these goes to whom the first rule that fits says, as far as people have room.

    What stays as it is, because no rule fits, nobody is free, or `by` may not change it, comes back with the reason.
    """
    take_turn()
    return _hand_out(lead_ids, Desk.read(), None, "by rule", by, now)


@transaction.atomic
def assign_in_turn(*, lead_ids: Collection[int], team: Team, by: User, now: datetime) -> HandedOut:
    """Each of these goes to whoever in the team has the fewest open leads.

    Nobody gets more than the strictest active rule for that team allows. Raises NotPermitted where `by` has nothing to
    do with the team.
    """
    if not teams_to_give_to(by).filter(pk=team.pk).exists():
        raise NotPermitted(f"You do not hand out leads in {team}. Choose your own team, or ask its manager.")
    take_turn()
    desk = Desk.read(team)
    most = min((rule.most_open for rule in desk.rules if rule.team_id == team.pk and rule.most_open), default=0)
    return _hand_out(lead_ids, desk, [OwnerRule(0, team_id=team.pk, most_open=most)], "in turn", by, now)


def take_turn() -> None:
    """Wait until nobody else hands out leads. It is our turn until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])


def hold_all(lead_ids: Collection[int]) -> dict[int, Lead]:
    """These leads as they are now, held; their contacts first, in the order of everything that writes to a contact."""
    contacts = Lead.objects.filter(pk__in=lead_ids).order_by().values("contact")
    list(Contact.objects.filter(pk__in=contacts).order_by("pk").select_for_update().values_list("pk"))
    held = Lead.objects.filter(pk__in=lead_ids).order_by("pk").select_for_update(of=("self",))
    return {lead.pk: lead for lead in held.select_related("contact__account__owner", "account__owner", "owner__team")}


def _hand_out(
    lead_ids: Collection[int], desk: Desk, rules: Sequence[OwnerRule] | None, how: str, by: User, now: datetime
) -> HandedOut:
    held = hold_all(lead_ids)
    left = {pk: reason for pk, lead in held.items() if (reason := why_not_change(lead=lead, user=by))}
    answers = desk.hand_out([held[pk] for pk in lead_ids if pk in held and pk not in left], rules)
    left |= {pk: one.why_not for pk, one in answers.items() if one.owner_id is None}
    given = {pk: one.owner_id for pk, one in answers.items() if one.owner_id is not None}
    _give(given, held, how, by, now)
    return HandedOut(given, left)


def _give(given: dict[int, int], held: dict[int, Lead], how: str, by: User, now: datetime) -> None:
    """One statement for each new owner, and one entry in the audit log for each lead."""
    for owner_id in set(given.values()):
        theirs = [pk for pk, to in given.items() if to == owner_id and held[pk].owner_id != owner_id]
        Lead.objects.filter(pk__in=theirs).update(owner=owner_id, updated_at=Now())
    for pk, owner_id in given.items():
        before = held[pk].owner_id
        if before != owner_id:
            detail = {"owner": owner_id, "before": before, "how": how, "at": now.isoformat()}
            record(action=_ACTION, actor=by, on=held[pk], summary=f"Lead given {how}", detail=detail)
