"""What sources say about people: identify, alias and group of Segment's format.

Messages come late, twice and in any order, so each of these can be repeated, and none takes anything away that was
known before. Nothing here says that somebody agreed to anything, and nothing ends a refusal: those are tied to
addresses and contacts, which are only ever added to or merged at their strictest.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from contacts.ingest.turn import wait_for_turn
from contacts.models import Account, Address, Contact, Identity
from contacts.rules import Traits, read_traits, words
from contacts.rules.traits import ACCOUNT_LENGTH, NAME_LENGTH
from contacts.services.errors import Refused
from contacts.services.identities.certainty import (
    has_ids,
    is_bare,
    is_customer,
    merge_for_sure,
    suspect,
    were_separated,
)
from contacts.services.identities.finding import bind, identities_of
from contacts.services.people import create_account, create_contact, lock_standing, set_address
from contacts.states import AddressKind, DuplicateReason, IdentityKind, MergeKey
from staff.services import record

logger = logging.getLogger(__name__)

_USER, _ANONYMOUS = IdentityKind.USER.value, IdentityKind.ANONYMOUS.value
_REASONS = {AddressKind.EMAIL.value: DuplicateReason.EMAIL, AddressKind.PHONE.value: DuplicateReason.PHONE}


@transaction.atomic
def identify(
    *, user_id: str, anonymous_id: str, traits: Mapping[str, Any], at: datetime, now: datetime
) -> Contact | None:
    """A source says who somebody is. Returns the contact, or None while the traits do not say enough.

    A user nobody knew is the one contact with this current e-mail address, or without an address given the one with
    this phone number, or the visitor of this browser if that one is not another user; otherwise a new contact where
    the traits give an address or a name. For a contact that is known, what is empty is filled, and an address becomes
    the current one unless a later one is known; a name that is there is never touched.

    An address of somebody else is not taken: if one of the two has nothing but ids and events it is merged into the
    other, otherwise the pair is noted as a suspected duplicate. The same holds for a browser that belonged to somebody:
    it stays theirs, and nothing moves, since a browser may be shared.

    A trait that is not what it should be is left out, named in the log (never its content), and in the audit entry
    where one is written. Raises Refused without any id.
    """
    if not (user_id or anonymous_id):
        raise Refused("Nobody is identified. Send userId, or anonymousId for a visitor.")
    wait_for_turn()
    said = read_traits(traits, settings.DEFAULT_PHONE_REGION)
    subject = (_USER, user_id) if user_id else (_ANONYMOUS, anonymous_id)
    found = identities_of({subject, (_ANONYMOUS, anonymous_id)} if anonymous_id else {subject})
    identity, contact_id = found[subject]
    browser, visitor_id = found.get((_ANONYMOUS, anonymous_id), (None, None))

    contact = _standing(contact_id)
    holders = _holders(said)
    if contact is None:
        contact = _by_address(said, holders) or _visitor(said, visitor_id) or _new(said, holders, at)
        if contact is None:
            if browser is not None and browser != identity:
                _link(browser, identity)
            logger.info("identify: nobody known by identity %s yet", identity)
            return None
        bind(identity_ids=[identity], contact=contact, now=now)
    contact = _learn(contact, said, holders, at, now)
    if browser is not None:
        contact = _take_browser(contact, browser, visitor_id, now)
    if said.ignored:
        logger.info("identify: contact %s, not usable: %s", contact.pk, ", ".join(said.ignored))
    return contact


def alias(*, previous_id: str, user_id: str, now: datetime) -> None:
    """A source says that two ids are one person's. ``previous_id`` is a visitor's or a user's.

    If neither is anybody's yet, they are linked, and whichever is bound first binds the other. If they are two
    contacts, these are merged, except that two customers, and contacts that a person separated before, are only noted
    as suspected duplicates: then it raises Refused with a sentence for whoever looks after refused events. The note is
    written before, so catch it inside of the transaction.
    """
    if not (previous_id and user_id):
        raise Refused("An alias needs two ids. Send previousId and userId.")
    objection = ""
    with transaction.atomic():
        wait_for_turn()
        user = (_USER, user_id)
        for previous in _meant(previous_id):
            if previous != user:
                found = identities_of({previous, user})
                objection = _same(found[previous], found[user], now) or objection
    if objection:
        raise Refused(objection)


@transaction.atomic
def group(
    *, user_id: str, anonymous_id: str, group_id: str, traits: Mapping[str, Any], now: datetime
) -> Account | None:
    """A source says where somebody works. The account is made where its name is given; None while it is not.

    A contact that has an account keeps it: people of us moved it there. Raises Refused without the id of the group.
    """
    external_id = words(group_id)
    if not external_id or len(external_id) > ACCOUNT_LENGTH:
        raise Refused(f"A group needs an id of at most {ACCOUNT_LENGTH} characters. Send groupId.")
    wait_for_turn()
    account = Account.objects.filter(external_id=external_id).first()
    name = words(traits.get("name"))[:NAME_LENGTH]
    if account is None and name:
        account = create_account(
            external_id=external_id,
            name=name,
            domain=words(traits.get("domain"))[:255],
            industry=words(traits.get("industry"))[:100],
        )
    subject = (_USER, user_id) if user_id else (_ANONYMOUS, anonymous_id)
    if account is not None and subject[1]:
        _identity, contact_id = identities_of({subject})[subject]
        if contact_id is not None:
            _set_account(contact_id, account)
    return account


def _standing(contact_id: int | None) -> Contact | None:
    return Contact.objects.get(pk=contact_id) if contact_id is not None else None


def _holders(said: Traits) -> dict[str, dict[int, bool]]:
    """Who has the addresses that were said: kind → contact → whether it is the current one."""
    found: dict[str, dict[int, bool]] = {}
    for kind, value in said.addresses:
        rows = Address.objects.filter(kind=kind, value=value, contact__merged_into__isnull=True)
        found[kind] = dict(rows.values_list("contact_id", "is_primary"))
    return found


def _by_address(said: Traits, holders: Mapping[str, Mapping[int, bool]]) -> Contact | None:
    """The one contact whose current address this is. A phone number speaks only where no e-mail address does."""
    for kind, _value in said.addresses[:1]:
        current = [contact for contact, is_primary in holders[kind].items() if is_primary]
        if len(current) == 1:
            return Contact.objects.get(pk=current[0])
    return None


def _visitor(said: Traits, visitor_id: int | None) -> Contact | None:
    """The contact that this browser belongs to, if it can be the one who is named now."""
    contact = _standing(visitor_id)
    if contact is None or has_ids(contact, IdentityKind.USER, IdentityKind.CUSTOMER) or contact.external_id:
        return None
    current = dict(Address.objects.filter(contact=contact, is_primary=True).values_list("kind", "value"))
    if any(current.get(kind, value) != value for kind, value in said.addresses):
        return None
    return contact


def _new(said: Traits, holders: Mapping[str, Mapping[int, bool]], at: datetime) -> Contact | None:
    """A new contact with those addresses that are nobody's. Addresses of others are looked at afterwards."""
    if not said.says_who:
        return None
    free = {kind: value for kind, value in said.addresses if not holders[kind]}
    contact = create_contact(
        name=said.name,
        email=free.get(AddressKind.EMAIL, ""),
        phone=free.get(AddressKind.PHONE, ""),
        timezone=said.timezone,
        locale=said.locale,
        birthday=said.birthday,
    )
    _known_since(Address.objects.filter(contact=contact), at)
    return contact


def _learn(
    contact: Contact, said: Traits, holders: Mapping[str, Mapping[int, bool]], at: datetime, now: datetime
) -> Contact:
    """Fill what is empty, take the addresses that are nobody else's, and look at those that are."""
    empty = {name: value for name in ("name", "timezone", "locale", "birthday") if (value := getattr(said, name))}
    wanted = {name: value for name, value in empty.items() if not getattr(contact, name)}
    if wanted:
        contact = lock_standing(contact)
        filled = {name: value for name, value in wanted.items() if not getattr(contact, name)}
        Contact.objects.filter(pk=contact.pk).update(**filled, updated_at=now)
        contact.refresh_from_db()
        record(action="contacts.identify", on=contact, detail={"filled": sorted(filled), "ignored": list(said.ignored)})
    for kind, value in said.addresses:
        others = {other: primary for other, primary in holders[kind].items() if other != contact.pk}
        if others:
            contact = _of_somebody_else(contact, kind, others, now)
        elif not holders[kind].get(contact.pk):
            _take_address(contact, kind, value, at)
    if contact.account_id is None and (said.company_id or said.company):
        account = _company(said)
        if account is not None:
            _set_account(contact.pk, account)
    return contact


def _take_address(contact: Contact, kind: str, value: str, at: datetime) -> None:
    """Make it the current address, or a former one where a later one is known: messages come late."""
    current = Address.objects.filter(contact=contact, kind=kind, is_primary=True).first()
    if current is not None and current.value == value:
        return
    if current is not None and current.created_at > at:
        Address.objects.get_or_create(contact=contact, kind=kind, value=value, defaults={"is_primary": False})
        return
    address = set_address(contact=contact, kind=kind, value=value)
    _known_since(Address.objects.filter(pk=address.pk), at)


def _known_since(addresses: QuerySet[Address], at: datetime) -> None:
    """An address is known since its message was sent, so that one sent before is told apart however late both come."""
    addresses.filter(created_at__gt=at).update(created_at=at)


def _of_somebody_else(contact: Contact, kind: str, others: Mapping[int, bool], now: datetime) -> Contact:
    """Somebody else has this address. Merge the one that is bare into the other, or let a person look. Returns who it
    is now."""
    current = [other for other, is_primary in others.items() if is_primary]
    if len(current) == 1:
        other = Contact.objects.get(pk=current[0])
        # The other one has an address, so of the two only this one can be bare.
        if is_bare(contact) and merge_for_sure(survivor=other, merged=contact, key=MergeKey.IDENTIFY, now=now):
            return Contact.objects.get(pk=other.pk)
    suspect(contact=contact, others=current or others, reason=_REASONS[kind], now=now)
    return contact


def _take_browser(contact: Contact, browser: int, visitor_id: int | None, now: datetime) -> Contact:
    """The browser is the contact's from now on, with what was done in it, unless it was somebody else's before.

    Somebody of whom only this browser is known becomes the contact. Anybody else keeps the browser, and a visitor who
    is no user of their own is noted as a suspected duplicate: two users of one browser are likely two people.
    """
    if visitor_id == contact.pk:
        return contact
    owner = _standing(visitor_id)
    if owner is not None and owner.merged_into_id is not None:
        owner = Contact.objects.get(pk=owner.merged_into_id)
    if owner is None:
        bind(identity_ids=[browser], contact=contact, now=now)
    elif owner.pk != contact.pk and not has_ids(owner, IdentityKind.USER, IdentityKind.CUSTOMER):
        if not (is_bare(owner) and merge_for_sure(survivor=contact, merged=owner, key=MergeKey.IDENTIFY, now=now)):
            suspect(contact=contact, others=[owner.pk], reason=DuplicateReason.SOURCE, now=now)
        contact.refresh_from_db()
    return contact


def _company(said: Traits) -> Account | None:
    """The account meant, if there is exactly one: by its id, else by its name. None is made: `group` does that."""
    if said.company_id:
        known = Account.objects.filter(external_id=said.company_id).first()
        if known is not None:
            return known
    if not said.company:
        return None
    named = list(Account.objects.filter(name__iexact=said.company)[:2])
    return named[0] if len(named) == 1 else None


def _set_account(contact_id: int, account: Account) -> None:
    """Set the account of a contact that has none, once, with an audit entry."""
    contact = lock_standing(Contact.objects.get(pk=contact_id))
    if Contact.objects.filter(pk=contact.pk, account__isnull=True).update(account=account):
        record(action="contacts.set_account", on=contact, detail={"account": account.pk})


def _meant(previous_id: str) -> list[tuple[str, str]]:
    """Which ids a source means by the earlier id of an alias: those we know by it, else a visitor's."""
    kinds = set(Identity.objects.filter(value=previous_id).values_list("kind", flat=True))
    if IdentityKind.CUSTOMER in kinds or Contact.objects.filter(external_id=previous_id).exists():
        kinds.add(_USER)
    return [(kind, previous_id) for kind in (_USER, _ANONYMOUS) if kind in kinds] or [(_ANONYMOUS, previous_id)]


def _same(previous: tuple[int, int | None], user: tuple[int, int | None], now: datetime) -> str:
    """Bring two ids together. Returns what stands in the way, or ""."""
    (earlier, earlier_contact), (later, later_contact) = previous, user
    one, other = _standing(earlier_contact), _standing(later_contact)
    if one is None and other is None:
        _link(earlier, later)
        return ""
    if one is None or other is None:
        owner = one or other
        assert owner is not None
        bind(identity_ids=[earlier, later], contact=owner, now=now)
        return ""
    if one.pk == other.pk:
        return ""
    if is_customer(one) and is_customer(other):
        suspect(contact=other, others=[one.pk], reason=DuplicateReason.SOURCE, now=now)
        return (
            "The two ids belong to two customers, so they are not merged by themselves. Look at them among the "
            "suspected duplicates."
        )
    if were_separated(one, other):
        suspect(contact=other, others=[one.pk], reason=DuplicateReason.SOURCE, now=now)
        return "Somebody separated these two contacts. If they are one person after all, merge them by hand."
    survivor, merged = (one, other) if is_bare(other) and not is_bare(one) else (other, one)
    merge_for_sure(survivor=survivor, merged=merged, key=MergeKey.ALIAS, now=now)
    return ""


def _link(one: int, other: int) -> None:
    """Remember that two ids without a contact are one person's."""
    Identity.objects.filter(pk=one, same_as__isnull=True).update(same_as=other)
