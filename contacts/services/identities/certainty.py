"""What is certain enough to merge contacts without asking, and what is only worth a look by a person."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from contacts.models import Contact, Identity, Merge, SuspectedDuplicate
from contacts.services.merging import merge
from contacts.services.merging.moving import relations, rows
from contacts.states import IdentityKind

#: Tables besides the ones that simply move in which a row makes somebody more than a few ids and events.
_MORE = (
    ("contacts_address", "contact_id"),
    ("contacts_consentrecord", "contact_id"),
    ("contacts_suppression", "contact_id"),
)
_BY_MERGE = "contacts.contact.merged_into"
#: As many pairs are noted for one address at most. More people behind one address are a switchboard.
MOST_SUSPECTED = 5


def is_bare(contact: Contact) -> bool:
    """Whether nothing is known about a contact but ids and events, so that merging it takes nothing from anybody.

    One with an external id, an address, an answer, a refusal, or any row of another part of Rekindle (a lead, a
    customer, a draft, a touch) is not. A name alone is nothing that a merge loses.
    """
    if contact.external_id or contact.customer_since or contact.churned_on:
        return False
    tables = [(one.table, one.column) for one in relations() if one.name != _BY_MERGE] + list(_MORE)
    parts = [f"EXISTS (SELECT 1 FROM {table} WHERE {column} = %(contact)s)" for table, column in tables]  # noqa: S608
    parts.append("EXISTS (SELECT 1 FROM contacts_identity WHERE contact_id = %(contact)s AND kind = 'customer')")
    ((more,),) = rows(f"SELECT {' OR '.join(parts)}", {"contact": contact.pk})
    return not more


def is_customer(contact: Contact) -> bool:
    """Whether the contact buys from us, or did."""
    return bool(contact.customer_since or contact.churned_on) or has_ids(contact, IdentityKind.CUSTOMER)


def has_ids(contact: Contact, *kinds: str) -> bool:
    return Identity.objects.filter(contact=contact, kind__in=kinds).exists()


def were_separated(one: Contact, other: Contact) -> bool:
    """Whether these were merged before and somebody undid it. No source knows better than that."""
    either = Q(survivor=one, merged=other) | Q(survivor=other, merged=one)
    return Merge.objects.filter(either, undone_at__isnull=False).exists()


def merge_for_sure(*, survivor: Contact, merged: Contact, key: str, now: datetime) -> bool:
    """Merge because a source was certain. False, and nothing done, where a person separated the two before."""
    if were_separated(survivor, merged):
        return False
    merge(survivor=survivor, merged=merged, key=key, at=now)
    return True


def suspect(*, contact: Contact, others: Collection[int], reason: str, now: datetime) -> None:
    """Note for a person to look at that these may be one with the contact. A pair noted before is left as it is."""
    SuspectedDuplicate.objects.bulk_create(
        [
            SuspectedDuplicate(
                first_id=min(contact.pk, other),
                second_id=max(contact.pk, other),
                reason=reason,
                # A source names both, so as far as it knows they are the same.
                likeness=100,
                found_at=now,
            )
            for other in sorted(set(others) - {contact.pk})[:MOST_SUSPECTED]
        ],
        ignore_conflicts=True,
    )
