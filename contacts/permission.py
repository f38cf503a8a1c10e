"""May we write to these people, and where: one answer that deciding, composing and delivering share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db import connection

from contacts.states import ADDRESS_KIND_OF_CHANNEL, Channel, Consent, SuppressionChannel, SuppressionReason

UNKNOWN = "unknown"
# Read once: asking an enumeration for its values costs more than everything else done per contact.
_CHANNELS = tuple((channel, ADDRESS_KIND_OF_CHANNEL.get(channel)) for channel in Channel.values)
_ALL, _HARD_BOUNCE = SuppressionChannel.ALL.value, SuppressionReason.HARD_BOUNCE.value
_STRICTNESS = {reason: place for place, reason in enumerate(SuppressionReason.values)}


@dataclass(frozen=True, slots=True)
class ChannelPermission:
    """What holds for one contact on one channel.

    ``address`` is the current one, empty where there is none or the channel needs none. ``consent`` is ``yes``, ``no``
    or ``unknown``; unknown is no. ``suppressed_by`` are the reasons that hold, strictest first, a hard bounce among
    them.
    """

    address: str = ""
    has_address: bool = False
    consent: str = UNKNOWN
    suppressed_by: tuple[str, ...] = ()
    hard_bounced: bool = False


@dataclass(frozen=True, slots=True)
class Outline:
    """What holds for one contact, for whoever asks about thousands and needs no address itself.

    ``kinds`` are the kinds of addresses there are, ``consents`` the latest word on every channel in the order of
    `Channel`. ``refused`` says that something is suppressed, on whatever channel.
    """

    kinds: frozenset[str]
    consents: tuple[str, ...]
    refused: bool


# Without an address few are different, and most people have none for most channels.
_without_address = lru_cache(maxsize=1024)(ChannelPermission)

_ADDRESSES = "SELECT contact_id, kind, value FROM contacts_address WHERE is_primary AND contact_id = ANY(%s::bigint[])"
_KINDS = (
    "SELECT contact_id, kind FROM contacts_address WHERE is_primary AND value <> '' AND contact_id = ANY(%s::bigint[])"
)
_CONSENTS = """
SELECT DISTINCT ON (contact_id, channel) contact_id, channel, status
  FROM contacts_consentrecord
 WHERE contact_id = ANY(%s::bigint[])
 ORDER BY contact_id, channel, recorded_at DESC, id DESC
"""
_AGREEMENTS = _CONSENTS.replace("status", "status, recorded_at, source")
_SUPPRESSIONS = (
    "SELECT DISTINCT contact_id, channel, reason FROM contacts_active_suppression WHERE contact_id = ANY(%s::bigint[])"
)
_REFUSING = "SELECT DISTINCT contact_id FROM contacts_active_suppression WHERE contact_id = ANY(%s::bigint[])"


def id_array(ids: Iterable[int]) -> str:
    """Ids as PostgreSQL writes an array. The driver would look at each of thousands for something to quote."""
    return f"{{{','.join(map(str, ids))}}}"


def permissions_of(contact_ids: Iterable[int]) -> dict[int, dict[str, ChannelPermission]]:
    """Every channel of every contact asked about, in three queries however many they are.

    What a person refused and allowed counts whatever moment is asked about, so this takes no time.
    """
    wanted = list(dict.fromkeys(contact_ids))
    of_contacts = [id_array(wanted)]
    with connection.cursor() as cursor:
        cursor.execute(_ADDRESSES, of_contacts)
        addresses = {(contact, kind): value for contact, kind, value in cursor.fetchall()}
        cursor.execute(_CONSENTS, of_contacts)
        consents = {(contact, channel): status for contact, channel, status in cursor.fetchall()}
        cursor.execute(_SUPPRESSIONS, of_contacts)
        refused: dict[int, list[tuple[str, str]]] = {}
        for contact, channel, reason in cursor.fetchall():
            refused.setdefault(contact, []).append((channel, reason))

    found: dict[int, dict[str, ChannelPermission]] = {}
    for contact in wanted:
        of_contact = refused.get(contact, [])
        channels: dict[str, ChannelPermission] = {}
        for channel, kind in _CHANNELS:
            address = addresses.get((contact, kind), "") if kind else ""
            reasons = {reason for where, reason in of_contact if where in (_ALL, channel)} if of_contact else ()
            make = ChannelPermission if address else _without_address
            channels[channel] = make(
                address,
                bool(address) or kind is None,
                consents.get((contact, channel), UNKNOWN),
                tuple(sorted(reasons, key=_STRICTNESS.__getitem__)) if reasons else (),
                _HARD_BOUNCE in reasons,
            )
        found[contact] = channels
    return found


def outlines_of(contact_ids: Iterable[int]) -> dict[int, Outline]:
    """As `permissions_of`, in as many queries, without addresses and reasons: a few times as fast.

    Most people are like many others. Those share what is said of them.
    """
    wanted = list(dict.fromkeys(contact_ids))
    of_contacts = [id_array(wanted)]
    said: dict[int, list[tuple[str, ...]]] = {contact: [] for contact in wanted}
    with connection.cursor() as cursor:
        for statement in (_KINDS, _CONSENTS):
            cursor.execute(statement, of_contacts)
            for contact, *rest in cursor.fetchall():
                said[contact].append(tuple(rest))
        cursor.execute(_REFUSING, of_contacts)
        refused = {contact for (contact,) in cursor.fetchall()}
    return {contact: _outline(tuple(sorted(rest)), contact in refused) for contact, rest in said.items()}


@lru_cache(maxsize=4096)
def _outline(said: tuple[tuple[str, ...], ...], refused: bool) -> Outline:
    consents = {one[0]: one[1] for one in said if len(one) == 2}
    return Outline(
        kinds=frozenset(one[0] for one in said if len(one) == 1),
        consents=tuple(consents.get(channel, UNKNOWN) for channel, _ in _CHANNELS),
        refused=refused,
    )


def agreements_of(contact_ids: Iterable[int]) -> dict[tuple[int, str], tuple[datetime, str]]:
    """(contact, channel) → when and how they agreed, where the latest word on that channel is yes. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_AGREEMENTS, [id_array(contact_ids)])
        return {
            (contact, channel): (at, source)
            for contact, channel, status, at, source in cursor.fetchall()
            if status == Consent.YES
        }
