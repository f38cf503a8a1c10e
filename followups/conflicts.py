"""The conflicts of leads, in detail: what intake shows and what its answers are about.

The keys are those of `followups.rules`: `decide` finds the same conflicts in the evidence, without the rows behind it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from contacts.models import Account
from contacts.permission import id_array
from followups.evidence import read_rows
from followups.models import Lead
from followups.rules import Evidence, owner_key, territory_key

# As `followups.statements.DUPLICATES`, with the rows behind each key, and without what a person has ruled on.
_IN_DETAIL = """
WITH found AS (
    SELECT l.id AS lead, other.external_id AS key, other.id AS other, NULL::bigint AS contact, NULL::bigint AS pair
      FROM followups_lead l
      JOIN followups_lead other ON other.contact_id = l.contact_id AND other.id <> l.id
     WHERE l.id = ANY(%(ids)s::bigint[]) AND other.stage NOT IN ('won', 'lost')
    UNION
    SELECT l.id, coalesce(c.external_id, 'contact ' || c.id), NULL, c.id, s.id
      FROM followups_lead l
      JOIN contacts_address mine ON mine.contact_id = l.contact_id AND mine.is_primary
      JOIN contacts_address theirs ON theirs.kind = mine.kind AND theirs.value = mine.value AND theirs.is_primary
                                  AND theirs.contact_id <> mine.contact_id
      JOIN contacts_contact c ON c.id = theirs.contact_id
      LEFT JOIN contacts_suspectedduplicate s ON s.first_id = least(mine.contact_id, theirs.contact_id)
                                             AND s.second_id = greatest(mine.contact_id, theirs.contact_id)
     WHERE l.id = ANY(%(ids)s::bigint[]) AND s.status IS DISTINCT FROM 'dismissed'
    UNION
    SELECT l.id, coalesce(c.external_id, 'contact ' || c.id), NULL, c.id, s.id
      FROM followups_lead l
      JOIN contacts_suspectedduplicate s ON s.first_id = l.contact_id AND s.status = 'open'
      JOIN contacts_contact c ON c.id = s.second_id
     WHERE l.id = ANY(%(ids)s::bigint[])
    UNION
    SELECT l.id, coalesce(c.external_id, 'contact ' || c.id), NULL, c.id, s.id
      FROM followups_lead l
      JOIN contacts_suspectedduplicate s ON s.second_id = l.contact_id AND s.status = 'open'
      JOIN contacts_contact c ON c.id = s.first_id
     WHERE l.id = ANY(%(ids)s::bigint[])
)
SELECT f.lead, 'duplicate:' || f.key, f.other, f.contact, f.pair
  FROM found f
 WHERE NOT EXISTS (SELECT FROM followups_ruling r
                    WHERE r.lead_id = f.lead AND r.key = 'duplicate:' || f.key AND r.withdrawn_at IS NULL)
 ORDER BY f.lead, f.key, f.other, f.contact
"""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Something this lead may be a duplicate of: another open lead of the contact, or another contact.

    ``pair_id`` is the suspicion about the two contacts, where one is noted.
    """

    key: str
    lead_id: int | None
    contact_id: int | None
    pair_id: int | None


def duplicates_of(lead_ids: Iterable[int]) -> dict[int, list[Duplicate]]:
    """For each of these leads what it may be a duplicate of and nobody has ruled on. One query."""
    wanted = list(lead_ids)
    found: dict[int, list[Duplicate]] = {pk: [] for pk in wanted}
    for lead, *rest in read_rows(_IN_DETAIL, {"ids": id_array(wanted)}):
        found[lead].append(Duplicate(*rest))
    return found


def owner_conflict(lead: Lead, account: Account | None) -> str:
    """The key of the conflict between the owners of a lead and its account; empty where there is none."""
    theirs = account.owner_id if account is not None else None
    if lead.owner_id is None or theirs is None or lead.owner_id == theirs:
        return ""
    return owner_key(_evidence(lead, account))


def territory_conflict(lead: Lead, account: Account | None) -> str:
    """The key of the conflict between the territories of a lead and its account; empty where there is none."""
    ours, theirs = lead.territory.strip().casefold(), account.territory.strip().casefold() if account else ""
    return territory_key(_evidence(lead, account)) if ours and theirs and ours != theirs else ""


def _evidence(lead: Lead, account: Account | None) -> Evidence:
    return Evidence(
        lead.external_id,
        lead.stage,
        territory=lead.territory,
        account_territory=account.territory if account else "",
        owner_id=lead.owner_id,
        account_owner_id=account.owner_id if account else None,
    )
