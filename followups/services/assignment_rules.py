"""Rules of whose a lead is, checked before they hold."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from contacts.models import Account
from followups.models import AssignmentRule, Lead
from followups.rules.assigning import problems_of
from followups.services.assigning import as_owner_rule, take_turn, who_takes_leads
from followups.services.refusals import Refused
from outreach.services import NotPermitted
from staff.models import Team, User
from staff.services import record


class RuleHasProblems(Refused):
    """A rule that may not hold as it is. ``problems`` name every place and remedy."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(problems))


@transaction.atomic
def save_assignment_rule(
    *,
    rule: AssignmentRule | None,
    position: int,
    owner: User | None,
    team: Team | None,
    territory: str = "",
    source: str = "",
    account: Account | None = None,
    most_open: int = 0,
    active: bool = True,
    by: User,
) -> AssignmentRule:
    """Add a rule, or change the one given. One that does not hold (`active`) is kept as it is, whatever it says.

    Raises RuleHasProblems: it gives leads to nobody, names a territory or source that no lead has, or could never
    decide because an earlier rule does. Raises NotPermitted where `by` may not write rules.
    """
    if not by.has_perm(f"followups.{'add' if rule is None else 'change'}_assignmentrule"):
        raise NotPermitted("You may look at the rules, but not change them.")
    take_turn()
    stored = AssignmentRule() if rule is None else AssignmentRule.objects.select_for_update().get(pk=rule.pk)
    stored.position, stored.active, stored.most_open = position, active, most_open
    stored.territory, stored.source = " ".join(territory.split()), " ".join(source.split())
    stored.owner, stored.team, stored.account = owner, team, account
    if (owner is None) == (team is None):
        # The table has no room for such a row, whether it holds or not.
        raise RuleHasProblems(["Choose who gets these leads: either a person or a team."])
    if active and (problems := _problems(stored)):
        raise RuleHasProblems(problems)
    stored.save()
    record(
        action="followups.save_assignment_rule",
        actor=by,
        on=stored,
        summary="Assignment rule saved",
        detail={"position": position, "active": active},
    )
    return stored


def _problems(rule: AssignmentRule) -> list[str]:
    able = who_takes_leads()
    able = able.filter(pk=rule.owner_id) if rule.owner_id is not None else able.filter(team=rule.team_id)
    leads = Lead.objects.order_by()
    territories = set(leads.filter(territory__iexact=rule.territory).values_list("territory", flat=True)[:1])
    territories |= set(Account.objects.filter(territory__iexact=rule.territory).values_list("territory", flat=True)[:1])
    return problems_of(
        as_owner_rule(rule),
        others=[
            as_owner_rule(other)
            for other in AssignmentRule.objects.filter(active=True).exclude(pk=rule.pk).order_by("position", "id")
        ],
        territories=territories,
        sources=set(leads.filter(source__iexact=rule.source).values_list("source", flat=True)[:1]),
        can_take=able.count(),
    )
